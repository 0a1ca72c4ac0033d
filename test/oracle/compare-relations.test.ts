/** The replayed catalog's relations, indexes, constraints, policies, triggers and rules are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import { noteMissingServers, ORACLES, runsOn } from "./oracles.ts";
import { afterScript, type Oracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { comparableRelations } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { relationSections } from "./static/relations.ts";

noteMissingServers();

describe.each(ORACLES)("relations and what is on them are PostgreSQL's: %s", (name, start) => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await start();
  }, 60_000);
  afterAll(() => oracle?.close());

  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async (context) => {
      if (!runsOn(script, name, oracle)) return context.skip();
      const expected = await afterScript(oracle, script, async () => comparableRelations(await dump(oracle)));
      const got = await replayScript(script, oracle.version);
      expect(got.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
      expect(diff(expected, relationSections(got))).toEqual([]);
    });
  }
});
