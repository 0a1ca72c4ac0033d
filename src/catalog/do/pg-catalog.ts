/** The catalogs and views of pg_catalog as a DO block's queries see them. */
import type { Column, Oid, Relation, RelationKind, TypeRef } from "../model.ts";
import { roleName } from "../resolve.ts";
import { databaseOf, type State } from "../store.ts";
import { byName, byOid, catalogOf, one, plainCatalog, type SystemCatalog } from "./catalog-rows.ts";
import { made, UNKNOWN, type Value } from "./value.ts";

const RELKIND: Readonly<Record<RelationKind, string>> = {
  table: "r",
  "partitioned-table": "p",
  view: "v",
  "materialized-view": "m",
  sequence: "S",
  "foreign-table": "f",
  "composite-type": "c",
  index: "i",
};
const PROKIND = { function: "f", procedure: "p", aggregate: "a", window: "w" } as const;
const VOLATILITY = { immutable: "i", stable: "s", volatile: "v" } as const;
const TYPTYPE = {
  composite: "c",
  enum: "e",
  range: "r",
  multirange: "m",
  base: "b",
  domain: "d",
  shell: "p",
} as const;
const CONTYPE = {
  check: "c",
  "foreign-key": "f",
  "not-null": "n",
  "primary-key": "p",
  unique: "u",
  trigger: "t",
  exclusion: "x",
} as const;

function typeOid(type: TypeRef): Value {
  return typeof type.base === "number" && !type.array ? type.base : UNKNOWN;
}

export const schemaName = (state: State, oid: Oid): string => state.schemas.get(oid)?.name ?? "";

export const relationsNamed = (state: State, name: string): readonly Relation[] =>
  state.relations.by.name.all(name);

export const relationsIn = (state: State, schema: string): readonly Relation[] =>
  state.schemas.by.name.all(schema).flatMap(({ oid }) => state.relations.by.schema.all(oid));

/** The records of tables named so, by what gives those of one table. */
export const onTablesNamed =
  <T>(find: (state: State, table: Relation) => readonly T[]) =>
  (state: State, name: string): readonly T[] =>
    relationsNamed(state, name).flatMap((table) => find(state, table));

/** A record beside the table that it belongs to. */
export interface OnTable<T> {
  readonly row: T;
  readonly table: Relation;
}

/** Nothing when there is no such table. */
export function onTable<T>(row: T, relation: Oid | null, state: State): readonly OnTable<T>[] {
  const table = state.relations.get(relation ?? 0);
  return table === undefined ? [] : [{ row, table }];
}

export interface TableColumn {
  readonly table: Relation;
  readonly column: Column;
}

export const columnsOf = (table: Relation): readonly TableColumn[] =>
  table.columns.map((column) => ({ table, column }));

/** pg_tables, pg_views and the like: relations of some kinds with the name in a column of its own. */
function relationView(
  name: string,
  owner: string,
  kinds: readonly RelationKind[],
  more: Readonly<Record<string, (row: Relation) => Value>> = {},
): SystemCatalog {
  return catalogOf({
    records: (state) => state.relations.all(),
    rows: (row: Relation) => (kinds.includes(row.kind) ? [row] : []),
    columns: {
      schemaname: (row, state) => schemaName(state, row.schema),
      [name]: (row) => row.name,
      [owner]: (row, state) => roleName(state, row.owner),
      ...more,
    },
    lookups: { [name]: byName(relationsNamed), schemaname: byName(relationsIn) },
  });
}

