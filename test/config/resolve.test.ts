import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadPreset } from "../../src/config/presets.ts";
import { PRESET_NAMES } from "../../src/config/types.ts";
import { loadProjects } from "../../src/project/load-projects.ts";
import { repository } from "../project/files.ts";

async function config(files: Readonly<Record<string, string>>, path = ".") {
  const root = repository(files);
  const { projects } = await loadProjects([path], { cwd: root, knownRules: null });
  const found = projects[0]?.config;
  if (found === undefined) throw new Error("no database");
  return found;
}

async function detected(files: Readonly<Record<string, string>>, path = ".") {
  const { preset, presetReason } = await config(files, path);
  return `${preset.name}: ${presetReason}`;
}

describe("detection", () => {
  const UID = "create policy p on t to authenticated using (id = auth.uid());\n";
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["nothing", { "a.sql": "select 1;" }, "none: nothing names a platform"],
    [
      "Supabase by its configuration",
      { "supabase/config.toml": "", "db/a.sql": "" },
      "supabase: found supabase/config.toml",
    ],
    [
      "Supabase by its directory",
      { "supabase/migrations/1_a.sql": "" },
      "supabase: found supabase/migrations",
    ],
    [
      "Supabase by its own roles",
      { "a.sql": "CREATE SCHEMA f AUTHORIZATION supabase_admin; GRANT USAGE ON SCHEMA f TO anon;" },
      "supabase: a.sql:1 names supabase_admin",
    ],
    [
      "not where the files make them",
      { "a.sql": "CREATE USER supabase_admin; CREATE SCHEMA f AUTHORIZATION supabase_admin;" },
      "none: nothing names a platform",
    ],
    ["Supabase by names", { "a.sql": `\n${UID}` }, "supabase: a.sql:2 names auth.uid()"],
    [
      "Supabase by its function, which no file makes",
      { "a.sql": "select auth.uid();" },
      "supabase: a.sql:1 names auth.uid()",
    ],
    [
      "a schema auth of the project's own",
      { "a.sql": "create schema if not exists auth; select 1 from auth.users;" },
      "none: nothing names a platform",
    ],
    [
      "a function of the project's own in a schema auth from elsewhere",
      { "a.sql": "create or replace function auth.uid() returns int; select auth.uid();" },
      "none: nothing names a platform",
    ],
    [
      "a schema auth of the project's own, and the anonymous role that PostgREST has too",
      {
        "a.sql":
          "create schema auth; create view auth.users as select 1; grant usage on schema auth to anon;",
      },
      "postgrest: a.sql:1 names to anon",
    ],
    [
      "a function of the project's own among Supabase's, whose other roles are named",
      {
        "a.sql": `create function auth.tenant() returns int; ${UID} grant select on t to anon, "authenticated";`,
      },
      "supabase: a.sql:1 names auth.uid()",
    ],
    [
      "PostgREST by who has not signed in",
      { "a.sql": "create role anon;" },
      "postgrest: a.sql:1 names role anon",
    ],
    [
      "PostgREST by a grant",
      { "a.sql": 'grant select on t to "anon";' },
      'postgrest: a.sql:1 names to "anon',
    ],
    ["pgStack", { "a.sql": "x;\nPERFORM pgr.subscribe('a');" }, "pgstack: a.sql:2 names pgr.subscribe"],
    [
      "pgStack before Supabase",
      { "supabase/config.toml": "", "a.sql": `${UID}references pgstack.users` },
      "pgstack: a.sql:2 names pgstack.users",
    ],
    [
      "an alias pgr is no hint",
      { "a.sql": "select pgr.id from programs pgr;" },
      "none: nothing names a platform",
    ],
    [
      "pg_trickle",
      { "a.sql": "select pgtrickle.create_stream_table('a', 'b');" },
      "pgtrickle: a.sql:1 names pgtrickle.create_stream_table",
    ],
    [
      "PostgREST by a role",
      { "a.sql": "create role authenticator noinherit;" },
      "postgrest: a.sql:1 names role authenticator",
    ],
    [
      "PostgREST by a setting",
      { "a.sql": "current_setting('request.jwt.claims', true)" },
      "postgrest: a.sql:1 names request.jwt.claims",
    ],
    [
      "PostgREST by its configuration",
      { "postgrest.conf": "", "sql/a.sql": "" },
      "postgrest: found postgrest.conf",
    ],
    [
      "Supabase by a directory of schemas",
      { "supabase/schemas/public/a.sql": "" },
      "supabase: found supabase/schemas",
    ],
    ["schemas of something else", { "schemas/public/a.sql": "" }, "none: nothing names a platform"],
    [
      "an extension by its control file",
      { "x.control": "default_version = '1'\n", "x--1.sql": "" },
      "extension: found x.control",
    ],
    [
      "an extension with scripts one directory down",
      { "x.control": "default_version = '1'\n", "sql/x--1.sql": "" },
      "extension: found x.control",
    ],
    [
      "other SQL below an extension",
      { "x.control": "default_version = '1'\n", "test/a.sql": "" },
      "none: nothing names a platform",
    ],
    [
      "a control file that a build makes, above sql/",
      { "x.control.in": "default_version = '@VERSION@'\n", "sql/tables/a.sql": "" },
      "extension: found x.control.in",
    ],
    [
      "a control file in a directory beside the scripts",
      { "extension/x.control": "default_version = '1'\n", "src/x--1.sql": "" },
      "extension: found extension/x.control",
    ],
    [
      "a control file above tests, in their own sql/",
      { "x.control": "default_version = '1'\n", "test/sql/a.sql": "" },
      "none: nothing names a platform",
    ],
    [
      "tests in sql/ that use the extension",
      { "x.control": "default_version = '1'\n", "sql/a.sql": "", "sql/install.sql": "CREATE EXTENSION x;\n" },
      "none: nothing names a platform",
    ],
    [
      "parts of a script in sql/ that say how it is used",
      {
        "x.control": "default_version = '1'\n",
        "sql/a.sql": "-- CREATE EXTENSION x;\n/*\nCREATE EXTENSION x;\n*/",
      },
      "extension: found x.control",
    ],
    [
      "a control file of something else",
      { "debian.control": "Package: x\n", "a.sql": "" },
      "none: nothing names a platform",
    ],
    [
      "an extension by its script",
      { "a.sql": '\\echo Use "CREATE EXTENSION x" to load this file. \\quit' },
      'extension: a.sql:1 has \\echo Use "CREATE EXTENSION',
    ],
    [
      "an extension by a placeholder",
      { "a.sql": "create function @extschema@.f()" },
      "extension: a.sql:1 has @extschema@",
    ],
    [
      "comments do not decide",
      { "a.sql": "-- pgr.subscribe\n/* pgtrickle.x\n pgstack.users */ select 1; -- auth.uid() to anon" },
      "none: nothing names a platform",
    ],
    [
      "a string with dashes is no comment",
      { "a.sql": "select '--', pgr.subscribe('x');" },
      "pgstack: a.sql:1 names pgr.subscribe",
    ],
  ];

  test.each(cases)("%s", async (_, files, expected) => {
    expect(await detected(files)).toBe(expected);
  });

  test("the configured preset is not questioned", async () => {
    expect(await detected({ "pgvet.json": '{"preset": "none"}', "a.sql": "pgr.subscribe" })).toBe(
      "none: configured in pgvet.json",
    );
  });

  test("many names in comments are none", async () => {
    expect(await detected({ "a.sql": "-- pgr.subscribe\n".repeat(200_000) })).toBe(
      "none: nothing names a platform",
    );
  });
});

