import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProjects } from "../../src/project/load-projects.ts";
import { repository } from "./files.ts";

interface Run {
  readonly [database: string]: readonly string[];
}

/** Runs in the repository's top directory; databases as `kind @ root` → paths in order. A file that is not shown stands in parentheses. */
async function find(root: string, paths: readonly string[], cwd = root): Promise<Run> {
  const { projects } = await loadProjects(paths, { cwd, knownRules: null });
  return Object.fromEntries(
    projects.map(({ database, shown }) => [
      `${database.kind} @ ${database.root.slice(root.length + 1) || "."}`,
      database.files.map(({ file, path }) =>
        shown === null || (file !== null && shown.has(file)) ? path : `(${path})`,
      ),
    ]),
  );
}

async function skipped(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const result = await loadProjects(paths, { cwd: root, knownRules: null });
  return result.skipped.map(({ path, reason }) => `${path}: ${reason}`);
}

async function problems(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const result = await loadProjects(paths, { cwd: root, knownRules: null });
  return result.problems.map(({ path, message }) => `${path}: ${message}`);
}

const sql = "select 1;\n";
const files = (...names: string[]) => Object.fromEntries(names.map((name) => [name, sql]));

describe("order of a directory", () => {
  test("numbers count as numbers, and files of one version order by name", async () => {
    const root = repository(
      files(
        "m/10_c.sql",
        "m/2_b.sql",
        "m/0009-x.sql",
        "m/00010-a.sql",
        "m/1.1_z.sql",
        "m/1_y.sql",
        "m/10_b.sql",
      ),
    );
    expect(await find(root, ["m"])).toEqual({
      "directory @ m": [
        "m/1_y.sql",
        "m/1.1_z.sql",
        "m/2_b.sql",
        "m/0009-x.sql",
        "m/00010-a.sql",
        "m/10_b.sql",
        "m/10_c.sql",
      ],
    });
  });

  test("timestamps longer than a number can hold keep their order", async () => {
    const root = repository(files("20240101000000000001_b.sql", "20240101000000000002_a.sql"));
    expect(await find(root, ["."])).toEqual({
      "directory @ .": ["20240101000000000001_b.sql", "20240101000000000002_a.sql"],
    });
  });

  test("sub-directories are databases of their own", async () => {
    const root = repository(files("db/1.sql", "db/more/1.sql"));
    expect(await find(root, ["."])).toEqual({
      "directory @ db": ["db/1.sql"],
      "directory @ db/more": ["db/more/1.sql"],
    });
  });

  test("a dump and structure.sql are databases alone, a numbered dump is not", async () => {
    const dump = "--\n-- PostgreSQL database dump\n--\n";
    const root = repository({
      "db/dump.sql": dump,
      "db/queue_structure.sql": sql,
      "db/001_base.sql": dump,
      "db/002.sql": sql,
    });
    expect(await find(root, ["db"])).toEqual({
      "directory @ db": ["db/001_base.sql", "db/002.sql"],
      "dump @ db/dump.sql": ["db/dump.sql"],
      "Rails structure.sql @ db/queue_structure.sql": ["db/queue_structure.sql"],
    });
  });
});

test("a dump without its comments is a dump, a migration that begins like one is not", async () => {
  const dump = `SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n`;
  const root = repository({
    "db/base.sql": dump,
    "db/1_remote.sql": dump,
    "db/x.sql": "SET statement_timeout = 0;\n",
  });
  expect(await find(root, ["db"])).toEqual({
    "directory @ db": ["db/1_remote.sql", "db/x.sql"],
    "dump @ db/base.sql": ["db/base.sql"],
  });
});

test("a dump beside migrations is not checked a second time, unless it is named", async () => {
  const root = repository({
    "db/schema.sql": "--\n-- PostgreSQL database dump\n--\n",
    "db/migrations/1.sql": "-- migrate:up\nselect 1;\n",
  });
  expect(await find(root, ["."])).toEqual({ "dbmate @ db/migrations": ["db/migrations/1.sql"] });
  expect(await skipped(root, ["."])).toEqual(["db/schema.sql: a dump of what migrations/ builds"]);
  expect(await find(root, ["db/schema.sql"])).toEqual({ "dump @ db/schema.sql": ["db/schema.sql"] });
});

