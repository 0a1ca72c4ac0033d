/** Tables above a table: what it is a partition of, or inherits from. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";

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

/** Whether the rows of a table are rows of another one too: it is a partition of it, or inherits from it. */
export function isBelow(catalog: Catalog, table: Relation, ancestor: Relation): boolean {
  const seen = new Set([table.oid]);
  const open = [...table.parents];
  for (const oid of open) {
    if (oid === ancestor.oid) return true;
    if (seen.has(oid)) continue;
    seen.add(oid);
    open.push(...(catalog.state.relations.get(oid)?.parents ?? []));
  }
  return false;
}
