-- The identity is name and input types: defaults, OUT and TABLE columns, names and type modifiers do not count; VARIADIC and INOUT do.
CREATE ROLE caller;
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('happy', 'sad');
CREATE DOMAIN app.email AS text;
CREATE TABLE app.t (a integer, b varchar(20));

CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(int8) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(a varchar(10)) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(a text, b text DEFAULT 'x', VARIADIC c text[] DEFAULT '{}') RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(app.mood, app.email[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.f(app.t) RETURNS SETOF app.t LANGUAGE sql AS 'SELECT $1.*';
CREATE FUNCTION app.f(a timestamp with time zone, OUT b integer, OUT c text) LANGUAGE sql AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION app.f(a numeric(10, 2), INOUT b double precision) LANGUAGE sql AS 'SELECT 1::float8';
CREATE FUNCTION app.f(a boolean) RETURNS TABLE (x integer, y text) LANGUAGE sql AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION app.f(a app.t.b%TYPE, b app.t.a%TYPE) RETURNS app.t.b%TYPE LANGUAGE sql AS $$ SELECT 'x'::varchar $$;
CREATE FUNCTION app.f("char", char, bit, time) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.p(IN a integer, OUT b integer) LANGUAGE sql AS 'SELECT 1';

REVOKE EXECUTE ON FUNCTION app.f(bigint) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f(character varying) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f(timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f(text, text, text[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f(numeric, INOUT double precision) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f(bool) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE app.p(integer, OUT integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.f(app.mood, app.email[]) TO caller;
ALTER FUNCTION app.f(app.t) SECURITY DEFINER;
DROP FUNCTION app.f(integer);
