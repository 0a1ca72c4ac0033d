/**
 * Random histories of DDL leave in the replayed catalog what they leave in PostgreSQL, and both accept and refuse the same
 * statements. HISTORIES_SEED and HISTORIES_RUNS choose others than these, HISTORIES_SERVER a server to run them on instead of
 * PGlite (a directory with initdb and postgres); a summary goes to HISTORIES_REPORT. The same ones each time, so that a change is
 * judged by what it does; new ones are looked for with `npm run fuzz:catalog`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadParser } from "../../src/parser/postgres.ts";
import { compareHistory, compareSession, type Difference, printed } from "./histories/compare.ts";
import { FAMILIES, SERVER_FAMILIES } from "./histories/families.ts";
import { histories, sessions } from "./histories/history.ts";
import { search } from "./histories/search.ts";
import { type Oracle, startOracle } from "./postgres.ts";
import { startServerOracle } from "./server.ts";
import { splitStatements } from "./split.ts";

const seed = Number(process.env["HISTORIES_SEED"] ?? 1);
const runs = Number(process.env["HISTORIES_RUNS"] ?? 2000);
const server = process.env["HISTORIES_SERVER"];
const report = process.env["HISTORIES_REPORT"];
const families = server === undefined ? FAMILIES : SERVER_FAMILIES;

let oracle: Oracle;
beforeAll(async () => {
  oracle = server === undefined ? await startOracle() : await startServerOracle(server);
}, 60_000);
afterAll(() => oracle.close());

const parser = await loadParser();

/** What was rolled back stays in the catalogs' files, and nothing cleans up in PGlite. */
const CLUSTER_LASTS = 2000;

let sinceReset = 0;
async function compareOne(statements: readonly string[]): Promise<Difference | null> {
  if (server === undefined && ++sinceReset > CLUSTER_LASTS) {
    await oracle.resetDatabase();
    sinceReset = 0;
  }
  return compareHistory(oracle, parser, statements);
}

test(`histories in a transaction, seed ${seed}`, { timeout: runs * 2000 + 60_000 }, async () => {
  const result = await search(histories(10, 40, families), compareOne, { seed, runs });
  const texts = result.found.map((each) => `seed ${each.seed}\n${printed(each.statements, each.difference)}`);
  if (report !== undefined)
    writeFileSync(report, JSON.stringify({ histories: result.histories, differences: texts }));
  expect(texts.join("\n\n")).toBe("");
  expect(result.histories).toBe(runs);
});

test.runIf(report === undefined)(
  `histories with transactions of their own, seed ${seed}`,
  { timeout: 300_000 },
  async () => {
    const compare = (each: readonly string[]) => compareSession(oracle, parser, each);
    const result = await search(sessions(), compare, { seed, runs: 20 });
    expect(result.found.map((each) => printed(each.statements, each.difference)).join("\n\n")).toBe("");
  },
);

/** Each showed a difference once; `.commit`: has transactions of its own. */
describe("histories that differed once", () => {
  const directory = new URL("./regressions/", import.meta.url);
  for (const file of readdirSync(directory).sort()) {
    test(file.replace(/\.sql$/, ""), async () => {
      const statements = splitStatements(readFileSync(new URL(file, directory), "utf8"));
      const compare = file.includes(".commit.") ? compareSession : compareHistory;
      const difference = await compare(oracle, parser, statements);
      expect(difference === null ? "" : printed(statements, difference)).toBe("");
    });
  }
});
