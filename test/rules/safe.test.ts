import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintText } from "../support/lint.ts";
import { optionsOf } from "../support/text-options.ts";

const folder = new URL("../../fixtures/safe/", import.meta.url);
const cases = readdirSync(folder).filter((name) => name.endsWith(".sql"));

// Each file says in its first line why it is safe, and may say in a second one `-- pgvet: preset=… untrusted=a,b postgres=16`.
describe.each(cases)("fixtures/safe/%s", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const [why = "", second = ""] = text.split("\n");

  it(`is not reported: ${why.slice(3)}`, async () => {
    expect(why).toMatch(/^-- \S.*\.$/);
    const words = /^-- pgvet: (.*)$/.exec(second)?.[1] ?? "";
    const { findings, refusals } = await lintText(text, optionsOf(words));
    const reported = findings
      .filter(({ severity }) => severity !== "info")
      .map(({ rule, variant, severity, message }) => `${rule}/${variant ?? ""} ${severity}: ${message}`);
    expect(reported.join("\n")).toBe("");
    // A statement that PostgreSQL would refuse shows nothing about the statements that follow it.
    expect(refusals.map(({ message }) => message).join("\n")).toBe("");
  });
});

it("has at least a hundred safe cases", () => {
  expect(cases.length).toBeGreaterThanOrEqual(100);
});
