-- What pgStack provides before an application's own SQL runs.
-- Bodies are stand-ins: they carry the signatures, owners and privileges that judging the application needs.

CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE pgstack_admin NOLOGIN;

CREATE SCHEMA pgstack;
CREATE SCHEMA auth;
CREATE SCHEMA pgr;

CREATE TABLE pgstack.users (
  id uuid PRIMARY KEY,
  email text UNIQUE,
  encrypted_password text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION auth.jwt() RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::pg_catalog.jsonb $$;

CREATE FUNCTION auth.uid() RETURNS uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT (auth.jwt() ->> 'sub')::pg_catalog.uuid $$;

CREATE FUNCTION auth.role() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT auth.jwt() ->> 'role' $$;

CREATE FUNCTION pgr.subscribe(query_id text, sql text, mode text DEFAULT 'delta', audience jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE c
AS 'pg_reactive', 'subscribe';

CREATE FUNCTION pgr.unsubscribe(query_id text) RETURNS boolean
LANGUAGE c
AS 'pg_reactive', 'unsubscribe';

CREATE FUNCTION pgr.subscription_meta() RETURNS TABLE (query_id text, audience jsonb, generation bigint)
LANGUAGE c
AS 'pg_reactive', 'subscription_meta';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgr FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgr TO service_role, pgstack_admin;

GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, pgstack_admin;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, pgstack_admin;
GRANT USAGE ON SCHEMA pgr TO service_role, pgstack_admin;
GRANT USAGE ON SCHEMA pgstack TO service_role, pgstack_admin;
GRANT ALL ON TABLE pgstack.users TO service_role, pgstack_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO anon, authenticated, service_role, pgstack_admin;

-- Functions that the application creates from here on start without EXECUTE for PUBLIC.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
