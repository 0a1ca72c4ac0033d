import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../dist/cli/pgvet.js", import.meta.url));
let work: string;

beforeAll(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-cache-")));
  mkdirSync(join(work, "db"));
  writeFileSync(
    join(work, "db", "1.sql"),
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';\nSELECT FROM WHERE;\n",
  );
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function pgvet(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, "db"], {
    cwd: work,
    encoding: "utf8",
    env: { ...process.env, PGVET_CACHE_DIR: join(work, "cache") },
  });
  return { status, stdout, stderr };
}

test.each(["pretty", "json", "sarif"])("format %s has the same bytes with and without a cache", (format) => {
  rmSync(join(work, "cache"), { recursive: true, force: true });
  const without = pgvet("--no-cache", "--format", format);
  expect(without.status).toBe(1);
  expect(() => readdirSync(join(work, "cache"))).toThrow();
  const cold = pgvet("--format", format);
  expect(readdirSync(join(work, "cache"))).toHaveLength(1);
  const warm = pgvet("--format", format);
  expect([cold, warm]).toEqual([without, without]);
});
