-- DDL inside of DO: straight-line statements, guards over the catalogs, loops over constants and over what exists, EXECUTE of format.
CREATE SCHEMA app;
CREATE FUNCTION app.f1(integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
CREATE FUNCTION app.f2(text, integer[]) RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
CREATE TABLE app.t1 (a integer);
CREATE TABLE app.t2 (a integer);
CREATE VIEW app.v1 AS SELECT 1 AS x;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN
    CREATE ROLE anon;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'postgres') THEN
    CREATE ROLE never;
  END IF;
  CREATE TABLE app.made_in_do (a integer);
  EXECUTE 'ALTER TABLE app.made_in_do ENABLE ROW LEVEL SECURITY';
  EXECUTE format('GRANT SELECT ON %I.%I TO %I', 'app', 'made_in_do', 'anon');
END $$;
DO $$
DECLARE
  r record;
  name text;
BEGIN
  FOR r IN SELECT p.oid::regprocedure AS signature FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'app' AND p.prosecdef LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', r.signature);
    EXECUTE 'REVOKE ALL ON FUNCTION ' || r.signature || ' FROM PUBLIC';
  END LOOP;
  FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'app' LOOP
    EXECUTE 'ALTER TABLE app.' || quote_ident(r.tablename) || ' ENABLE ROW LEVEL SECURITY';
  END LOOP;
  FOREACH name IN ARRAY ARRAY['t1', 't2'] LOOP
    EXECUTE format('CREATE POLICY %I ON app.%I USING (true)', name || '_all', name);
  END LOOP;
END $$;
DO $$
BEGIN
  CREATE ROLE anon;
EXCEPTION WHEN duplicate_object THEN
  GRANT USAGE ON SCHEMA app TO anon;
END $$;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.name = %L', current_database(), 'todo'); END $$;
