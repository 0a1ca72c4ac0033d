/** The system catalogs and information_schema as a DO block's queries see them: rows of what the model holds. */
import { displayType } from "../builtin/index.ts";
import type { Context } from "../context.ts";
import type { Oid, Relation, RelationKind, Routine, TypeRef } from "../model.ts";
import { roleName } from "../resolve.ts";
import { databaseOf } from "../store.ts";
import { made, quoteIdent, type Registered, type Row, UNKNOWN, type Value } from "./value.ts";

type Fields = Readonly<Record<string, string | number | boolean | null | Value>>;

/** Rows of a catalog by `pg_proc` or `information_schema.tables`; null when it is not one that is known here. */
export function systemRows(context: Context, name: string, at: number): Iterable<Row> | null {
  const rows = CATALOGS[name];
  if (rows === undefined) return null;
  return mapped(rows(context), at);
}

function* mapped(rows: Iterable<Fields>, at: number): Iterable<Row> {
  for (const fields of rows) {
    const entries = Object.entries(fields).map(([name, value]): [string, Value] => [
      name,
      typeof value === "string" ? made(value, at) : value,
    ]);
    yield { kind: "row", fields: new Map(entries) };
  }
}

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

const schemaName = (context: Context, oid: Oid): string => context.state.schemas.get(oid)?.name ?? "";

function* relations(context: Context, ...kinds: readonly RelationKind[]): Iterable<Relation> {
  for (const relation of context.state.relations.all()) {
    if (kinds.length === 0 || kinds.includes(relation.kind)) yield relation;
  }
}

const named = (context: Context, relation: Relation, name: string): Fields => ({
  schemaname: schemaName(context, relation.schema),
  [name]: relation.name,
});

