/** How grave a table without row-level security is, by what was granted on it. */
import { expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

it.each([
  ["CREATE TABLE countries (code text, name text); GRANT SELECT ON countries TO PUBLIC;", "medium"],
  ["CREATE TABLE visits (at timestamptz, path text); GRANT INSERT ON visits TO PUBLIC;", "medium"],
  ["CREATE TABLE countries (code text, name text); GRANT SELECT, DELETE ON countries TO PUBLIC;", "high"],
  ["CREATE TABLE staff (name text, salary numeric); GRANT SELECT ON staff TO PUBLIC;", "high"],
  ["CREATE TABLE notes (id int, owner name); GRANT SELECT ON notes TO PUBLIC;", "high"],
  [
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE TABLE countries (code text, name text);",
    "high",
  ],
])("%s", async (sql, severity) => {
  const { findings } = await lintText(sql);
  expect(findings.find(({ rule }) => rule === "rls-disabled")?.severity).toBe(severity);
});
