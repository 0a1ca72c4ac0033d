/** Names, privileges and settings of the replayed catalog as a dump spells them. */

import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import { extensionOf } from "../../../src/catalog/depend.ts";
import { type Acl, type Oid, PUBLIC, type Routine, type TypeRef } from "../../../src/catalog/model.ts";
import type { State } from "../../../src/catalog/store.ts";
import type { Table } from "../../../src/catalog/table.ts";

export function roleText(catalog: Catalog, oid: Oid): string {
  return oid === PUBLIC
    ? "PUBLIC"
    : catalog.roleName(oid) === "PUBLIC"
      ? '"PUBLIC"'
      : quoteIdentifier(catalog.roleName(oid));
}

/** `schema.name` of what is in a schema. */
export function qualified(catalog: Catalog, object: { readonly schema: Oid; readonly name: string }): string {
  return `${quoteIdentifier(catalog.schemaName(object.schema))}.${quoteIdentifier(object.name)}`;
}

/** As format_type shows it: what is in pg_temp or pg_catalog is found first and stands there without its schema. */
export function typeName(catalog: Catalog, type: TypeRef): string {
  return catalog.typeName(type).replace(/^pg_(?:temp|catalog)\./, "");
}

/** `schema.name(integer, text)` */
export function routineName(catalog: Catalog, routine: Routine): string {
  return `${qualified(catalog, routine)}(${routine.inputTypes.map((type) => typeName(catalog, type)).join(", ")})`;
}

export function aclLines(catalog: Catalog, acl: Acl): readonly string[] {
  return acl
    .map((item) => {
      const privilege = item.privilege.replace("-", " ").toUpperCase();
      return `${roleText(catalog, item.grantee)} ${privilege} ${roleText(catalog, item.grantor)}${item.grantable ? " grantable" : ""}`;
    })
    .sort();
}

/** An object of entries sorted by key, as JSON has them. */
export function sortedObject<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** Without members of extensions, which a dump leaves out. */
export function ownOf<T extends { readonly oid: Oid }>(state: State, table: Table<T>): readonly T[] {
  return [...table.all()].filter((record) => extensionOf(state, record.oid) === null);
}
