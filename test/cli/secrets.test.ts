/** No output of the built program repeats a secret that a finding is about. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FORMATS } from "../../src/report/report.ts";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const SECRET = "Gk29-topsecret-7Qx";
const CASES: readonly (readonly [rule: string, sql: string])[] = [
  ["password-literal", `CREATE ROLE app LOGIN PASSWORD '${SECRET}';\n`],
  ["password-literal", `CREATE ROLE app LOGIN PASSWORD $pw$${SECRET}$pw$;\n`],
  ["password-literal", `DO $$ BEGIN EXECUTE 'CREATE ROLE app LOGIN PASSWORD ''${SECRET}'''; END $$;\n`],
  ["secret-in-setting", `ALTER DATABASE d SET app.jwt_secret = '${SECRET}';\n`],
  ["secret-in-setting", `ALTER ROLE web SET app.jwt_secret TO '${SECRET}';\n`],
  [
    "hardcoded-secret",
    `CREATE FUNCTION public.f(x text) RETURNS bytea LANGUAGE sql AS $$ SELECT hmac(x, '${SECRET}', 'sha256') $$;\n`,
  ],
  [
    "secret-in-foreign-options",
    `CREATE FOREIGN DATA WRAPPER w;\nCREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x', api_key '${SECRET}');\n`,
  ],
  [
    "plaintext-password-column",
    `CREATE TABLE users (email text, password text);\nINSERT INTO users (email, password) VALUES ('ceo', '${SECRET}');\n`,
  ],
  ["password-literal", `CREATE SUBSCRIPTION s CONNECTION 'host=x password=${SECRET}' PUBLICATION p;\n`],
];

const ALL = ["--min-severity", "info", "--show-unknown", "--show-suppressed"];

describe.each(CASES)("%s: %s", (rule, sql) => {
  test("is reported, in no format with the secret", { timeout: 120_000 }, () => {
    const cwd = repository({ "a.sql": sql });
    const formats = FORMATS.filter((format) => format !== "pretty").flatMap((format) => [
      "--format",
      `${format}=${format}.out`,
    ]);
    const run = pgvet([...ALL, "--format", "pretty", ...formats, "a.sql"], { cwd });
    expect(run.out).toContain(`[${rule}`);
    expect(run.out + run.err).not.toContain(SECRET);
    for (const format of FORMATS.filter((one) => one !== "pretty"))
      expect(readFileSync(`${cwd}/${format}.out`, "utf8"), format).not.toContain(SECRET);
  });
});

describe("a secret", () => {
  test("is covered with stars, and the place is the same", () => {
    const run = pgvet(["a.sql"], { cwd: repository({ "a.sql": CASES[0]?.[1] ?? "" }) });
    expect(run.out).toContain(`1 | CREATE ROLE app LOGIN PASSWORD '${"*".repeat(SECRET.length)}';\n`);
    expect(run.out).toContain(`${"^".repeat(SECRET.length + 2)} password\n`);
  });

  test("is covered in the frames of other findings too", () => {
    const sql = `CREATE FUNCTION public.f(x text) RETURNS bytea LANGUAGE sql SECURITY DEFINER AS $$ SELECT hmac(x, '${SECRET}', 'sha256') $$;\n`;
    const run = pgvet(["a.sql"], { cwd: repository({ "a.sql": sql }) });
    expect(run.out).toContain("[definer-search-path");
    expect(run.out).not.toContain(SECRET);
  });

  test("is covered when its own finding is set aside or hidden", () => {
    const sql = `CREATE FUNCTION public.f(x text) RETURNS bytea LANGUAGE sql SECURITY DEFINER AS $$ SELECT hmac(x, '${SECRET}', 'sha256') $$; -- pgvet-ignore hardcoded-secret: a test key\n`;
    const run = pgvet(["a.sql"], { cwd: repository({ "a.sql": sql }) });
    expect(run.out).toContain("(1 ignored");
    expect(run.out).not.toContain(SECRET);
  });

  test("is covered when the findings come from the cache", () => {
    const cwd = repository({ "a.sql": CASES[0]?.[1] ?? "" });
    const env = { PGVET_CACHE_DIR: repository({}), HOME: cwd };
    const first = pgvet(["a.sql"], { cwd, env });
    const second = pgvet(["a.sql"], { cwd, env });
    expect(second).toEqual(first);
    expect(second.out).not.toContain(SECRET);
  });

  test("is no part of a fingerprint", () => {
    const fingerprint = (secret: string) => {
      const cwd = repository({ "a.sql": `CREATE ROLE app LOGIN PASSWORD '${secret}';\n` });
      return JSON.parse(pgvet(["--format", "json", "a.sql"], { cwd }).out).findings[0].fingerprint;
    };
    expect(fingerprint("winter2024")).toBe(fingerprint("a-much-longer-one-9"));
  });
});
