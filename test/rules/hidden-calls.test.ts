/** What code runs without naming it: triggers of the tables that it changes, casts, operators. */
import { describe, expect, test } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintTexts } from "../support/lint.ts";

const PINNED = "SET search_path = pg_catalog, pg_temp";
const SETUP = `CREATE SCHEMA app;
  GRANT USAGE ON SCHEMA app TO PUBLIC;
  CREATE TABLE app.log (id bigint, cmd text, note text);
  CREATE TABLE app.rates (v numeric);
`;

async function found(rule: string, sql: string): Promise<readonly string[]> {
  const { findings } = await lintTexts([{ path: "a.sql", text: SETUP + sql }]);
  return findings
    .filter((finding) => finding.rule === rule && finding.severity !== "info")
    .map(({ place, severity, related }) => {
      const ways = related.filter(({ message }) => /fired|run by|writes it/.test(message));
      return [
        `${severity} ${textOf(place)}`,
        ...ways.map((way) => `${textOf(way.place)}: ${way.message}`),
      ].join(" | ");
    });
}

const definer = (body: string, path = PINNED): string =>
  `CREATE FUNCTION app.put(p text, n bigint) RETURNS void LANGUAGE sql SECURITY DEFINER ${path} AS $$ ${body} $$;`;

describe("a trigger function with its caller's rights that executes a value of the row", () => {
  const trigger = (field: string, events = "INSERT"): string => `
    CREATE FUNCTION app.run() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN EXECUTE 'SELECT ' || ${field}; RETURN NEW; END $$;
    CREATE TRIGGER t AFTER ${events} ON app.log FOR EACH ROW EXECUTE FUNCTION app.run();`;
  const judged = (sql: string): Promise<readonly string[]> => found("dynamic-sql-injection", sql);

  test("runs as the definer that writes what its caller says", async () => {
    const insert = definer("INSERT INTO app.log (id, cmd) VALUES (1, p)");
    expect(await judged(trigger("NEW.cmd") + insert)).toEqual([
      "critical NEW.cmd | app.log: app.put(text, bigint) writes it as postgres",
    ]);
  });

  test("by the order of the columns, in ON CONFLICT and in text that is executed too", async () => {
    expect(await judged(trigger("NEW.cmd") + definer("INSERT INTO app.log VALUES (1, p)"))).toHaveLength(1);
    const upsert = "INSERT INTO app.log (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET cmd = p";
    expect(await judged(trigger("NEW.cmd", "UPDATE") + definer(upsert))).toHaveLength(1);
    expect(await judged(trigger("NEW.cmd", "INSERT") + definer(upsert))).toEqual([]);
    const dynamic = `CREATE FUNCTION app.put(p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ${PINNED} AS $$
      BEGIN EXECUTE 'INSERT INTO app.log (cmd) VALUES ($1)' USING p; END $$;`;
    expect(await judged(trigger("NEW.cmd") + dynamic)).toHaveLength(1);
  });

  const safe: readonly (readonly [string, string])[] = [
    ["nobody but the writer gains", "GRANT INSERT ON app.log TO PUBLIC;"],
    ["the definer writes other columns", definer("INSERT INTO app.log (id, note) VALUES (1, p)")],
    ["the definer writes its own words", definer("INSERT INTO app.log (id, cmd) VALUES (1, 'now()')")],
    ["the definer does something else", definer("DELETE FROM app.log WHERE cmd = p")],
    [
      "the trigger is off",
      `${definer("INSERT INTO app.log (id, cmd) VALUES (1, p)")} ALTER TABLE app.log DISABLE TRIGGER t;`,
    ],
    [
      "the writer is no definer",
      "CREATE FUNCTION app.put(p text) RETURNS void LANGUAGE sql AS $$ INSERT INTO app.log (cmd) VALUES (p) $$;",
    ],
  ];
  test.each(safe)("silent where %s", async (_, sql) => {
    expect(await judged(trigger("NEW.cmd") + sql)).toEqual([]);
  });

  test("a number is no SQL", async () => {
    expect(await judged(trigger("NEW.id") + definer("INSERT INTO app.log (id) VALUES (n)"))).toEqual([]);
  });
});

