/** What initdb leaves: the bootstrap superuser, predefined roles, and the schemas every database has. */
import type { RoleAttribute } from "../events/event.ts";
import type { Place } from "../text/source.ts";
import { defaultAcl, NO_ATTRIBUTES } from "./acl.ts";
import { builtinLanguage, predefinedRoles } from "./builtin/index.ts";
import { type AclItem, type Oid, PUBLIC, type Schema } from "./model.ts";
import { createState, newOid, type State } from "./store.ts";

/** Place of what no statement wrote. */
export const BUILT_IN_PLACE: Place = {
  source: { path: "<postgresql>", bytes: Buffer.alloc(0) },
  span: { start: 0, end: 0 },
};

[] = [
  { name: "pg_database_owner", since: 14 },
  { name: "pg_read_all_data", since: 14 },
  { name: "pg_write_all_data", since: 14 },
  { name: "pg_read_all_settings", since: 10 },
  { name: "pg_read_all_stats", since: 10 },
  { name: "pg_stat_scan_tables", since: 10 },
  { name: "pg_monitor", since: 10, in: ["pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables"] },
  { name: "pg_signal_backend", since: 10 },
  { name: "pg_read_server_files", since: 11 },
  { name: "pg_write_server_files", since: 11 },
  { name: "pg_execute_server_program", since: 11 },
  { name: "pg_checkpoint", since: 15 },
  { name: "pg_use_reserved_connections", since: 16 },
  { name: "pg_create_subscription", since: 16 },
  { name: "pg_maintain", since: 17 },
  { name: "pg_signal_autovacuum_worker", since: 18 },
];

const BUILTIN_LANGUAGES = ["internal", "c", "sql", "plpgsql"] as const;

export interface Bootstrapped {
  readonly state: State;
  readonly superuser: Oid;
}

/** An empty database of a PostgreSQL major version, owned by `postgres`. */
export function bootstrap(postgresVersion: number): Bootstrapped {
  const state = createState();
  const base = { place: BUILT_IN_PLACE, prelude: true, assumed: false };
  const role = (name: string, attributes: Partial<Record<RoleAttribute, boolean>>): Oid =>
    state.roles.put({
      ...base,
      oid: newOid(state),
      name,
      attributes: { ...NO_ATTRIBUTES, ...attributes },
      attributePlaces: {},
      connectionLimit: -1,
      password: "none",
      validUntil: null,
      builtIn: true,
    }).oid;
  const superuser = role("postgres", {
    superuser: true,
    createrole: true,
    createdb: true,
    login: true,
    replication: true,
    bypassrls: true,
  });
  const predefined = predefinedRoles(postgresVersion).map((each) => ({ ...each, oid: role(each.name, {}) }));
  for (const { oid, memberOf } of predefined) {
    for (const name of memberOf) {
      const granted = state.roles.by.name.first(name);
      if (granted === undefined) continue;
      state.memberships.put({
        oid: newOid(state),
        role: granted.oid,
        member: oid,
        grantor: superuser,
        admin: false,
        inherit: true,
        set: true,
        place: BUILT_IN_PLACE,
        prelude: true,
      });
    }
  }
  const built = { kind: "built-in", place: null, prelude: false } as const;
  const item = (grantee: Oid, grantor: Oid, privilege: AclItem["privilege"]): AclItem => ({
    grantee,
    grantor,
    privilege,
    grantable: false,
    origin: grantee === grantor ? { kind: "owner", place: null, prelude: false } : built,
  });
  const schema = (name: string, owner: Oid, publicUsage: boolean, publicCreate: boolean): Schema =>
    state.schemas.put({
      ...base,
      oid: newOid(state),
      name,
      owner,
      extension: null,
      acl: [
        item(owner, owner, "usage"),
        item(owner, owner, "create"),
        ...(publicUsage ? [item(PUBLIC, owner, "usage")] : []),
        ...(publicCreate ? [item(PUBLIC, owner, "create")] : []),
      ],
    });
  const catalog = schema("pg_catalog", superuser, true, false);
  state.extensions.put({
    ...base,
    oid: newOid(state),
    name: "plpgsql",
    owner: superuser,
    schema: catalog.oid,
  });
  schema("information_schema", superuser, true, false);
  schema("pg_toast", superuser, false, false);
  schema("pg_temp", superuser, true, false);
  // Since 15 `public` belongs to pg_database_owner and only the owner may create in it (CVE-2018-1058).
  const databaseOwner = state.roles.by.name.first("pg_database_owner")?.oid ?? superuser;
  schema("public", postgresVersion >= 15 ? databaseOwner : superuser, true, postgresVersion < 15);
  state.databases.put({
    ...base,
    oid: newOid(state),
    name: "postgres",
    owner: superuser,
    ownedSince: newOid(state),
    acl: defaultAcl("database", superuser, postgresVersion),
  });
  for (const name of BUILTIN_LANGUAGES) {
    const language = builtinLanguage(name);
    if (language === null) continue;
    const acl = defaultAcl("language", superuser, postgresVersion);
    state.languages.put({ ...base, oid: newOid(state), ...language, owner: superuser, acl });
  }
  return { state, superuser };
}
