/** The replayed catalog's relations, indexes, constraints, policies, triggers and rules are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { comparableRelations } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { relationSections } from "./static/relations.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

describe("relations and what is on them are PostgreSQL's", () => {
  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async () => {
      const expected = await afterScript(oracle, script, async () => comparableRelations(await dump(oracle)));
      const database = await replayScript(script, oracle.version);
      expect(database.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
      expect(diff(expected, relationSections(database))).toEqual([]);
    });
  }
});