const CATALOGS: Readonly<Record<string, (context: Context) => Iterable<Fields>>> = {
  *pg_namespace({ state }) {
    for (const row of state.schemas.all())
      yield { oid: row.oid, nspname: row.name, nspowner: row.owner, nspacl: UNKNOWN };
  },
  *pg_roles({ state }) {
    for (const { oid, name, attributes } of state.roles.all()) {
      yield {
        oid,
        rolname: name,
        rolsuper: attributes.superuser,
        rolinherit: attributes.inherit,
        rolcreaterole: attributes.createrole,
        rolcreatedb: attributes.createdb,
        rolcanlogin: attributes.login,
        rolreplication: attributes.replication,
        rolbypassrls: attributes.bypassrls,
      };
    }
  },
  *pg_user({ state }) {
    for (const row of state.roles.all())
      if (row.attributes.login)
        yield { usesysid: row.oid, usename: row.name, usesuper: row.attributes.superuser };
  },
  *pg_group({ state }) {
    for (const row of state.roles.all())
      if (!row.attributes.login) yield { grosysid: row.oid, groname: row.name };
  },
  *pg_auth_members({ state }) {
    for (const row of state.memberships.all()) {
      yield {
        roleid: row.role,
        member: row.member,
        grantor: row.grantor,
        admin_option: row.admin,
        inherit_option: row.inherit,
        set_option: row.set,
      };
    }
  },
  *pg_proc(context) {
    const { state } = context;
    for (const row of state.routines.all()) {
      yield {
        oid: row.oid,
        proname: row.name,
        pronamespace: row.schema,
        proowner: row.owner,
        prokind: PROKIND[row.kind],
        prosecdef: row.securityDefiner.value,
        proleakproof: row.leakproof.value,
        proisstrict: row.strict,
        provolatile: VOLATILITY[row.volatility],
        proretset: row.returnsSet,
        pronargs: row.inputTypes.length,
        prolang: state.languages.by(row.language)[0]?.oid ?? UNKNOWN,
        prosrc: row.source.kind === "text" ? row.source.text.text : UNKNOWN,
        proconfig:
          row.settings.size === 0
            ? null
            : [...row.settings.values()].map(({ name, values }) => made(`${name}=${values.join(", ")}`, 0)),
        prorettype: row.returnType === null ? UNKNOWN : typeOid(row.returnType),
      };
    }
  },
  *pg_language({ state }) {
    for (const row of state.languages.all())
      yield { oid: row.oid, lanname: row.name, lanpltrusted: row.trusted, lanowner: row.owner };
  },
  *pg_class(context) {
    for (const row of relations(context)) {
      yield {
        oid: row.oid,
        relname: row.name,
        relnamespace: row.schema,
        relowner: row.owner,
        relkind: RELKIND[row.kind],
        relrowsecurity: row.rowSecurity.value,
        relforcerowsecurity: row.forceRowSecurity.value,
        relispartition: row.partition,
        relpersistence: row.temporary ? "t" : row.unlogged ? "u" : "p",
        reloptions:
          row.options.size === 0
            ? null
            : [...row.options].map(([name, { value }]) => made(`${name}=${value}`, 0)),
      };
    }
  },
  *pg_attribute(context) {
    for (const row of relations(context)) {
      for (const column of row.columns) {
        yield {
          attrelid: row.oid,
          attname: column.name,
          attnum: column.number,
          attnotnull: column.notNull,
          attisdropped: false,
          atttypid: typeOid(column.type),
        };
      }
    }
  },
  *pg_type({ state }) {
    for (const row of state.types.all())
      yield {
        oid: row.oid,
        typname: row.name,
        typnamespace: row.schema,
        typowner: row.owner,
        typtype: TYPTYPE[row.kind],
      };
  },
  *pg_enum({ state }) {
    for (const row of state.types.all())
      for (const label of row.labels) yield { enumtypid: row.oid, enumlabel: label };
  },
  *pg_tables(context) {
    for (const row of relations(context, "table", "partitioned-table")) {
      yield {
        ...named(context, row, "tablename"),
        tableowner: roleName(context.state, row.owner),
        rowsecurity: row.rowSecurity.value,
      };
    }
  },
  *pg_views(context) {
    for (const row of relations(context, "view"))
      yield { ...named(context, row, "viewname"), viewowner: roleName(context.state, row.owner) };
  },
  *pg_matviews(context) {
    for (const row of relations(context, "materialized-view"))
      yield { ...named(context, row, "matviewname"), matviewowner: roleName(context.state, row.owner) };
  },
  *pg_sequences(context) {
    for (const row of relations(context, "sequence"))
      yield { ...named(context, row, "sequencename"), sequenceowner: roleName(context.state, row.owner) };
  },
  *pg_indexes(context) {
    for (const row of relations(context, "index")) {
      const table = context.state.relations.get(row.belongsTo?.relation ?? 0);
      yield { ...named(context, row, "indexname"), tablename: table?.name ?? UNKNOWN };
    }
  },
  *pg_policy({ state }) {
    for (const row of state.policies.all())
      yield { oid: row.oid, polname: row.name, polrelid: row.relation, polpermissive: row.permissive };
  },
  *pg_policies(context) {
    for (const row of context.state.policies.all()) {
      const table = context.state.relations.get(row.relation);
      if (table === undefined) continue;
      yield {
        ...named(context, table, "tablename"),
        policyname: row.name,
        permissive: row.permissive ? "PERMISSIVE" : "RESTRICTIVE",
        cmd: row.command.toUpperCase(),
      };
    }
  },
  *pg_trigger({ state }) {
    for (const row of state.triggers.all())
      yield {
        oid: row.oid,
        tgname: row.name,
        tgrelid: row.relation,
        tgfoid: row.routine ?? UNKNOWN,
        tgisinternal: false,
      };
  },
  *pg_event_trigger({ state }) {
    for (const row of state.eventTriggers.all())
      yield { oid: row.oid, evtname: row.name, evtevent: row.event };
  },
  *pg_constraint(context) {
    for (const row of context.state.constraints.all()) {
      const table = context.state.relations.get(row.relation);
      yield {
        oid: row.oid,
        conname: row.name,
        conrelid: table === undefined ? 0 : row.relation,
        contypid: table === undefined ? row.relation : 0,
        contype: CONTYPE[row.kind],
        connamespace: table?.schema ?? UNKNOWN,
      };
    }
  },
  *pg_extension({ state }) {
    for (const row of state.extensions.all())
      yield { oid: row.oid, extname: row.name, extnamespace: row.schema, extowner: row.owner };
  },
  *pg_publication({ state }) {
    for (const row of state.publications.all())
      yield { oid: row.oid, pubname: row.name, pubowner: row.owner, puballtables: row.allTables };
  },
  *pg_publication_tables(context) {
    for (const row of context.state.published.all()) {
      const table = context.state.relations.get(row.relation ?? 0);
      const publication = context.state.publications.get(row.publication);
      if (table !== undefined && publication !== undefined)
        yield { pubname: publication.name, ...named(context, table, "tablename") };
    }
  },
  *pg_foreign_server({ state }) {
    for (const row of state.foreignServers.all())
      yield { oid: row.oid, srvname: row.name, srvowner: row.owner };
  },
  *pg_foreign_data_wrapper({ state }) {
    for (const row of state.foreignDataWrappers.all())
      yield { oid: row.oid, fdwname: row.name, fdwowner: row.owner };
  },
  *pg_database({ state }) {
    const database = databaseOf(state);
    if (database !== undefined) yield { oid: database.oid, datname: database.name, datdba: database.owner };
  },
  *"information_schema.schemata"({ state }) {
    for (const row of state.schemas.all())
      yield { schema_name: row.name, schema_owner: roleName(state, row.owner) };
  },
  *"information_schema.tables"(context) {
    for (const row of relations(context, "table", "partitioned-table", "view", "foreign-table")) {
      const type =
        row.kind === "view"
          ? "VIEW"
          : row.kind === "foreign-table"
            ? "FOREIGN"
            : row.temporary
              ? "LOCAL TEMPORARY"
              : "BASE TABLE";
      yield { table_schema: schemaName(context, row.schema), table_name: row.name, table_type: type };
    }
  },
  *"information_schema.views"(context) {
    for (const row of relations(context, "view"))
      yield { table_schema: schemaName(context, row.schema), table_name: row.name };
  },
  *"information_schema.sequences"(context) {
    for (const row of relations(context, "sequence"))
      yield { sequence_schema: schemaName(context, row.schema), sequence_name: row.name };
  },
  *"information_schema.columns"(context) {
    for (const row of relations(context, "table", "partitioned-table", "view", "foreign-table")) {
      for (const column of row.columns) {
        yield {
          table_schema: schemaName(context, row.schema),
          table_name: row.name,
          column_name: column.name,
          ordinal_position: column.number,
          is_nullable: column.notNull ? "NO" : "YES",
          data_type:
            typeof column.type.base === "string" && !column.type.array
              ? displayType(column.type.base.replace("pg_catalog.", ""))
              : column.type.array
                ? "ARRAY"
                : "USER-DEFINED",
        };
      }
    }
  },
  *"information_schema.routines"(context) {
    for (const row of context.state.routines.all()) {
      yield {
        routine_schema: schemaName(context, row.schema),
        routine_name: row.name,
        specific_schema: schemaName(context, row.schema),
        specific_name: `${row.name}_${row.oid}`,
        routine_type: row.kind === "procedure" ? "PROCEDURE" : row.kind === "function" ? "FUNCTION" : null,
        security_type: row.securityDefiner.value ? "DEFINER" : "INVOKER",
      };
    }
  },
  *"information_schema.table_constraints"(context) {
    for (const row of context.state.constraints.all()) {
      const table = context.state.relations.get(row.relation);
      if (table === undefined) continue;
      const schema = schemaName(context, table.schema);
      const type =
        row.kind === "foreign-key"
          ? "FOREIGN KEY"
          : row.kind === "primary-key"
            ? "PRIMARY KEY"
            : row.kind === "unique"
              ? "UNIQUE"
              : "CHECK";
      yield {
        constraint_schema: schema,
        constraint_name: row.name,
        table_schema: schema,
        table_name: table.name,
        constraint_type: type,
      };
    }
  },
  *"information_schema.triggers"(context) {
    for (const row of context.state.triggers.all()) {
      const table = context.state.relations.get(row.relation);
      if (table === undefined) continue;
      const schema = schemaName(context, table.schema);
      yield {
        trigger_schema: schema,
        trigger_name: row.name,
        event_object_schema: schema,
        event_object_table: table.name,
      };
    }
  },
};

