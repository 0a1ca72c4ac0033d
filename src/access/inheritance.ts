/** Tables above a table: what it is a partition of, or inherits from. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation } from "../catalog/model.ts";

/** The nearest table above it that is under row security; its policies do not count when the table itself is named. */
export function protectedAncestor(catalog: Catalog, table: Relation): Relation | null {
  const seen = new Set([table.oid]);
  const open = [...table.parents];
  for (const oid of open) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    const parent = catalog.state.relations.get(oid);
    if (parent === undefined) continue;
    if (parent.rowSecurity.value) return parent;
    open.push(...parent.parents);
  }
  return null;
}

/** The tables whose rows the rows of a table are, too: it is a partition of them, or inherits from them. */
export function tablesAbove(catalog: Catalog, table: Relation): ReadonlySet<Oid> {
  const above = new Set(table.parents);
  for (const oid of above) {
    for (const parent of catalog.state.relations.get(oid)?.parents ?? []) above.add(parent);
  }
  return above;
}
