/** Configurations that build upon others, override levels by file, and hold several databases. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ConfigFile, readConfigFile } from "../../src/config/read.ts";
import { UsageError } from "../../src/text/usage-error.ts";
import { repository } from "../project/files.ts";

const KNOWN = ["rls-disabled", "definer-search-path", "definer-search-path/unset"];

async function read(files: Readonly<Record<string, unknown>>, path = "pgvet.json"): Promise<ConfigFile> {
  const texts = Object.entries(files).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const root = repository(Object.fromEntries(texts));
  return readConfigFile(
    { file: join(root, path), inPackageJson: false },
    { cwd: root, root, knownRules: KNOWN },
  );
}

async function failure(files: Readonly<Record<string, unknown>>): Promise<UsageError> {
  const error: unknown = await read(files).then(
    () => new Error("no error"),
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error;
  throw error;
}

describe("extends", () => {
  test("joins lists and rules, and replaces the rest", async () => {
    const config = await read({
      "pgvet.json": {
        extends: "base.json",
        untrusted: ["web"],
        rules: { "rls-disabled": "low" },
        failOn: "high",
      },
      "base.json": {
        preset: "pgstack",
        untrusted: ["anybody"],
        rules: { "rls-disabled": "critical", "definer-search-path": "off" },
        failOn: "info",
        postgresVersion: 15,
      },
    });
    expect(config).toMatchObject({
      preset: "pgstack",
      untrusted: ["anybody", "web"],
      failOn: "high",
      postgresVersion: 15,
    });
    expect(Object.fromEntries(config.rules)).toEqual({ "rls-disabled": "low", "definer-search-path": "off" });
  });

  test("several, the later ones on top, and those that extend others", async () => {
    const config = await read({
      "pgvet.json": { extends: ["a.json", "b.yaml"] },
      "a.json": { failOn: "low", sessionRole: "a" },
      "b.yaml": "extends: c.json\nfailOn: high\n",
      "c.json": { failOn: "critical", postgresVersion: 14 },
    });
    expect(config).toMatchObject({ failOn: "high", sessionRole: "a", postgresVersion: 14 });
  });

  test("paths and patterns of a base are relative to the base", async () => {
    const config = await read(
      {
        "app/pgvet.json": { extends: "../shared/base.json" },
        "shared/base.json": { files: ["sql/*.sql", "!sql/x.sql"], prelude: ["before.sql"] },
        "shared/before.sql": "SELECT 1;",
      },
      "app/pgvet.json",
    );
    expect(config.files).toEqual(["../shared/sql/*.sql", "!../shared/sql/x.sql"]);
    expect(config.prelude[0]).toMatch(/\/shared\/before\.sql$/);
  });

  test.each([
    [{ extends: "no.json" }, "pgvet.json:1:12: extends: no.json is not a file"],
    [{ extends: "../x.json" }, 'pgvet.json:1:12: extends "../x.json" lies outside of the project'],
    [
      { extends: "/etc/passwd" },
      'pgvet.json:1:12: extends must be relative to pgvet.json, not "/etc/passwd"',
    ],
    [{ extends: "pgvet.json" }, "pgvet.json:1:12: extends leads back to pgvet.json"],
    [{ extends: ["ok.json", "round.json"] }, "round.json:1:12: extends leads back to pgvet.json"],
    [{ extends: "wrong.json" }, 'wrong.json:1:2: unknown key "failsOn"; did you mean "failOn"?'],
  ])("%j is a mistake", async (config, message) => {
    const error = await failure({
      "pgvet.json": config,
      "ok.json": {},
      "round.json": { extends: "pgvet.json" },
      "wrong.json": { failsOn: "low" },
    });
    expect(error.message).toBe(message);
  });

  test("a long row of files ends", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`${i}.json`, { extends: `${i + 1}.json` }]),
    );
    expect((await failure({ ...files, "pgvet.json": { extends: "0.json" } })).message).toMatch(
      /more than 8 files build upon each other$/,
    );
  });
});

describe("databases", () => {
  test("have what the file says for all, and what is theirs on top", async () => {
    const { databases } = await read({
      "pgvet.json": {
        untrusted: ["web"],
        failOn: "low",
        databases: [
          { name: "app", files: ["app/*.sql"], preset: "supabase", untrusted: ["kiosk"] },
          { name: "log", files: ["log"], failOn: "critical" },
        ],
      },
    });
    expect(databases).toMatchObject([
      { name: "app", files: ["app/*.sql"], preset: "supabase", untrusted: ["web", "kiosk"], failOn: "low" },
      { name: "log", files: ["log"], preset: null, untrusted: ["web"], failOn: "critical" },
    ]);
  });

  test("have names of their own", async () => {
    const error = await failure({
      "pgvet.json": {
        databases: [
          { name: "a", files: ["x"] },
          { name: "a", files: ["y"] },
        ],
      },
    });
    expect(error.message).toContain('there are two databases named "a"');
  });
});

describe("a mistake is shown", () => {
  test("with its line and a caret", async () => {
    const error = await failure({ "pgvet.json": '{\n\t"untrusted": ["é"], "failOn": "hihg"\n}' });
    expect(error.frames).toEqual([
      ['2 |  "untrusted": ["é"], "failOn": "hihg"', "  |                                ^"],
    ]);
    expect(error.message).toMatch(/did you mean "high"\?$/);
  });

  test("each of several, in a long line with characters that would act on a terminal", async () => {
    const error = await failure({
      "pgvet.json": `{"untrusted": ["${"x".repeat(200)}\u001b[2J"], "a": 1, "b": 2}`,
    });
    expect(error.frames.length).toBe(error.message.split("\n").length);
    for (const [line = "", caret = ""] of error.frames) {
      expect(line).not.toContain("\u001b");
      expect(line.length).toBeLessThan(130);
      expect(caret).toMatch(/^ +\| +\^$/);
    }
  });
});
