-- DROP and CREATE bring PUBLIC EXECUTE back and make the creator the owner; IF EXISTS of what is not there does nothing.
CREATE ROLE first_owner;
CREATE ROLE caller;
CREATE SCHEMA app;
CREATE FUNCTION app.f(a integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT a';
ALTER FUNCTION app.f(integer) OWNER TO first_owner;
REVOKE ALL ON FUNCTION app.f(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.f(integer) TO caller;
DROP FUNCTION app.f(integer);
CREATE FUNCTION app.f(a integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT a';

CREATE FUNCTION app.g(a text) RETURNS text LANGUAGE sql AS 'SELECT a';
REVOKE ALL ON FUNCTION app.g(text) FROM PUBLIC;
DROP FUNCTION IF EXISTS app.g(integer);
DROP FUNCTION IF EXISTS app.g(varchar);
DROP FUNCTION IF EXISTS nowhere.g(text);
DROP FUNCTION IF EXISTS app.h;

CREATE FUNCTION app.only_one(a integer, b text) RETURNS void LANGUAGE sql AS '';
DROP FUNCTION app.only_one;
