/** Expressions that PostgreSQL keeps out of checks, indexes and generated columns: sub-selects, and what is not immutable. */
import type { Expr } from "../../events/tree.ts";
import { walkExpr } from "../../events/walk.ts";
import type { Span } from "../../text/span.ts";
import { catalogFunctions } from "../builtin/index.ts";
import { type Context, refuse } from "../context.ts";
import type { BoundExpr } from "../model.ts";

/** `what` is like `index predicate`. */
export function refuseSubquery(context: Context, expr: Expr, span: Span, what: string): void {
  let found = false;
  walkExpr(expr, {
    statement: () => {
      found = true;
      return false;
    },
  });
  if (found && !context.assume) refuse(context, span, `cannot use subquery in ${what}`);
}

/** Of a virtual column: whether it uses types or functions that are not PostgreSQL's own. */
export function usesUserDefined(context: Context, { bindings }: BoundExpr): "type" | "function" | null {
  for (const { oid, column } of bindings.values()) {
    if (context.state.routines.get(oid) !== undefined) return "function";
    if (context.state.types.get(oid) !== undefined) return "type";
    const read = context.state.relations.get(oid)?.columns.find((each) => each.number === column);
    if (typeof read?.type.base === "number") return "type";
  }
  return null;
}

/** Whether it calls what PostgreSQL knows not to be immutable. Operators and casts are taken for immutable. */
export function isMutable(context: Context, { expr, bindings }: BoundExpr): boolean {
  let found = false;
  walkExpr(expr, {
    expr: (inner) => {
      if (inner.kind === "session-value") found = true;
      if (inner.kind !== "call") return;
      const address = bindings.get(inner);
      const routine = address === undefined ? undefined : context.state.routines.get(address.oid);
      if (routine !== undefined) {
        if (routine.volatility !== "immutable") found = true;
        return;
      }
      const candidates = catalogFunctions(inner.name.at(-1) ?? "", context.postgresVersion);
      if (candidates.length > 0 && candidates.every((each) => each.volatility !== "immutable")) found = true;
    },
  });
  return found;
}
