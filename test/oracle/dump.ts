/** The state of a database, put together from the rows of its catalogs. */
import {
  byKey,
  chosen,
  FIRING,
  FIRST,
  known,
  memberTest,
  type Names,
  namesOf,
  owned,
  quoted,
  withOptions,
} from "./dump-names.ts";
import { builtinsOf, castsOf, functionsOf, publicationsOf, typesOf } from "./dump-objects.ts";
import { relationSections } from "./dump-relations.ts";
import {
  type BuiltinRows,
  builtinQueries,
  type DumpRows,
  dumpQueries,
  SESSION,
  type SessionRow,
} from "./dump-sql.ts";
import type {
  Dump,
  EffectivePrivileges,
  EventTriggerDump,
  OwnedDump,
  RoleDump,
  SubscriptionDump,
} from "./dump-types.ts";
import type { InitialState, Oracle } from "./postgres.ts";
import { effectiveFrom, type PrivilegeRows, privilegeQueries } from "./privileges.ts";

export interface DatabaseState {
  readonly dump: Dump;
  readonly effective: EffectivePrivileges;
}

export interface DumpOptions {
  /** Members of extensions as well. */
  readonly members?: boolean;
}

/** The state of the oracle's database and session. Changes neither. Throws in a transaction that has failed. */
export async function databaseState(oracle: Oracle, options: DumpOptions = {}): Promise<DatabaseState> {
  const [session] = await oracle.query<SessionRow>(SESSION);
  const { initial, version } = oracle;
  if (session === undefined) throw new Error("the query for the session returned no row");
  return oracle.asAdministrator(async () => {
    const all = await oracle.queries<DumpRows & BuiltinRows>({
      ...dumpQueries(version),
      ...builtinQueries(initial.xid),
    });
    const rows = options.members === true ? withMembers(all) : all;
    const answers = await oracle.queries<PrivilegeRows>(privilegeQueries(version, rows));
    return {
      dump: assembled(session, rows, initial),
      effective: effectiveFrom(version, rows, answers),
    };
  });
}

function withMembers<Rows extends Pick<DumpRows, "dependencies">>(rows: Rows): Rows {
  return { ...rows, dependencies: rows.dependencies.filter(({ kind }) => kind !== "e") };
}

export async function dump(oracle: Oracle, options: DumpOptions = {}): Promise<Dump> {
  return (await databaseState(oracle, options)).dump;
}

/** What each user-made role and PUBLIC may do, as PostgreSQL itself answers. */
export async function effectivePrivileges(oracle: Oracle): Promise<EffectivePrivileges> {
  return (await databaseState(oracle)).effective;
}

/** What a new cluster holds of what a dump shows when it has changed. */
export function initialObjects(
  rows: Pick<DumpRows, "roles" | "schemas" | "languages"> & BuiltinRows,
): Omit<InitialState, "xid"> {
  const names = namesOf(rows);
  return {
    schemas: byKey(rows.schemas.map((each) => [names.schema(each.oid), owned(names, each)])),
    languages: byKey(rows.languages.map((each) => [quoted(each.name), languageOf(names, each)])),
    builtins: byKey(builtinsOf(rows, names).map(([name, { plain: _, ...row }]) => [name, row])),
  };
}

