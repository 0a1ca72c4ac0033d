/**
 * What PostgreSQL refuses about routines, types and smaller objects, replay refuses too, and nothing else. Not here: schema names that begin with
 * `pg_`, which a server refuses and PGlite, started with -O, does not.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Oracle, startOracle } from "./postgres.ts";
import { splitStatements } from "./split.ts";
import { replayScript } from "./static/context.ts";

const CASES: Readonly<Record<string, string>> = {
  "a function that is there": `CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION f(a int4) RETURNS integer LANGUAGE sql AS 'SELECT 2'; CREATE FUNCTION f(bigint) RETURNS integer LANGUAGE sql AS 'SELECT 2';
    CREATE PROCEDURE f(integer) LANGUAGE sql AS ''; CREATE OR REPLACE PROCEDURE f(integer) LANGUAGE sql AS ''`,
  "what OR REPLACE may not change": `CREATE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS bigint LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION f(a integer, b text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION f(x integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'y') RETURNS integer LANGUAGE sql AS 'SELECT 2';
    CREATE FUNCTION t(OUT a integer, OUT b text) LANGUAGE sql AS $$ SELECT 1, 'x' $$;
    CREATE OR REPLACE FUNCTION t(OUT a integer, OUT c text) LANGUAGE sql AS $$ SELECT 1, 'x' $$`,
  "parameters and results": `CREATE FUNCTION a(nothing) RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION b() RETURNS nowhere.nothing LANGUAGE sql AS '';
    CREATE FUNCTION c() LANGUAGE sql AS ''; CREATE FUNCTION d(a integer DEFAULT 1, b integer) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION e(VARIADIC a integer) RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION f(a integer, a text) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION g() RETURNS void LANGUAGE nothing AS ''; CREATE FUNCTION h(OUT a integer) RETURNS text LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION i(a integer, OUT a integer) LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION nowhere.j() RETURNS void LANGUAGE sql AS ''`,
  "names without arguments": `CREATE FUNCTION f(integer) RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION f(text) RETURNS void LANGUAGE sql AS '';
    ALTER FUNCTION f SECURITY DEFINER; DROP FUNCTION f; DROP FUNCTION IF EXISTS f; ALTER FUNCTION f(integer) SECURITY DEFINER; DROP FUNCTION f(integer); DROP FUNCTION f; DROP FUNCTION f; DROP FUNCTION IF EXISTS f`,
  "kinds of routines": `CREATE PROCEDURE p() LANGUAGE sql AS ''; CREATE FUNCTION f() RETURNS void LANGUAGE sql AS ''; CREATE AGGREGATE a(integer) (SFUNC = int4larger, STYPE = integer);
    ALTER FUNCTION p() SECURITY DEFINER; ALTER PROCEDURE f() SECURITY DEFINER; ALTER PROCEDURE p() STABLE; ALTER FUNCTION a(integer) STABLE; ALTER ROUTINE p() SECURITY DEFINER;
    DROP FUNCTION p(); DROP PROCEDURE f(); DROP FUNCTION a(integer); DROP AGGREGATE f(*); DROP ROUTINE a(integer); GRANT EXECUTE ON FUNCTION p() TO PUBLIC; GRANT EXECUTE ON ROUTINE p() TO PUBLIC`,
  "taken names": `CREATE SCHEMA s; CREATE FUNCTION f(integer) RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION g(integer) RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION s.f(integer) RETURNS void LANGUAGE sql AS '';
    ALTER FUNCTION f(integer) RENAME TO g; ALTER FUNCTION f(integer) SET SCHEMA s; ALTER FUNCTION f(integer) RENAME TO h; ALTER FUNCTION h(integer) SET SCHEMA nowhere;
    CREATE SCHEMA s; ALTER SCHEMA s RENAME TO public; ALTER SCHEMA nothing RENAME TO x`,
  "what others hang on": `CREATE TYPE mood AS ENUM ('x'); CREATE FUNCTION f(mood) RETURNS void LANGUAGE sql AS ''; DROP TYPE mood; DROP TYPE IF EXISTS mood; DROP TYPE mood CASCADE; DROP TYPE mood;
    CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; DROP SCHEMA s; CREATE VIEW v AS SELECT s.f() AS x; DROP FUNCTION s.f(); DROP SCHEMA s CASCADE; SELECT 1;
    CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a integer); CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr(); DROP FUNCTION tr(); DROP TABLE t; DROP FUNCTION tr();
    CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION et(); DROP FUNCTION et(); DROP EVENT TRIGGER e; DROP FUNCTION et()`,
  types: `CREATE TYPE a AS ENUM ('x', 'x'); CREATE TYPE a AS ENUM ('x'); CREATE TYPE a AS (b integer); CREATE DOMAIN a AS text; CREATE TABLE a (b integer); CREATE TYPE c AS (b integer, b text);
    ALTER TYPE a ADD VALUE 'x'; ALTER TYPE a ADD VALUE IF NOT EXISTS 'x'; ALTER TYPE a ADD VALUE 'z' AFTER 'y'; ALTER TYPE a RENAME VALUE 'y' TO 'z'; ALTER TYPE a RENAME TO b; ALTER TYPE a RENAME TO c;
    CREATE TABLE t (x integer); CREATE TYPE t AS ENUM (); DROP TYPE t; DROP DOMAIN b; ALTER DOMAIN b DROP NOT NULL; CREATE TYPE r AS RANGE (SUBTYPE = nothing); CREATE DOMAIN d AS nothing;
    CREATE DOMAIN d AS integer CONSTRAINT c CHECK (VALUE > 0); ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 1); ALTER DOMAIN d DROP CONSTRAINT x; ALTER DOMAIN d VALIDATE CONSTRAINT x; ALTER DOMAIN d RENAME CONSTRAINT x TO y; DROP DOMAIN d`,
  "operators and casts": `CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same); CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
    CREATE OPERATOR =-= (LEFTARG = text, RIGHTARG = integer, FUNCTION = same); DROP OPERATOR =-= (text, text); DROP FUNCTION same(text, text); DROP OPERATOR === (text, text); DROP FUNCTION same(text, text);
    CREATE TYPE a AS (x integer); CREATE CAST (a AS text) WITH INOUT; CREATE CAST (a AS text) WITH INOUT; CREATE CAST (integer AS bigint) WITH INOUT; CREATE CAST (a AS integer) WITH FUNCTION nothing(a); DROP CAST (a AS integer); DROP CAST (a AS text)`,
  "foreign data": `CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN DATA WRAPPER w; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; ALTER SERVER s OPTIONS (SET a '1'); ALTER SERVER s OPTIONS (a '1'); ALTER SERVER s OPTIONS (ADD a '1');
    CREATE USER MAPPING FOR nobody SERVER s; CREATE USER MAPPING FOR CURRENT_USER SERVER s; CREATE USER MAPPING FOR CURRENT_USER SERVER s; DROP FOREIGN DATA WRAPPER w; DROP SERVER s; DROP USER MAPPING FOR CURRENT_USER SERVER s; DROP USER MAPPING FOR CURRENT_USER SERVER s;
    DROP USER MAPPING IF EXISTS FOR nobody SERVER s; DROP SERVER s; ALTER SERVER s RENAME TO t; DROP FOREIGN DATA WRAPPER w`,
  publications: `CREATE TABLE t (a integer PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS x; CREATE PUBLICATION p FOR TABLE t, v; CREATE PUBLICATION p FOR TABLE t; CREATE PUBLICATION p; ALTER PUBLICATION p ADD TABLE t; ALTER PUBLICATION p DROP TABLE t; ALTER PUBLICATION p DROP TABLE t;
    ALTER PUBLICATION p ADD TABLE t (nothing); ALTER PUBLICATION p ADD TABLE nothing; CREATE PUBLICATION q FOR ALL TABLES; ALTER PUBLICATION q ADD TABLE t; CREATE PUBLICATION r WITH (publish = 'nothing'); ALTER PUBLICATION nothing ADD TABLE t; DROP PUBLICATION p, q; DROP PUBLICATION p`,
  "who may": `CREATE ROLE a; CREATE ROLE b; CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS void LANGUAGE sql AS ''; CREATE TYPE s.m AS ENUM ('x'); GRANT USAGE ON SCHEMA s TO a; SET ROLE a;
    CREATE FUNCTION s.g() RETURNS void LANGUAGE sql AS ''; ALTER FUNCTION s.f() SECURITY DEFINER; DROP FUNCTION s.f(); CREATE OR REPLACE FUNCTION s.f() RETURNS void LANGUAGE sql AS ''; ALTER TYPE s.m ADD VALUE 'y'; CREATE SCHEMA mine; CREATE FOREIGN DATA WRAPPER w; CREATE PUBLICATION p;
    RESET ROLE; GRANT CREATE ON SCHEMA s TO a; SET ROLE a; CREATE FUNCTION s.g() RETURNS void LANGUAGE sql AS ''; CREATE FUNCTION s.leak() RETURNS void LANGUAGE sql LEAKPROOF AS ''; CREATE FUNCTION s.i(integer, integer) RETURNS integer LANGUAGE internal AS 'int4pl';
    ALTER FUNCTION s.g() LEAKPROOF; ALTER FUNCTION s.g() OWNER TO b; ALTER FUNCTION s.g() SECURITY DEFINER; RESET ROLE; REVOKE USAGE ON TYPE s.m FROM PUBLIC; SET ROLE a; CREATE FUNCTION s.of_type(s.m) RETURNS void LANGUAGE sql AS ''; ALTER FUNCTION s.g() SET SCHEMA public; DROP FUNCTION s.g()`,
};

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

describe("refusals are PostgreSQL's", () => {
  for (const [name, sql] of Object.entries(CASES)) {
    test(name, async () => {
      const statements = splitStatements(sql);
      const outcomes = await oracle.withFreshDatabase(() => oracle.tryStatements(statements));
      const named = (i: number): string => `${i + 1}: ${statements[i]}`;
      const expected = outcomes.flatMap((outcome, i) => (outcome.ok ? [] : [named(i)]));
      const { catalog } = await replayScript({ sql: `${statements.join(";\n")};`, commits: true });
      const starts: number[] = [];
      let offset = 0;
      for (const statement of statements) {
        starts.push(offset);
        offset += Buffer.byteLength(statement) + 2;
      }
      const refused = catalog.state.refusals.map(({ place }) =>
        named(starts.findLastIndex((start) => start <= place.span.start)),
      );
      expect([...new Set(refused)]).toEqual(expected);
    });
  }
});
