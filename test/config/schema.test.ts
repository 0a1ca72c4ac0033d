import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { locateConfig } from "../../src/config/locate.ts";
import { readConfigFile } from "../../src/config/read.ts";
import { configSchema } from "../../src/config/schema.ts";
import { UsageError } from "../../src/text/usage-error.ts";
import { repository } from "../project/files.ts";

const RULES = ["rls-disabled", "definer-search-path", "definer-search-path/unset"];
const validate = new Ajv2020({ strict: true }).compile(configSchema(RULES));

async function readerAccepts(config: unknown): Promise<boolean> {
  const root = repository({
    "pgvet.json": JSON.stringify(config),
    "before.sql": "SELECT 1;",
    "base.json": "{}",
  });
  const location = locateConfig(root, root, root);
  if (location === null) throw new Error("the configuration is not found");
  try {
    await readConfigFile(location, { cwd: root, root, knownRules: RULES });
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

test.each([
  {},
  {
    $schema: "x",
    preset: "supabase",
    files: ["a/*.sql", "!a/b.sql"],
    prelude: ["before.sql"],
    untrusted: ["web"],
    admins: [],
    exposedSchemas: ["api"],
    postgresVersion: 14,
    rules: { "rls-disabled": "off", "definer-search-path/unset": "critical" },
    ignore: [
      { rule: "rls-disabled", object: "public.t", reason: "ok" },
      { rule: "definer-search-path/unset", object: "public.f(int)", reason: "ok", until: "2027-01-31" },
    ],
    extends: ["base.json"],
    overrides: [{ files: ["legacy/", "!legacy/x.sql"], rules: { "rls-disabled": "low" } }],
    directSql: true,
    sessionRole: "deploy",
    privilegedFunctions: ["pgr.subscribe"],
    failOn: "info",
    persona: "pedantic",
  },
  { extends: "base.json" },
  {
    databases: [
      { name: "app", files: ["app/*.sql"], preset: "supabase", rules: { "rls-disabled": "off" } },
      { name: "b", files: ["b"] },
    ],
  },
])("the schema and the reader accept %j", async (config) => {
  expect(validate(config)).toBe(true);
  expect(await readerAccepts(config)).toBe(true);
});

test.each([
  [],
  { presets: "none" },
  { preset: "oracle" },
  { files: [] },
  { files: "a.sql" },
  { prelude: [""] },
  { untrusted: "web" },
  { admins: [1] },
  { exposedSchemas: {} },
  { postgresVersion: 13 },
  { postgresVersion: 19 },
  { postgresVersion: 15.5 },
  { postgresVersion: "15" },
  { rules: { "rls-disabled": "error" } },
  { rules: { "rls-disabled/unset": "off" } },
  { rules: [] },
  { extends: [""] },
  { extends: 1 },
  { overrides: {} },
  { overrides: [{ files: ["x"] }] },
  { overrides: [{ rules: {} }] },
  { overrides: [{ files: ["x"], rules: { nothing: "off" } }] },
  { overrides: [{ files: ["x"], rules: {}, failOn: "low" }] },
  { databases: [] },
  { databases: [{ name: "a" }] },
  { databases: [{ files: ["a"] }] },
  { databases: [{ name: "a", files: [] }] },
  { databases: [{ name: "a", files: ["a"], overrides: [] }] },
  { files: ["a"], databases: [{ name: "a", files: ["a"] }] },
  { ignore: {} },
  { ignore: ["rls-disabled"] },
  { ignore: [{ rule: "rls-disabled", object: "public.t" }] },
  { ignore: [{ rule: "rls-disabled", object: "public.t", reason: "-" }] },
  { ignore: [{ rule: "rls", object: "public.t", reason: "ok" }] },
  { ignore: [{ rule: "rls-disabled", object: " ", reason: "ok" }] },
  { ignore: [{ rule: "rls-disabled", object: "public.t", reason: "ok", until: "soon" }] },
  { ignore: [{ rule: "rls-disabled", object: "public.t", reason: "ok", why: "x" }] },
  { directSql: "yes" },
  { sessionRole: "" },
  { privilegedFunctions: ["subscribe"] },
  { privilegedFunctions: ["a.b.c"] },
  { failOn: "off" },
  { persona: "everybody" },
])("the schema and the reader refuse %j", async (config) => {
  expect(validate(config)).toBe(false);
  expect(await readerAccepts(config)).toBe(false);
});
