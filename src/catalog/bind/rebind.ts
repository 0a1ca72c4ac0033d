/** Bound expressions that move from one relation to another: to partitions, children and copies. */
import type { BoundExpr, Oid, Relation } from "../model.ts";

/** By column number of the one relation, the number in the other of the column with that name. */
export function columnMap(from: Relation, to: Relation): ReadonlyMap<number, number> {
  const byName = new Map(to.columns.map((column) => [column.name, column.number]));
  const map = new Map<number, number>();
  for (const column of from.columns) {
    const number = byName.get(column.name);
    if (number !== undefined) map.set(column.number, number);
  }
  return map;
}

/** The expression as it is about another relation. */
export function rebound(
  bound: BoundExpr,
  from: Oid,
  to: Oid,
  columns: ReadonlyMap<number, number>,
): BoundExpr {
  const bindings = new Map(bound.bindings);
  for (const [node, address] of bindings) {
    if (address.oid !== from) continue;
    if (address.column === undefined) bindings.set(node, { oid: to });
    else bindings.set(node, { oid: to, column: columns.get(address.column) ?? address.column });
  }
  return { ...bound, bindings };
}
