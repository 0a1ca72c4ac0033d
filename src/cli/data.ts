import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Rule } from "../rule/rule.ts";

/** The rules there are. */
export async function loadRules(): Promise<readonly Rule[]> {
  return (await import("../../rules/index.ts")).RULES;
}

/** The documentation page of a rule, in Markdown. */
export async function loadPage(id: string): Promise<string> {
  // By the package's own name: pages are not beside the built files.
  const root = dirname(createRequire(import.meta.url).resolve("pgvet/package.json"));
  return readFile(join(root, "rules", id, "README.md"), "utf8");
}
