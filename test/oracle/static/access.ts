/** Roles, memberships, settings, privileges and the session of the replayed catalog, in the shape of a dump. */
import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import type { BuiltinObject, Membership, Role, RoleSetting } from "../../../src/catalog/model.ts";
import { booleanSetting, storedTexts } from "../../../src/catalog/setting-text.ts";
import { databaseOf } from "../../../src/catalog/store.ts";
import type { Dump, OwnedDump, RoleDump, SessionDump } from "../dump-types.ts";
import type { StaticDatabase } from "./context.ts";
import { aclLines, ownOf, roleText, routineName, sortedObject } from "./text.ts";

export type AccessSections =
  | "session"
  | "roles"
  | "memberships"
  | "settings"
  | "database"
  | "defaultPrivileges"
  | "parameters"
  | "languages"
  | "largeObjects"
  | "builtins";

const DEFAULT_OBJECTS = {
  tables: "TABLES",
  sequences: "SEQUENCES",
  functions: "FUNCTIONS",
  types: "TYPES",
  schemas: "SCHEMAS",
  "large-objects": "LARGE OBJECTS",
} as const;

export function accessSections({ catalog }: StaticDatabase): Pick<Dump, AccessSections> {
  const { state } = catalog;
  const database = databaseOf(state);
  if (database === undefined) throw new Error("there is no database");
  return {
    session: sessionOf(catalog),
    roles: sortedObject(
      [...state.roles.all()]
        .filter((role) => !role.builtIn)
        .map((role) => [quoteIdentifier(role.name), roleOf(role)]),
    ),
    memberships: sortedObject(
      [...state.memberships.all()]
        .filter((row) => !isBuiltin(catalog, row))
        .map((row) => [
          `${roleText(catalog, row.member)} IN ${roleText(catalog, row.role)} BY ${roleText(catalog, row.grantor)}`,
          { admin: row.admin, inherit: row.inherit, set: row.set },
        ]),
    ),
    settings: sortedObject(
      [...state.roleSettings.all()].map((row) => [
        settingKey(catalog, row, database.name),
        storedTexts(row.settings, catalog.postgresVersion),
      ]),
    ),
    database: { name: quoteIdentifier(database.name), ...owned(catalog, database) },
    defaultPrivileges: sortedObject(
      [...state.defaultAcls.all()].map((row) => [
        `role ${roleText(catalog, row.role)}${row.schema === null ? "" : ` IN schema ${quoteIdentifier(catalog.schemaName(row.schema))}`} ON ${DEFAULT_OBJECTS[row.objects]}`,
        aclLines(catalog, row.acl),
      ]),
    ),
    parameters: sortedObject(
      [...state.parameters.all()].map((row) => [row.name, aclLines(catalog, row.acl)]),
    ),
    languages: sortedObject(
      ownOf(state, state.languages)
        .filter((language) => !isUntouchedLanguage(catalog, language))
        .map((language) => [
          quoteIdentifier(language.name),
          { ...owned(catalog, language), trusted: language.trusted },
        ]),
    ),
    largeObjects: sortedObject([...state.largeObjects.all()].map((row) => [row.name, owned(catalog, row)])),
    builtins: sortedObject([...state.builtins.all()].flatMap((object) => changedBuiltin(catalog, object))),
  };
}

function owned(catalog: Catalog, row: Pick<BuiltinObject, "owner" | "acl">): OwnedDump {
  return { owner: roleText(catalog, row.owner), acl: aclLines(catalog, row.acl) };
}

function sessionOf(catalog: Catalog): SessionDump {
  const { session } = catalog.state;
  if (session === null) throw new Error("no session was replayed");
  const rowSecurity = booleanSetting(session.settings.get("row_security") ?? "on");
  return {
    sessionUser: roleText(catalog, session.sessionUser),
    currentUser: roleText(catalog, session.role ?? session.sessionUser),
    searchPath: session.settings.get("search_path") ?? "",
    rowSecurity: rowSecurity === false ? "off" : "on",
  };
}

function roleOf(role: Role): RoleDump {
  const { attributes } = role;
  return {
    superuser: attributes.superuser,
    inherit: attributes.inherit,
    createRole: attributes.createrole,
    createDb: attributes.createdb,
    login: attributes.login,
    replication: attributes.replication,
    bypassRls: attributes.bypassrls,
    connectionLimit: role.connectionLimit,
    password: role.password,
    validUntil: role.validUntil === null ? null : timestampText(role.validUntil),
  };
}

/** timestamptz as UTC text; `infinity` and what is no date stays. */
function timestampText(text: string): string {
  const date = new Date(
    /[+-]\d\d(:?\d\d)?$|Z$/i.test(text) ? text.replace(/([+-]\d\d)$/, "$1:00") : `${text}Z`,
  );
  return Number.isNaN(date.getTime()) ? text : `${date.toISOString().slice(0, 19).replace("T", " ")}+00`;
}

