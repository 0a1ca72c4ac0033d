/**
 * What each role may do, as PostgreSQL's has_…_privilege functions answer. The roles stand in the text of the queries, which
 * are flat for the same reason as those of a dump.
 */
import { byKey, FIRST, memberTest, type Names, namesOf, quoted } from "./dump-names.ts";
import { constructors, isShownType } from "./dump-objects.ts";
import type { DumpRows, Queries } from "./dump-sql.ts";
import type { EffectivePrivileges } from "./dump-types.ts";

/** An object, and for each role and each of the class's privileges whether the role has it. */
interface Answer<Id = number> {
  readonly id: Id;
  readonly held: readonly boolean[];
}

export interface PrivilegeRows {
  readonly tables: readonly Answer[];
  readonly columns: readonly (Answer & { readonly name: string })[];
  readonly sequences: readonly Answer[];
  readonly routines: readonly Answer[];
  readonly schemata: readonly Answer[];
  readonly typesUsed: readonly Answer[];
  readonly databases: readonly Answer[];
  readonly languagesUsed: readonly Answer[];
  readonly serversUsed: readonly Answer[];
  readonly wrappersUsed: readonly Answer[];
  readonly parametersSet: readonly Answer<string>[];
  readonly members: readonly Answer[];
}

type Class = keyof PrivilegeRows;

interface Grantee {
  /** As has_…_privilege takes it. */
  readonly sql: string;
  readonly shown: string;
  readonly oid: number;
  readonly superuser: boolean;
}

/** User-made roles, and PUBLIC last. */
function granteesOf({ roles }: Pick<DumpRows, "roles">): readonly Grantee[] {
  return [
    ...roles
      .filter(({ oid }) => oid >= FIRST)
      .map(({ oid, name, superuser }) => ({ sql: `${oid}::oid`, shown: quoted(name), oid, superuser })),
    { sql: "'public'::name", shown: "PUBLIC", oid: 0, superuser: false },
  ];
}

function privilegesOf(version: number): Readonly<Record<Class, readonly string[]>> {
  const table = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
  return {
    tables: version >= 17 ? [...table, "MAINTAIN"] : table,
    columns: ["SELECT", "INSERT", "UPDATE", "REFERENCES"],
    sequences: ["USAGE", "SELECT", "UPDATE"],
    routines: ["EXECUTE"],
    schemata: ["USAGE", "CREATE"],
    typesUsed: ["USAGE"],
    databases: ["CREATE", "CONNECT", "TEMPORARY"],
    languagesUsed: ["USAGE"],
    serversUsed: ["USAGE"],
    wrappersUsed: ["USAGE"],
    parametersSet: ["SET", "ALTER SYSTEM"],
    members: version >= 16 ? ["MEMBER", "USAGE", "SET"] : ["MEMBER", "USAGE"],
  };
}

/** To run as superuser under search_path pg_catalog, with the roles that the dump's queries found. */
export function privilegeQueries(version: number, roles: Pick<DumpRows, "roles">): Queries<PrivilegeRows> {
  const grantees = granteesOf(roles);
  const privileges = privilegesOf(version);
  const held = (kind: Class, test: string, id: string, whom = grantees) =>
    `to_json(ARRAY[${whom.flatMap(({ sql }) => privileges[kind].map((privilege) => `${test}(${sql}, ${id}, '${privilege}')`)).join(", ")}]::bool[]) AS held`;
  const each = (kind: Class, test: string, from: string) =>
    `SELECT oid AS id, ${held(kind, test, "oid")} FROM ${from}`;
  return {
    tables: each(
      "tables",
      "has_table_privilege",
      `pg_class WHERE oid >= ${FIRST} AND relkind IN ('r', 'p', 'v', 'm', 'f')`,
    ),
    columns: `SELECT attrelid AS id, attname AS name, ${held("columns", "has_column_privilege", "attrelid, attnum")} FROM pg_attribute WHERE attrelid >= ${FIRST} AND attacl IS NOT NULL AND NOT attisdropped`,
    sequences: each(
      "sequences",
      "has_sequence_privilege",
      `pg_class WHERE oid >= ${FIRST} AND relkind = 'S'`,
    ),
    routines: each("routines", "has_function_privilege", `pg_proc WHERE oid >= ${FIRST}`),
    schemata: each(
      "schemata",
      "has_schema_privilege",
      `pg_namespace WHERE oid >= ${FIRST} OR nspname = 'public'`,
    ),
    typesUsed: each("typesUsed", "has_type_privilege", `pg_type WHERE oid >= ${FIRST}`),
    databases: each("databases", "has_database_privilege", "pg_database WHERE datname = current_database()"),
    languagesUsed: each("languagesUsed", "has_language_privilege", `pg_language WHERE oid >= ${FIRST}`),
    serversUsed: each("serversUsed", "has_server_privilege", "pg_foreign_server"),
    wrappersUsed: each("wrappersUsed", "has_foreign_data_wrapper_privilege", "pg_foreign_data_wrapper"),
    parametersSet:
      version >= 15
        ? `SELECT parname AS id, ${held("parametersSet", "has_parameter_privilege", "parname")} FROM pg_parameter_acl`
        : "SELECT '' AS id, '[]'::json AS held WHERE false",
    members: `SELECT oid AS id, ${held(
      "members",
      "pg_has_role",
      "oid",
      grantees.filter(({ oid }) => oid !== 0),
    )} FROM pg_authid`,
  };
}

