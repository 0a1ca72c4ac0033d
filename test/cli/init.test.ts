import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const written = (cwd: string) => JSON.parse(readFileSync(join(cwd, "pgvet.json"), "utf8"));

test("init writes the preset that is detected, and a run takes it", () => {
  const cwd = repository({
    "supabase/config.toml": "",
    "supabase/migrations/20240101000000_first.sql": "SELECT 1;\n",
  });
  const { code, out, err } = pgvet(["init"], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("supabase/migrations (Supabase migrations, 1 file): preset supabase");
  expect(written(cwd)).toMatchObject({ preset: "supabase", postgresVersion: 17 });
  expect(written(cwd)).not.toHaveProperty("untrusted");
  expect(pgvet(["config"], { cwd }).out).toContain('"presetReason": "configured in pgvet.json"');
});

test("init leaves presets that differ to detection, and says whom to name", () => {
  const cwd = repository({
    "auth/1_first.sql": "ALTER ROLE authenticator NOINHERIT;\nNOTIFY pgrst, 'reload schema';\n",
    "billing/V1__first.sql": "SELECT 1;\n",
  });
  const { code, out } = pgvet(["init"], { cwd });
  expect(code).toBe(0);
  expect(out).toContain("The presets differ");
  expect(written(cwd)).toEqual({ $schema: expect.any(String), untrusted: [], postgresVersion: 17 });
  const { databases } = JSON.parse(pgvet(["config"], { cwd }).out);
  expect(databases.map(({ preset }: { preset: string }) => preset).sort()).toEqual(["none", "postgrest"]);
});

test("init takes the preset that is named", () => {
  const cwd = repository({ "db/1.sql": "SELECT 1;\n" });
  expect(pgvet(["init", "--preset", "postgrest"], { cwd }).code).toBe(0);
  expect(written(cwd)).toMatchObject({ preset: "postgrest" });
});

test.each(["pgvet.json", "pgvet.yaml"])("init writes nothing beside %s", (name) => {
  const cwd = repository({ [name]: "{}\n", "db/1.sql": "SELECT 1;\n" });
  const { code, out, err } = pgvet(["init"], { cwd: join(cwd, "db") });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("configures pgvet already");
  expect(existsSync(join(cwd, "db/pgvet.json"))).toBe(false);
});

test("init writes nothing where there is no SQL, and takes no path", () => {
  const cwd = repository({ "README.md": "" });
  expect(pgvet(["init"], { cwd })).toMatchObject({ code: 2, out: "" });
  expect(pgvet(["init", "db"], { cwd })).toMatchObject({ code: 2, out: "" });
  expect(existsSync(join(cwd, "pgvet.json"))).toBe(false);
});
