/** Stream tables of pg_trickle: tables that calls make, which belong to whoever called. */
import type { Call, Expr } from "../../events/tree.ts";
import type { Context } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import { splitName } from "../name-text.ts";
import { findRelation } from "../resolve.ts";
import { newRelation } from "./relations.ts";

const CREATES: ReadonlySet<string> = new Set([
  "create_stream_table",
  "create_stream_table_if_not_exists",
  "create_or_replace_stream_table",
]);

/** The name that a call of one of pg_trickle's functions gives a stream table; null for other calls and names that are no constants. */
export function streamTableNamed(
  call: Call,
): { readonly function: string; readonly name: readonly string[] } | null {
  const called = call.name.at(-1) ?? "";
  if (call.name.at(-2) !== "pgtrickle" || !called.includes("stream_table")) return null;
  const given = call.args.find((arg) => arg.name === "name" || arg.name === "p_name") ?? call.args[0];
  const text =
    given === undefined || (given.name !== null && !/name$/.test(given.name)) ? null : constant(given.value);
  return text === null ? null : { function: called, name: splitName(text) };
}

function constant(expr: Expr): string | null {
  if (expr.kind === "cast") return constant(expr.operand);
  return expr.kind === "string" ? expr.value : null;
}

/** What `SELECT pgtrickle.create_stream_table('app.totals', …)` and its kin do. The columns come from a query that is not read here. */
export function streamTableCall(context: Context, call: Call): void {
  const found = streamTableNamed(call);
  if (found === null) return;
  const { span } = call;
  if (CREATES.has(found.function)) {
    const relation = newRelation(context, { name: found.name, span }, "table", { span, ifNotExists: true });
    // Its columns are not known, as those of a table that nothing created.
    if (relation !== null) context.state.relations.put({ ...relation, assumed: true });
  } else if (found.function === "drop_stream_table") {
    const relation = findRelation(context, found.name);
    if (relation !== undefined)
      deleteObjects(context, [{ oid: relation.oid }], { cascade: true, span, what: relation.name });
  }
}