/** What is not a member of an extension and has a place in the dump; of roles all. */
export function effectiveFrom(version: number, rows: DumpRows, answers: PrivilegeRows): EffectivePrivileges {
  const names = namesOf(rows);
  const grantees = granteesOf(rows);
  const privileges = privilegesOf(version);
  const keys = keysOf(rows, names);
  const entries: (readonly [string, readonly string[]])[] = [];
  const add = (
    kind: Class,
    key: string | undefined,
    held: readonly boolean[],
    skip?: (grantee: Grantee) => boolean,
  ) => {
    const list = privileges[kind];
    const lines = grantees.flatMap((grantee, i) =>
      skip?.(grantee)
        ? []
        : list.flatMap((privilege, j) =>
            held[i * list.length + j] === true ? [`${grantee.shown} ${privilege}`] : [],
          ),
    );
    if (key !== undefined && lines.length > 0) entries.push([key, lines.sort()]);
  };
  for (const kind of [
    "tables",
    "sequences",
    "routines",
    "schemata",
    "typesUsed",
    "databases",
    "languagesUsed",
    "serversUsed",
    "wrappersUsed",
  ] as const)
    for (const { id, held } of answers[kind]) add(kind, keys.get(`${kind} ${id}`), held);
  for (const { id, held } of answers.parametersSet) add("parametersSet", `parameter ${id}`, held);
  for (const { id, name, held } of answers.columns) {
    const table = keys.get(`tables ${id}`) ?? keys.get(`sequences ${id}`);
    if (table !== undefined) add("columns", `${table.replace(/^\w+/, "column")}.${quoted(name)}`, held);
  }
  for (const { id, held } of answers.members) {
    add(
      "members",
      `role ${names.role(id)}`,
      held,
      (grantee) => grantee.oid === 0 || grantee.oid === id || (id < FIRST && grantee.superuser),
    );
  }
  return byKey(entries);
}

/** The key of each object, by class and oid. */
function keysOf(rows: DumpRows, names: Names): ReadonlyMap<string, string> {
  const isMember = memberTest(rows);
  const keys = new Map<string, string>();
  const add = <Row extends { readonly oid: number }>(
    kind: Class,
    catalog: string,
    list: readonly Row[],
    key: (row: Row) => string,
  ) => {
    for (const row of list) if (!isMember(catalog, row.oid)) keys.set(`${kind} ${row.oid}`, key(row));
  };
  const relations = rows.relations.filter(({ schema }) => names.schema(schema) !== "pg_toast");
  const isPart = constructors(rows);
  add(
    "tables",
    "pg_class",
    relations.filter(({ kind }) => kind !== "S"),
    (row) => `table ${names.inSchema(row)}`,
  );
  add(
    "sequences",
    "pg_class",
    relations.filter(({ kind }) => kind === "S"),
    (row) => `sequence ${names.inSchema(row)}`,
  );
  add(
    "routines",
    "pg_proc",
    rows.functions.filter(({ oid }) => !isPart.has(oid)),
    (row) => `function ${names.routine(row)}`,
  );
  add(
    "schemata",
    "pg_namespace",
    rows.schemas.filter(({ name }) => !/^pg_(toast_)?temp_/.test(name)),
    ({ oid }) => `schema ${names.schema(oid)}`,
  );
  add("typesUsed", "pg_type", rows.types.filter(isShownType(rows)), (row) => `type ${names.inSchema(row)}`);
  add("databases", "pg_database", rows.database, ({ name }) => `database ${quoted(name)}`);
  add("languagesUsed", "pg_language", rows.languages, ({ name }) => `language ${quoted(name)}`);
  add("serversUsed", "pg_foreign_server", rows.servers, ({ name }) => `foreign-server ${quoted(name)}`);
  add(
    "wrappersUsed",
    "pg_foreign_data_wrapper",
    rows.wrappers,
    ({ name }) => `foreign-data-wrapper ${quoted(name)}`,
  );
  return keys;
}
