/** Who may do what according to the replayed catalog is what PostgreSQL says, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump, effectivePrivileges } from "./dump.ts";
import { noteMissingServers, ORACLES, runsOn } from "./oracles.ts";
import { afterScript, type Oracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { accessSections, dumpedAcls, staticAcls } from "./static/access.ts";
import { comparableAccess } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { staticPrivileges } from "./static/effective.ts";

noteMissingServers();

describe.each(ORACLES)(
  "roles, settings, every ACL and effective privileges are PostgreSQL's: %s",
  (name, start) => {
    let oracle: Oracle;
    beforeAll(async () => {
      oracle = await start();
    }, 60_000);
    afterAll(() => oracle?.close());

    for (const script of oracleScripts()) {
      test(script.name, { timeout: 30_000 }, async (context) => {
        if (!runsOn(script, name, oracle)) return context.skip();
        const expected = await afterScript(oracle, script, async () => ({
          all: await dump(oracle),
          effective: await effectivePrivileges(oracle),
        }));
        const got = await replayScript(script, oracle.version);
        expect(got.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
        expect(diff(comparableAccess(expected.all), accessSections(got))).toEqual([]);
        expect(diff(dumpedAcls(expected.all), staticAcls(got))).toEqual([]);
        expect(diff(expected.effective, staticPrivileges(got))).toEqual([]);
      });
    }
  },
);
