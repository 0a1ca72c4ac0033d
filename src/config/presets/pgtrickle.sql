-- What CREATE EXTENSION pg_trickle provides. Functions are stand-ins with the signatures of the extension's guide;
-- their privileges are the extension's: management functions are closed to PUBLIC, status functions are open.

CREATE SCHEMA pgtrickle;
CREATE SCHEMA pgtrickle_changes;
REVOKE ALL ON SCHEMA pgtrickle_changes FROM PUBLIC;

CREATE TABLE pgtrickle.pgt_stream_tables (
  pgt_id bigserial PRIMARY KEY,
  pgt_relid oid NOT NULL UNIQUE,
  pgt_name text NOT NULL,
  pgt_schema text NOT NULL,
  defining_query text NOT NULL
);

CREATE TABLE pgtrickle.pgt_refresh_history (
  refresh_id bigserial PRIMARY KEY,
  pgt_id bigint NOT NULL,
  pgt_name text,
  refresh_mode text,
  started_at timestamptz,
  finished_at timestamptz,
  success boolean,
  rows_in bigint,
  rows_out bigint,
  error_message text
);

CREATE FUNCTION pgtrickle.create_stream_table(
  name text, query text, schedule text DEFAULT 'calculated', refresh_mode text DEFAULT 'AUTO',
  initialize boolean DEFAULT true, diamond_consistency text DEFAULT NULL, diamond_schedule_policy text DEFAULT NULL,
  cdc_mode text DEFAULT NULL, append_only boolean DEFAULT false, pooler_compatibility_mode boolean DEFAULT false,
  partition_by text DEFAULT NULL
) RETURNS void LANGUAGE c AS 'pg_trickle', 'create_stream_table';

CREATE FUNCTION pgtrickle.create_stream_table_if_not_exists(
  name text, query text, schedule text DEFAULT 'calculated', refresh_mode text DEFAULT 'AUTO',
  initialize boolean DEFAULT true, diamond_consistency text DEFAULT NULL, diamond_schedule_policy text DEFAULT NULL,
  cdc_mode text DEFAULT NULL, append_only boolean DEFAULT false, pooler_compatibility_mode boolean DEFAULT false,
  partition_by text DEFAULT NULL
) RETURNS void LANGUAGE c AS 'pg_trickle', 'create_stream_table_if_not_exists';

CREATE FUNCTION pgtrickle.create_or_replace_stream_table(
  name text, query text, schedule text DEFAULT 'calculated', refresh_mode text DEFAULT 'AUTO',
  initialize boolean DEFAULT true, diamond_consistency text DEFAULT NULL, diamond_schedule_policy text DEFAULT NULL,
  cdc_mode text DEFAULT NULL, append_only boolean DEFAULT false, pooler_compatibility_mode boolean DEFAULT false,
  partition_by text DEFAULT NULL
) RETURNS void LANGUAGE c AS 'pg_trickle', 'create_or_replace_stream_table';

CREATE FUNCTION pgtrickle.alter_stream_table(
  name text, query text DEFAULT NULL, schedule text DEFAULT NULL, refresh_mode text DEFAULT NULL,
  status text DEFAULT NULL, diamond_consistency text DEFAULT NULL, diamond_schedule_policy text DEFAULT NULL,
  cdc_mode text DEFAULT NULL, append_only boolean DEFAULT NULL, pooler_compatibility_mode boolean DEFAULT NULL
) RETURNS void LANGUAGE c AS 'pg_trickle', 'alter_stream_table';

CREATE FUNCTION pgtrickle.drop_stream_table(name text, "cascade" boolean DEFAULT true) RETURNS void
LANGUAGE c AS 'pg_trickle', 'drop_stream_table';
CREATE FUNCTION pgtrickle.resume_stream_table(name text) RETURNS void LANGUAGE c AS 'pg_trickle', 'resume_stream_table';
CREATE FUNCTION pgtrickle.refresh_stream_table(name text) RETURNS void LANGUAGE c AS 'pg_trickle', 'refresh_stream_table';
CREATE FUNCTION pgtrickle.exec_stream_ddl(command text) RETURNS void LANGUAGE c AS 'pg_trickle', 'exec_stream_ddl';
CREATE FUNCTION pgtrickle.bulk_create(definitions jsonb) RETURNS jsonb LANGUAGE c AS 'pg_trickle', 'bulk_create';
CREATE FUNCTION pgtrickle.write_and_refresh(sql text, name text) RETURNS void LANGUAGE c AS 'pg_trickle', 'write_and_refresh';

CREATE FUNCTION pgtrickle.pgt_status() RETURNS SETOF record LANGUAGE c AS 'pg_trickle', 'pgt_status';
CREATE FUNCTION pgtrickle.health_check() RETURNS SETOF record LANGUAGE c AS 'pg_trickle', 'health_check';
CREATE FUNCTION pgtrickle.refresh_efficiency() RETURNS SETOF record LANGUAGE c AS 'pg_trickle', 'refresh_efficiency';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pgtrickle FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgtrickle.pgt_status() TO PUBLIC;
GRANT EXECUTE ON FUNCTION pgtrickle.health_check() TO PUBLIC;