/** initdb's own: of predefined roles in predefined roles. */
function isBuiltin(catalog: Catalog, row: Membership): boolean {
  return catalog.role(row.role)?.builtIn === true && catalog.role(row.member)?.builtIn === true;
}

function settingKey(catalog: Catalog, row: RoleSetting, database: string): string {
  const here = row.inDatabase ? [`database ${quoteIdentifier(database)}`] : [];
  if (row.role !== null) return [`role ${roleText(catalog, row.role)}`, ...here].join(" IN ");
  return here[0] ?? "all roles";
}

function isUntouchedLanguage(
  catalog: Catalog,
  language: { readonly prelude: boolean } & Pick<BuiltinObject, "owner" | "acl">,
): boolean {
  const { acl } = language;
  const [superuser] = [catalog.roleNamed("postgres")?.oid];
  return (
    language.prelude &&
    language.owner === superuser &&
    acl.length === 2 &&
    acl.every((item) => item.grantor === superuser && !item.grantable) &&
    [0, superuser].every((role) => acl.some((item) => item.grantee === role))
  );
}

const KIND = { relation: "relation", routine: "function", type: "type" } as const;

function changedBuiltin(catalog: Catalog, object: BuiltinObject): readonly (readonly [string, OwnedDump])[] {
  const lines: (readonly [string, OwnedDump])[] = [];
  const now = owned(catalog, object);
  if (JSON.stringify(now) !== JSON.stringify(owned(catalog, object.initial)))
    lines.push([`${KIND[object.kind]} ${object.name}`, now]);
  for (const [name, acl] of object.columns) {
    // What initdb grants on columns comes from its own items.
    if (acl.every((item) => item.origin.kind === "built-in")) continue;
    lines.push([
      `column ${object.name}.${quoteIdentifier(name)}`,
      { owner: now.owner, acl: aclLines(catalog, acl) },
    ]);
  }
  return lines;
}

/** Every ACL there is, of objects that other sections describe in full. */
const INITDB: ReadonlySet<string> = new Set(["pg_catalog", "information_schema", "pg_toast", "pg_temp"]);

export type Acls = Readonly<Record<string, readonly string[]>>;

export function staticAcls({ catalog }: StaticDatabase): Acls {
  const { state } = catalog;
  const entries: (readonly [string, readonly string[]])[] = [];
  const name = (row: { readonly schema: number; readonly name: string }): string =>
    `${quoteIdentifier(catalog.schemaName(row.schema))}.${quoteIdentifier(row.name)}`;
  for (const schema of ownOf(state, state.schemas)) {
    if (!INITDB.has(schema.name))
      entries.push([`schema ${quoteIdentifier(schema.name)}`, aclLines(catalog, schema.acl)]);
  }
  for (const relation of ownOf(state, state.relations)) {
    if (relation.kind === "index" || relation.kind === "composite-type") continue;
    entries.push([`relation ${name(relation)}`, aclLines(catalog, relation.acl)]);
    for (const column of relation.columns) {
      if (column.acl.length === 0 || relation.kind === "sequence") continue;
      entries.push([
        `column ${name(relation)}.${quoteIdentifier(column.name)}`,
        aclLines(catalog, column.acl),
      ]);
    }
  }
  for (const routine of ownOf(state, state.routines))
    entries.push([`function ${routineName(catalog, routine)}`, aclLines(catalog, routine.acl)]);
  for (const type of ownOf(state, state.types)) {
    if (type.kind !== "multirange") entries.push([`type ${name(type)}`, aclLines(catalog, type.acl)]);
  }
  for (const wrapper of ownOf(state, state.foreignDataWrappers)) {
    entries.push([`foreign-data-wrapper ${quoteIdentifier(wrapper.name)}`, aclLines(catalog, wrapper.acl)]);
  }
  for (const server of state.foreignServers.all())
    entries.push([`foreign-server ${quoteIdentifier(server.name)}`, aclLines(catalog, server.acl)]);
  return sortedObject(entries);
}

export function dumpedAcls(dump: Dump): Acls {
  const entries: (readonly [string, readonly string[]])[] = [];
  const add = (
    kind: string,
    objects: Readonly<Record<string, { readonly acl: readonly string[] }>>,
  ): void => {
    for (const [name, { acl }] of Object.entries(objects)) entries.push([`${kind} ${name}`, acl]);
  };
  const { schemas } = dump;
  add(
    "schema",
    Object.fromEntries(
      Object.entries(schemas).filter(([name]) => name !== "pg_catalog" && name !== "information_schema"),
    ),
  );
  add("relation", dump.relations);
  for (const [relation, { columns }] of Object.entries(dump.relations)) {
    for (const column of columns)
      if (column.acl.length > 0) entries.push([`column ${relation}.${column.name}`, column.acl]);
  }
  add("function", dump.functions);
  add("type", dump.types);
  add("foreign-data-wrapper", dump.foreignDataWrappers);
  add("foreign-server", dump.foreignServers);
  return sortedObject(entries);
}
