import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import { examplesOf } from "../support/examples.ts";
import { idsOf, lintTexts } from "../support/lint.ts";

const rules = new URL("../../rules/", import.meta.url);

const HEADINGS = [
  "What it detects",
  "Why it matters",
  "Bad",
  "Good",
  "How to fix",
  "When to ignore it",
  "Options",
  "References",
];

describe("rules", () => {
  it("are all in the generated index", () => {
    const folders = readdirSync(rules, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/rule.ts`, rules)))
      .map((entry) => entry.name);
    expect(RULES.map((rule) => rule.id)).toEqual(folders.sort());
  });
});

describe.each(RULES.map((rule) => ({ rule, id: rule.id })))("rules/$id/README.md", ({ rule }) => {
  const text = readFileSync(new URL(`${rule.id}/README.md`, rules), "utf8");

  it("has the fixed headings, the title and every variant", () => {
    expect(text.split("\n")[0]).toBe(`# ${rule.id}`);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    for (const variant of Object.keys(rule.variants)) expect(text).toContain(`\`${variant}\``);
  });

  it("describes every option under Options, with its default", () => {
    const [, section = ""] = /^## Options\n([\s\S]*?)^## /m.exec(text) ?? [];
    for (const { name, default: otherwise } of rule.options ?? [])
      expect(section).toContain(`- \`${name}\` (default \`${JSON.stringify(otherwise)}\`): `);
  });

  for (const example of examplesOf(text)) {
    it(`${example.kind} example at line ${example.line}`, async () => {
      const report = await lintTexts(example.files, example.options);
      const ids = idsOf(report);
      const own = ids.filter((id) => id === rule.id || id.startsWith(`${rule.id}/`));
      expect(own.length, ids.join(", ")).toBe(example.kind === "bad" ? 1 : 0);
      if (example.kind !== "info") return;
      expect(report.findings.filter((finding) => finding.rule === rule.id).length).toBe(1);
    });
  }
});