function assembled(session: SessionRow, rows: DumpRows & BuiltinRows, initial: InitialState): Dump {
  const names = namesOf(rows);
  const isMember = memberTest(rows);
  const made = <Row extends { readonly oid: number }>(catalog: string, list: readonly Row[]) =>
    list.filter(({ oid }) => oid >= FIRST && !isMember(catalog, oid));
  const servers = new Map(rows.servers.map(({ oid, name }) => [oid, quoted(name)]));
  const [database] = rows.database;
  if (database === undefined) throw new Error("there is no database");
  const isShownSchema = (row: DumpRows["schemas"][number]) =>
    !/^pg_(toast_)?temp_/.test(row.name) && !(row.oid >= FIRST && isMember("pg_namespace", row.oid));
  return {
    session: {
      ...session,
      sessionUser: quoted(session.sessionUser),
      currentUser: quoted(session.currentUser),
    },
    database: { name: quoted(database.name), ...owned(names, database) },
    roles: byKey(
      rows.roles
        .filter(({ oid }) => oid >= FIRST)
        .map(({ oid: _, name, ...role }): [string, RoleDump] => [quoted(name), role]),
    ),
    memberships: byKey(
      rows.memberships.map(({ member, role, grantor, ...options }) => [
        `${names.role(member)} IN ${names.role(role)} BY ${names.role(grantor)}`,
        options,
      ]),
    ),
    settings: byKey(
      rows.settings.map(({ role, database: name, settings }) => {
        const where = [
          ...(role !== 0 ? [`role ${names.role(role)}`] : name === null ? ["all roles"] : []),
          ...(name === null ? [] : [`database ${quoted(name)}`]),
        ];
        return [where.join(" IN "), [...settings].sort()];
      }),
    ),
    schemas: withoutUnchanged(
      byKey(rows.schemas.filter(isShownSchema).map((each) => [names.schema(each.oid), owned(names, each)])),
      { ...initial.schemas, public: null },
    ),
    languages: withoutUnchanged(
      byKey(
        rows.languages
          .filter(({ oid }) => oid < FIRST || !isMember("pg_language", oid))
          .map((each) => [quoted(each.name), languageOf(names, each)]),
      ),
      initial.languages,
    ),
    builtins: withoutUnchanged(
      byKey(
        builtinsOf(rows, names).flatMap(([name, { plain, ...now }]) =>
          plain && !Object.hasOwn(initial.builtins, name) ? [] : [[name, now]],
        ),
      ),
      initial.builtins,
    ),
    ...relationSections(rows, names, isMember),
    functions: functionsOf(rows, names, isMember),
    types: typesOf(rows, names, isMember),
    operators: byKey(
      made("pg_operator", rows.operators).map((row) => [
        `${names.schema(row.schema)}.${row.name}(${row.left ?? "NONE"}, ${row.right})`,
        { owner: names.role(row.owner), function: names.routine(row.function) },
      ]),
    ),
    casts: castsOf(rows, names, isMember),
    eventTriggers: byKey(
      made("pg_event_trigger", rows.eventTriggers).map((row): [string, EventTriggerDump] => [
        quoted(row.name),
        {
          owner: names.role(row.owner),
          event: row.event,
          function: names.routine(row.function),
          enabled: chosen(FIRING, row.enabled),
          tags: [...row.tags].sort(),
        },
      ]),
    ),
    defaultPrivileges: byKey(
      rows.defaultPrivileges.map(({ role, schema, objects, acl }) => [
        `role ${names.role(role)}${schema === 0 ? "" : ` IN schema ${names.schema(schema)}`} ON ${chosen(DEFAULT_OBJECTS, objects)}`,
        names.acl(acl),
      ]),
    ),
    extensions: byKey(
      rows.extensions.map((row) => [
        quoted(row.name),
        { owner: names.role(row.owner), schema: names.schema(row.schema) },
      ]),
    ),
    foreignDataWrappers: byKey(
      made("pg_foreign_data_wrapper", rows.wrappers).map((row) => [
        quoted(row.name),
        withOptions(names, row),
      ]),
    ),
    foreignServers: byKey(
      made("pg_foreign_server", rows.servers).map((row) => {
        const wrapper = rows.wrappers.find(({ oid }) => oid === row.wrapper)?.name ?? "?";
        return [quoted(row.name), { wrapper: quoted(wrapper), ...withOptions(names, row) }];
      }),
    ),
    userMappings: byKey(
      rows.userMappings.map(({ user, server, options }) => [
        `${names.role(user)} SERVER ${known(servers, server, "server")}`,
        [...options].sort(),
      ]),
    ),
    publications: publicationsOf(rows, names),
    subscriptions: byKey(
      rows.subscriptions.map(({ oid: _, name, owner, ...row }): [string, SubscriptionDump] => [
        quoted(name),
        { ...row, owner: names.role(owner), publications: [...row.publications].sort() },
      ]),
    ),
    parameters: byKey(rows.parameters.map(({ name, acl }) => [name, names.acl(acl)])),
    largeObjects: byKey(rows.largeObjects.map((row) => [row.name, owned(names, row)])),
  };
}

const DEFAULT_OBJECTS = {
  r: "TABLES",
  S: "SEQUENCES",
  f: "FUNCTIONS",
  T: "TYPES",
  n: "SCHEMAS",
  L: "LARGE OBJECTS",
} as const;

function languageOf(
  names: Names,
  row: DumpRows["languages"][number],
): OwnedDump & { readonly trusted: boolean } {
  return { ...owned(names, row), trusted: row.trusted };
}

function withoutUnchanged<T>(
  now: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T | null>>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(now).filter(
      ([name, value]) =>
        !Object.hasOwn(before, name) || JSON.stringify(before[name]) !== JSON.stringify(value),
    ),
  );
}
