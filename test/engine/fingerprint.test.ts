/** What names a finding from run to run. */
import { expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

async function named(before: string, after: string): Promise<string> {
  const rows = Array.from({ length: 2500 }, (_, i) => `  PERFORM app.note('a line of ${i}');`).join("\n");
  const { findings } = await lintText(
    `CREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN\n${before}\n${rows}\n${after}\nEND $$;\n`,
  );
  expect(rows.length).toBeGreaterThan(65_536);
  return findings.find(({ rule }) => rule === "definer-search-path")?.fingerprint ?? "";
}

it("the first 64 KB of a statement count, the rest does not", async () => {
  const plain = await named("", "");
  expect(plain).not.toBe("");
  expect(await named("", "  PERFORM app.note('at the end');")).toBe(plain);
  expect(await named("  PERFORM app.note('at the beginning');", "")).not.toBe(plain);
});
