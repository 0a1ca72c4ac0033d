#!/usr/bin/env node
// Starts a rule: the folder rules/ID with a rule that reports nothing yet and a page that has every heading.
//   npm run new-rule -- view-leaks-something
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) } },
});
const [id, ...others] = positionals;
const rules = join(values.root, "rules");
const problem = problemOf();
if (problem === null) create();
else {
  console.error(`new-rule: ${problem}`);
  process.exitCode = 2;
}

function problemOf() {
  if (id === undefined || others.length > 0)
    return "give one id, the bad pattern in words: npm run new-rule -- view-leaks-something";
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id))
    return `"${id}" is no id: at least two lower-case words with hyphens between them`;
  if (/^no-/.test(id)) return `"${id}": name the bad pattern itself, without "no-"`;
  if (existsSync(join(rules, id))) return `rules/${id} is there already`;
  return null;
}

function create() {
  const groups = [...new Set(readdirSync(rules).map((name) => name.split("-")[0]))];
  if (!groups.includes(id.split("-")[0]))
    console.error(`new-rule: no other rule begins with "${id.split("-")[0]}-"; is there a group for it?`);
  mkdirSync(join(rules, id), { recursive: true });
  writeFileSync(join(rules, id, "rule.ts"), ruleText());
  writeFileSync(join(rules, id, "README.md"), pageText());
  console.log(`rules/${id}/rule.ts
rules/${id}/README.md
Next: answer the four questions of CONTRIBUTING.md, write the examples, \`npm run generate\`, \`npx vitest run test/rules\`, and a line in CHANGELOG.md.`);
}

function ruleText() {
  return `import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "What is wrong, in a few words",
  severity: "medium",
  category: "views",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "What an attacker gains, in one or two sentences.",
  check(context) {
    const { access } = context;
    for (const relation of context.askedRelations()) {
      if (relation.prelude || relation.assumed) continue;
      const reach = access.users(relation, "select");
      if (reach.length === 0) continue;
      // Decide here from facts only; what cannot be decided is context.unknown(place, "why").
    }
  },
});
`;
}

function pageText() {
  return `# ${id}

## What it detects

One paragraph: which state of the catalog, or which text.

## Why it matters

Who does what with which privileges, and gains what. What PostgreSQL does, with the versions.

## Bad

One fence for each way to get it wrong, opened with \`sql bad\`: exactly one finding of this rule above \`info\`.

## Good

A near-miss for each bad example, opened with \`sql good\`: fixed later, revoked elsewhere, constant, reached by administrators only.

## How to fix

## When to ignore it

## Options

None.

## References

- [PostgreSQL: Rules and Privileges](https://www.postgresql.org/docs/current/rules-privileges.html)
`;
}
