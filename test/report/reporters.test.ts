import { expect, test } from "vitest";
import { concise } from "../../src/report/concise.ts";
import { json } from "../../src/report/json.ts";
import { pretty } from "../../src/report/pretty.ts";
import type { ReportOptions } from "../../src/report/report.ts";
import { loadStyle, plain } from "../../src/report/style.ts";
import { EMPTY, FINDINGS, reportOf } from "./findings.ts";

const PIPE: ReportOptions = { style: plain, columns: null, showUnknown: false, summary: true };
const ALL = reportOf(FINDINGS);

test("pretty", async () => {
  const text = pretty(ALL, { ...PIPE, showUnknown: true });
  await expect(text).toMatchFileSnapshot("expected/pretty.txt");
});

test("pretty in a narrow coloured terminal", async () => {
  const text = pretty(ALL, { style: await loadStyle(true), columns: 60, showUnknown: false, summary: true });
  await expect(text.replaceAll("\u001b", "␛")).toMatchFileSnapshot("expected/pretty-narrow.txt");
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
  await expect(concise(ALL, { ...PIPE, showUnknown: true })).toMatchFileSnapshot("expected/concise.txt");
});

test("concise without findings prints nothing", () => {
  expect(concise(EMPTY, PIPE)).toBe("");
});

test("json", async () => {
  await expect(json(ALL, PIPE)).toMatchFileSnapshot("expected/json.txt");
});

test.each([
  ["pretty", pretty],
  ["concise", concise],
  ["json", json],
])("%s lets nothing act on a terminal or a build log", (_, reporter) => {
  const text = reporter(ALL, { ...PIPE, showUnknown: true });
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).not.toMatch(/[\u2028-\u202E\u2066-\u2069\u200B\uFEFF]/);
  expect(text).not.toMatch(/^\s*::(?!:)/m);
  expect(text).not.toContain("##[");
});