describe("frameworks", () => {
  test("Supabase: timestamps, without seed, tests and declared schemas", async () => {
    const root = repository({
      "supabase/config.toml": "",
      ...files(
        "supabase/migrations/20240102000000_b.sql",
        "supabase/migrations/20240101000000_a.sql",
        "supabase/seed.sql",
      ),
      ...files("supabase/tests/a.test.sql", "supabase/schemas/a.sql", "supabase/functions/x/1.sql"),
    });
    expect(await find(root, ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": [
        "supabase/migrations/20240101000000_a.sql",
        "supabase/migrations/20240102000000_b.sql",
      ],
      "directory @ supabase/functions/x": ["supabase/functions/x/1.sql"],
    });
    expect(await skipped(root, ["."])).toEqual([
      "supabase/schemas/a.sql: the schema that the migrations are made from",
      "supabase/seed.sql: seed data",
      "supabase/tests/a.test.sql: tests",
    ]);
    expect(await find(root, ["supabase/seed.sql"])).toEqual({
      "directory @ supabase": ["supabase/seed.sql"],
    });
  });

  test("Supabase: where no file is named as a migration, they belong together", async () => {
    const root = repository(files("supabase/migrations/002.sql", "supabase/migrations/001.sql"));
    expect(await find(root, ["."])).toEqual({
      "directory @ supabase/migrations": ["supabase/migrations/001.sql", "supabase/migrations/002.sql"],
    });
  });

  test("Supabase: a file that is not a migration by name is judged alone, not dropped", async () => {
    const root = repository(files("supabase/migrations/1_a.sql", "supabase/migrations/notes.sql"));
    expect(await find(root, ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": ["supabase/migrations/1_a.sql"],
      "file @ supabase/migrations/notes.sql": ["supabase/migrations/notes.sql"],
    });
  });

  test("Flyway: versions by number across sub-directories, then repeatables by description; undo left out", async () => {
    const root = repository(
      files(
        "m/V1_10__c.sql",
        "m/V1_2__b.sql",
        "m/V1__a.sql",
        "m/R__b.sql",
        "m/R__a.sql",
        "m/U1_2__b.sql",
        "m/sub/V1.3__x.sql",
        "m/afterMigrate.sql",
        "m/beforeMigrate.sql",
      ),
    );
    expect(await find(root, ["."])).toEqual({
      "Flyway @ m": [
        "m/beforeMigrate.sql",
        "m/V1__a.sql",
        "m/V1_2__b.sql",
        "m/sub/V1.3__x.sql",
        "m/V1_10__c.sql",
        "m/R__a.sql",
        "m/R__b.sql",
        "m/afterMigrate.sql",
      ],
    });
    expect(await skipped(root, ["."])).toEqual(["m/U1_2__b.sql: Flyway undo migration"]);
  });

  test("Flyway: the newest baseline stands for what came before it", async () => {
    const root = repository(
      files("m/V1__a.sql", "m/V2__b.sql", "m/B2__base.sql", "m/V3__c.sql", "m/B1__old.sql"),
    );
    expect(await find(root, ["."])).toEqual({ "Flyway @ m": ["m/B2__base.sql", "m/V3__c.sql"] });
  });

  test("Flyway: directories with the same versions are different databases", async () => {
    const root = repository(
      files(
        "migration/mysql/V1__a.sql",
        "migration/postgres/V1__a.sql",
        "other/migration/one/V1__a.sql",
        "other/migration/two/V2__b.sql",
      ),
    );
    expect(await find(root, ["."])).toEqual({
      "Flyway @ migration/mysql": ["migration/mysql/V1__a.sql"],
      "Flyway @ migration/postgres": ["migration/postgres/V1__a.sql"],
      "Flyway @ other/migration": ["other/migration/one/V1__a.sql", "other/migration/two/V2__b.sql"],
    });
    expect(await find(root, ["migration/mysql/V1__a.sql"])).toEqual({
      "Flyway @ migration/mysql": ["migration/mysql/V1__a.sql"],
    });
  });

  test("Flyway: a file of another name beside its migrations is judged alone", async () => {
    const root = repository(files("m/V1__a.sql", "m/helper.sql"));
    expect(await find(root, ["."])).toEqual({
      "Flyway @ m": ["m/V1__a.sql"],
      "file @ m/helper.sql": ["m/helper.sql"],
    });
  });

  test("goose and dbmate: only the up half", async () => {
    const goose = "-- +goose Up\ncreate table a();\n-- +goose Down\ndrop table a;\n";
    const dbmate = "-- migrate:up transaction:false\nselect 'é';\n\n-- migrate:down\nselect 2;\n";
    const onlyUp = "-- migrate:up\nselect 3;\n";
    const root = repository({
      "goose/1_a.sql": goose,
      "dbmate/1_a.sql": dbmate,
      "dbmate/2_b.sql": onlyUp,
      "plain/1.sql": "-- goose Up\nselect 1;\n",
    });
    const { projects } = await loadProjects(["."], { cwd: root, knownRules: null });
    const halves = projects.map(({ database }) => [
      database.kind,
      ...database.files.map(({ bytes, upHalf }) =>
        upHalf === null ? null : bytes.toString("utf8", upHalf.start, upHalf.end),
      ),
    ]);
    expect(halves).toEqual([
      ["dbmate", "-- migrate:up transaction:false\nselect 'é';\n\n", onlyUp],
      ["goose", "-- +goose Up\ncreate table a();\n"],
      ["directory", null],
    ]);
  });

  test("a down half that stands first is left out as well", async () => {
    const root = repository({ "1.sql": "-- +goose Down\ndrop table a;\n-- +goose Up\ncreate table a();\n" });
    const { projects } = await loadProjects(["."], { cwd: root, knownRules: null });
    const file = projects[0]?.database.files[0];
    expect(file?.bytes.toString("utf8", file.upHalf?.start, file.upHalf?.end)).toBe(
      "-- +goose Up\ncreate table a();\n",
    );
  });

  test("golang-migrate: up files, and a pair with dashes; a name that merely ends in down stays", async () => {
    const root = repository(
      files(
        "a/1_x.up.sql",
        "a/1_x.down.sql",
        "a/10_y.up.sql",
        "a/2_z.up.sql",
        "b/1-x-up.sql",
        "b/1-x-down.sql",
        "c/1_scale_down.sql",
      ),
    );
    expect(await find(root, ["."])).toEqual({
      "up and down files @ a": ["a/1_x.up.sql", "a/2_z.up.sql", "a/10_y.up.sql"],
      "directory @ b": ["b/1-x-up.sql"],
      "directory @ c": ["c/1_scale_down.sql"],
    });
    expect(await skipped(root, ["a"])).toEqual(["a/1_x.down.sql: down migration"]);
  });

  test("a named down file alone is no error and nothing to check", async () => {
    const root = repository(files("a/1_x.up.sql", "a/1_x.down.sql"));
    expect(await find(root, ["a/1_x.down.sql"])).toEqual({});
    expect(await skipped(root, ["a/1_x.down.sql"])).toEqual(["a/1_x.down.sql: down migration"]);
  });

  test("diesel, Hasura and Prisma: a directory per migration", async () => {
    const root = repository(
      files(
        "migrations/00000000000000_diesel_initial_setup/up.sql",
        "migrations/2024-02-01-000000_b/up.sql",
        "migrations/2024-02-01-000000_b/down.sql",
        "migrations/2024-01-01-000000_a/up.sql",
        "hasura/migrations/default/1700000000000_b/up.sql",
        "hasura/migrations/default/1600000000000_a/up.sql",
        "prisma/migrations/20240102000000_b/migration.sql",
        "prisma/migrations/20240101000000_a/migration.sql",
      ),
    );
    expect(await find(root, ["."])).toEqual({
      "Hasura @ hasura/migrations/default": [
        "hasura/migrations/default/1600000000000_a/up.sql",
        "hasura/migrations/default/1700000000000_b/up.sql",
      ],
      "diesel @ migrations": [
        "migrations/00000000000000_diesel_initial_setup/up.sql",
        "migrations/2024-01-01-000000_a/up.sql",
        "migrations/2024-02-01-000000_b/up.sql",
      ],
      "Prisma @ prisma/migrations": [
        "prisma/migrations/20240101000000_a/migration.sql",
        "prisma/migrations/20240102000000_b/migration.sql",
      ],
    });
  });

  test("who takes versions for text runs 10 before 2; Hasura and plain directories do not", async () => {
    const up = "-- migrate:up\nselect 1;\n";
    const root = repository({
      ...files(
        ...["supabase/migrations/20240101_a.sql", "supabase/migrations/20231231000000_b.sql"],
        ...["supabase/migrations/9_c.sql", "supabase/migrations/10_d.sql"],
        ...["prisma/migrations/2_a/migration.sql", "prisma/migrations/10_b/migration.sql"],
        ...["hasura/migrations/default/2_a/up.sql", "hasura/migrations/default/10_b/up.sql"],
        ...["diesel/2_a/up.sql", "diesel/10_b/up.sql", "plain/2_a.sql", "plain/10_b.sql"],
      ),
      "db/2_a.sql": up,
      "db/10_b.sql": up,
    });
    expect(await find(root, ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": [
        "supabase/migrations/10_d.sql",
        "supabase/migrations/20231231000000_b.sql",
        "supabase/migrations/20240101_a.sql",
        "supabase/migrations/9_c.sql",
      ],
      "Prisma @ prisma/migrations": [
        "prisma/migrations/10_b/migration.sql",
        "prisma/migrations/2_a/migration.sql",
      ],
      "Hasura @ hasura/migrations/default": [
        "hasura/migrations/default/2_a/up.sql",
        "hasura/migrations/default/10_b/up.sql",
      ],
      "diesel @ diesel": ["diesel/10_b/up.sql", "diesel/2_a/up.sql"],
      "dbmate @ db": ["db/10_b.sql", "db/2_a.sql"],
      "directory @ plain": ["plain/2_a.sql", "plain/10_b.sql"],
    });
  });

  test("Supabase's first migration of old is not run where others follow", async () => {
    const init = "supabase/migrations/20210101000000_init.sql";
    const root = repository(files(init, "supabase/migrations/20240101000000_a.sql"));
    expect(await find(root, ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": ["supabase/migrations/20240101000000_a.sql"],
    });
    expect(await skipped(root, ["."])).toEqual([`${init}: left out by Supabase since 2021`]);
    expect(await find(repository(files(init)), ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": [init],
    });
  });

  test("what Lovable ran stands in one row with Supabase's migrations; other names with a hyphen do not", async () => {
    const lovable = "supabase/migrations/20250727035341-3e8828d8-e3a6-445e-a4dd-f9ee7902644c.sql";
    const first = "supabase/migrations/20250701000000_a.sql";
    const last = "supabase/migrations/20250801000000_b.sql";
    const other = "supabase/migrations/20250702000000-by-hand.sql";
    expect(await find(repository(files(first, lovable, last, other)), ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": [first, lovable, last],
      [`file @ ${other}`]: [other],
    });
    expect(await find(repository(files(lovable)), ["."])).toEqual({
      "Supabase migrations @ supabase/migrations": [lovable],
    });
  });

  test("naming one migration's directory shows it in the context of the others", async () => {
    const root = repository(
      files("prisma/migrations/1_a/migration.sql", "prisma/migrations/2_b/migration.sql"),
    );
    expect(await find(root, ["prisma/migrations/2_b"])).toEqual({
      "Prisma @ prisma/migrations": [
        "(prisma/migrations/1_a/migration.sql)",
        "prisma/migrations/2_b/migration.sql",
      ],
    });
  });

  test("files for other systems are left out, and those that PostgreSQL has a file of its own for", async () => {
    const root = repository(
      files(
        ...["m/1_a.up.sql", "m/1_a.postgres.up.sql", "m/1_a.sqlite3.up.sql", "m/1_a.sqlite3.down.sql"],
        ...["m/2_b.mysql.autocommit.up.sql", "m/2_b.up.sql", "m/mysql.sql"],
      ),
    );
    expect(await find(root, ["."])).toEqual({
      "up and down files @ m": ["m/1_a.postgres.up.sql", "m/2_b.up.sql", "m/mysql.sql"],
    });
    expect(await skipped(root, ["."])).toEqual([
      "m/1_a.sqlite3.down.sql: down migration",
      "m/1_a.sqlite3.up.sql: for SQLite",
      "m/1_a.up.sql: 1_a.postgres.up.sql is run in its place",
      "m/2_b.mysql.autocommit.up.sql: for MySQL",
    ]);
  });

  test("Sqitch: order of the plan, reworked changes, revert and verify left out", async () => {
    const root = repository({
      "sqitch.plan":
        "%syntax-version=1.0.0\n%project=x\n\nzebra 2024-01-01T00:00:00Z A <a@b> # note\n@v1 2024-01-01T00:00:00Z A <a@b>\nschemas/app [zebra] 2024-01-02T00:00:00Z A <a@b>\nzebra [zebra@v1] 2024-01-03T00:00:00Z A <a@b>\ngone 2024-01-04T00:00:00Z A <a@b>\n",
      ...files(
        "deploy/zebra.sql",
        "deploy/zebra@v1.sql",
        "deploy/schemas/app.sql",
        "deploy/stray.sql",
        "revert/zebra.sql",
        "verify/zebra.sql",
      ),
    });
    expect(await find(root, ["."])).toEqual({
      "Sqitch @ .": ["deploy/zebra@v1.sql", "deploy/schemas/app.sql", "deploy/zebra.sql"],
      "file @ deploy/stray.sql": ["deploy/stray.sql"],
    });
    expect(await skipped(root, ["."])).toEqual([
      "revert/zebra.sql: reverts a change",
      "verify/zebra.sql: verifies a change",
    ]);
    expect(await problems(root, ["."])).toEqual([
      "sqitch.plan: names a change without its script deploy/gone.sql",
    ]);
  });

  test("Sqitch: a reworked change is kept under any tag before its rework, the latest first", async () => {
    const change = (name: string): string => `${name} 2024-01-01T00:00:00Z A <a@b>\n`;
    const plan = ["a", "b", "@v1", "c", "@v2", "@v3", "d", "@v4", "a", "b"].map(change).join("");
    const root = repository({
      "sqitch.plan": `%project=x\n\n${plan}`,
      ...files("deploy/a@v3.sql", "deploy/a@v1.sql", "deploy/b@v4.sql", "deploy/b@v2.sql"),
      ...files("deploy/a.sql", "deploy/b.sql", "deploy/c.sql", "deploy/d.sql"),
    });
    const [order] = Object.values(await find(root, ["."]));
    expect(order).toEqual(["a@v3", "b@v4", "c", "d", "a", "b"].map((name) => `deploy/${name}.sql`));
    expect(await problems(root, ["."])).toEqual([]);
  });

  test("Sqitch: a plan cannot name files outside of deploy/", async () => {
    const root = repository({ "sqitch.plan": "../../secret\na\n", ...files("deploy/a.sql", "secret.sql") });
    expect(await find(root, ["deploy/a.sql"])).toEqual({ "Sqitch @ .": ["deploy/a.sql"] });
  });

  test("pgpm: the plan is pgpm.plan", async () => {
    const root = repository({
      "packages/p/pgpm.plan": "b\na [b]\n",
      ...files("packages/p/deploy/a.sql", "packages/p/deploy/b.sql"),
    });
    expect(await find(root, ["packages/p/deploy/a.sql"])).toEqual({
      "pgpm @ packages/p": ["(packages/p/deploy/b.sql)", "packages/p/deploy/a.sql"],
    });
  });

  test("Drizzle: order of the journal", async () => {
    const journal = JSON.stringify({
      entries: [{ idx: 1, tag: "0000_b" }, { idx: 0, tag: "0001_a" }, { idx: 2, tag: "0002_gone" }, null],
    });
    const root = repository({
      "drizzle/meta/_journal.json": journal,
      ...files("drizzle/0000_b.sql", "drizzle/0001_a.sql", "drizzle/0002_by_hand.sql", "drizzle/custom.sql"),
    });
    expect(await find(root, ["."])).toEqual({
      "Drizzle @ drizzle": ["drizzle/0001_a.sql", "drizzle/0000_b.sql", "drizzle/0002_by_hand.sql"],
      "file @ drizzle/custom.sql": ["drizzle/custom.sql"],
    });
    expect(await problems(root, ["."])).toEqual([
      "drizzle/meta/_journal.json: names a migration without its file 0002_gone.sql",
    ]);
  });

  test("Drizzle: an unreadable journal leaves a plain directory", async () => {
    const root = repository({ "drizzle/meta/_journal.json": "{", ...files("drizzle/0000_b.sql") });
    expect(await find(root, ["."])).toEqual({ "directory @ drizzle": ["drizzle/0000_b.sql"] });
  });
});

