import { ruleUrl } from "../../report/rule-url.ts";
import type { Rule } from "../../rule/rule.ts";
import type { Io } from "../io.ts";
import type { ListFormat } from "../options.ts";

/** What is said about a rule outside of findings. */
export type RuleInfo = Pick<
  Rule,
  "id" | "title" | "severity" | "category" | "persona" | "cwe" | "variants" | "options"
>;

/** Prints the list of rules, by id. */
export function listRules(rules: readonly RuleInfo[], format: ListFormat, io: Io): number {
  const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  io.stdout.write(`${rulesText(sorted, format)}\n`);
  return 0;
}

function rulesText(rules: readonly RuleInfo[], format: ListFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(
        rules.map(({ id, title, severity, category, persona, cwe, variants, options }) => ({
          id,
          title,
          severity,
          category,
          persona: persona ?? "regular",
          cwe,
          variants,
          options: (options ?? []).map(({ name, describe, default: otherwise }) => ({
            name,
            type: "strings",
            default: otherwise,
            describe,
          })),
          url: ruleUrl(id),
        })),
        null,
        2,
      );
    case "concise":
      return rules.map(({ id }) => id).join("\n");
    case "markdown":
      return [
        "| rule | what is wrong | worst severity |",
        "|---|---|---|",
        ...rules.map(
          ({ id, title, severity }) =>
            `| [${id}](${ruleUrl(id)}) | ${title.replaceAll("|", "\\|")} | ${severity} |`,
        ),
      ].join("\n");
    case "pretty": {
      const idWidth = Math.max(0, ...rules.map(({ id }) => id.length));
      return rules
        .map(({ id, title, severity, variants }) =>
          [
            `${id.padEnd(idWidth)}  ${severity.padEnd(8)}  ${title}`,
            ...Object.entries(variants).map(([name, text]) => `  /${name.padEnd(idWidth + 7)}  ${text}`),
          ].join("\n"),
        )
        .join("\n");
    }
  }
}
