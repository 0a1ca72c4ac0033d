/** DO blocks in files whose database is not wholly known: what is not in them may be there all the same. */
import { expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/catalog.ts";
import { replay } from "../../src/catalog/replay.ts";
import { readSource } from "../../src/engine/database.ts";
import { loadParser } from "../../src/parser/postgres.ts";

const parser = await loadParser();

function after(sql: string) {
  const source = { path: "a.sql", bytes: Buffer.from(sql) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const state = replay([read], {
    postgresVersion: 18,
    sessionRole: "postgres",
    searchPath: ["public"],
    assume: true,
    parser,
  });
  return createCatalog(state, 18);
}

test("a guard that looks for what no file creates lets its statements through", () => {
  const catalog = after(
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'elsewhere') THEN CREATE ROLE a; END IF; END $$",
  );
  expect(catalog.roleNamed("a")).toBeDefined();
});

test("a guard against what a file has created keeps its statements back", () => {
  const catalog = after(
    "CREATE ROLE r; DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'r') THEN CREATE ROLE a; END IF; END $$",
  );
  expect(catalog.roleNamed("a")).toBeUndefined();
});

test("a name from a catalog loop stands where EXECUTE stands", () => {
  const catalog = after(`CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT p.oid::regprocedure AS f FROM pg_proc p WHERE p.prosecdef LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = ''''', r.f);
  END LOOP; END $$`);
  const [routine] = catalog.routinesIn("public", "f");
  const setting = routine === undefined ? undefined : catalog.searchPath(routine);
  expect(setting?.values).toEqual([""]);
  const { bytes } = setting?.place.source ?? { bytes: Buffer.alloc(0) };
  expect(setting?.place.span.end).toBeLessThanOrEqual(bytes.length);
  expect(bytes.subarray(setting?.place.span.start).toString()).toMatch(/^SET search_path/);
});

test("EXECUTE of text that is not known is said, with its place", () => {
  const catalog = after("DO $$ BEGIN EXECUTE current_setting('app.sql'); END $$");
  const [unknown] = catalog.state.unknowns;
  expect(unknown?.place.span).toEqual({ start: 20, end: 46 });
});