describe("named paths", () => {
  test("a named file is judged among its database's files and shown alone", async () => {
    const root = repository(files("db/1.sql", "db/2.sql", "other/1.sql"));
    expect(await find(root, ["db/2.sql"])).toEqual({ "directory @ db": ["(db/1.sql)", "db/2.sql"] });
    expect(await find(root, ["db/2.sql", "db/1.sql"])).toEqual({
      "directory @ db": ["db/1.sql", "db/2.sql"],
    });
    expect(await find(root, ["db/2.sql", "db"])).toEqual({ "directory @ db": ["db/1.sql", "db/2.sql"] });
  });

  test("paths are shown relative to the working directory", async () => {
    const root = repository(files("db/1.sql", "db/sub/2.sql"));
    expect(await find(root, ["../1.sql"], join(root, "db", "sub"))).toEqual({
      "directory @ db": ["../1.sql"],
    });
  });

  test("a pattern is expanded", async () => {
    const root = repository(files("a/1.sql", "b/1.sql", "b/2.sql"));
    expect(await find(root, ["**/1.sql"])).toEqual({
      "directory @ a": ["a/1.sql"],
      "directory @ b": ["b/1.sql", "(b/2.sql)"],
    });
  });

  test("a path with pattern characters that exists is a path", async () => {
    const root = repository(files("[id]/(x)/1.sql", "i/x/1.sql"));
    expect(await find(root, ["[id]/(x)/1.sql"])).toEqual({ "directory @ [id]/(x)": ["[id]/(x)/1.sql"] });
  });

  test("a file of another ending is judged alone", async () => {
    const root = repository(files("db/1.sql", "db/x.ddl"));
    expect(await find(root, ["db/x.ddl"])).toEqual({ "file @ db/x.ddl": ["db/x.ddl"] });
  });

  test.each([
    ["nope.sql", "nope.sql: no such file or directory"],
    ["nope/*.sql", "nope/*.sql: the pattern matches no file"],
    ["empty", "empty: no SQL file below this directory"],
  ])("%s is an error", async (path, message) => {
    const root = repository({ "empty/readme.md": "", "a.sql": sql });
    await expect(find(root, [path])).rejects.toThrow(message);
    await expect(find(root, ["a.sql", path])).rejects.toThrow(message);
  });

  test("without a path the working directory is meant", async () => {
    expect(await find(repository(files("1.sql")), [])).toEqual({ "directory @ .": ["1.sql"] });
  });
});

