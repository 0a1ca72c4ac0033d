/** Values that come from rows, results and arrays: each field by its own type and origin. */
import { describe, expect, test } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintTexts } from "../support/lint.ts";

const PATH = "SET search_path = pg_catalog, pg_temp";
const SETUP = `CREATE SCHEMA app;
  GRANT USAGE ON SCHEMA app TO PUBLIC;
  CREATE TABLE app.t (id uuid PRIMARY KEY, n bigint, name text);
  GRANT SELECT, INSERT, UPDATE ON app.t TO PUBLIC;
`;

/** What is reported in a definer with this body, as `text of the value: message`. */
async function found(body: string, before = "", parameters = "p text"): Promise<readonly string[]> {
  const sql = `${SETUP}${before}
    CREATE FUNCTION app.f(${parameters}) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ${PATH} AS $$ ${body} $$;`;
  const { findings } = await lintTexts([{ path: "a.sql", text: sql }]);
  return findings
    .filter(({ rule, severity }) => rule.startsWith("dynamic-sql") && severity !== "info")
    .map(({ place }) => textOf(place));
}

const run = (value: string): string => `EXECUTE 'SELECT 1 WHERE ' || ${value} || ' = 1';`;

describe("a field of a row", () => {
  const ways: readonly (readonly [string, string])[] = [
    ["r app.t%ROWTYPE", "SELECT * INTO r FROM app.t;"],
    ["r app.t", "SELECT t INTO r FROM app.t AS t;"],
    ["r record", "SELECT t.* INTO r FROM app.t AS t JOIN app.t AS u ON u.id = t.id;"],
    ["r record", "SELECT * INTO r FROM (SELECT id, n, name FROM app.t) AS s (id, n, name);"],
    ["r record", "WITH w (id, n, name) AS (SELECT t.id, t.n, t.name FROM app.t) SELECT * INTO r FROM w;"],
  ];
  test.each(ways)("has the type of its column: %s, %s", async (declared, read) => {
    const body = (field: string): string => `DECLARE ${declared}; BEGIN ${read} ${run(`r.${field}`)} END`;
    expect(await found(body("name"))).toEqual(["r.name"]);
    expect(await found(body("id"))).toEqual([]);
    expect(await found(body("n"))).toEqual([]);
  });

  test("in a loop", async () => {
    const body = (field: string): string =>
      `DECLARE r record; BEGIN FOR r IN SELECT * FROM app.t LOOP ${run(`r.${field}`)} END LOOP; END`;
    expect(await found(body("name"))).toEqual(["r.name"]);
    expect(await found(body("n"))).toEqual([]);
  });

  test("of a parameter", async () => {
    expect(await found(`BEGIN ${run("p.name")} END`, "", "p app.t")).toEqual(["p.name"]);
    expect(await found(`BEGIN ${run("p.id")} END`, "", "p app.t")).toEqual([]);
  });

  test("that is given a value becomes of its type", async () => {
    const body = (field: string): string =>
      `DECLARE r app.t%ROWTYPE; BEGIN r.${field} := p; ${run(`r.${field}`)} END`;
    expect(await found(body("name"))).toEqual(["r.name"]);
    expect(await found(body("id"))).toEqual([]);
  });
});

describe("a result of several columns", () => {
  const HIDE = "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;";
  const functions: readonly (readonly [string, string])[] = [
    [
      "OUT parameters",
      "CREATE FUNCTION app.g(p text, OUT a text, OUT b text) LANGUAGE plpgsql AS $$ BEGIN a := quote_literal(p); b := p; END $$;",
    ],
    [
      "RETURN NEXT",
      "CREATE FUNCTION app.g(p text) RETURNS TABLE (a text, b text) LANGUAGE plpgsql AS $$ BEGIN a := quote_literal(p); b := p; RETURN NEXT; END $$;",
    ],
    [
      "RETURN QUERY",
      "CREATE FUNCTION app.g(p text) RETURNS TABLE (a text, b text) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT quote_literal(p), p; END $$;",
    ],
    [
      "RETURN QUERY EXECUTE",
      "CREATE FUNCTION app.g(p text) RETURNS TABLE (a int, b text) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT 1, name FROM app.t'; END $$;",
    ],
    [
      "an SQL function",
      "CREATE FUNCTION app.g(p text) RETURNS TABLE (a text, b text) LANGUAGE sql AS $$ SELECT quote_literal(p), p $$;",
    ],
  ];
  const reads: readonly string[] = [
    "SELECT * INTO x FROM app.g(p);",
    "SELECT g.a, g.b INTO x.a, x.b FROM app.g(p) AS g;",
    "FOR x IN SELECT * FROM app.g(p) LOOP NULL; END LOOP; x := app.g(p);",
  ];
  test.each(functions)("%s: each is judged by itself", async (_, create) => {
    for (const read of reads) {
      const body = (field: string): string => `DECLARE x record; BEGIN ${read} ${run(`x.${field}`)} END`;
      expect(await found(body("b"), create + HIDE), read).toEqual(["x.b"]);
      expect(await found(body("a"), create + HIDE), read).toEqual([]);
    }
  });

  test("columns that the alias names", async () => {
    const create = functions[2]?.[1] ?? "";
    const body = (value: string): string =>
      `DECLARE v text; BEGIN SELECT ${value} INTO v FROM app.g(p) AS s (q, u); ${run("v")} END`;
    expect(await found(body("u"), create + HIDE)).toEqual(["v"]);
    expect(await found(body("q"), create + HIDE)).toEqual([]);
  });
});

