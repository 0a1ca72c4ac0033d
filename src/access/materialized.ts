/** What a materialized view keeps of tables under row security. */

import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation } from "../catalog/model.ts";
import type { Expr, Select } from "../events/tree.ts";
import { identityColumns } from "./identity-columns.ts";
import { snakeCase } from "./name-words.ts";
import { isAggregated } from "./view-shape.ts";

/** Tables under row security whose rows the view was filled from, directly or through other views. */
export function* storedFrom(catalog: Catalog, view: Relation): Iterable<Relation> {
  const seen = new Set<Oid>([view.oid]);
  const open = [view];
  for (const next of open) {
    for (const read of next.query?.reads ?? []) {
      const relation = catalog.state.relations.get(read.relation);
      if (relation === undefined || seen.has(relation.oid)) continue;
      seen.add(relation.oid);
      if (relation.kind === "view" || relation.kind === "materialized-view") open.push(relation);
      else if (relation.rowSecurity.value) yield relation;
    }
  }
}

const KEY = /^(?:id|uid|uuid|email|.*(?:_id|_uid|_uuid|_email|_by)|owner|user|username|tenant|author|name)$/;

/** Columns by which policies tie the rows of these tables to callers. */
export function namesOfCallers(catalog: Catalog, tables: Iterable<Relation>): ReadonlySet<string> {
  return new Set([...tables].flatMap((table) => [...identityColumns(catalog, table)]));
}

/** Whether a query shows only sums over many rows: aggregates, by keys that name nobody and are not among `names`. */
export function showsOnlyTotals(query: Select, names: ReadonlySet<string>): boolean {
  if (query.setOperation !== null)
    return (
      showsOnlyTotals(query.setOperation.left, names) && showsOnlyTotals(query.setOperation.right, names)
    );
  const visible = query.targets.map((target) => target.value);
  if (visible.length === 0) return false;
  if (!visible.some((value) => isAggregated(value) && value.kind !== "string" && value.kind !== "number"))
    return false;
  // Rows put together again are no totals.
  if (visible.some(collects)) return false;
  return visible.every((value) => isAggregated(value) || !namesSomebody(value, names));
}

function collects(value: Expr): boolean {
  if (value.kind === "cast") return collects(value.operand);
  return value.kind === "call" && (value.window !== null || /_agg$/.test(value.name.at(-1) ?? ""));
}

function namesSomebody(value: Expr, names: ReadonlySet<string>): boolean {
  if (value.kind === "cast") return namesSomebody(value.operand, names);
  if (value.kind !== "column") return false;
  const name = value.name.at(-1) ?? "";
  return KEY.test(snakeCase(name)) || names.has(name) || name === "*";
}
