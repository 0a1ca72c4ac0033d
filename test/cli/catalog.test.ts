import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../dist/cli/pgvet.js", import.meta.url));
let project: string;

beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-catalog-")));
  const files = {
    "pgvet.json": '{ "untrusted": ["web"] }',
    "db/1_first.sql": `
CREATE ROLE web; CREATE ROLE app; CREATE ROLE editors;
GRANT editors TO app;
CREATE TABLE accounts (id int, email text, note text);
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON accounts TO web;
GRANT UPDATE (email, note) ON accounts TO editors;
CREATE VIEW old AS SELECT 1 AS one;`,
    "db/2_second.sql": `
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
DROP VIEW old;
CREATE TABLE secret (id int);
CREATE SCHEMA hidden; GRANT ALL ON SCHEMA hidden TO app;
CREATE TABLE hidden.of_web (id int); GRANT ALL ON hidden.of_web TO web;`,
    "hostile/1.sql": 'CREATE TABLE "a\u001b[31m\u202eb\n##[error]" (id int);',
    "other/1.sql": "CREATE TABLE elsewhere (id int);",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function catalog(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "catalog", ...args], {
    cwd: project,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** The cells of the line that begins with a name. */
function cells(table: string, name: string): readonly string[] | undefined {
  const line = table.split("\n").find((text) => text.startsWith(`${name} `));
  return line?.split(/ {2,}/);
}

function relations(stdout: string): readonly (readonly string[])[] {
  const parsed: { databases: { catalog: { relations: { name: string }[] } }[] } = JSON.parse(stdout);
  return parsed.databases.map((database) => database.catalog.relations.map(({ name }) => name));
}

test("the table says who reaches an object, with what, through what", () => {
  const { status, stdout } = catalog("db", "--format", "table");
  expect(status).toBe(0);
  expect(stdout.split("\n")[0]).toBe("db (directory, preset none)");
  expect(cells(stdout, "public.accounts")).toEqual([
    "public.accounts",
    "table, RLS",
    "postgres",
    "web (untrusted)",
    "SELECT, INSERT",
    "GRANT (db/1_first.sql:6)",
  ]);
  expect(stdout).toContain(
    "UPDATE (email, note)  app is a member of editors (db/1_first.sql:3), GRANT (db/1_first.sql:7)",
  );
  expect(cells(stdout, "public.f(text)")?.slice(1)).toEqual([
    "function, definer",
    "postgres",
    "PUBLIC",
    "EXECUTE",
    "PostgreSQL's default",
  ]);
  expect(cells(stdout, "public.secret")?.slice(3)).toEqual(["-"]);
  expect(cells(stdout, "hidden")?.slice(3)).toEqual([
    "app (application)",
    "ALL",
    "GRANT (db/2_second.sql:5)",
  ]);
});

test("a privilege without USAGE on the schema reaches nothing", () => {
  expect(cells(catalog("db", "--format", "table").stdout, "hidden.of_web")?.slice(3)).toEqual(["-"]);
});

test("--at stops after a file, and leaves out the databases without it", () => {
  expect(relations(catalog("--at", "db/1_first.sql").stdout)).toEqual([["public.accounts", "public.old"]]);
  expect(relations(catalog("db").stdout)).toEqual([["hidden.of_web", "public.accounts", "public.secret"]]);
  const table = catalog("--at", "db/1_first.sql", "--format", "table").stdout;
  expect(table.split("\n")[0]).toBe("db after db/1_first.sql (directory, preset none)");
  expect(cells(table, "public.old")?.[1]).toBe("view");
});

test("--at a file that is not replayed is one error", () => {
  expect(catalog("--at", "db/1_frist.sql")).toEqual({
    status: 2,
    stdout: "",
    stderr:
      "pgvet: db/1_frist.sql is not one of the files that are replayed\n  did you mean db/1_first.sql?\n",
  });
});

test("names cannot move the cursor, reorder text or give commands to a build server", () => {
  const { stdout } = catalog("hostile", "--format", "table");
  expect(cells(stdout, 'public."a\\u{1b}[31m\\u{202e}b\\n\\u{23}#[error]"')?.[1]).toBe("table");
});
