/** DO blocks in files whose database is not wholly known: what is not in them may be there all the same. */
import { expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/catalog.ts";
import { replay } from "../../src/catalog/replay.ts";
import { readSource } from "../../src/engine/database.ts";
import { loadParser } from "../../src/parser/postgres.ts";

const parser = await loadParser();

function after(sql: string, assume = true) {
  const source = { path: "a.sql", bytes: Buffer.from(sql) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const state = replay([read], {
    postgresVersion: 18,
    sessionRole: "postgres",
    searchPath: ["public"],
    assume,
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

test.each(["public.f(int, text)", "f(integer,varchar)", "public.f( INT4 , character varying )"])(
  "a function that a constant names: %s",
  (name) => {
    const catalog =
      after(`CREATE FUNCTION public.f(a int, b text) RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
CREATE FUNCTION public.f(a int, b varchar) RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
DO $$ BEGIN EXECUTE 'ALTER FUNCTION ' || '${name}'::regprocedure || ' SECURITY INVOKER'; END $$`);
    const changed = catalog.routinesIn("public", "f").filter(({ securityDefiner }) => !securityDefiner.value);
    expect(changed.map((routine) => catalog.routineName(routine))).toEqual([
      `public.f(integer, ${/text/.test(name) ? "text" : "character varying"})`,
    ]);
  },
);

test.each([
  ['FOREACH r IN ARRAY \'{"schema a", "schema b"}\'::text[] LOOP', "r"],
  ["FOR r IN SELECT v.what FROM (VALUES ('schema a'), ('schema b')) v (what) LOOP", "r"],
])("names in a list that the block writes itself: %s", (loop, value) => {
  const catalog = after(`CREATE ROLE app; CREATE SCHEMA a; CREATE SCHEMA b;
DO $$ DECLARE r text; BEGIN ${loop} EXECUTE 'GRANT USAGE ON ' || ${value} || ' TO app'; END LOOP; END $$`);
  const app = catalog.roleNamed("app")?.oid;
  const open = ["a", "b"].map((name) =>
    catalog.schemaNamed(name)?.acl.some(({ grantee, privilege }) => grantee === app && privilege === "usage"),
  );
  expect(open).toEqual([true, true]);
});

test("EXECUTE of text that is not known is said, with its place", () => {
  const catalog = after("DO $$ BEGIN EXECUTE current_setting('app.sql'); END $$");
  const [unknown] = catalog.state.unknowns;
  expect(unknown?.place.span).toEqual({ start: 20, end: 46 });
});

/** Each table has a check constraint and an index. */
function manyTables(count: number): string {
  return Array.from(
    { length: count },
    (_, i) =>
      `CREATE TABLE public.t${i} (id int CONSTRAINT c${i} CHECK (id > 0)); CREATE INDEX i${i} ON public.t${i} (id);`,
  ).join("\n");
}

/** The names that the query gives to a block, in a database that is wholly known. */
function foundBy(setup: string, query: string): readonly string[] {
  const { state, ...catalog } = after(
    `CREATE TABLE public.found (); ${setup}
DO $$ DECLARE wanted text := 't2'; r record; BEGIN
  FOR r IN ${query} LOOP EXECUTE format('ALTER TABLE public.found ADD COLUMN %I int', r.name); END LOOP; END $$`,
    false,
  );
  expect(state.unknowns.map(({ message }) => message)).toEqual([]);
  expect(state.refusals.map(({ message }) => message)).toEqual([]);
  return catalog.relationIn("public", "found")?.columns.map(({ name }) => name) ?? [];
}

test.each([
  ["from its first relation", "c.conname = 'c7'"],
  ["from its last relation", "n.nspname = 'public' AND t.relname = 't7'"],
])("a join of catalogs with many rows is known when a condition selects %s", (_, condition) => {
  const query = `SELECT c.conname AS name FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace WHERE ${condition}`;
  expect(foundBy(manyTables(1500), query)).toEqual(["c7"]);
});

test.each([
  ["a name", "pg_class", "SELECT relname AS name FROM pg_class WHERE relname = 't2'", ["t2"]],
  ["a variable", "pg_class", "SELECT relname AS name FROM pg_class WHERE relname = wanted", ["t2"]],
  [
    "names of a list",
    "pg_class",
    "SELECT relname AS name FROM pg_class WHERE relname IN ('t3', 'x', 't1')",
    ["t1", "t3"],
  ],
  [
    "an object",
    "pg_constraint",
    "SELECT conname AS name FROM pg_constraint WHERE conrelid = 'public.t1'::regclass",
    ["c1"],
  ],
  [
    "a subquery",
    "pg_constraint",
    "SELECT conname AS name FROM pg_constraint WHERE conrelid = (SELECT oid FROM pg_class WHERE relname = 't1')",
    ["c1"],
  ],
  [
    "a column of the query around",
    "pg_class",
    "SELECT relname AS name FROM pg_class c WHERE EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND conname = 'c3')",
    ["t3"],
  ],
  ["no value", "pg_class", "SELECT relname AS name FROM pg_class WHERE relname = NULL", []],
  [
    "what a cast makes of the column",
    "pg_class",
    "SELECT relname AS name FROM pg_class WHERE relname::regclass = 'public.t1'::regclass AND relname = 't1'",
    ["t1"],
  ],
  [
    "a column without an index",
    "pg_attribute",
    "SELECT a.attname || t.relname AS name FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attname = 'id' AND t.relname <> 't2' AND t.relkind = 'r'",
    ["idt0", "idt1", "idt3"],
  ],
  [
    "a column without an index, in a join",
    "pg_enum",
    "SELECT t.relname AS name FROM pg_class t JOIN pg_enum e ON e.enumlabel = t.relname",
    ["t0", "t3"],
  ],
])("a condition on %s chooses rows of %s", (_what, _catalog, query, names) => {
  expect(foundBy(`${manyTables(4)} CREATE TYPE public.e AS ENUM ('t3', 't0', 'other');`, query)).toEqual(
    names,
  );
});

test("what statements of the block change is seen by its later queries", () => {
  const catalog = after(`CREATE TABLE public.a (); DO $$ DECLARE n text; BEGIN
  FOR n IN SELECT relname FROM pg_class JOIN pg_enum ON enumlabel = relname LOOP NULL; END LOOP;
  ALTER TABLE public.a RENAME TO b;
  CREATE TYPE public.e AS ENUM ('b');
  FOR n IN SELECT relname FROM pg_class JOIN pg_enum ON enumlabel = relname LOOP
    EXECUTE format('CREATE ROLE %I', n);
  END LOOP; END $$`);
  expect(catalog.roleNamed("b")).toBeDefined();
});

test.each([
  ["as a string", "EXECUTE 'DO $$ BEGIN CREATE ROLE a; END $$';"],
  ["as it is", "DO $$ BEGIN CREATE ROLE a; END $$;"],
])("a block that another one runs %s does what it says", (_, inner) => {
  expect(after(`DO $outer$ BEGIN ${inner} END $outer$`).roleNamed("a")).toBeDefined();
});

test("blocks nested without end are not followed", () => {
  let text = "DO $a$ BEGIN CREATE ROLE a; END $a$";
  for (let i = 0; i < 20; i++) text = `DO $n${i}$ BEGIN ${text}; END $n${i}$`;
  expect(after(text).roleNamed("a")).toBeUndefined();
});

test.each([
  ["unnest among the columns", "SELECT unnest(ARRAY['a', 'b'])"],
  ["a column named behind the function", "SELECT x.n FROM unnest(ARRAY['a', 'b']) AS x (n)"],
  ["a list in a text", "SELECT unnest(string_to_array('a,b', ','))"],
])("a loop over names: %s", (_, query) => {
  const catalog = after(`CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int);
DO $$ DECLARE t text; BEGIN
  FOR t IN ${query} LOOP EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t); END LOOP; END $$`);
  const on = [...catalog.relations()].filter(({ rowSecurity }) => rowSecurity.value).map(({ name }) => name);
  expect(on).toEqual(["a", "b"]);
  expect(catalog.state.unknowns).toEqual([]);
});

test.each([
  ["split_part('public.a', '.', 2)", "a"],
  ["split_part('public.a', '.', -1)", "a"],
  ["split_part('a', '', 1)", "a"],
  ["left('abc', 1)", "a"],
  ["left('abc', -2)", "a"],
  ["right('cba', 1)", "a"],
  ["right('a', 5)", "a"],
  ["CASE WHEN starts_with('ab', 'a') THEN 'a' ELSE 'b' END", "a"],
])("a name that %s gives", (expression, name) => {
  const catalog = after(`DO $$ BEGIN EXECUTE format('CREATE ROLE %I', ${expression}); END $$`);
  expect(catalog.roleNamed(name)).toBeDefined();
  expect(catalog.state.unknowns).toEqual([]);
});

test.each(["split_part('a', '.', 0)", "split_part('a', '.', 2)", "left('a', 0)"])(
  "no name that %s gives",
  (expression) => {
    const catalog = after(`DO $$ BEGIN EXECUTE format('CREATE ROLE %I', ${expression}); END $$`);
    expect(catalog.roleNamed("a")).toBeUndefined();
  },
);
