/** Views of information_schema as a DO block's queries see them. */
import { displayType } from "../builtin/index.ts";
import type { Column, Constraint, Relation, RelationKind, Trigger } from "../model.ts";
import { roleName } from "../resolve.ts";
import { byName, catalogOf, plainCatalog, type SystemCatalog } from "./catalog-rows.ts";
import { columnsOf, onTable, onTablesNamed, relationsIn, relationsNamed, schemaName } from "./pg-catalog.ts";

const TABLES: readonly RelationKind[] = ["table", "partitioned-table", "view", "foreign-table"];

function tableType({ kind, temporary }: Relation): string {
  if (kind === "view") return "VIEW";
  if (kind === "foreign-table") return "FOREIGN";
  return temporary ? "LOCAL TEMPORARY" : "BASE TABLE";
}

function dataType({ type }: Column): string {
  if (type.array) return "ARRAY";
  return typeof type.base === "string" ? displayType(type.base.replace("pg_catalog.", "")) : "USER-DEFINED";
}

function constraintType({ kind }: Constraint): string {
  switch (kind) {
    case "foreign-key":
      return "FOREIGN KEY";
    case "primary-key":
      return "PRIMARY KEY";
    case "unique":
      return "UNIQUE";
    default:
      return "CHECK";
  }
}

/** Relations of some kinds, with columns for the schema and the name. */
function relationView(
  schema: string,
  name: string,
  kinds: readonly RelationKind[],
  more: Readonly<Record<string, (row: Relation) => string>> = {},
): SystemCatalog {
  return catalogOf({
    records: (state) => state.relations.all(),
    rows: (row: Relation) => (kinds.includes(row.kind) ? [row] : []),
    columns: {
      [schema]: (row, state) => schemaName(state, row.schema),
      [name]: (row) => row.name,
      ...more,
    },
    lookups: { [name]: byName(relationsNamed), [schema]: byName(relationsIn) },
  });
}

export const INFORMATION_SCHEMA: Readonly<Record<string, SystemCatalog>> = {
  schemata: plainCatalog({
    records: (state) => state.schemas.all(),
    columns: { schema_name: (row) => row.name, schema_owner: (row, state) => roleName(state, row.owner) },
    lookups: { schema_name: byName((state, name) => state.schemas.by.name.all(name)) },
  }),
  tables: relationView("table_schema", "table_name", TABLES, { table_type: tableType }),
  views: relationView("table_schema", "table_name", ["view"]),
  sequences: relationView("sequence_schema", "sequence_name", ["sequence"]),
  columns: catalogOf({
    records: (state) => state.relations.all(),
    rows: (table: Relation) => (TABLES.includes(table.kind) ? columnsOf(table) : []),
    columns: {
      table_schema: ({ table }, state) => schemaName(state, table.schema),
      table_name: ({ table }) => table.name,
      column_name: ({ column }) => column.name,
      ordinal_position: ({ column }) => column.number,
      is_nullable: ({ column }) => (column.notNull ? "NO" : "YES"),
      data_type: ({ column }) => dataType(column),
    },
    lookups: { table_name: byName(relationsNamed), table_schema: byName(relationsIn) },
  }),
  routines: plainCatalog({
    records: (state) => state.routines.all(),
    columns: {
      routine_schema: (row, state) => schemaName(state, row.schema),
      routine_name: (row) => row.name,
      specific_schema: (row, state) => schemaName(state, row.schema),
      specific_name: (row) => `${row.name}_${row.oid}`,
      routine_type: (row) =>
        row.kind === "procedure" ? "PROCEDURE" : row.kind === "function" ? "FUNCTION" : null,
      security_type: (row) => (row.securityDefiner.value ? "DEFINER" : "INVOKER"),
    },
    lookups: { routine_name: byName((state, name) => state.routines.by.name.all(name)) },
  }),
  table_constraints: catalogOf({
    records: (state) => state.constraints.all(),
    rows: (row: Constraint, state) => onTable(row, row.relation, state),
    columns: {
      constraint_schema: ({ table }, state) => schemaName(state, table.schema),
      constraint_name: ({ row }) => row.name,
      table_schema: ({ table }, state) => schemaName(state, table.schema),
      table_name: ({ table }) => table.name,
      constraint_type: ({ row }) => constraintType(row),
    },
    lookups: {
      constraint_name: byName((state, name) => state.constraints.by.name.all(name)),
      table_name: byName(onTablesNamed((state, { oid }) => state.constraints.by.relation.all(oid))),
    },
  }),
  triggers: catalogOf({
    records: (state) => state.triggers.all(),
    rows: (row: Trigger, state) => onTable(row, row.relation, state),
    columns: {
      trigger_schema: ({ table }, state) => schemaName(state, table.schema),
      trigger_name: ({ row }) => row.name,
      event_object_schema: ({ table }, state) => schemaName(state, table.schema),
      event_object_table: ({ table }) => table.name,
    },
    lookups: {
      trigger_name: byName((state, name) => state.triggers.by.name.all(name)),
      event_object_table: byName(onTablesNamed((state, { oid }) => state.triggers.by.relation.all(oid))),
    },
  }),
};
