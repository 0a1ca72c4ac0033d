/** Names, privileges and settings of the replayed catalog as a dump spells them. */
import { setting as settingInfo } from "../../../src/catalog/builtin/index.ts";
import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import { type Acl, type Oid, PUBLIC, type Settings } from "../../../src/catalog/model.ts";

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

export function aclLines(catalog: Catalog, acl: Acl): readonly string[] {
  return acl
    .map((item) => {
      const privilege = item.privilege.replace("-", " ").toUpperCase();
      return `${roleText(catalog, item.grantee)} ${privilege} ${roleText(catalog, item.grantor)}${item.grantable ? " grantable" : ""}`;
    })
    .sort();
}

/** proconfig and the like: `name=value`. */
export function settingLines(settings: Settings): readonly string[] {
  return [...settings.values()]
    .map(({ name, values }) => {
      const info = settingInfo(name);
      const list = info?.list === "quoted" && values.length === 0 ? [""] : values;
      const value = list.map((each) => (info?.list === "quoted" ? quoteListed(each) : each)).join(", ");
      return `${info?.name ?? name}=${value}`;
    })
    .sort();
}

// quote_identifier() quotes keywords that cannot stand as names by themselves, too.
const KEYWORDS: ReadonlySet<string> = new Set(
  "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default desc distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit not null offset on only or order placing primary references returning select some symmetric table then to trailing true union unique user using variadic when where window with authorization binary collation concurrently cross freeze full ilike inner is isnull join left like natural notnull outer overlaps right similar tablesample verbose between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int integer interval least national nchar none nullif numeric out overlay position precision real row setof smallint substring time timestamp treat trim values varchar".split(
    " ",
  ),
);

export function quoteListed(name: string): string {
  return KEYWORDS.has(name) ? `"${name}"` : quoteIdentifier(name);
}

/** An object of entries sorted by key, as JSON has them. */
export function sortedObject<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
