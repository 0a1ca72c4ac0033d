/** What is known about PostgreSQL's own functions: what their results are made of. */
import { type CatalogRelation, catalogRelation } from "../catalog/builtin/index.ts";
import type { Name } from "../events/tree.ts";

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Results that cannot carry SQL, whatever the arguments: numbers, hashes, times, booleans. */
const HARMLESS = words(`
  md5 sha224 sha256 sha384 sha512 digest crc32 crc32c to_hex to_bin to_oct length char_length character_length
  octet_length bit_length ascii strpos position starts_with regexp_count regexp_instr regexp_like
  abs ceil ceiling floor round trunc sign sqrt cbrt power pow exp ln log mod div gcd lcm random setseed pi degrees
  radians sin cos tan width_bucket scale min_scale trim_scale factorial random_normal
  now clock_timestamp statement_timestamp transaction_timestamp timeofday age date_part date_trunc date_bin extract
  make_date make_time make_timestamp make_timestamptz make_interval to_timestamp to_date to_number timezone isfinite
  justify_days justify_hours justify_interval pg_sleep localtimestamp
  gen_random_uuid uuid_generate_v1 uuid_generate_v4 uuid_generate_v5 uuid_generate_v3 uuidv4 uuidv7 uuid_nil
  nextval currval lastval setval txid_current pg_current_xact_id pg_backend_pid txid_current_snapshot
  count sum avg stddev stddev_pop stddev_samp variance var_pop var_samp bool_and bool_or every bit_and bit_or
  row_number rank dense_rank percent_rank cume_dist ntile percentile_cont regr_slope corr
  array_length array_ndims array_lower array_upper array_position array_positions cardinality array_dims
  json_array_length jsonb_array_length jsonb_typeof json_typeof jsonb_exists jsonb_path_exists jsonb_path_match
  pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock
  hashtext hashtextextended hashint4 hashint8 pg_relation_size pg_total_relation_size pg_table_size pg_database_size
  pg_column_size pg_size_pretty pg_size_bytes has_table_privilege has_column_privilege has_schema_privilege
  has_function_privilege has_database_privilege has_sequence_privilege has_type_privilege has_any_column_privilege
  pg_has_role pg_is_in_recovery pg_notify pg_typeof num_nulls num_nonnulls generate_series generate_subscripts
  isempty lower_inc upper_inc ts_rank ts_rank_cd similarity word_similarity get_byte get_bit lo_create lo_unlink
  to_regclass to_regproc to_regprocedure to_regtype to_regnamespace to_regrole to_regoper to_regoperator
  pg_terminate_backend pg_cancel_backend pg_reload_conf inet_server_port inet_client_port inet_client_addr
  inet_server_addr host masklen family pg_current_wal_lsn pg_get_serial_sequence
  pg_trigger_depth obj_id array_sample pg_table_is_visible pg_function_is_visible pg_type_is_visible
`);

/** Of those, results whose text the server quotes as an identifier where needed. */
const NAMES = words(`
  to_regclass to_regproc to_regprocedure to_regtype to_regnamespace to_regrole to_regoper to_regoperator
  pg_get_serial_sequence pg_typeof format_type
  pg_get_function_identity_arguments pg_get_function_arguments pg_get_function_result pg_get_functiondef
  pg_get_constraintdef pg_get_indexdef pg_get_triggerdef pg_get_viewdef pg_get_ruledef pg_get_expr pg_get_partkeydef
  pg_get_partition_constraintdef pg_get_statisticsobjdef pg_get_function_arg_default pg_describe_object
  pg_identify_object
`);

/** Text made of its arguments in a way that destroys quoting. */
const DERIVED = words(`
  initcap lpad rpad reverse repeat translate regexp_replace regexp_substr regexp_match regexp_matches
  regexp_split_to_array regexp_split_to_table split_part overlay normalize unistr chr convert convert_from convert_to
  encode decode string_to_array string_to_table parse_ident to_ascii unaccent substring substr
  to_json to_jsonb row_to_json array_to_json json_object jsonb_object json_agg jsonb_agg json_object_agg
  jsonb_object_agg json_build_array jsonb_build_array jsonb_set jsonb_insert jsonb_strip_nulls json_strip_nulls
  jsonb_pretty jsonb_extract_path jsonb_extract_path_text json_extract_path json_extract_path_text
  json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text json_each jsonb_each
  json_each_text jsonb_each_text json_object_keys jsonb_object_keys json_populate_record jsonb_populate_record
  json_populate_recordset jsonb_populate_recordset json_to_record jsonb_to_record json_to_recordset
  jsonb_to_recordset jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_concat hstore each skeys
  svals akeys avals array_remove array_replace array_sort trim_array array_reverse array_shuffle unnest
  min max first_value last_value nth_value lag lead mode percentile_disc any_value array_agg array_fill
  xpath xmlagg xmlparse xmlserialize query_to_xml table_to_xml to_tsvector to_tsquery plainto_tsquery
  phraseto_tsquery websearch_to_tsquery string_agg concat concat_ws format quote_literal quote_nullable quote_ident
  replace left right trim btrim ltrim rtrim lower upper to_char casefold ts_headline current_query jsonb_set_lax
  row json_build_object jsonb_build_object current_setting set_config array_to_string array_append array_prepend
  array_cat coalesce nullif greatest least quote_all_identifiers current_schema current_database current_schemas
  version current_catalog obj_description col_description shobj_description pg_get_keywords xmlelement xmlforest
  pg_read_file pg_get_userbyid pg_ls_dir strip setweight ts_lexize numnode
`);

