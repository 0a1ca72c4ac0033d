/** Tables made from one under row security: policies are not copied. */
import type { Catalog } from "../catalog/catalog.ts";
import { type CopiedTable, PUBLIC, type Relation } from "../catalog/model.ts";
import type { Access } from "./access.ts";
import { protectedAncestor } from "./inheritance.ts";
import { namesOfCallers, showsOnlyTotals, storedFrom } from "./materialized.ts";
import { clients } from "./policies.ts";
import { readsAllRows } from "./row-security.ts";

type Reach = ReturnType<Access["users"]>[number];

/** An unprotected copy of a protected table, and who can read in it what the table's policies hide. */
export interface TableCopy {
  readonly from: CopiedTable;
  /** As it is at the end; null when it is gone. */
  readonly source: Relation | null;
  readonly reach: readonly Reach[];
}

/** What a table shows past the policies of the one that it was made from; null for other tables. */
export function copyPastPolicies(
  context: { readonly catalog: Catalog; readonly access: Access },
  table: Relation,
): TableCopy | null {
  const { catalog, access } = context;
  if (table.kind !== "table" && table.kind !== "partitioned-table") return null;
  if (table.prelude || table.assumed || table.temporary || table.partition) return null;
  const { rowSecurity, copiedFrom } = table;
  if (copiedFrom.length === 0 || rowSecurity.value || rowSecurity.hadBeenOn === true) return null;
  if (catalog.policiesOf(table).length > 0 || protectedAncestor(catalog, table) !== null) return null;
  const statement = table.query?.statement;
  const read = () => copiedFrom.flatMap((from) => protectedSource(catalog, table, from) ?? []);
  if (statement?.kind === "select" && showsOnlyTotals(statement, namesOfCallers(catalog, read())))
    return null;
  for (const from of copiedFrom) {
    const source = protectedSource(catalog, table, from);
    if (source === undefined) continue;
    const reach = clients(context, access.users(table, "select")).filter(({ role }) => {
      if (source === null) return true;
      const oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
      return access.canUse(oid, source, "select") === null || !readsAllRows(catalog, oid, source);
    });
    if (reach.length > 0) return { from, source, reach };
  }
  return null;
}

/** The table under row security behind what was copied: itself, or one that a copied view reads; null when it is gone. */
function protectedSource(catalog: Catalog, table: Relation, from: CopiedTable): Relation | null | undefined {
  const source = catalog.state.relations.get(from.relation);
  if (source === undefined) return from.rowSecurity ? null : undefined;
  if (source.oid === table.oid) return undefined;
  if (source.rowSecurity.value) return source;
  if (source.kind !== "view" && source.kind !== "materialized-view") return undefined;
  const [behind] = storedFrom(catalog, source);
  return behind;
}
