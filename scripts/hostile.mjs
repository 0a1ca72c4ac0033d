#!/usr/bin/env node
// Runs every hostile input at its full size and writes what each took to bench/HOSTILE.md.
//   npm run hostile
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/hostile"], {
  cwd: root,
  env: { ...process.env, HOSTILE_SIZE: "1", HOSTILE_RESULTS: "bench/HOSTILE.md" },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