export const PG_CATALOG: Readonly<Record<string, SystemCatalog>> = {
  pg_namespace: plainCatalog({
    records: (state) => state.schemas.all(),
    columns: {
      oid: (row) => row.oid,
      nspname: (row) => row.name,
      nspowner: (row) => row.owner,
      nspacl: () => UNKNOWN,
    },
    lookups: {
      oid: byOid((state, oid) => one(state.schemas.get(oid))),
      nspname: byName((state, name) => state.schemas.by.name.all(name)),
    },
  }),
  pg_roles: plainCatalog({
    records: (state) => state.roles.all(),
    columns: {
      oid: (row) => row.oid,
      rolname: (row) => row.name,
      rolsuper: (row) => row.attributes.superuser,
      rolinherit: (row) => row.attributes.inherit,
      rolcreaterole: (row) => row.attributes.createrole,
      rolcreatedb: (row) => row.attributes.createdb,
      rolcanlogin: (row) => row.attributes.login,
      rolreplication: (row) => row.attributes.replication,
      rolbypassrls: (row) => row.attributes.bypassrls,
    },
    lookups: {
      oid: byOid((state, oid) => one(state.roles.get(oid))),
      rolname: byName((state, name) => state.roles.by.name.all(name)),
    },
  }),
  pg_user: catalogOf({
    records: (state) => state.roles.all(),
    rows: (row) => (row.attributes.login ? [row] : []),
    columns: {
      usesysid: (row) => row.oid,
      usename: (row) => row.name,
      usesuper: (row) => row.attributes.superuser,
    },
    lookups: { usename: byName((state, name) => state.roles.by.name.all(name)) },
  }),
  pg_group: catalogOf({
    records: (state) => state.roles.all(),
    rows: (row) => (row.attributes.login ? [] : [row]),
    columns: { grosysid: (row) => row.oid, groname: (row) => row.name },
    lookups: { groname: byName((state, name) => state.roles.by.name.all(name)) },
  }),
  pg_auth_members: plainCatalog({
    records: (state) => state.memberships.all(),
    columns: {
      roleid: (row) => row.role,
      member: (row) => row.member,
      grantor: (row) => row.grantor,
      admin_option: (row) => row.admin,
      inherit_option: (row) => row.inherit,
      set_option: (row) => row.set,
    },
    lookups: {
      member: byOid((state, oid) => state.memberships.by.member.all(oid)),
      roleid: byOid((state, oid) => state.memberships.by.role.all(oid)),
    },
  }),
  pg_proc: plainCatalog({
    records: (state) => state.routines.all(),
    columns: {
      oid: (row) => row.oid,
      proname: (row) => row.name,
      pronamespace: (row) => row.schema,
      proowner: (row) => row.owner,
      prokind: (row) => PROKIND[row.kind],
      prosecdef: (row) => row.securityDefiner.value,
      proleakproof: (row) => row.leakproof.value,
      proisstrict: (row) => row.strict,
      provolatile: (row) => VOLATILITY[row.volatility],
      proretset: (row) => row.returnsSet,
      pronargs: (row) => row.inputTypes.length,
      prolang: (row, state) => state.languages.by.name.first(row.language)?.oid ?? UNKNOWN,
      prosrc: (row) => (row.source.kind === "text" ? row.source.text.text : UNKNOWN),
      proconfig: ({ settings }) =>
        settings.size === 0
          ? null
          : [...settings.values()].map(({ name, values }) => made(`${name}=${values.join(", ")}`, 0)),
      prorettype: (row) => (row.returnType === null ? UNKNOWN : typeOid(row.returnType)),
    },
    lookups: {
      oid: byOid((state, oid) => one(state.routines.get(oid))),
      proname: byName((state, name) => state.routines.by.name.all(name)),
      pronamespace: byOid((state, oid) => state.routines.by.schema.all(oid)),
    },
  }),
  pg_language: plainCatalog({
    records: (state) => state.languages.all(),
    columns: {
      oid: (row) => row.oid,
      lanname: (row) => row.name,
      lanpltrusted: (row) => row.trusted,
      lanowner: (row) => row.owner,
    },
  }),
  pg_class: plainCatalog({
    records: (state) => state.relations.all(),
    columns: {
      oid: (row) => row.oid,
      relname: (row) => row.name,
      relnamespace: (row) => row.schema,
      relowner: (row) => row.owner,
      relkind: (row) => RELKIND[row.kind],
      relrowsecurity: (row) => row.rowSecurity.value,
      relforcerowsecurity: (row) => row.forceRowSecurity.value,
      relispartition: (row) => row.partition,
      relpersistence: (row) => (row.temporary ? "t" : row.unlogged ? "u" : "p"),
      reloptions: (row) =>
        row.options.size === 0
          ? null
          : [...row.options].map(([name, { value }]) => made(`${name}=${value}`, 0)),
    },
    lookups: {
      oid: byOid((state, oid) => one(state.relations.get(oid))),
      relname: byName(relationsNamed),
      relnamespace: byOid((state, oid) => state.relations.by.schema.all(oid)),
    },
  }),
  pg_attribute: catalogOf({
    records: (state) => state.relations.all(),
    rows: columnsOf,
    columns: {
      attrelid: ({ table }) => table.oid,
      attname: ({ column }) => column.name,
      attnum: ({ column }) => column.number,
      attnotnull: ({ column }) => column.notNull,
      attisdropped: () => false,
      atttypid: ({ column }) => typeOid(column.type),
    },
    lookups: { attrelid: byOid((state, oid) => one(state.relations.get(oid))) },
  }),
  pg_type: plainCatalog({
    records: (state) => state.types.all(),
    columns: {
      oid: (row) => row.oid,
      typname: (row) => row.name,
      typnamespace: (row) => row.schema,
      typowner: (row) => row.owner,
      typtype: (row) => TYPTYPE[row.kind],
    },
    lookups: {
      oid: byOid((state, oid) => one(state.types.get(oid))),
      typname: byName((state, name) => state.types.by.name.all(name)),
      typnamespace: byOid((state, oid) => state.types.by.schema.all(oid)),
    },
  }),
  pg_enum: catalogOf({
    records: (state) => state.types.all(),
    rows: (type) => type.labels.map((label) => ({ type, label })),
    columns: { enumtypid: ({ type }) => type.oid, enumlabel: ({ label }) => label },
    lookups: { enumtypid: byOid((state, oid) => one(state.types.get(oid))) },
  }),
  pg_tables: relationView("tablename", "tableowner", ["table", "partitioned-table"], {
    rowsecurity: (row) => row.rowSecurity.value,
  }),
  pg_views: relationView("viewname", "viewowner", ["view"]),
  pg_matviews: relationView("matviewname", "matviewowner", ["materialized-view"]),
  pg_sequences: relationView("sequencename", "sequenceowner", ["sequence"]),
  pg_indexes: catalogOf({
    records: (state) => state.relations.all(),
    rows: (row) => (row.kind === "index" ? [row] : []),
    columns: {
      schemaname: (row, state) => schemaName(state, row.schema),
      indexname: (row) => row.name,
      tablename: (row, state) => state.relations.get(row.belongsTo?.relation ?? 0)?.name ?? UNKNOWN,
    },
    lookups: { indexname: byName(relationsNamed), schemaname: byName(relationsIn) },
  }),
  pg_policy: plainCatalog({
    records: (state) => state.policies.all(),
    columns: {
      oid: (row) => row.oid,
      polname: (row) => row.name,
      polrelid: (row) => row.relation,
      polpermissive: (row) => row.permissive,
    },
    lookups: {
      oid: byOid((state, oid) => one(state.policies.get(oid))),
      polrelid: byOid((state, oid) => state.policies.by.relation.all(oid)),
      polname: byName((state, name) => state.policies.by.name.all(name)),
    },
  }),
  pg_policies: catalogOf({
    records: (state) => state.policies.all(),
    rows: (row, state) => onTable(row, row.relation, state),
    columns: {
      schemaname: ({ table }, state) => schemaName(state, table.schema),
      tablename: ({ table }) => table.name,
      policyname: ({ row }) => row.name,
      permissive: ({ row }) => (row.permissive ? "PERMISSIVE" : "RESTRICTIVE"),
      cmd: ({ row }) => row.command.toUpperCase(),
    },
    lookups: {
      tablename: byName(onTablesNamed((state, { oid }) => state.policies.by.relation.all(oid))),
      policyname: byName((state, name) => state.policies.by.name.all(name)),
    },
  }),
  pg_trigger: plainCatalog({
    records: (state) => state.triggers.all(),
    columns: {
      oid: (row) => row.oid,
      tgname: (row) => row.name,
      tgrelid: (row) => row.relation,
      tgfoid: (row) => row.routine ?? UNKNOWN,
      tgisinternal: () => false,
    },
    lookups: {
      oid: byOid((state, oid) => one(state.triggers.get(oid))),
      tgrelid: byOid((state, oid) => state.triggers.by.relation.all(oid)),
      tgname: byName((state, name) => state.triggers.by.name.all(name)),
    },
  }),
  pg_event_trigger: plainCatalog({
    records: (state) => state.eventTriggers.all(),
    columns: { oid: (row) => row.oid, evtname: (row) => row.name, evtevent: (row) => row.event },
  }),
  pg_constraint: plainCatalog({
    records: (state) => state.constraints.all(),
    columns: {
      oid: (row) => row.oid,
      conname: (row) => row.name,
      conrelid: (row, state) => (state.relations.get(row.relation) === undefined ? 0 : row.relation),
      contypid: (row, state) => (state.relations.get(row.relation) === undefined ? row.relation : 0),
      contype: (row) => CONTYPE[row.kind],
      connamespace: (row, state) => state.relations.get(row.relation)?.schema ?? UNKNOWN,
    },
    lookups: {
      oid: byOid((state, oid) => one(state.constraints.get(oid))),
      conname: byName((state, name) => state.constraints.by.name.all(name)),
      // 0 stands for no table.
      conrelid: byOid((state, oid) =>
        oid === 0 ? [...state.constraints.all()] : state.constraints.by.relation.all(oid),
      ),
    },
  }),
  pg_extension: plainCatalog({
    records: (state) => state.extensions.all(),
    columns: {
      oid: (row) => row.oid,
      extname: (row) => row.name,
      extnamespace: (row) => row.schema,
      extowner: (row) => row.owner,
    },
    lookups: { extname: byName((state, name) => state.extensions.by.name.all(name)) },
  }),
  pg_publication: plainCatalog({
    records: (state) => state.publications.all(),
    columns: {
      oid: (row) => row.oid,
      pubname: (row) => row.name,
      pubowner: (row) => row.owner,
      puballtables: (row) => row.allTables,
    },
    lookups: { pubname: byName((state, name) => state.publications.by.name.all(name)) },
  }),
  pg_publication_tables: catalogOf({
    records: (state) => state.published.all(),
    rows: (row, state) => {
      const publication = state.publications.get(row.publication);
      return publication === undefined ? [] : onTable(publication, row.relation, state);
    },
    columns: {
      pubname: ({ row }) => row.name,
      schemaname: ({ table }, state) => schemaName(state, table.schema),
      tablename: ({ table }) => table.name,
    },
    lookups: {
      pubname: byName((state, name) =>
        state.publications.by.name.all(name).flatMap(({ oid }) => state.published.by.of.all(oid)),
      ),
    },
  }),
  pg_foreign_server: plainCatalog({
    records: (state) => state.foreignServers.all(),
    columns: { oid: (row) => row.oid, srvname: (row) => row.name, srvowner: (row) => row.owner },
    lookups: { srvname: byName((state, name) => state.foreignServers.by.name.all(name)) },
  }),
  pg_foreign_data_wrapper: plainCatalog({
    records: (state) => state.foreignDataWrappers.all(),
    columns: { oid: (row) => row.oid, fdwname: (row) => row.name, fdwowner: (row) => row.owner },
    lookups: { fdwname: byName((state, name) => state.foreignDataWrappers.by.name.all(name)) },
  }),
  pg_database: plainCatalog({
    records: (state) => one(databaseOf(state)),
    columns: { oid: (row) => row.oid, datname: (row) => row.name, datdba: (row) => row.owner },
  }),
};
