import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import { idsOf, lintTexts, type TextOptions } from "../support/lint.ts";
import { optionsOf } from "../support/text-options.ts";

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

interface Example {
  readonly kind: "bad" | "info" | "good";
  readonly line: number;
  readonly options: TextOptions;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** Code fences ` ```sql bad|info|good [key=value …] `; a line `-- file: name.sql` starts a file of its own. */
function examplesOf(text: string): readonly Example[] {
  const examples: Example[] = [];
  for (const match of text.matchAll(/^```sql (bad|info|good)([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [, kind, words = "", body = ""] = match;
    const files: { path: string; text: string }[] = [];
    for (const part of body.split(/^(?=-- file: )/m)) {
      const named = /^-- file: (\S+)\n/.exec(part);
      files.push({ path: named?.[1] ?? "example.sql", text: part });
    }
    examples.push({
      kind: kind === "bad" || kind === "info" ? kind : "good",
      line: text.slice(0, match.index).split("\n").length,
      options: optionsOf(words),
      files,
    });
  }
  return examples;
}

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
