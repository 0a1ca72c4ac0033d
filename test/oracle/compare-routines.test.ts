/** The replayed catalog's schemas, routines, types and smaller objects are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { comparableRoutines } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { routineSections } from "./static/routines.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

describe("schemas, routines, types and smaller objects are PostgreSQL's", () => {
  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async () => {
      const expected = await afterScript(oracle, script, async () => comparableRoutines(await dump(oracle)));
      const got = await replayScript(script);
      expect(diff(expected, routineSections(got))).toEqual([]);
      expect(got.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
    });
  }
});
