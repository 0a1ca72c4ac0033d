/** Names and privileges as a dump spells them, from the rows of the catalogs. */
import type { AclItems, DependRow, DumpRows, RoutineIdentity } from "./dump-sql.ts";
import type { AclLines, OptionsDump, OwnedDump, RoleName } from "./dump-types.ts";

/** What initdb does not make has an oid from here on. */
export const FIRST = 16384;

/** Of triggers, rules and event triggers. */
export const FIRING = { O: "origin", D: "disabled", R: "replica", A: "always" } as const;

/** In quotes unless it is plain. Not as quote_ident does, which quotes keywords too, and not the same ones in all versions. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export interface Names {
  /** `PUBLIC` for 0. */
  role(oid: number): RoleName;
  schema(oid: number): string;
  /** `schema.name` of anything in a schema. */
  inSchema(object: { readonly schema: number; readonly name: string }): string;
  /** `schema.name(integer, text)` */
  routine(identity: RoutineIdentity): string;
  acl(items: AclItems): AclLines;
}

export function namesOf(rows: Pick<DumpRows, "roles" | "schemas">): Names {
  const roles = new Map(rows.roles.map(({ oid, name }) => [oid, quoted(name)]));
  const schemas = new Map(
    rows.schemas.map(({ oid, name, temporary }) => [oid, temporary ? "pg_temp" : quoted(name)]),
  );
  const schema = (oid: number) => known(schemas, oid, "schema");
  const inSchema: Names["inSchema"] = (object) => `${schema(object.schema)}.${quoted(object.name)}`;
  return {
    role: (oid) => (oid === 0 ? "PUBLIC" : known(roles, oid, "role")),
    schema,
    inSchema,
    routine: (identity) => `${inSchema(identity)}(${identity.args})`,
    acl: (items) => items.flatMap(aclLines).sort(),
  };
}

export function known<T>(map: ReadonlyMap<number, T>, oid: number, what: string): T {
  const found = map.get(oid);
  if (found === undefined) throw new Error(`there is no ${what} ${oid}`);
  return found;
}

const LETTERS: Readonly<Record<string, string>> = {
  r: "SELECT",
  a: "INSERT",
  w: "UPDATE",
  d: "DELETE",
  D: "TRUNCATE",
  x: "REFERENCES",
  t: "TRIGGER",
  m: "MAINTAIN",
  X: "EXECUTE",
  U: "USAGE",
  C: "CREATE",
  T: "TEMPORARY",
  c: "CONNECT",
  s: "SET",
  A: "ALTER SYSTEM",
};

/** `r1=a*r/postgres` as lines; a role's name is in quotes there when it has other characters than letters, digits and `_`. */
function aclLines(item: string): AclLines {
  const [, to = "", privileges = "", by = ""] =
    /^((?:[^="]|"(?:[^"]|"")*")*)=([a-zA-Z*]*)\/(.*)$/s.exec(item) ?? [];
  const grantee = to === "" ? "PUBLIC" : roleOf(to);
  return [...privileges.matchAll(/([a-zA-Z])(\*?)/g)].map(([, letter = "", option]) => {
    const privilege = LETTERS[letter];
    if (privilege === undefined) throw new Error(`unknown privilege in ${item}`);
    return `${grantee} ${privilege} ${roleOf(by)}${option === "*" ? " grantable" : ""}`;
  });
}

function roleOf(text: string): RoleName {
  return quoted(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
}

/** An object of entries sorted by key. */
export function byKey<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The rows by a number in them, in their order. */
export function grouped<Row>(
  rows: readonly Row[],
  number: (row: Row) => number,
): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(number(row));
    if (group === undefined) groups.set(number(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** The word for a letter in a catalog. */
export function chosen<T>(words: Readonly<Record<string, T>>, letter: string): T {
  const found = words[letter];
  if (found === undefined) throw new Error(`nothing is known of ${letter}`);
  return found;
}

type OwnedRow = { readonly owner: number; readonly acl: AclItems };

export function owned(names: Names, row: OwnedRow): OwnedDump {
  return { owner: names.role(row.owner), acl: names.acl(row.acl) };
}

export function withOptions(
  names: Names,
  row: OwnedRow & { readonly options: readonly string[] },
): OptionsDump {
  return { ...owned(names, row), options: [...row.options].sort() };
}

/** Whether an object of a catalog is a member of an extension. */
export type IsMember = (catalog: string, oid: number) => boolean;

export function memberTest({ dependencies }: { readonly dependencies: readonly DependRow[] }): IsMember {
  const members = new Set(
    dependencies.filter(({ kind }) => kind === "e").map(({ catalog, oid }) => `${catalog} ${oid}`),
  );
  return (catalog, oid) => members.has(`${catalog} ${oid}`);
}
