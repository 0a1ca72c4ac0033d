import { describe, expect, test } from "vitest";
import { withPreset } from "../../src/engine/chosen-projects.ts";
import { loadProjects } from "../../src/project/load-projects.ts";
import { repository } from "../project/files.ts";
import { lintText } from "../support/lint.ts";

async function project(files: Readonly<Record<string, string>>) {
  const { projects } = await loadProjects(["."], { cwd: repository(files), knownRules: null });
  const found = projects[0];
  if (found === undefined) throw new Error("no database");
  return found;
}

const SQL = { "supabase/migrations/1_a.sql": "select 1;" };

describe("supabase/config.toml", () => {
  test("says which schemas are exposed, and the version", async () => {
    const { config } = await project({
      ...SQL,
      "supabase/config.toml":
        '[api]\nschemas = [\n  "api", # ours\n  "graphql_public",\n]\n[db]\nmajor_version = 15\n',
    });
    expect(config.trust).toMatchObject({
      exposedSchemas: ["api", "graphql_public"],
      exposureFrom: "platform",
    });
    expect(config.postgresVersion).toBe(15);
    expect(config.presetReason).toBe(
      "found supabase/config.toml; supabase/config.toml exposes api, graphql_public",
    );
  });

  test("counts less than the configuration of pgvet", async () => {
    const { config } = await project({
      ...SQL,
      "supabase/config.toml": '[api]\nschemas = ["api"]\n[db]\nmajor_version = 15\n',
      "pgvet.json": '{"exposedSchemas": ["web"], "postgresVersion": 16}',
    });
    expect(config.trust).toMatchObject({ exposedSchemas: ["web"], exposureFrom: "configuration" });
    expect(config.postgresVersion).toBe(16);
  });

  test("belongs to its preset", async () => {
    const found = await project({ ...SQL, "supabase/config.toml": '[api]\nschemas = ["api"]\n' });
    expect(withPreset(found, "postgrest").config.trust.exposedSchemas).toEqual(["public", "api"]);
  });

  test.each([
    ["nothing", ""],
    ["something that is no TOML", '[api\nschemas = ["api"]'],
    ["values that are elsewhere", '[api]\nschemas = ["env(SCHEMAS)"]\n[db]\nmajor_version = "env(VERSION)"'],
    ["values of other types", '[api]\nschemas = "api"\n[db]\nmajor_version = 12'],
    ["a list where a table is", "api = [1]\ndb = 1"],
  ])("with %s in it leaves what the preset says", async (_, text) => {
    const { config } = await project({ ...SQL, "supabase/config.toml": text });
    expect(config.trust).toMatchObject({
      exposedSchemas: ["public", "graphql_public"],
      exposureFrom: "preset",
    });
    expect(config.postgresVersion).toBe(17);
    expect(config.presetReason).toBe("found supabase/config.toml");
  });
});

describe("postgrest.conf", () => {
  test("says which schemas are exposed, and to whom", async () => {
    const { config } = await project({
      "a.sql": "select 1;",
      "postgrest.conf":
        '# db-schemas = "old"\ndb-uri = "postgres://authenticator@localhost/app"\ndb-schemas = "api, v2"\ndb-anon-role = "visitor"\n',
    });
    expect(config.trust).toMatchObject({ exposedSchemas: ["api", "v2"], exposureFrom: "platform" });
    expect(config.trust.untrusted).toContain("visitor");
  });

  test("can take values from the environment, which is not here", async () => {
    const { config } = await project({
      "a.sql": "select 1;",
      "postgrest.conf": 'db-schema = "$(PGRST_DB_SCHEMA)"\ndb-anon-role = "$(PGRST_DB_ANON_ROLE)"\n',
    });
    expect(config.trust).toMatchObject({ exposedSchemas: ["public", "api"], exposureFrom: "preset" });
    expect(config.trust.untrusted).toEqual(["anon", "web_anon", "authenticated"]);
  });
});

describe("settings that are stored for PostgREST's role", () => {
  const TABLE = "CREATE SCHEMA shop; CREATE TABLE shop.orders (id int); GRANT ALL ON shop.orders TO anon;";
  const rules = async (sql: string, exposedSchemas?: readonly string[]) => {
    const { findings } = await lintText(`CREATE ROLE app_role; ${TABLE} ${sql}`, {
      preset: "postgrest",
      ...(exposedSchemas === undefined ? {} : { exposedSchemas: [...exposedSchemas] }),
    });
    return findings.flatMap(({ rule, severity }) =>
      rule === "rls-disabled" ? [`${rule}: ${severity}`] : [],
    );
  };

  test("name the schemas that clients reach", async () => {
    expect(await rules("")).toEqual([]);
    expect(await rules("ALTER ROLE authenticator SET pgrst.db_schemas = 'api, shop';")).toEqual([
      "rls-disabled: high",
    ]);
  });

  test("count as they are in the end", async () => {
    expect(
      await rules(
        "ALTER ROLE authenticator SET pgrst.db_schemas = 'shop'; ALTER ROLE authenticator SET pgrst.db_schemas = 'api';",
      ),
    ).toEqual([]);
    expect(
      await rules(
        "ALTER ROLE authenticator SET pgrst.db_schemas = 'shop'; ALTER ROLE authenticator RESET pgrst.db_schemas;",
      ),
    ).toEqual([]);
  });

  test("count less than the configuration of pgvet", async () => {
    expect(await rules("ALTER ROLE authenticator SET pgrst.db_schemas = 'shop';", ["api"])).toEqual([]);
  });

  test("name the role of requests without a token", async () => {
    const sql =
      "ALTER ROLE authenticator SET pgrst.db_schemas = 'shop'; GRANT USAGE ON SCHEMA shop TO app_role; GRANT ALL ON shop.orders TO app_role; REVOKE ALL ON shop.orders FROM anon;";
    expect(await rules(sql)).toEqual([]);
    expect(await rules(`${sql} ALTER ROLE authenticator SET pgrst.db_anon_role = 'app_role';`)).toEqual([
      "rls-disabled: high",
    ]);
  });
});
