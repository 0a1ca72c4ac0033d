import { expect, test } from "vitest";
import { checkstyle } from "../../src/report/checkstyle.ts";
import { concise } from "../../src/report/concise.ts";
import { github } from "../../src/report/github.ts";
import { gitlab } from "../../src/report/gitlab.ts";
import { json } from "../../src/report/json.ts";
import { junit } from "../../src/report/junit.ts";
import { markdown } from "../../src/report/markdown.ts";
import { pretty } from "../../src/report/pretty.ts";
import { rdjson } from "../../src/report/rdjson.ts";
import { sarif } from "../../src/report/sarif.ts";
import { loadStyle } from "../../src/report/style.ts";
import { EMPTY, FINDINGS, PAGES, PIPE, reportOf } from "./findings.ts";

const ALL = reportOf(FINDINGS);

test("pretty", async () => {
  const text = pretty(ALL, { ...PIPE, showUnknown: true, showSuppressed: true });
  await expect(text).toMatchFileSnapshot("expected/pretty.txt");
});

test("pretty in a narrow coloured terminal", async () => {
  const text = pretty(ALL, { ...PIPE, style: await loadStyle(true), columns: 60 });
  await expect(text.replaceAll("\u001b", "␛")).toMatchFileSnapshot("expected/pretty-narrow.txt");
});

test("a rule's name is clickable on a terminal, its address written out in a CI log", async () => {
  const url = "https://github.com/pgvet/pgvet/tree/main/rules/parse-error";
  const only = reportOf(FINDINGS.filter(({ rule }) => rule === "parse-error"));
  const terminal = pretty(only, { ...PIPE, style: await loadStyle(true, true) });
  expect(terminal).toContain(`[\u001b]8;;${url}\u001b\\parse-error\u001b]8;;\u001b\\]`);
  expect(pretty(only, { ...PIPE, style: await loadStyle(true) })).not.toContain("\u001b]8");
  expect(pretty(only, { ...PIPE, urls: true })).toContain(`= note: confidence high · ${url}\n`);
});

test("pretty without findings", () => {
  expect(pretty(EMPTY, PIPE)).toMatchInlineSnapshot(`
    "No findings
    Checked 1 file, 1 statement
    Preset none for a.sql (file, 1 file): default
    "
  `);
});

test("concise", async () => {
  await expect(concise(ALL, { ...PIPE, showUnknown: true, showSuppressed: true })).toMatchFileSnapshot(
    "expected/concise.txt",
  );
});

test("concise without findings prints nothing", () => {
  expect(concise(EMPTY, PIPE)).toBe("");
});

test("json", async () => {
  await expect(json(ALL, PIPE)).toMatchFileSnapshot("expected/json.txt");
});

test.each([
  ["sarif", sarif],
  ["github", github],
  ["gitlab", gitlab],
  ["junit", junit],
  ["checkstyle", checkstyle],
  ["rdjson", rdjson],
  ["markdown", markdown],
])("%s", async (name, reporter) => {
  const options = { ...PIPE, rules: PAGES, prefix: "db/" };
  await expect(reporter(ALL, options)).toMatchFileSnapshot(`expected/${name}.txt`);
  await expect(reporter(EMPTY, { ...options, rules: [] })).toMatchFileSnapshot(`expected/${name}-empty.txt`);
});

test.each([
  ["pretty", pretty],
  ["concise", concise],
  ["json", json],
  ["sarif", sarif],
  ["gitlab", gitlab],
  ["junit", junit],
  ["checkstyle", checkstyle],
  ["rdjson", rdjson],
  ["markdown", markdown],
])("%s lets nothing act on a terminal or a build log", (_, reporter) => {
  const text = reporter(ALL, { ...PIPE, showUnknown: true, showSuppressed: true });
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).not.toMatch(/[\u2028-\u202E\u2066-\u2069\u200B\uFEFF]/);
  expect(text).not.toMatch(/^\s*::(?!:)/m);
  expect(text).not.toContain("##[");
});

test("github prints its own commands and no others", () => {
  const lines = github(ALL, PIPE).trimEnd().split("\n");
  expect(lines).toHaveLength(FINDINGS.length);
  for (const line of lines) {
    expect(line).toMatch(/^::(?:error|warning|notice) file=[^:,]+,line=\d+,[^:]*title=[^:,]+::/);
    expect(line).not.toMatch(/[^\P{Cc}]|[\u2028-\u202E\u2066-\u2069\u200B\uFEFF]|##\[/u);
  }
});

test("github says how many findings it does not annotate, and annotates the worst", () => {
  const many = Array.from({ length: 30 }, () => FINDINGS).flat();
  const lines = github(reportOf(many), PIPE).trimEnd().split("\n");
  const of = (level: string) => lines.filter((line) => line.startsWith(`::${level} `)).length;
  expect([of("error"), of("warning"), of("notice")]).toEqual([10, 10, 10]);
  expect(lines[0]).toContain("critical%3A");
  expect(lines.at(-1)).toBe(
    `::notice title=pgvet::${many.length - 29} more findings are not annotated: GitHub shows 10 of each kind for a step`,
  );
});
