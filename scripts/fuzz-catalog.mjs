#!/usr/bin/env node
/**
 * Compares random histories of DDL in PostgreSQL and in the static catalog for as long as wanted, and writes down what was run:
 * npm run fuzz:catalog -- --runs 20000 --seed 1 --jobs 2 [--server /usr/lib/postgresql/18/bin]
 * Each job has seeds of its own, from `--seed` upwards, a million apart. PostgreSQL is PGlite or, with `--server`, the one in that
 * directory, which is several times as fast. Exits with 1 when something differed.
 */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
    jobs: { type: "string", default: "1" },
    server: { type: "string" },
  },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const jobs = Number(values.jobs);
const runs = Math.ceil(Number(values.runs) / jobs);
const postgres =
  values.server === undefined
    ? "PGlite"
    : (/\d[\d.]*/.exec(
        execFileSync(join(values.server, "postgres"), ["--version"], { encoding: "utf8" }),
      )?.[0] ?? "?");
const directory = mkdtempSync(join(tmpdir(), "pgvet-histories-"));

function run(job) {
  const report = join(directory, `${job}.json`);
  const seed = Number(values.seed) + job * 1_000_000;
  const child = spawn(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "test/oracle/histories.test.ts",
      "-t",
      "histories in a transaction",
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        HISTORIES_SEED: String(seed),
        HISTORIES_RUNS: String(runs),
        HISTORIES_REPORT: report,
        ...(values.server === undefined ? {} : { HISTORIES_SERVER: values.server }),
      },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("close", () => {
      const result = existsSync(report)
        ? JSON.parse(readFileSync(report, "utf8"))
        : { histories: 0, differences: ["the run ended without a report"] };
      resolve({ seed, ...result });
    });
  });
}

const results = await Promise.all(Array.from({ length: jobs }, (_, job) => run(job)));
rmSync(directory, { recursive: true });
for (const { seed, histories, differences } of results) {
  const date = new Date().toISOString().slice(0, 10);
  appendFileSync(
    join(root, "test/oracle/histories/RUNS.md"),
    `| ${date} | ${postgres} | ${seed} | ${histories} | ${differences.length} |\n`,
  );
  console.log(`seed ${seed}: ${histories} histories, ${differences.length} differences`);
  for (const difference of differences) console.log(`\n${difference}`);
}
process.exitCode = results.some(({ differences }) => differences.length > 0) ? 1 : 0;
