/** Views through which PostgreSQL writes by itself (view_query_is_auto_updatable). */
import type { Select } from "../../events/tree.ts";
import { catalogFunctions } from "../builtin/index.ts";
import type { Context } from "../context.ts";
import type { Bindings } from "../model.ts";

const BASES: ReadonlySet<string> = new Set(["table", "partitioned-table", "view", "foreign-table"]);

/** With at least one column that is one of the base relation's. A relation that is not known is taken for a table. */
export function isUpdatable(context: Context, query: Select, bindings: Bindings): boolean {
  if (query.ctes.length > 0 || query.setOperation !== null || query.values !== null) return false;
  if (query.distinct !== false || query.groupBy.length > 0 || query.having !== null) return false;
  if (query.limit !== null || query.offset !== null) return false;
  const [base] = query.from;
  if (base === undefined || query.from.length > 1 || base.kind !== "relation") return false;
  const address = bindings.get(base);
  const relation = address === undefined ? undefined : context.state.relations.get(address.oid);
  if (relation !== undefined && !relation.assumed && !BASES.has(relation.kind)) return false;
  const calls = query.targets.flatMap(({ value }) => (value.kind === "call" ? [value] : []));
  const barred = calls.some(
    (call) =>
      call.window !== null ||
      catalogFunctions(call.name.at(-1) ?? "", context.postgresVersion).some(
        (each) => each.kind !== "function" || each.returnsSet,
      ),
  );
  return !barred && query.targets.some(({ value }) => value.kind === "column");
}
