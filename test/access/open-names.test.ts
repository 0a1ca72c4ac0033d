/** Which names a schema that others may create in can take over, by the types of what they are given. */
import { describe, expect, test } from "vitest";
import { lintText } from "../support/lint.ts";

const SETUP = `
CREATE ROLE web; GRANT CREATE ON SCHEMA public TO web;
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO web;
CREATE TYPE app.mood AS ENUM ('a'); CREATE DOMAIN app.word AS text;
CREATE TABLE app.t (i int, b bigint, n numeric, s text, v varchar(9), m app.mood, w app.word, a text[], j jsonb, u uuid, ts timestamptz);
CREATE TABLE app.u (i int, v varchar(9), s text);
CREATE FUNCTION app.own(i int, s text) RETURNS int LANGUAGE sql AS 'SELECT 1';
`;

/** What definer-search-path says of a routine with this body; `info`: no name in it is in danger. */
async function verdict(routine: string, path = "pg_catalog, public, pg_temp", more = ""): Promise<string> {
  const sql = `${SETUP} ${more} CREATE FUNCTION app.f${routine.replace("SET", `SECURITY DEFINER SET search_path = ${path}`)};`;
  const { findings } = await lintText(sql, { untrusted: ["web"] });
  const found = findings.filter(({ rule }) => rule === "definer-search-path");
  return found.map(({ variant, severity }) => `${variant}${severity === "info" ? " info" : ""}`).join(", ");
}

const query = (sql: string): string => `() RETURNS void LANGUAGE sql SET AS $q$ ${sql} $q$`;
const where = (condition: string): string => query(`SELECT 1 FROM app.t WHERE ${condition}`);

const OPEN = "writable-schema";
const SETTLED = "writable-schema info";

describe("a writable schema in the path", () => {
  test.each([
    "i = 1",
    "i = b",
    "s = 'x'",
    "s = s AND s <> NULL",
    "i IN (1, 2)",
    "n IN (1, 2)",
    "s IN ('a', 'b')",
    "i IN (SELECT i FROM app.u)",
    "(i, s) = (1, 'x')",
    "(i, s) IN (SELECT u.i, u.s FROM app.u u)",
    "i BETWEEN 1 AND b",
    "NULLIF(i, 2) IS NULL",
    "CASE s WHEN 'a' THEN true END",
    "v IS DISTINCT FROM NULL",
    "s = ANY (a)",
    "s = ANY ('{a,b}')",
    "j ->> 'name' = 'x'",
    "u = '6f0ed6a5-9d6c-4a4b-8c7b-fd3a1c1f0f11'",
    "ts < now()",
    "lower(s) = 'x'",
    "length(s) > 3",
    "current_setting('a.b', true) = s",
    "trim(v) IS NULL",
    "i > (SELECT count(*) FROM app.u)",
    "t.i = 1",
  ])("cannot take over %s", async (condition) => {
    expect(await verdict(where(condition))).toBe(SETTLED);
  });

  test.each([
    "v = 'x'",
    "n = 1",
    "n IN (1, i)",
    "v IN ('a', 'b')",
    "i IN (SELECT n FROM app.t)",
    "(i, v) = (1, 'x')",
    "n BETWEEN 0 AND 1",
    "NULLIF(v, 'x') IS NULL",
    "CASE v WHEN 'a' THEN true END",
    "v IS DISTINCT FROM 'x'",
    "m = 'a'",
    "w = 'x'",
    "a @> a",
    "v = ANY (a)",
    "v LIKE 'x'",
    "j -> '1' IS NULL",
    "lower(v) IS NULL",
    "lower('x') IS NULL",
    "format('%s', s) IS NULL",
    "concat(s, s) IS NULL",
    "to_json(true) IS NULL",
    "count(i) IS NULL",
    "round(i) IS NULL",
    "s || i IS NULL",
    "nosuch(i)",
    "s = nosuch",
  ])("can take over %s", async (condition) => {
    expect(await verdict(where(condition))).toBe(OPEN);
  });

  test("joins", async () => {
    expect(await verdict(query("SELECT 1 FROM app.t JOIN app.u USING (i)"))).toBe(SETTLED);
    expect(await verdict(query("SELECT 1 FROM app.t JOIN app.u USING (i, v)"))).toBe(OPEN);
    expect(await verdict(query("SELECT 1 FROM app.t NATURAL JOIN app.u"))).toBe(OPEN);
    expect(await verdict(query("SELECT 1 FROM app.u a NATURAL JOIN (SELECT 1 AS i) b"))).toBe(SETTLED);
  });

  test("variables and parameters", async () => {
    const body = (type: string, code: string): string =>
      `(p ${type}) RETURNS boolean LANGUAGE plpgsql SET AS $f$ DECLARE n int := 1; r record; BEGIN ${code} RETURN true; END $f$`;
    expect(await verdict(body("text", "IF p = 'x' THEN n := n + 1; END IF;"))).toBe(SETTLED);
    expect(await verdict(body("varchar", "IF p = 'x' THEN n := n + 1; END IF;"))).toBe(OPEN);
    expect(await verdict(body("anyelement", "IF p = p THEN NULL; END IF;"))).toBe(OPEN);
    expect(await verdict(body("text", "CASE p WHEN 'a' THEN NULL; ELSE NULL; END CASE;"))).toBe(SETTLED);
    expect(await verdict(body("varchar", "CASE p WHEN 'a' THEN NULL; ELSE NULL; END CASE;"))).toBe(OPEN);
    expect(await verdict(body("text", "FOR i IN 1..n LOOP n := n + i; END LOOP;"))).toBe(SETTLED);
    expect(await verdict(body("app.t", "IF p.i = 1 THEN NULL; END IF;"))).toBe(SETTLED);
    expect(await verdict(body("app.t", "IF p.v = 'a' THEN NULL; END IF;"))).toBe(OPEN);
    expect(await verdict(body("text", "SELECT 1 AS a INTO r; IF r.a = 1 THEN NULL; END IF;"))).toBe(OPEN);
    // What is executed can name more than is seen.
    expect(await verdict(body("text", "IF n = 1 THEN EXECUTE 'SELECT 1'; END IF;"))).toBe(OPEN);
    expect(await verdict("(int) RETURNS int LANGUAGE sql SET AS 'SELECT $1 + 1'")).toBe(SETTLED);
    expect(await verdict("(varchar) RETURNS bool LANGUAGE sql SET AS 'SELECT $1 = $1'")).toBe(OPEN);
  });

  test("a schema that does not exist", async () => {
    const path = "pg_catalog, later, pg_temp";
    const sql = "GRANT CREATE ON DATABASE postgres TO web;";
    expect(await verdict(where("i = 1"), path, sql)).toBe("missing-schema info");
    expect(await verdict(where("n = 1"), path, sql)).toBe("missing-schema");
  });

  test("an expression too deep to look into", async () => {
    expect(await verdict(where(`i = ${"1 + ".repeat(4000)} 1`))).toMatch(/^writable-schema/);
  });

  test("the order of the path", async () => {
    const call = query("SELECT own(1, 'x') FROM t");
    expect(await verdict(call, "pg_catalog, app, public, pg_temp")).toBe(SETTLED);
    expect(await verdict(call, "pg_catalog, public, app, pg_temp")).toBe(OPEN);
    expect(await verdict(where("i = 1"), "public, pg_catalog, pg_temp")).toBe(OPEN);
    expect(await verdict(where("i = 1"), "public, pg_temp")).toBe(SETTLED);
    // Temporary tables come first then, whatever the schema has.
    expect(await verdict(call, "pg_catalog, app, public")).toBe("no-pg-temp");
  });
});