describe("merging", () => {
  test("defaults", async () => {
    const found = await config({ "a.sql": "" });
    expect(found).toMatchObject({
      file: null,
      files: null,
      prelude: [],
      postgresVersion: 17,
      sessionRole: "postgres",
      privilegedFunctions: [],
      failOn: "medium",
      trust: { untrusted: [], admins: [], exposedSchemas: [], directSql: true },
    });
    expect(found.rules.size).toBe(0);
  });

  test("roles add to the preset's; named twice, untrusted wins", async () => {
    const { trust } = await config({
      "pgvet.json":
        '{"preset": "pgstack", "untrusted": ["web", "service_role"], "admins": ["ops", "web", "anon"]}',
      "a.sql": "",
    });
    expect(trust.untrusted).toEqual(["anon", "authenticated", "web", "service_role"]);
    expect(trust.admins).toEqual(["postgres", "pgstack_admin", "ops"]);
  });

  test("exposed schemas and directSql replace the preset's", async () => {
    const { trust } = await config({
      "pgvet.json": '{"preset": "supabase", "exposedSchemas": ["api"], "directSql": true}',
      "a.sql": "",
    });
    expect(trust).toMatchObject({ exposedSchemas: ["api"], directSql: true });
  });

  test("configured preludes follow the preset's, shown by their path", async () => {
    const found = await config(
      {
        "pgvet.json": '{"preset": "postgrest", "prelude": ["p/x.sql"]}',
        "p/x.sql": "select 'x';",
        "a.sql": "",
      },
      "a.sql",
    );
    expect(found.prelude.map(({ path }) => path)).toEqual(["<preset postgrest>", join("p", "x.sql")]);
    expect(found.prelude[1]?.bytes.toString()).toBe("select 'x';");
  });
});

describe("presets", () => {
  const withSql = PRESET_NAMES.filter((name) => loadPreset(name).prelude.length > 0);

  test.each(withSql)("%s: PostgreSQL accepts the prelude", { timeout: 60_000 }, async (name) => {
    const { parseSync, loadModule } = await import("libpg-query");
    const { PGlite } = await import("@electric-sql/pglite");
    await loadModule();
    const database = await PGlite.create();
    for (const { bytes } of loadPreset(name).prelude) {
      for (const { stmt_location: start = 0, stmt_len: length } of parseSync(bytes.toString("utf8")).stmts ??
        []) {
        const statement = bytes.toString("utf8", start, length === undefined ? undefined : start + length);
        // Not to be had here: libraries, extensions, and another bootstrap superuser than postgres.
        if (/CREATE EXTENSION|ALTER ROLE postgres NOSUPERUSER/.test(statement)) continue;
        const runnable = statement.replace(
          /LANGUAGE c\s+AS '[^']*', '[^']*'/,
          () => "LANGUAGE plpgsql AS 'BEGIN RETURN; END'",
        );
        await database.exec(`SET check_function_bodies = off; ${runnable}`);
      }
    }
    await database.close();
  });

  test.each(PRESET_NAMES)("%s: nobody is both trusted and untrusted", (name) => {
    const { untrusted, admins } = loadPreset(name).trust;
    expect(untrusted.filter((role) => admins.includes(role))).toEqual([]);
  });

  test("only presets without an API in front let untrusted roles send SQL", () => {
    expect(PRESET_NAMES.filter((name) => loadPreset(name).trust.directSql)).toEqual(["none", "extension"]);
  });
});
