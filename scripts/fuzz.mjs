#!/usr/bin/env node
// Lints damaged, recombined and random SQL with seeds that were not tried yet, and writes down what was run:
//   npm run fuzz -- --runs 2000 --seed 7
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
  },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/fuzz"], {
  cwd: root,
  env: { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: values.seed },
  stdio: "inherit",
});
const date = new Date().toISOString().slice(0, 10);
appendFileSync(
  join(root, "test/fuzz/RUNS.md"),
  `| ${date} | ${values.seed} | ${values.runs} | ${status === 0 ? "none" : "found"} |\n`,
);
process.exitCode = status ?? 1;
