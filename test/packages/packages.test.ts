/** `npm run compare:packages`: what packages load, in PostgreSQL and in the static catalog. Needs their files, so it is skipped without. */
import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadParser } from "../../src/parser/postgres.ts";
import { type Oracle, startOracle } from "../oracle/postgres.ts";
import { installedServers, startServerOracle } from "../oracle/server.ts";
import { comparePackage } from "./compare.ts";
import { packages, statementsOf } from "./list.ts";

const { PGVET_PACKAGES: cache = "", PGVET_PACKAGES_REPORT: report = "" } = process.env;

const oracles: readonly (readonly [string, () => Promise<Oracle>])[] = [
  ["PGlite", () => startOracle({ contrib: true })],
  ...installedServers().map((bin) => [bin, () => startServerOracle(bin)] as const),
];

describe.skipIf(cache === "").each(oracles)("packages in %s", (_name, start) => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await start();
  }, 120_000);
  afterAll(() => oracle?.close());

  for (const each of packages()) {
    test(each.name, { timeout: 300_000 }, async (context) => {
      if (each.on !== undefined && !each.on.versions.includes(oracle.version)) return context.skip();
      const comparison = await comparePackage(oracle, await loadParser(), statementsOf(cache, each));
      if (report !== "") {
        const { name, version, registry } = each;
        appendFileSync(
          report,
          `${JSON.stringify({ name, version, registry, on: oracle.version, ...comparison })}\n`,
        );
      }
      expect(comparison.differences).toEqual([]);
    });
  }
});
