import { describe, expect, test } from "vitest";
import { type LintOptions, lint } from "../../src/engine/lint.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Rule } from "../../src/rule/rule.ts";
import { repository } from "../project/files.ts";

const base = defineRule<string>({
  title: "",
  severity: "high",
  category: "grants",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "",
  check({ catalog, report }) {
    for (const table of catalog.relations()) {
      if (table.prelude) continue;
      const common = { variant: null, label: "", place: table.place, object: null, help: "" };
      if (table.name === "sure") report({ ...common, severity: "high", confidence: "high", message: "sure" });
      if (table.name === "perhaps")
        report({ ...common, severity: "low", confidence: "low", message: "perhaps" });
      if (table.name === "note") report({ ...common, severity: "info", confidence: "high", message: "note" });
      if (table.name === "tidy")
        report({ ...common, severity: "high", confidence: "high", persona: "pedantic", message: "tidy" });
    }
  },
});

const RULES: readonly Rule[] = [
  { id: "a", ...base },
  { id: "audit", ...base, persona: "auditor" },
];

const TABLES = ["sure", "perhaps", "note"].map((name) => `CREATE TABLE ${name} ();\n`).join("");

function run(config: string, options: Partial<LintOptions> = {}, sql = TABLES) {
  const cwd = repository({ "1.sql": sql, "pgvet.json": config });
  return lint({ paths: ["."], cwd, rules: RULES, minSeverity: null, failOn: null, ...options });
}

describe("personas", () => {
  test("by default regular findings from low on, the others counted", async () => {
    const { findings, summary } = await run("{}");
    expect(findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual(["a sure", "a perhaps"]);
    expect(summary).toMatchObject({ hidden: 1, lessSure: 0, otherPersona: 3 });
  });

  test("a finding may be for others than its rule", async () => {
    const tidy = "CREATE TABLE tidy ();\n";
    const { findings, summary } = await run("{}", {}, tidy);
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ otherPersona: 2, failing: 0 });
    expect((await run("{}", { persona: "pedantic" }, tidy)).summary).toMatchObject({
      otherPersona: 0,
      failing: 2,
    });
  });

  test("an auditor sees everything, info too, unless another least severity is asked for", async () => {
    const all = await run("{}", { persona: "auditor" });
    expect(all.findings).toHaveLength(6);
    const low = await run("{}", { persona: "auditor", minSeverity: "low" });
    expect(low.findings).toHaveLength(4);
    expect(low.summary).toMatchObject({ hidden: 2, otherPersona: 0 });
  });

  test("the configuration says which, the command line more", async () => {
    expect((await run('{"persona": "auditor"}')).findings).toHaveLength(6);
    expect((await run('{"persona": "auditor"}', { persona: "regular" })).findings).toHaveLength(2);
  });

  test("a baseline knows what the persona sees", async () => {
    const { baselines } = await run("{}");
    expect(baselines.flatMap(({ found }) => found)).toHaveLength(2);
  });
});

test("what is less sure is counted, and fails a run all the same", async () => {
  const { findings, summary } = await run('{"failOn": "low"}', { minConfidence: "medium" });
  expect(findings.map(({ message }) => message)).toEqual(["sure"]);
  expect(summary).toMatchObject({ lessSure: 1, hidden: 1, failing: 2 });
});
