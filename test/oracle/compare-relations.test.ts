/** The replayed catalog's relations, indexes, constraints, policies, triggers and rules are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import type { Dump } from "./dump-types.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { replayScript } from "./static/context.ts";
import { normalText } from "./static/normal.ts";
import { type RelationSections, relationSections } from "./static/relations.ts";

/**
 * What the catalog does not hold in PostgreSQL's text, left out on both sides:
 * - `relations.query`: the query of a view as deparsed; the catalog holds the written tree and what its names are bound to.
 * - `rules.definition`: the same for a rule's actions and condition.
 * - elements and operators of EXCLUDE constraints behind the word EXCLUDE.
 * Defaults, generation expressions, checks, policies, WHEN of triggers and expressions of partition keys are parsed again and
 * compared in normal form (static/normal.ts).
 */
function comparable(all: Dump): Pick<Dump, RelationSections> {
  const text = (value: string | null): string | null => (value === null ? null : normalText(value));
  return {
    relations: mapValues(all.relations, (each) => ({
      ...each,
      query: null,
      partitionKey: each.partitionKey === null ? null : partitionKey(each.partitionKey),
      columns: each.columns.map((column) => ({
        ...column,
        default: text(column.default),
        generated: text(column.generated),
      })),
    })),
    indexes: all.indexes,
    constraints: mapValues(all.constraints, (each) => ({
      ...each,
      definition: constraintText(each.definition),
    })),
    policies: mapValues(all.policies, (each) => ({
      ...each,
      using: text(each.using),
      withCheck: text(each.withCheck),
    })),
    triggers: mapValues(all.triggers, (each) => ({ ...each, when: text(each.when) })),
    rules: mapValues(all.rules, (each) => ({ ...each, definition: "" })),
  };
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function partitionKey(text: string): string {
  const match = /^(\w+) \((.*)\)$/.exec(text);
  if (match === null || !match[2]?.includes("(")) return text;
  return `${match[1]} (${normalText(match[2])})`;
}

function constraintText(text: string): string {
  if (text.startsWith("EXCLUDE"))
    return `EXCLUDE${/(?: DEFERRABLE)?(?: INITIALLY DEFERRED)?$/.exec(text)?.[0] ?? ""}`;
  const check = /^CHECK (\(.*\))((?: NO INHERIT)?(?: NOT ENFORCED)?(?: NOT VALID)?)$/s.exec(text);
  return check === null ? text : `CHECK ${normalText(check[1] ?? "")}${check[2] ?? ""}`;
}

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

describe("relations and what is on them are PostgreSQL's", () => {
  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async () => {
      const expected = await afterScript(oracle, script, async () => comparable(await dump(oracle)));
      const database = await replayScript(script, oracle.version);
      expect(database.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
      expect(diff(expected, relationSections(database))).toEqual([]);
    });
  }
});
