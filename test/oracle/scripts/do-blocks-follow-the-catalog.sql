-- DO: conditions over what is there, loops over ranges, arrays, queries and catalogs, aggregated text, handlers, nested blocks, early ends.
CREATE ROLE app_user;
CREATE SCHEMA app;
CREATE SCHEMA other;
CREATE TABLE app.t1 (id integer, tenant text);
CREATE TABLE app.t2 (id integer);
CREATE TABLE other.t3 (id integer, tenant text);
CREATE FUNCTION app.f(integer) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION other.g() RETURNS void LANGUAGE sql AS '';
CREATE TYPE app.mood AS ENUM ('x');
DO $$
DECLARE
  names text[] := ARRAY['one', 'two'];
  n text;
  i integer;
  command text;
  r record;
  owner_name name;
  schema_name constant text := 'app';
BEGIN
  FOREACH n IN ARRAY names LOOP
    EXECUTE 'CREATE ROLE ' || quote_ident('role_' || n) || ' NOLOGIN';
    CONTINUE WHEN n = 'two';
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema_name, 'role_' || n);
  END LOOP;
  FOR i IN 1..3 LOOP
    EXIT WHEN i = 3;
    EXECUTE format('CREATE TABLE app.%I (id integer)', 'part_' || i);
  END LOOP;
  FOR r IN SELECT table_schema, table_name FROM information_schema.columns WHERE column_name = 'tenant' ORDER BY table_name LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', r.table_schema, r.table_name);
  END LOOP;
  FOR n IN SELECT nspname FROM pg_namespace WHERE nspname IN ('app', 'other') LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO app_user', n);
  END LOOP;
  FOR r IN SELECT n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) AS args
    FROM pg_catalog.pg_proc p INNER JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND n.nspname = ANY (ARRAY['app', 'other']) LOOP
    command := format('REVOKE EXECUTE ON FUNCTION %I.%I(%s) FROM PUBLIC', r.nspname, r.proname, r.args);
    EXECUTE command;
  END LOOP;
  SELECT string_agg(format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', schemaname, tablename), '; ') INTO command
    FROM pg_tables WHERE schemaname = 'other';
  EXECUTE command;
  IF EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace s ON t.typnamespace = s.oid WHERE t.typname = 'mood' AND s.nspname = 'app') THEN
    CREATE DOMAIN app.first_mood AS app.mood;
  ELSIF true THEN
    CREATE DOMAIN app.never AS text;
  ELSE
    CREATE DOMAIN app.never_either AS text;
  END IF;
  IF to_regclass('app.nothing') IS NULL AND to_regclass('app.t1') IS NOT NULL THEN
    CREATE TABLE app.nothing (id integer);
  END IF;
  BEGIN
    CREATE TABLE app.undone (id integer);
    CREATE TABLE app.t1 (id integer);
  EXCEPTION WHEN duplicate_table THEN
    CREATE TABLE app.handled (id integer);
  END;
  CASE schema_name WHEN 'other' THEN CREATE TABLE app.case_other (id integer); ELSE CREATE TABLE app.case_else (id integer); END CASE;
  SELECT pg_get_userbyid(relowner) INTO owner_name FROM pg_class WHERE oid = 'app.t1'::regclass;
  EXECUTE format('COMMENT ON TABLE app.t1 IS %L', owner_name);
  IF owner_name = 'postgres' THEN
    EXECUTE 'ALTER TABLE app.t2 OWNER TO ' || quote_ident('app_user');
  END IF;
  PERFORM 1 FROM pg_roles WHERE rolname = 'absent';
  IF NOT FOUND THEN
    CREATE ROLE absent;
  END IF;
  WHILE i > 1 LOOP
    i := i - 1;
    EXECUTE format('CREATE ROLE while_%s', i);
  END LOOP;
  RETURN;
  CREATE ROLE after_return;
END $$;
DO $body$
<<outer>>
DECLARE
  policy record;
BEGIN
  EXECUTE $q$ CREATE POLICY p ON app.t1 USING (true) $q$;
  FOR policy IN SELECT policyname, tablename, schemaname FROM pg_policies WHERE schemaname = 'app' LOOP
    EXECUTE format('DROP POLICY %I ON %I.%I', policy.policyname, policy.schemaname, policy.tablename);
    EXECUTE format('CREATE POLICY %1$I ON %2$I.%3$I USING (%4$L = %4$L)', policy.policyname || '_new', policy.schemaname, policy.tablename, 'it''s');
  END LOOP;
END $body$ LANGUAGE plpgsql;