describe("what is searched", () => {
  test(".gitignore counts, also below and turned round, and not for named files", async () => {
    const root = repository({
      ".gitignore": "*.local.sql\n/build/\n",
      "db/.gitignore": "!keep.local.sql\n",
      ...files(
        "db/1.sql",
        "db/x.local.sql",
        "db/keep.local.sql",
        "build/1.sql",
        "build/2.sql",
        "node_modules/p/1.sql",
        ".hidden/1.sql",
        "vendor/1.sql",
        "dist/1.sql",
      ),
    });
    expect(await find(root, ["."])).toEqual({ "directory @ db": ["db/1.sql", "db/keep.local.sql"] });
    expect(await find(root, ["db/x.local.sql"])).toEqual({
      "directory @ db": ["(db/1.sql)", "(db/keep.local.sql)", "db/x.local.sql"],
    });
    expect(await find(root, ["build"])).toEqual({ "directory @ build": ["build/1.sql", "build/2.sql"] });
    expect(await find(root, ["build/2.sql"])).toEqual({
      "directory @ build": ["(build/1.sql)", "build/2.sql"],
    });
  });

  test("symbolic links inside the project are followed to files, links out of it are not", async () => {
    const outside = repository(files("secret.sql", "dir/1.sql"));
    const root = repository(files("db/1.sql", "shared/2.sql"));
    symlinkSync(join(root, "shared", "2.sql"), join(root, "db", "2.sql"));
    symlinkSync(join(outside, "secret.sql"), join(root, "db", "3.sql"));
    symlinkSync(join(outside, "dir"), join(root, "db", "linked"));
    symlinkSync(root, join(root, "db", "loop"));
    expect(await find(root, ["db"])).toEqual({ "directory @ db": ["db/1.sql", "db/2.sql"] });
    expect(await problems(root, ["db"])).toEqual([
      "db/3.sql: is a symbolic link that leads out of the project; not read",
    ]);
    for (const path of ["db/3.sql", "db/linked", "db/linked/1.sql", "db/[3].sql"]) {
      await expect(find(root, [path])).rejects.toThrow();
    }
  });

  test("a link to nothing and a directory named like a file are passed by", async () => {
    const root = repository(files("db/1.sql"));
    mkdirSync(join(root, "db", "0.sql"));
    symlinkSync(join(root, "nowhere.sql"), join(root, "db", "2.sql"));
    expect(await find(root, ["db"])).toEqual({ "directory @ db": ["db/1.sql"] });
  });
});

