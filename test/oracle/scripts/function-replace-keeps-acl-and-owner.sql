-- CREATE OR REPLACE keeps owner and ACL; SECURITY, SET, volatility, LEAKPROOF and STRICT fall back to their defaults.
CREATE ROLE app_owner;
CREATE ROLE caller;
CREATE SCHEMA app;
GRANT CREATE ON SCHEMA app TO app_owner;

CREATE FUNCTION app.secret(id integer) RETURNS text
  LANGUAGE sql STABLE STRICT LEAKPROOF SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
  AS $$ SELECT 'a' || id $$;
ALTER FUNCTION app.secret(integer) OWNER TO app_owner;
REVOKE EXECUTE ON FUNCTION app.secret(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.secret(integer) TO caller WITH GRANT OPTION;

CREATE OR REPLACE FUNCTION app.secret(id integer) RETURNS text
  LANGUAGE plpgsql AS $$ BEGIN RETURN 'b' || id; END $$;

-- A replacement that says it all again.
CREATE FUNCTION app.kept() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS '';
REVOKE ALL ON FUNCTION app.kept() FROM PUBLIC;
CREATE OR REPLACE FUNCTION app.kept() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS '';

-- By another member of the owner: the owner stays.
GRANT app_owner TO caller;
SET ROLE caller;
CREATE OR REPLACE FUNCTION app.secret(id integer) RETURNS text LANGUAGE sql AS $$ SELECT 'c' || id $$;
RESET ROLE;
