#!/usr/bin/env node
/**
 * Runs the proofs of fixtures/rules: exploits against vulnerable and fixed SQL, in the embedded PostgreSQL and on servers of
 * this machine (PGVET_POSTGRES, else /usr/lib/postgresql).
 * npm run prove:rules -- [regular expression on rule/proof] [--part i/n] [--server]
 * `--server` runs everything that a server can run there instead of embedded. What cannot be run is listed as skipped.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { part: { type: "string", default: "all" }, server: { type: "boolean", default: false } },
  allowPositionals: true,
});
if (!/^(all|[1-9]\d*\/[1-9]\d*)$/.test(values.part) || positionals.length > 1) {
  console.error("usage: prove-rules [regular expression] [--part i/n] [--server]");
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "test/proofs", "--reporter=verbose"],
  {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: {
      ...process.env,
      PROOFS: positionals[0] ?? "",
      PROOFS_PART: values.part,
      PROOFS_SERVER: values.server ? "1" : "",
    },
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