describe("standard input", () => {
  const load = (root: string, paths: readonly string[], filename: string | null) =>
    loadProjects(paths, {
      cwd: root,
      knownRules: null,
      stdin: { bytes: Buffer.from("select 'typed';"), filename },
    });

  test("without a name it is a database alone", async () => {
    const root = repository(files("1.sql"));
    const { projects } = await load(root, ["-"], null);
    expect(
      projects.map(({ database, shown }) => [
        database.kind,
        database.files.map(({ path, file }) => [path, file]),
        shown,
      ]),
    ).toEqual([["standard input", [["<stdin>", null]], null]]);
  });

  test.each(["db/1.sql", "db/3.sql", "new/1.sql"])(
    "with the name %s it takes that file's place",
    async (name) => {
      const root = repository(files("db/1.sql", "db/2.sql"));
      const { projects } = await load(root, ["-"], name);
      const [project] = projects;
      expect(projects.length).toBe(1);
      expect([...(project?.shown ?? [])]).toEqual(name.startsWith("db/") ? [join(root, name)] : []);
      const typed = project?.database.files
        .filter(({ bytes }) => bytes.toString() === "select 'typed';")
        .map(({ path }) => path);
      expect(typed).toEqual([name]);
    },
  );
});

describe("configured files", () => {
  const configured = (globs: readonly string[]) => ({ "pgvet.json": JSON.stringify({ files: globs }) });

  test("are one database in the order of the entries; directories in their own order", async () => {
    const root = repository({
      ...configured(["roles.sql", "db/*.sql", "prisma/migrations", "!db/2.sql"]),
      ...files(
        "db/10.sql",
        "db/9.sql",
        "db/2.sql",
        "db/9.down.sql",
        "roles.sql",
        "prisma/migrations/1_a/migration.sql",
        "other/1.sql",
      ),
    });
    expect(await find(root, ["."])).toEqual({
      "configured files @ .": ["roles.sql", "db/9.sql", "db/10.sql", "prisma/migrations/1_a/migration.sql"],
    });
    expect(await find(root, ["db"])).toEqual({
      "configured files @ .": [
        "(roles.sql)",
        "db/9.sql",
        "db/10.sql",
        "(prisma/migrations/1_a/migration.sql)",
      ],
    });
    expect(await find(root, ["other/1.sql"])).toEqual({ "directory @ other": ["other/1.sql"] });
  });

  test("an entry without a match is told", async () => {
    const root = repository({ ...configured(["a.sql", "b/*.sql"]), ...files("a.sql") });
    expect(await problems(root, ["."])).toEqual(['pgvet.json: files: "b/*.sql" matches no file']);
  });
});

