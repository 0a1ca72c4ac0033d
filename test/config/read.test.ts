import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { locateConfig, projectRoot } from "../../src/config/locate.ts";
import { readConfigFile } from "../../src/config/read.ts";
import { UsageError } from "../../src/text/usage-error.ts";
import { repository } from "../project/files.ts";

const KNOWN = ["definer-search-path", "definer-search-path/unset", "rls-disabled"];

async function read(files: Readonly<Record<string, string>>, directory = ".") {
  const root = repository(files);
  const location = locateConfig(join(root, directory), root, root);
  return location === null ? null : readConfigFile(location, { cwd: root, root, knownRules: KNOWN });
}

/** The message of the UsageError that reading fails with. */
async function failure(files: Readonly<Record<string, string>>): Promise<string> {
  try {
    await read(files);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no error";
}

describe("forms", () => {
  const expected = {
    preset: "pgstack",
    untrusted: ["web"],
    failOn: "high",
    postgresVersion: 16,
    directSql: false,
  };

  test("JSON with comments, trailing commas, a BOM and tabs", async () => {
    const text = `\uFEFF// top\n{\n\t"$schema": "https://example.org/x.json", /* a "quoted" thing */\n\t"preset": "pgstack",\n\t"untrusted": ["web",],\n\t"failOn": "high", // "}"\n\t"postgresVersion": 16,\n\t"directSql": false,\n}\n`;
    expect(await read({ "pgvet.jsonc": text })).toMatchObject(expected);
    expect(await read({ "pgvet.json": text })).toMatchObject(expected);
  });

  test("comment signs inside strings are text", async () => {
    expect(await read({ "pgvet.json": '{"untrusted": ["a//b", "/* c */", "\\"// d"]}' })).toMatchObject({
      untrusted: ["a//b", "/* c */", '"// d'],
    });
  });

  test.each(["pgvet.yaml", "pgvet.yml"])("YAML in %s", async (name) => {
    const text =
      "preset: pgstack\nuntrusted: [web]\nfailOn: high # really\npostgresVersion: 16\ndirectSql: false\n";
    expect(await read({ [name]: text })).toMatchObject(expected);
  });

  test("the key pgvet of a package.json; without that key it is none of ours", async () => {
    expect(await read({ "package.json": '{"name": "x", "pgvet": {"failOn": "high"}}' })).toMatchObject({
      failOn: "high",
    });
    expect(await read({ "package.json": '{"name": "pgvet", "devDependencies": {"pgvet": "1"}}' })).toBeNull();
  });

  test.each(["{}", "", "# nothing\n"])("an empty configuration %j says nothing", async (text) => {
    expect(await read({ [text === "{}" ? "pgvet.json" : "pgvet.yaml"]: text })).toMatchObject({
      preset: null,
      files: null,
      failOn: null,
    });
  });

  test("off in YAML is a level, not a boolean", async () => {
    const config = await read({
      "pgvet.yaml": "rules:\n  rls-disabled: off\n  definer-search-path/unset: low\n",
    });
    expect([...(config?.rules ?? [])]).toEqual([
      ["rls-disabled", "off"],
      ["definer-search-path/unset", "low"],
    ]);
  });

  test("PUBLIC among the untrusted says nothing new; preludes become absolute paths", async () => {
    const config = await read({
      "pgvet.json": '{"untrusted": ["PUBLIC", "x"], "prelude": ["sql/p.sql"]}',
      "sql/p.sql": "",
    });
    expect(config?.untrusted).toEqual(["x"]);
    expect(config?.prelude.map((path) => path.endsWith("/sql/p.sql"))).toEqual([true]);
  });
});

describe("mistakes", () => {
  const KEYS =
    '"$schema", "extends", "preset", "files", "prelude", "untrusted", "admins", "exposedSchemas", "postgresVersion", "rules", "ignore", "directSql", "sessionRole", "privilegedFunctions", "failOn", "persona", "overrides", "databases"';
  const cases: readonly (readonly [text: string, message: string])[] = [
    ['{\n  "presets": "none"\n}', 'pgvet.json:2:3: unknown key "presets"; did you mean "preset"?'],
    ['{"zzzzzz": 1}', `pgvet.json:1:2: unknown key "zzzzzz"; known keys are ${KEYS}`],
    ['{"__proto__": {"failOn": "low"}}', `pgvet.json:1:2: unknown key "__proto__"; known keys are ${KEYS}`],
    ['{"constructor": 1}', `pgvet.json:1:2: unknown key "constructor"; known keys are ${KEYS}`],
    [
      '{"preset": "supbase"}',
      'pgvet.json:1:12: preset must be one of "none", "supabase", "postgrest", "pgstack", "pgtrickle", "extension", not "supbase"; did you mean "supabase"?',
    ],
    [
      '{"preset": null}',
      'pgvet.json:1:12: preset must be one of "none", "supabase", "postgrest", "pgstack", "pgtrickle", "extension", not empty',
    ],
    ['{"untrusted": "web"}', 'pgvet.json:1:15: untrusted must be a list of strings, not "web"'],
    ['{"untrusted": ["a", 2]}', "pgvet.json:1:21: untrusted[1] must be a string, not 2"],
    ['{"admins": [" "]}', "pgvet.json:1:13: admins[0] must not be empty"],
    ['{"admins": ["Public"]}', "pgvet.json:1:13: admins[0]: PUBLIC is everybody and cannot be an admin"],
    ['{"exposedSchemas": {}}', "pgvet.json:1:20: exposedSchemas must be a list of strings, not a mapping"],
    [
      '{"postgresVersion": "17"}',
      'pgvet.json:1:21: postgresVersion must be a whole number from 14 to 18, not "17"',
    ],
    [
      '{"postgresVersion": 13}',
      "pgvet.json:1:21: postgresVersion must be a whole number from 14 to 18, not 13",
    ],
    [
      '{"postgresVersion": 16.4}',
      "pgvet.json:1:21: postgresVersion must be a whole number from 14 to 18, not 16.4",
    ],
    ['{"directSql": "yes"}', 'pgvet.json:1:15: directSql must be true or false, not "yes"'],
    ['{"sessionRole": []}', "pgvet.json:1:17: sessionRole must be a string, not a list"],
    [
      '{"failOn": "error"}',
      'pgvet.json:1:12: failOn must be one of "info", "low", "medium", "high", "critical", not "error"',
    ],
    [
      '{"privilegedFunctions": ["run_sql"]}',
      'pgvet.json:1:26: privilegedFunctions[0] must be a function\'s name with its schema, such as "pgr.subscribe", not "run_sql"',
    ],
    [
      '{"rules": {"rls-disable": "off"}}',
      'pgvet.json:1:12: unknown rule "rls-disable"; did you mean "rls-disabled"?',
    ],
    ['{"rules": {"toString": "off"}}', 'pgvet.json:1:12: unknown rule "toString"'],
    [
      '{"rules": {"rls-disabled": "warn"}}',
      'pgvet.json:1:28: rules["rls-disabled"] must be one of "off", "info", "low", "medium", "high", "critical", not "warn"',
    ],
    ['{"rules": []}', "pgvet.json:1:11: rules must be a mapping, not a list"],
    [
      '{"files": []}',
      "pgvet.json:1:11: files must name at least one file; leave it out to have files detected",
    ],
    ['{"files": ["../x/*.sql"]}', 'pgvet.json:1:12: files[0] "../x/*.sql" lies outside of the project'],
    ['{"files": ["!/etc/*"]}', 'pgvet.json:1:12: files[0] must be relative to pgvet.json, not "/etc/*"'],
    ['{"files": ["a\\\\b.sql"]}', "pgvet.json:1:12: files[0] must separate directories with /, not \\"],
    ...[
      "{a,b}".repeat(4),
      "{1..1000000}.sql",
      "+(a|aa)b.sql",
      "a/**/".repeat(5),
      "*a".repeat(13),
      "a".repeat(1001),
    ].map((glob): [string, string] => [
      JSON.stringify({ files: [glob] }),
      "pgvet.json:1:11: files[0] is too complex a pattern: list the files by several simple ones",
    ]),
    ['{"prelude": ["nope.sql"]}', 'pgvet.json:1:14: prelude[0] "nope.sql" is not a file'],
    ['{"prelude": ["../x.sql"]}', 'pgvet.json:1:14: prelude[0] "../x.sql" lies outside of the project'],
    ["[]", "pgvet.json:1:1: the configuration must be a JSON object: { … }"],
    ["failOn: low\n", "pgvet.json:1:1: the configuration must be a JSON object: { … }"],
    ['{"failOn": "low", "failOn": "high"}', "pgvet.json:1:19: Map keys must be unique"],
  ];

  test.each(cases)("%s", async (text, message) => {
    expect(await failure({ "pgvet.json": text })).toBe(message);
  });

  test("all mistakes are told at once, in order", async () => {
    expect(await failure({ "pgvet.yaml": "# é\nfailOn: often\nadmin: [x]\n" })).toBe(
      'pgvet.yaml:2:9: failOn must be one of "info", "low", "medium", "high", "critical", not "often"\n' +
        'pgvet.yaml:3:1: unknown key "admin"; did you mean "admins"?',
    );
  });

  test("in a package.json at its own line", async () => {
    expect(
      await failure({ "package.json": '{\n  "name": "x",\n  "pgvet": {\n    "preset": "x"\n  }\n}\n' }),
    ).toMatch(/^package\.json:4:15: preset must be one of /);
  });

  test("broken text", async () => {
    expect(await failure({ "pgvet.json": '{"preset": "none"' })).toMatch(/^pgvet\.json:1:18: /);
    expect(await failure({ "pgvet.json": "{preset: none}" })).toBe(
      'pgvet.json:1:2: "preset" must be in double quotes\npgvet.json:1:10: "none" must be in double quotes',
    );
    expect(await failure({ "pgvet.yaml": "a: b: c\n" })).toMatch(/^pgvet\.yaml:1:\d+: /);
    expect(await failure({ "package.json": '{"pgvet": {}' })).toBe(
      'package.json: not valid JSON, so its key "pgvet" cannot be read',
    );
  });

  test("YAML that could grow or run: aliases, tags, several documents, deep nesting", async () => {
    expect(await failure({ "pgvet.yaml": "untrusted: &a [x]\nadmins: *a\n" })).toBe(
      "pgvet.yaml:2:9: aliases (*name) are not supported",
    );
    expect(await failure({ "pgvet.yaml": "sessionRole: !!js/function 'x'\n" })).toMatch(
      /^pgvet\.yaml:1:14: Unresolved tag/,
    );
    expect(await failure({ "pgvet.yaml": "failOn: low\n---\nfailOn: high\n" })).toMatch(/^pgvet\.yaml:2:1: /);
    expect(await failure({ "pgvet.yaml": `a: ${"[".repeat(50_000)}` })).toMatch(/^pgvet\.yaml/);
    expect(await failure({ "pgvet.json": `{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}` })).toMatch(
      /^pgvet\.json/,
    );
    expect(await failure({ "pgvet.json": "x".repeat(300_000) })).toBe(
      "pgvet.json: is larger than 256 KB; a configuration is not",
    );
  });

  test("text left open comes to an end", async () => {
    for (const unit of ["/*", '"\\"', "//\r"])
      expect(await failure({ "pgvet.json": `{${unit.repeat(60_000)}` })).toContain("pgvet.json");
  });

  test("a file that is not UTF-8", async () => {
    const root = repository({ "pgvet.json": "" });
    writeFileSync(join(root, "pgvet.json"), Buffer.from([0x7b, 0xff, 0x7d]));
    const location = { file: join(root, "pgvet.json"), inPackageJson: false };
    await expect(readConfigFile(location, { cwd: root, root, knownRules: null })).rejects.toThrow(
      "pgvet.json: is not UTF-8 text",
    );
  });

  test("links out of the project: the configuration itself, and a prelude", async () => {
    const outside = repository({ "secret.json": "{}", "secret.sql": "" });
    const root = repository({ "b/pgvet.json": '{"prelude": ["p.sql"]}' });
    symlinkSync(join(outside, "secret.json"), join(root, "pgvet.json"));
    symlinkSync(join(outside, "secret.sql"), join(root, "b", "p.sql"));
    const fail = (directory: string) => {
      const location = locateConfig(join(root, directory), root, root);
      if (location === null) throw new Error("not found");
      return expect(readConfigFile(location, { cwd: root, root, knownRules: null })).rejects;
    };
    await fail(".").toThrow("pgvet.json: is a symbolic link that leads out of the project");
    await fail("b").toThrow(
      'b/pgvet.json:1:14: prelude[0] "p.sql" is a symbolic link that leads out of the project',
    );
  });
});

describe("where", () => {
  test("the nearest at or above, not beyond the repository", () => {
    const outer = repository({
      "pgvet.json": "{}",
      "inner/.git/HEAD": "",
      "inner/a/b/1.sql": "",
      "inner/a/pgvet.yaml": "",
    });
    const inner = join(outer, "inner");
    expect(projectRoot(join(inner, "a", "b"), outer)).toBe(inner);
    expect(locateConfig(join(inner, "a", "b"), inner, outer)).toEqual({
      file: join(inner, "a", "pgvet.yaml"),
      inPackageJson: false,
    });
    expect(locateConfig(inner, inner, outer)).toBeNull();
  });

  test("outside of a repository the working directory bounds the search, or the directory itself", () => {
    const root = repository({ "a/b/1.sql": "" }, { git: false });
    expect(projectRoot(join(root, "a", "b"), join(root, "a"))).toBe(join(root, "a"));
    expect(projectRoot(join(root, "a"), join(root, "a", "b"))).toBe(join(root, "a"));
  });

  test("two configurations in one directory are an error", () => {
    const root = repository({ "pgvet.json": "{}", "pgvet.yaml": "" });
    expect(() => locateConfig(root, root, root)).toThrow(".: both pgvet.json and pgvet.yaml configure pgvet");
    const other = repository({ "pgvet.yml": "", "package.json": '{"pgvet": {}}' });
    expect(() => locateConfig(other, other, other)).toThrow(
      '.: both pgvet.yml and package.json (key "pgvet") configure pgvet',
    );
  });
});
