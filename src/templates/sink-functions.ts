/** Functions that run SQL text, now or later, and which of their arguments is that text. */
import type { Name } from "../events/tree.ts";

/**
 * What an argument of a sink is to it: SQL text; a piece of SQL that is put in unquoted; the name of an object that is
 * looked up when the call runs; the name of a setting; a file on the server; or something else.
 */
export type ArgumentRole = "query" | "fragment" | "object" | "setting" | "file" | "other";

interface SinkFunction {
  /** `pgr.subscribe`, or the last part of the name for functions of extensions that can be installed anywhere. */
  readonly name: string;
  /** Names of the arguments in order; a leading `p_` in a call's notation does not matter. */
  readonly parameters: readonly string[];
  /** Which arguments are SQL, by position, given how many there are. */
  readonly roles: (count: number, isBoolean: (position: number) => boolean) => readonly ArgumentRole[];
}

const at =
  (...queries: readonly number[]): SinkFunction["roles"] =>
  (count) =>
    Array.from({ length: count }, (_, i) => (queries.includes(i) ? "query" : "other"));

const fragments =
  (...positions: readonly number[]): SinkFunction["roles"] =>
  (count) =>
    Array.from({ length: count }, (_, i) => (positions.includes(i) ? "fragment" : "other"));

const named =
  (role: ArgumentRole, ...positions: readonly number[]): SinkFunction["roles"] =>
  (count) =>
    Array.from({ length: count }, (_, i) => (positions.includes(i) ? role : "other"));

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** dblink(sql), dblink(sql, boolean), dblink(connection, sql), dblink(connection, sql, boolean). */
const afterConnection: SinkFunction["roles"] = (count, isBoolean) =>
  at(count >= 2 && !isBoolean(1) ? 1 : 0)(count, isBoolean);

const QUALIFIED: readonly SinkFunction[] = [
  { name: "pgr.subscribe", parameters: ["query_id", "sql", "mode", "audience"], roles: at(1) },
  { name: "pgr.unsubscribe", parameters: ["query_id"], roles: named("object", 0) },
  {
    name: "cron.schedule",
    parameters: ["job_name", "schedule", "command"],
    roles: (count, isBoolean) => at(count === 2 ? 1 : 2)(count, isBoolean),
  },
  {
    name: "cron.schedule_in_database",
    parameters: ["job_name", "schedule", "command", "database", "username", "active"],
    roles: at(2),
  },
  {
    name: "cron.alter_job",
    parameters: ["job_id", "schedule", "command", "database", "username", "active"],
    roles: at(2),
  },
  ...[
    "create_stream_table",
    "create_stream_table_if_not_exists",
    "create_or_replace_stream_table",
    "alter_stream_table",
  ].map((name) => ({
    name: `pgtrickle.${name}`,
    parameters: ["name", "query", "schedule", "refresh_mode"],
    roles: at(1),
  })),
  { name: "pgtrickle.exec_stream_ddl", parameters: ["command"], roles: at(0) },
  { name: "pgtrickle.write_and_refresh", parameters: ["sql", "name"], roles: at(0) },
  { name: "pglogical.replicate_ddl_command", parameters: ["command"], roles: at(0) },
];

const XML = ["query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema"].map((name) => ({
  name,
  parameters: ["query", "nulls", "tableforest", "targetns"],
  roles: at(0),
}));

const BUILTIN: readonly SinkFunction[] = [
  ...XML,
  { name: "ts_stat", parameters: ["query", "weights"], roles: at(0) },
  {
    name: "ts_rewrite",
    parameters: ["query", "select"],
    roles: (count, b) => (count === 2 ? at(1)(count, b) : at()(count, b)),
  },
];

