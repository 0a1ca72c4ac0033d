/** Relations, types and schemas that initdb creates. */
import { remembered } from "../remembered.ts";
import { builtinData, entriesOf, holdsIn, splitVersions, type Versions } from "./data.ts";

/** Privileges that somebody other than the owner has from the beginning; letters as in aclitem: `r`, `X`, `U`, `C`. */
export interface BuiltinGrant {
  /** null is PUBLIC. */
  readonly role: string | null;
  readonly privileges: string;
}

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly grants: readonly BuiltinGrant[];
  readonly versions: Versions;
}

export interface CatalogRelation {
  readonly schema: "pg_catalog" | "information_schema";
  readonly name: string;
  readonly kind: "table" | "view";
  readonly grants: readonly BuiltinGrant[];
  readonly columns: readonly CatalogColumn[];
  readonly versions: Versions;
}

export interface CatalogType {
  readonly schema: "pg_catalog" | "information_schema";
  readonly name: string;
  /** null for types whose oid differs between installations. */
  readonly oid: number | null;
  /** typtype; row types of relations are not listed. */
  readonly kind: "base" | "domain" | "enum" | "multirange" | "pseudo" | "range";
  /** typcategory: `N` numbers, `S` strings, `B` booleans, `D` dates and times, … */
  readonly category: string;
  readonly preferred: boolean;
  /** oid of its array type. */
  readonly arrayOid: number | null;
  /** typelem: type of a subscripted part (`point` → `float8`, `name` → `char`). */
  readonly element: string | null;
  /** Of a domain. */
  readonly base: string | null;
  /** Of a range type. */
  readonly subtype: string | null;
  /** Of a multirange type. */
  readonly range: string | null;
  readonly versions: Versions;
}

export interface CatalogSchema {
  readonly name: string;
  readonly owner: string;
  readonly grants: readonly BuiltinGrant[];
}

const kinds: Readonly<Record<string, CatalogType["kind"]>> = {
  b: "base",
  d: "domain",
  e: "enum",
  m: "multirange",
  p: "pseudo",
  r: "range",
};

/** Whether a table or view of that name is in pg_catalog. */
export function isCatalogRelation(name: string, version?: number): boolean {
  return version === undefined ? builtinData("relations").has(name) : catalogRelation(name, version) !== null;
}

/** A table or view of pg_catalog or information_schema. Without a version: as in the latest that has it, columns of all versions. */
export function catalogRelation(
  name: string,
  version?: number,
  schema: "pg_catalog" | "information_schema" = "pg_catalog",
): CatalogRelation | null {
  const texts = builtinData("relations").get(schema === "pg_catalog" ? name : `${schema}.${name}`);
  if (texts === undefined) return null;
  let head: { kind: "table" | "view"; grants: readonly BuiltinGrant[]; versions: Versions } | null = null;
  const columns: CatalogColumn[] = [];
  for (const each of texts) {
    const { text, versions } = splitVersions(each);
    if (!holdsIn(versions, version)) continue;
    const parts = text.split(" ");
    const [first = "", second] = parts;
    // Columns have a type after their name; what the relation itself is has grants there, or nothing.
    if (second === undefined || second.includes("=")) {
      head ??= { kind: first === "v" ? "view" : "table", grants: parseGrants(second), versions };
    } else columns.push({ name: first, type: second, grants: parseGrants(parts[2]), versions });
  }
  return head === null ? null : { schema, name, ...head, columns };
}

/** Names of all relations of pg_catalog (and `information_schema.` ones), of any version. */
export function catalogRelationNames(): Iterable<string> {
  return builtinData("relations").keys();
}

/** A type of pg_catalog (or information_schema) by its pg_type name: `int4`, not `integer`; no arrays, no row types. */
export function catalogType(
  name: string,
  version?: number,
  schema: "pg_catalog" | "information_schema" = "pg_catalog",
): CatalogType | null {
  const key = schema === "pg_catalog" ? name : `${schema}.${name}`;
  if (!builtinData("types").has(key)) return null;
  return remembered(types, `${version} ${key}`, () => ({ type: readType(name, key, version, schema) })).type;
}

const types = new Map<string, { readonly type: CatalogType | null }>();

function readType(
  name: string,
  key: string,
  version: number | undefined,
  schema: CatalogType["schema"],
): CatalogType | null {
  const found = entriesOf("types", key, version, (text, versions) => {
    const [oid = "0", kindKey = "", category = "", ...rest] = text.split(" ");
    const kind = kinds[kindKey];
    if (kind === undefined) return null;
    const extra = new Map(
      rest.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
    );
    const array = extra.get("array");
    return {
      schema,
      name,
      oid: Number(oid) || null,
      kind,
      category: category.slice(0, 1),
      preferred: category.endsWith("!"),
      arrayOid: array === undefined ? null : Number(array),
      element: extra.get("element") ?? null,
      base: extra.get("base") ?? null,
      subtype: extra.get("subtype") ?? null,
      range: extra.get("range") ?? null,
      versions,
    };
  });
  return found[0] ?? null;
}

/** Whether a type name of pg_catalog: pg_type's own name, an array's (`_int4`) or the row type of a relation. */
export function isCatalogType(name: string, version?: number): boolean {
  if (version === undefined && builtinData("types").has(name)) return true;
  if (catalogType(name, version) !== null || isCatalogRelation(name, version)) return true;
  if (!name.startsWith("_")) return false;
  const element = name.slice(1);
  return (catalogType(element, version)?.arrayOid ?? null) !== null || isCatalogRelation(element, version);
}

/** The schemas of a new database. The bootstrap superuser is called `postgres`. */
export function builtinSchemas(version: number): readonly CatalogSchema[] {
  return [...builtinData("schemas").keys()].flatMap((name) =>
    entriesOf("schemas", name, version, (text) => {
      const [owner = "postgres", grants] = text.split(" ");
      return { name, owner, grants: parseGrants(grants) };
    }),
  );
}

export function parseGrants(text: string | undefined): readonly BuiltinGrant[] {
  if (text === undefined) return [];
  return text.split(",").map((each) => {
    const at = each.indexOf("=");
    return { role: each.slice(0, at) || null, privileges: each.slice(at + 1) };
  });
}