describe("a field of NEW in a definer", () => {
  const trigger = (field: string, more = ""): string => `
    CREATE FUNCTION app.run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ${PINNED} AS $$
      BEGIN EXECUTE 'SELECT ' || ${field}; RETURN NEW; END $$;
    CREATE TRIGGER t AFTER INSERT ON app.log FOR EACH ROW EXECUTE FUNCTION app.run();
    GRANT INSERT ON app.log TO PUBLIC; ${more}`;
  const HIDE = "REVOKE EXECUTE ON FUNCTION app.run() FROM PUBLIC;";

  test("has the type of its column where nobody can attach the function elsewhere", async () => {
    expect(await found("dynamic-sql-injection", trigger("NEW.cmd", HIDE))).toHaveLength(1);
    expect(await found("dynamic-sql-injection", trigger("NEW.id", HIDE))).toEqual([]);
    expect(await found("dynamic-sql-injection", trigger("NEW.id"))).toHaveLength(1);
  });
});

describe("a function with its caller's path", () => {
  const unpinned = (body: string, returns: string): string =>
    `CREATE FUNCTION app.g(t text) RETURNS ${returns} LANGUAGE plpgsql AS $$ ${body} $$;`;
  const judged = (sql: string): Promise<readonly string[]> => found("definer-unpinned-callee", sql);
  const OPEN = "SET search_path = ''";

  const fired = `CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO audit VALUES (NEW.note); RETURN NEW; END $$;
    CREATE TRIGGER t AFTER UPDATE OF note ON app.log FOR EACH ROW EXECUTE FUNCTION app.note();`;
  test("that a definer's change fires", async () => {
    expect(await judged(fired + definer("UPDATE app.log SET note = p", OPEN))).toEqual([
      "high audit | app.log: its trigger is fired by app.put(text, bigint)",
    ]);
    expect(await judged(fired + definer("UPDATE app.log SET cmd = p", OPEN))).toEqual([]);
    expect(await judged(fired + definer("SELECT note FROM app.log", OPEN))).toEqual([]);
  });

  const TYPE = "CREATE TYPE app.money AS (v numeric);";
  const cast = (how: string): string =>
    `${TYPE}${unpinned("DECLARE r app.money; BEGIN SELECT v INTO r.v FROM rates; RETURN r; END", "app.money")}
     CREATE CAST (text AS app.money) WITH FUNCTION app.g(text) ${how};`;
  const plpgsql = (body: string): string =>
    `CREATE FUNCTION app.pay(p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ${OPEN} AS $$ ${body} $$;`;
  test("that a cast runs", async () => {
    const written = plpgsql("BEGIN PERFORM p::pg_catalog.text::app.money; END");
    expect(await judged(cast("") + written)).toEqual([
      "high rates | p::pg_catalog.text::app.money: run by app.pay(text)",
    ]);
    expect(await judged(cast("") + plpgsql("BEGIN PERFORM 1::pg_catalog.text; END"))).toEqual([]);
  });
  test("that an assignment runs", async () => {
    const assigned = plpgsql("DECLARE m app.money; BEGIN m := p; END");
    expect(await judged(cast("AS ASSIGNMENT") + assigned)).toHaveLength(1);
    expect(await judged(cast("") + assigned)).toEqual([]);
    const declared = plpgsql("DECLARE m app.money := p; BEGIN NULL; END");
    expect(await judged(cast("AS IMPLICIT") + declared)).toHaveLength(1);
    const inserted = `CREATE TABLE app.paid (m app.money); ${plpgsql("BEGIN INSERT INTO app.paid (m) VALUES (p); END")}`;
    expect(await judged(cast("AS ASSIGNMENT") + inserted)).toHaveLength(1);
  });

  test("that an operator runs", async () => {
    const operator = `CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN RETURN EXISTS (SELECT FROM rates); END $$;
      CREATE OPERATOR app.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = app.same);`;
    expect(await judged(operator + plpgsql("BEGIN PERFORM p OPERATOR(app.===) p; END"))).toHaveLength(1);
    expect(await judged(operator + plpgsql("BEGIN PERFORM p OPERATOR(pg_catalog.=) p; END"))).toEqual([]);
  });
});
