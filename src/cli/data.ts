import { existsSync, readFileSync } from "node:fs";
import type { Rule } from "../rule/rule.ts";

/** What the build wrote beside the bundled command: which build it is, and what it has found out in advance. */
export type PreparedFile = "build-name" | "rules.json" | "help.json";

/** The text of such a file; null where there is none, as in a command that is not bundled. */
export function prepared(file: PreparedFile): string | null {
  const url = new URL(`./${file}`, import.meta.url);
  return existsSync(url) ? readFileSync(url, "utf8") : null;
}

export interface LoadedRules {
  readonly rules: readonly Rule[];
  /** Must be called before the rules check something: what they are called and what they say is there without it. */
  loadChecks(): Promise<void>;
}

/** The rules there are. Their checks need most of pgvet, and a run that finds its outcome in the cache needs none of them. */
export async function loadRules(): Promise<LoadedRules> {
  const load = async () => (await import("../../rules/index.ts")).RULES;
  const text = prepared("rules.json");
  if (text === null) return { rules: await load(), loadChecks: async () => {} };
  const known: readonly Omit<Rule, "check">[] = JSON.parse(text);
  const loaded = new Map<string, Rule>();
  const rules = known.map(
    (about): Rule => ({
      ...about,
      check(context) {
        const rule = loaded.get(about.id);
        if (rule === undefined) throw new Error("the rules' checks are not loaded");
        rule.check(context);
      },
    }),
  );
  return {
    rules,
    async loadChecks() {
      for (const rule of await load()) loaded.set(rule.id, rule);
    },
  };
}

/** The documentation page of a rule, in Markdown. */
export async function loadPage(id: string): Promise<string> {
  // Pages are not beside the built files, but in the package's folder above.
  const page = ["../..", "../../.."]
    .map((way) => new URL(`${way}/rules/${id}/README.md`, import.meta.url))
    .find((file) => existsSync(file));
  if (page === undefined) throw new Error(`the page of ${id} is missing`);
  return readFileSync(page, "utf8");
}
