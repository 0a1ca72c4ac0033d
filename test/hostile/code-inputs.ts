/** Code that makes other code run, or that takes long to see through, and what is said of very many roles. */
import { type HostileInput, one, times } from "./input.ts";

/** @param n The share of a full number that is wanted. */
export function codeInputs(n: (full: number) => number): readonly HostileInput[] {
  return [
    one(
      "functions that call each other three hundred times each",
      () =>
        `${times(7, (index) => `CREATE FUNCTION f${index}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${times(n(300), `PERFORM f${index + 1}(); `)} END $$;\n`)}CREATE FUNCTION f7() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS t (a int)'; END $$;\n${times(n(300), "SELECT f0();\nDO $$ BEGIN PERFORM f0(); END $$;\n")}`,
    ),
    one(
      "calls for each row of rows without number",
      () =>
        `CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$;\n${times(n(20), "SELECT f('CREATE TABLE t' || a || b || c) FROM generate_series(1, 1000) a, generate_series(1, 1000) b, generate_series(1, 1000) c;\nSELECT f('GRANT ALL ON t TO PUBLIC') FROM pg_class a, pg_class b, pg_class c;\n")}`,
    ),
    one(
      "thirty thousand calls that create a table each",
      () =>
        `CREATE FUNCTION f(x int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TABLE t' || x || ' (a int)'; END $$;\n${times(n(30_000), (index) => `SELECT f(${index});\n`)}`,
    ),
    one("code in other languages", () =>
      times(n(20), (index) => FOREIGN.map(([language, code]) => foreign(index, language, code)).join("")),
    ),
    one(
      "rows that decide in forty CASEs",
      () =>
        `CREATE TABLE t (a int, b uuid);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\n${times(n(3), (index) => `CREATE POLICY p${index} ON t FOR UPDATE USING (${times(40, (depth) => `CASE WHEN a = ${depth} THEN `)}EXISTS (SELECT 1 FROM m WHERE m.b = auth.uid())${times(40, " ELSE false END")});\n`)}`,
    ),
    one(
      "a check of current_user that is ten thousand long",
      () =>
        `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF current_user <> 'x'${times(n(10_000), (index) => ` AND current_user <> 'x${index}'`)} THEN RAISE EXCEPTION 'no'; END IF; END $$;\n`,
    ),
    one(
      "members of members of a JSON value",
      () =>
        `CREATE TABLE t (a jsonb);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\nCREATE FUNCTION f(a jsonb) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$ SELECT (a${times(n(8000), " -> 'a'")} ->> 'b') = 'c' $$;\nCREATE POLICY p ON t USING (f(a));\n`,
    ),
    one(
      "EXISTS in EXISTS, as text that is executed",
      () =>
        `CREATE TABLE t (a text);\nCREATE FUNCTION f(a text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${times(4, `EXECUTE CASE WHEN ${times(n(300), "EXISTS (SELECT 1 FROM t x WHERE x.a = a AND ")}a = 'b'${times(n(300), ")")} THEN 'SELECT 1' ELSE a END; `)} END $$;\n`,
    ),
    one(
      "a body of fifteen hundred checks",
      () =>
        `CREATE TABLE t (a uuid);\nCREATE FUNCTION f(a uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${times(n(1500), "IF a <> auth.uid() THEN RAISE EXCEPTION 'no'; END IF; DELETE FROM t WHERE t.a = f.a; ")} END $$;\n`,
    ),
    one(
      "a text that grows each time it is executed",
      () =>
        `CREATE FUNCTION f(a text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE q text := 'SELECT 1'; BEGIN ${times(n(1800), "IF a IS NOT NULL THEN q := q || ' ORDER BY ' || a; END IF; EXECUTE q; ")} END $$;\n`,
    ),
    one(
      "beginnings of tokens",
      () =>
        `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${times(n(100_000), "-eyJaaaaaaaa")}' $$;\nCREATE FUNCTION g() RETURNS text LANGUAGE plv8 AS $$ return '${times(n(100_000), "-eyJaaaaaaaa")}' $$;\n`,
    ),
    one(
      "tables of a publication, one after another",
      () =>
        `CREATE PUBLICATION p FOR TABLE t;\n${times(n(30_000), (index) => `ALTER PUBLICATION p ADD TABLE t${index} (a);\n`)}`,
    ),
    one(
      "tables of publications, in one statement",
      () =>
        `${times(2, (index) => `CREATE PUBLICATION p${index} FOR TABLE t0${index === 0 ? " (a)" : ""}${times(n(20_000), (table) => `, t${table + 1}${index === 0 ? " (a)" : ""}`)};\n`)}ALTER PUBLICATION p1 DROP TABLE t0${times(n(20_000), (index) => `, t${index + 1}`)};\n`,
    ),
    one("publications of one table, with a column each", () =>
      times(n(5000), (index) => `CREATE PUBLICATION p${index} FOR TABLE t (a${index});\n`),
    ),
    one(
      "eight thousand calls of a definer in one function",
      () =>
        `CREATE FUNCTION d(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE format('SELECT * FROM %I', q); END $$;\nCREATE FUNCTION c(x text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF x NOT IN ('a') THEN RAISE EXCEPTION 'x'; END IF; ${times(n(8000), "PERFORM d(x);")} END $$;\n`,
    ),
    one(
      "calls of one name with as many types",
      () =>
        `CREATE SCHEMA w;\nGRANT CREATE ON SCHEMA w TO PUBLIC;\n${times(n(2000), (index) => `CREATE TYPE w.t${index} AS (a int);\nCREATE FUNCTION w.f(a w.t${index}) RETURNS int LANGUAGE sql AS 'SELECT 1';\n`)}CREATE FUNCTION d() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE x int; BEGIN ${times(n(2000), "PERFORM w.f(x);")} END $$;\n`,
    ),
    one("roles that may all create, and as many findings", () =>
      times(
        n(1000),
        (index) =>
          `CREATE ROLE r${index} LOGIN REPLICATION;\nGRANT CREATE ON SCHEMA public TO r${index};\nCREATE PUBLICATION p${index} FOR ALL TABLES;\nDO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE 'GRANT SELECT ON ' || r.tablename || ' TO r${index}'; END LOOP; END $$;\n`,
      ),
    ),
  ];
}

/** 24 to 32 KB each. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["plv8", `${times(2500, "s =\n\n\n\n\n\n\n")}plv8.execute(s + q);`],
  ["plv8", times(2200, "plv8.execute(")],
  ["plv8", `${times(2000, (index) => `a${index} = a${index + 1} + a${index + 1};`)}plv8.execute(a0);`],
  ["plv8", `${times(8000, "a=")}q; ${times(800, "plv8.execute(a);")}`],
  ["plv8", times(12_000, "'\\")],
  ["plv8", `plv8.execute(${times(2500, "String(x, ")}q`],
  ["plpython3u", times(6000, "'''\\")],
  ["plpython3u", `plpy.execute(f"${times(8000, "{q:")}")`],
  ["plpython3u", `${times(3000, "q.search(")}`],
  ["plperl", times(4000, "my ) = @_")],
  ["plperl", times(8000, "q{\\")],
];

function foreign(index: number, language: string, code: string): string {
  return `CREATE FUNCTION f${index}(q text) RETURNS void LANGUAGE ${language} SECURITY DEFINER AS $code$ ${code} $code$;\n`;
}