function typeOid(type: TypeRef): Value {
  return typeof type.base === "number" && !type.array ? type.base : UNKNOWN;
}

/** `app.t`: always qualified, which means the same object under every path. */
function qualifiedName(context: Context, schema: Oid, name: string): string {
  return `${quoteIdent(schemaName(context, schema))}.${quoteIdent(name)}`;
}

export function typeText(context: Context, type: TypeRef): string {
  const { state } = context;
  const suffix = type.array ? "[]" : "";
  if (typeof type.base === "string")
    return `${displayType(type.base.replace("pg_catalog.", "").replace(/^\?/, ""))}${suffix}`;
  const found = state.types.get(type.base) ?? state.relations.get(type.base);
  return found === undefined ? "?" : `${qualifiedName(context, found.schema, found.name)}${suffix}`;
}

export function argumentTypes(context: Context, routine: Routine): string {
  return routine.inputTypes.map((type) => typeText(context, type)).join(", ");
}

/** An oid as regclass, regprocedure, … prints it. */
export function registered(context: Context, type: string, oid: Oid): Registered | null {
  const { state } = context;
  const known = (text: string): Registered => ({ kind: "registered", oid, text });
  const relation = state.relations.get(oid);
  const routine = state.routines.get(oid);
  if (type === "regclass" && relation !== undefined)
    return known(qualifiedName(context, relation.schema, relation.name));
  if (type === "regprocedure" && routine !== undefined) {
    return known(
      `${qualifiedName(context, routine.schema, routine.name)}(${argumentTypes(context, routine)})`,
    );
  }
  if (type === "regproc" && routine !== undefined)
    return known(qualifiedName(context, routine.schema, routine.name));
  if (type === "regtype") return known(typeText(context, { base: oid, array: false }));
  const schema = state.schemas.get(oid);
  if (type === "regnamespace" && schema !== undefined) return known(quoteIdent(schema.name));
  const role = state.roles.get(oid);
  if (type === "regrole" && role !== undefined) return known(quoteIdent(role.name));
  return null;
}
