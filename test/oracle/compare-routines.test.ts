/** The replayed catalog's schemas, routines, types and smaller objects are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import { noteMissingServers, ORACLES, runsOn } from "./oracles.ts";
import { afterScript, type Oracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { comparableRoutines } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { routineSections } from "./static/routines.ts";

noteMissingServers();

describe.each(ORACLES)("schemas, routines, types and smaller objects are PostgreSQL's: %s", (name, start) => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await start();
  }, 60_000);
  afterAll(() => oracle?.close());

  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async (context) => {
      if (!runsOn(script, name, oracle)) return context.skip();
      const expected = await afterScript(oracle, script, async () => comparableRoutines(await dump(oracle)));
      const got = await replayScript(script, oracle.version);
      expect(got.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
      expect(diff(expected, routineSections(got))).toEqual([]);
    });
  }
});
