-- ALTER FUNCTION: SET, RESET, RESET ALL, SECURITY, OWNER, SCHEMA, RENAME; ROUTINE and PROCEDURE; the ACL follows the owner.
CREATE ROLE one;
CREATE ROLE two;
CREATE ROLE caller;
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE FUNCTION a.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION a.f(integer) SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem TO '1MB' LEAKPROOF;
ALTER FUNCTION a.f(integer) SET DateStyle = 'ISO, DMY';
ALTER FUNCTION a.f(integer) SET statement_timeout TO 500 RESET work_mem;
ALTER FUNCTION a.f(integer) OWNER TO one;
GRANT EXECUTE ON FUNCTION a.f(integer) TO caller;
ALTER FUNCTION a.f(integer) OWNER TO two;
ALTER FUNCTION a.f(integer) RENAME TO g;
ALTER FUNCTION a.g(integer) SET SCHEMA b;
ALTER ROUTINE b.g(integer) NOT LEAKPROOF STABLE STRICT;

CREATE FUNCTION a.reset() RETURNS void LANGUAGE sql SET search_path = a SET work_mem = '2MB' SET timezone = 'UTC' AS '';
ALTER FUNCTION a.reset() RESET ALL;
ALTER FUNCTION a.reset() SET search_path = "$user", 'Mixed Case', plain;
ALTER FUNCTION a.reset() SET app.user_id = '42';

CREATE FUNCTION a.current_path() RETURNS void LANGUAGE sql AS '';
SET search_path = b, public;
ALTER FUNCTION a.current_path() SET search_path FROM CURRENT;
RESET search_path;

CREATE FUNCTION a.to_default() RETURNS void LANGUAGE sql SET search_path = a SET work_mem = '1MB' AS '';
ALTER FUNCTION a.to_default() SET search_path TO DEFAULT;
ALTER FUNCTION a.to_default() SECURITY DEFINER;
ALTER FUNCTION a.to_default() SECURITY INVOKER;
ALTER FUNCTION a.to_default() CALLED ON NULL INPUT VOLATILE;

CREATE PROCEDURE a.p() LANGUAGE sql AS '';
ALTER PROCEDURE a.p() SECURITY DEFINER SET search_path = '';
ALTER PROCEDURE a.p RENAME TO q;
