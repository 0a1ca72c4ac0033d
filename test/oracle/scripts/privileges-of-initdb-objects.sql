-- @since 15: GRANT and REVOKE on what initdb made: functions, tables, columns, types, whole schemas; what is as before is no change.
CREATE ROLE r;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision), pg_advisory_lock(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO PUBLIC;
GRANT EXECUTE ON FUNCTION pg_ls_dir(text), pg_read_file(text), lo_import(text) TO r WITH GRANT OPTION;
GRANT SELECT ON pg_shadow, pg_catalog.pg_statistic TO r;
REVOKE SELECT ON pg_stat_activity, information_schema.tables FROM PUBLIC;
GRANT SELECT (rolname, rolpassword), UPDATE (rolname) ON pg_authid TO r;
REVOKE UPDATE (rolname) ON pg_authid FROM r;
REVOKE USAGE ON TYPE pg_catalog.text FROM PUBLIC;
GRANT USAGE ON TYPE uuid TO r;
REVOKE ALL ON ALL TABLES IN SCHEMA information_schema FROM PUBLIC;
GRANT SELECT ON pg_proc TO r;
REVOKE SELECT ON pg_proc FROM r;
CREATE FUNCTION public.pg_sleep(double precision) RETURNS void LANGUAGE sql AS '';
GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO r;
