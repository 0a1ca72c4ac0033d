/** What a configuration tells rules. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import { locateConfig } from "../../src/config/locate.ts";
import { type ConfigFile, readConfigFile } from "../../src/config/read.ts";
import { configSchema } from "../../src/config/schema.ts";
import { ruleNames, ruleOptions } from "../../src/rule/rule.ts";
import { UsageError } from "../../src/text/usage-error.ts";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const validate = new Ajv2020({ strict: true }).compile(configSchema(ruleNames(RULES), ruleOptions(RULES)));

async function read(files: Readonly<Record<string, string>>): Promise<ConfigFile> {
  const root = repository(files);
  const location = locateConfig(root, root, root);
  if (location === null) throw new Error("the configuration is not found");
  const known = { knownRules: ruleNames(RULES), knownOptions: ruleOptions(RULES) };
  return readConfigFile(location, { cwd: root, root, ...known });
}

async function mistake(text: string): Promise<string> {
  expect(validate(JSON.parse(text))).toBe(false);
  try {
    await read({ "pgvet.json": text });
  } catch (error) {
    if (error instanceof UsageError) return error.message;
  }
  throw new Error("no mistake was found");
}

test("a mapping holds a level and options, and the level alone", async () => {
  const text = `{"rules": {"private-schema-granted": {"level": "low", "schemas": ["ledger"]}, "rls-disabled": {"level": "off"},
    "dangerous-extension": {"allowed": []}}}`;
  expect(validate(JSON.parse(text))).toBe(true);
  const { rules, options } = await read({ "pgvet.json": text });
  expect([...rules]).toEqual([
    ["private-schema-granted", "low"],
    ["rls-disabled", "off"],
  ]);
  expect([...options]).toEqual([
    ["private-schema-granted.schemas", ["ledger"]],
    ["dangerous-extension.allowed", []],
  ]);
});

test.each([
  [
    '{"rules": {"private-schema-granted": {"schema": ["ledger"]}}}',
    'pgvet.json:1:39: unknown key "schema"; did you mean "schemas"?',
  ],
  [
    '{"rules": {"private-schema-granted": {"schemas": "ledger"}}}',
    'pgvet.json:1:50: rules["private-schema-granted"].schemas must be a list of strings, not "ledger"',
  ],
  [
    '{"rules": {"private-schema-granted": {"schemas": [1]}}}',
    'pgvet.json:1:51: rules["private-schema-granted"].schemas[0] must be a string, not 1',
  ],
  [
    '{"rules": {"rls-disabled": {"level": "hi"}}}',
    'pgvet.json:1:38: rules["rls-disabled"].level must be one of "off", "info", "low", "medium", "high", "critical", not "hi"',
  ],
  [
    '{"rules": {"rls-disabled": {"schemas": []}}}',
    'pgvet.json:1:29: unknown key "schemas"; known keys are "level"',
  ],
  [
    '{"overrides": [{"files": ["a"], "rules": {"dangerous-extension": {"allowed": []}}}]}',
    'pgvet.json:1:66: rules["dangerous-extension"] must be one of "off", "info", "low", "medium", "high", "critical", not a mapping',
  ],
])("mistakes in %s", async (text, message) => {
  expect(await mistake(text)).toBe(message);
});

test("lists of configurations that build upon each other are joined", async () => {
  const { options } = await read({
    "base.json": '{"rules": {"dangerous-extension": {"allowed": ["dblink"]}}}',
    "pgvet.json": '{"extends": "base.json", "rules": {"dangerous-extension": {"allowed": ["http"]}}}',
  });
  expect(options.get("dangerous-extension.allowed")).toEqual(["dblink", "http"]);
});

test("the program passes them on, and points at mistakes", () => {
  const sql = "CREATE EXTENSION dblink;\n";
  const config = (option: string) => `{"rules": {"dangerous-extension": {"${option}": ["dblink"]}}}\n`;
  expect(pgvet(["--quiet"], { cwd: repository({ "1.sql": sql }) }).out).toContain("dangerous-extension");
  const told = pgvet(["--quiet"], { cwd: repository({ "1.sql": sql, "pgvet.json": config("allowed") }) });
  expect(told).toMatchObject({ code: 0, out: "" });
  const wrong = pgvet([], { cwd: repository({ "1.sql": sql, "pgvet.json": config("alowed") }) });
  expect(wrong).toMatchObject({ code: 2, out: "" });
  expect(wrong.err).toContain('unknown key "alowed"; did you mean "allowed"?');
  expect(wrong.err).toContain("^");
});
