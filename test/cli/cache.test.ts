import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pgvet as run } from "../support/program.ts";

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
  return pgvetIn({}, ...args);
}

function pgvetIn(env: Record<string, string>, ...args: string[]) {
  return run([...args, "db"], { cwd: work, env: { ...env, PGVET_CACHE_DIR: join(work, "cache") } });
}

test.each(["pretty", "json", "sarif"])("format %s has the same bytes with and without a cache", (format) => {
  rmSync(join(work, "cache"), { recursive: true, force: true });
  const without = pgvet("--no-cache", "--format", format);
  expect(without.code).toBe(1);
  expect(() => readdirSync(join(work, "cache"))).toThrow();
  const cold = pgvet("--format", format);
  // What was found out, and what was printed of it.
  expect(readdirSync(join(work, "cache"))).toHaveLength(2);
  const warm = pgvet("--format", format);
  expect([cold, warm]).toEqual([without, without]);
});

test("what was printed is printed again only to those who ask for the same", () => {
  const asked: [Record<string, string>, ...string[]][] = [
    [{}],
    [{}, "--quiet"],
    [{}, "--min-severity", "critical"],
    [{}, "--fail-on", "never"],
    [{}, "--exit-zero"],
    [{}, "--format", "concise"],
    [{}, "--format", "json", "--format", "concise=lines.txt"],
    [{ FORCE_COLOR: "1" }],
    [{ CI: "true" }],
    [{ GITHUB_ACTIONS: "true" }],
  ];
  const different = new Set<string>();
  for (const [env, ...args] of asked) {
    const first = pgvetIn(env, ...args);
    expect(pgvetIn(env, ...args)).toEqual(first);
    expect(pgvetIn(env, "--no-cache", ...args)).toEqual(first);
    different.add(JSON.stringify(first));
  }
  expect(different.size).toBe(asked.length - 1);
});

test("a file that was asked for is written again, and a baseline counts from the next run on", () => {
  const lines = join(work, "lines.txt");
  const write = () => pgvet("--format", `concise=${lines}`);
  write();
  const text = readFileSync(lines, "utf8");
  rmSync(lines);
  write();
  expect(readFileSync(lines, "utf8")).toBe(text);
  expect(pgvet().code).toBe(1);
  pgvet("baseline", "--write");
  expect(pgvet().code).toBe(0);
  expect(pgvet("--no-baseline").code).toBe(1);
  rmSync(join(work, "pgvet-baseline.json"));
  expect(pgvet().code).toBe(1);
});