/** Set-returning functions whose rows are the elements of their first argument. */
export const ELEMENT_FUNCTIONS = words(`
  unnest string_to_table regexp_split_to_table json_array_elements json_array_elements_text jsonb_array_elements
  jsonb_array_elements_text json_object_keys jsonb_object_keys skeys svals
`);

/** Schemas in which the platforms install the extensions whose functions are listed above. */
const EXTENSION_SCHEMAS = new Set(["extensions", "ext", "public"]);
const EXTENSION_FUNCTIONS = words(`
  digest crypt uuid_generate_v1 uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil similarity word_similarity
  hstore each skeys svals akeys avals unaccent
`);

/** The name of one of PostgreSQL's functions when `name` can mean it, else null. */
export function builtinFunction(name: Name): string | null {
  const last = name.at(-1);
  if (last === undefined) return null;
  if (!HARMLESS.has(last) && !NAMES.has(last) && !DERIVED.has(last)) return null;
  if (name.length === 1 || (name.length === 2 && name[0] === "pg_catalog")) return last;
  if (name.length === 2 && EXTENSION_SCHEMAS.has(name[0] ?? "") && EXTENSION_FUNCTIONS.has(last)) return last;
  return null;
}

/** What is known of the result: `name` is quoted by the server, `harmless` cannot carry SQL, `derived` is made of its arguments. */
export function resultOf(builtin: string): "name" | "harmless" | "derived" {
  if (NAMES.has(builtin)) return "name";
  return HARMLESS.has(builtin) ? "harmless" : "derived";
}

const IDENTITY_FUNCTIONS = new Set(["uid", "jwt", "role", "email"]);

/** `auth.uid()` and its kind: the caller's identity. */
export function isIdentityFunction(name: Name): boolean {
  return name.length === 2 && name[0] === "auth" && IDENTITY_FUNCTIONS.has(name[1] ?? "");
}

/** Whether a session setting holds the verified claims of the caller. */
export function isIdentitySetting(setting: string): boolean {
  return /^(?:request\.jwt\.claims?(?:\.|$)|jwt\.claims\.)/i.test(setting);
}

/** Whether a relation is one of the system catalogs (its names are chosen by whoever creates objects). */
export function isCatalogRelation(name: Name): boolean {
  return catalogOf(name) !== null;
}

const catalogs = new Map<string, CatalogRelation | null>();

function catalogOf(name: Name): CatalogRelation | null {
  const last = name.at(-1) ?? "";
  const schema = name.at(-2) ?? "pg_catalog";
  if (schema !== "pg_catalog" && schema !== "information_schema") return null;
  const key = `${schema}.${last}`;
  let found = catalogs.get(key);
  if (found === undefined) {
    found = catalogRelation(last, undefined, schema);
    // Names come from the project: only those of catalogs are kept.
    if (found !== null) catalogs.set(key, found);
  }
  return found;
}

const SAFE_TYPES = words(`
  oid int2 int4 int8 float4 float8 numeric bool char date timestamp timestamptz interval xid xid8 cid tid pg_lsn uuid
  inet oidvector int2vector oid[] int2[] float4[] char[] yes_or_no cardinal_number time_stamp regproc
`);
/** Libraries are named by superusers; the words of these are PostgreSQL's own. */
const SAFE_COLUMNS = words("probin data_type table_type constraint_type routine_type privilege_type");

/** Whether the values of a catalog's column cannot carry SQL: numbers, flags, kinds. Others are names or texts that creators of objects chose. */
export function catalogColumnIsHarmless(relation: Name, column: string): boolean {
  if (SAFE_COLUMNS.has(column)) return true;
  const type = catalogOf(relation)?.columns.find((one) => one.name === column)?.type;
  // What every catalog has beside its own columns.
  if (type === undefined) return /^(oid|xmin|xmax|cmin|cmax|ctid|tableoid)$/.test(column);
  return SAFE_TYPES.has(type.replace(/^information_schema\./, ""));
}