/** Names that are looked up when the call runs, settings, and files of the server. */
const NAMED: readonly SinkFunction[] = [
  ...words(`
    nextval currval setval to_regclass to_regproc to_regprocedure to_regtype to_regoper to_regoperator
    to_regcollation pg_get_serial_sequence table_to_xml table_to_xmlschema table_to_xml_and_xmlschema
    schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema
    pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size
  `).map((name) => ({ name, parameters: ["name"], roles: named("object", 0) })),
  { name: "set_config", parameters: ["name", "value", "is_local"], roles: named("setting", 0) },
  ...words(`
    lo_import pg_read_file pg_read_binary_file pg_ls_dir pg_stat_file pg_file_write pg_file_read pg_file_unlink
    pg_file_sync
  `).map((name) => ({ name, parameters: ["filename"], roles: named("file", 0) })),
  { name: "lo_export", parameters: ["loid", "filename"], roles: named("file", 1) },
  { name: "pg_file_rename", parameters: ["old", "new"], roles: named("file", 0, 1) },
];

const ANY_SCHEMA: readonly SinkFunction[] = [
  { name: "crosstab", parameters: ["sql", "category_sql"], roles: at(0, 1) },
  ...["crosstab2", "crosstab3", "crosstab4"].map((name) => ({ name, parameters: ["sql"], roles: at(0) })),
  {
    name: "connectby",
    parameters: [
      "relname",
      "keyid_fld",
      "parent_keyid_fld",
      "orderby_fld",
      "start_with",
      "max_depth",
      "branch_delim",
    ],
    roles: fragments(0, 1, 2, 3),
  },
  {
    name: "xpath_table",
    parameters: ["key", "document", "relation", "xpaths", "criteria"],
    roles: fragments(0, 1, 2, 4),
  },
  { name: "dblink", parameters: [], roles: afterConnection },
  { name: "dblink_exec", parameters: [], roles: afterConnection },
  { name: "dblink_send_query", parameters: [], roles: at(1) },
  {
    name: "dblink_open",
    parameters: [],
    roles: (count, isBoolean) => at(count >= 3 && !isBoolean(2) ? 2 : 1)(count, isBoolean),
  },
  { name: "pg_background_launch", parameters: ["sql", "queue_size"], roles: at(0) },
  { name: "pg_background_launch_v2", parameters: ["sql", "queue_size"], roles: at(0) },
  { name: "run_command_on_shards", parameters: ["table_name", "command"], roles: at(1) },
  { name: "run_command_on_placements", parameters: ["table_name", "command"], roles: at(1) },
  { name: "query_export_to_s3", parameters: ["query", "s3_info", "options"], roles: at(0) },
  ...["dblink_build_sql_insert", "dblink_build_sql_update", "dblink_build_sql_delete"].map((name) => ({
    name,
    parameters: ["relname"],
    roles: named("object", 0),
  })),
  { name: "run_command_on_workers", parameters: ["command"], roles: at(0) },
  { name: "run_command_on_all_nodes", parameters: ["command"], roles: at(0) },
];

const byName = new Map([...QUALIFIED, ...BUILTIN, ...NAMED, ...ANY_SCHEMA].map((sink) => [sink.name, sink]));
const builtins = new Set([...BUILTIN, ...NAMED].map((sink) => sink.name));
const anySchema = new Set(ANY_SCHEMA.map((sink) => sink.name));

/** The sink that a called name means, or null. `extra` are qualified names from outside: all their arguments may be SQL. */
export function sinkFunction(name: Name, extra: ReadonlySet<string>): SinkFunction | null {
  const full = name.join(".");
  const last = name.at(-1) ?? "";
  if (name.length >= 2) {
    const qualified = byName.get(name.slice(-2).join("."));
    if (qualified !== undefined) return qualified;
  }
  if (builtins.has(last) && (name.length === 1 || name[0] === "pg_catalog")) return byName.get(last) ?? null;
  if (anySchema.has(last)) return byName.get(last) ?? null;
  if (extra.has(full))
    return { name: full, parameters: [], roles: (count) => new Array<ArgumentRole>(count).fill("query") };
  return null;
}

/**
 * Whether the text that a called function takes runs in another session: names in it are not looked up in the path of the
 * caller, and his temporary objects are not there.
 */
export function runsInOtherSession(name: Name): boolean {
  const last = name.at(-1) ?? "";
  return name.at(-2) === "cron" || OTHER_SESSION.test(last);
}

const OTHER_SESSION =
  /^(?:dblink|dblink_(?:exec|open|send_query)|pg_background_launch(?:_v2)?|run_command_on_.*)$/;