test("each named path has the nearest configuration, and the nearest counts for a database named twice", async () => {
  const root = repository({
    "pgvet.json": '{"failOn": "low"}',
    "a/pgvet.yaml": "failOn: critical\n",
    ...files("a/m/1.sql", "b/m/1.sql"),
  });
  const { projects } = await loadProjects(["b/m/1.sql", "a/m/1.sql", "."], { cwd: root, knownRules: null });
  expect(projects.map(({ database, config }) => [database.files[0]?.path, config.failOn])).toEqual([
    ["a/m/1.sql", "critical"],
    ["b/m/1.sql", "low"],
  ]);
});

describe("graphile-migrate", () => {
  const committed = "--! Previous: -\n--! Hash: sha1:0\nselect 1;\n";

  test("what is committed and what is current are one database, whichever is named", async () => {
    const root = repository({
      "migrations/committed/000002-b.sql": committed,
      "migrations/committed/000001.sql": committed,
      "migrations/current.sql": sql,
      "migrations/afterReset.sql": sql,
    });
    const database = {
      "Graphile Migrate @ migrations": [
        "migrations/committed/000001.sql",
        "migrations/committed/000002-b.sql",
        "migrations/current.sql",
      ],
    };
    expect(await find(root, ["migrations"])).toEqual({
      ...database,
      "file @ migrations/afterReset.sql": ["migrations/afterReset.sql"],
    });
    expect(await find(root, ["migrations/committed"])).toEqual({
      "Graphile Migrate @ migrations": [
        "migrations/committed/000001.sql",
        "migrations/committed/000002-b.sql",
        "(migrations/current.sql)",
      ],
    });
  });

  test("current can be a directory", async () => {
    const root = repository({
      "m/committed/000001.sql": committed,
      "m/current/2-b.sql": sql,
      "m/current/1-a.sql": sql,
    });
    expect(await find(root, ["."])).toEqual({
      "Graphile Migrate @ m": ["m/committed/000001.sql", "m/current/1-a.sql", "m/current/2-b.sql"],
    });
  });

  test("a directory that is only called so is one like any other", async () => {
    const root = repository(files("m/committed/000001.sql", "m/current.sql"));
    expect(Object.keys(await find(root, ["m"]))).toEqual(["directory @ m", "directory @ m/committed"]);
  });

  test("the role that runs the migrations is trusted", async () => {
    const root = repository({ "m/committed/000001.sql": committed });
    const { projects } = await loadProjects(["m"], { cwd: root, knownRules: null });
    expect(projects[0]?.config.trust.admins).toContain("_database_owner");
  });
});