describe("arguments of a function that executes one of them", () => {
  const HIDDEN = "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;";
  const LIST = `CREATE FUNCTION app.run(n int, VARIADIC parts text[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN EXECUTE 'SELECT ' || parts[2]; END $$; ${HIDDEN}`;
  test("a later one of a VARIADIC list", async () => {
    expect(await found("BEGIN PERFORM app.run(1, '1', p); END", LIST)).toHaveLength(1);
    expect(await found("BEGIN PERFORM app.run(1, VARIADIC ARRAY['1', p]); END", LIST)).toHaveLength(1);
    expect(await found("BEGIN PERFORM app.run(1, '1', '2'); END", LIST)).toEqual([]);
    expect(await found("BEGIN PERFORM app.run(1, '1', quote_literal(p)); END", LIST)).toEqual([]);
  });

  test("by name", async () => {
    const two = `CREATE FUNCTION app.run(a text, b text DEFAULT 'SELECT 1') RETURNS void LANGUAGE plpgsql AS $$
      BEGIN EXECUTE b; END $$; ${HIDDEN}`;
    expect(await found("BEGIN PERFORM app.run(b => p, a => 'x'); END", two)).toEqual(["p"]);
    expect(await found("BEGIN PERFORM app.run(a => p); END", two)).toEqual([]);
  });
});

describe("a DO block in text that is executed", () => {
  const block = (value: string): string =>
    `BEGIN EXECUTE 'DO $x$ DECLARE v text; BEGIN SELECT name INTO v FROM app.t; EXECUTE ''SELECT '' || ${value}; END $x$'; END`;
  test("is gone through", async () => {
    expect(await found(block("v"))).toEqual(["v"]);
    expect(await found(block("quote_literal(v)"))).toEqual([]);
  });
});

describe("code that hangs on a table", () => {
  const hanging = (definer: string): string => `${SETUP}
    CREATE FUNCTION app.ask(q text) RETURNS boolean LANGUAGE plpgsql ${definer} ${PATH} AS $$
      DECLARE b boolean; BEGIN EXECUTE 'SELECT ' || q INTO b; RETURN b; END $$;
    CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
    ALTER TABLE app.t ADD CHECK (app.ask(name));
    CREATE TRIGGER w BEFORE INSERT ON app.t FOR EACH ROW WHEN (app.ask(NEW.name)) EXECUTE FUNCTION app.nothing();
    ALTER TABLE app.t ADD CHECK (app.ask(n::text));
  `;
  async function places(sql: string): Promise<readonly string[]> {
    const { findings } = await lintTexts([{ path: "a.sql", text: sql }]);
    return findings
      .filter(({ rule, severity }) => rule.startsWith("dynamic-sql") && severity !== "info")
      .map(({ place, object }) => `${object} ${textOf(place)}`);
  }
  test("gives what is written to the function that executes it", async () => {
    expect(await places(hanging("SECURITY DEFINER"))).toEqual([
      "app.t: t_name_check name",
      "app.t: w NEW.name",
    ]);
  });
  test("with the writer's own rights nobody gains anything", async () => {
    expect(await places(hanging(""))).toEqual([]);
  });
  test("an index is kept up by others too", async () => {
    const index = "CREATE INDEX i ON app.t (app.ask(name));";
    expect(await places(`${hanging("SECURITY DEFINER")}${index}`)).toContain("app.t: i name");
  });
});
