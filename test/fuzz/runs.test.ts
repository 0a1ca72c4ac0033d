/**
 * Whole runs on files of damaged SQL: the bytes of the report are the same without a cache, with an empty one and with a full
 * one, and in whatever order the files came onto the disk. FUZZ_RUNS and FUZZ_SEED choose how many and which.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import { type Cache, folderCache } from "../../src/engine/cache.ts";
import { lint } from "../../src/engine/lint.ts";
import { jsonReport } from "../../src/report/json.ts";
import { damaged, settings, timeout } from "./mutations.ts";

const name = fc
  .tuple(
    fc.constantFrom("", "a/", "migrations/", "B/b/"),
    fc.constantFrom("1", "2", "10", "V1__x", "é", "-x", "Z"),
  )
  .map(([directory, file]) => `${directory}${file}.sql`);
const projects = fc.dictionary(name, damaged, { minKeys: 1, maxKeys: 6, noNullPrototype: true });

function write(root: string, files: readonly (readonly [string, string])[]): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

async function report(root: string, cache: Cache | null): Promise<string> {
  const found = await lint({
    cwd: root,
    paths: ["."],
    rules: RULES,
    minSeverity: "info",
    failOn: null,
    cache,
  });
  return JSON.stringify(jsonReport(found));
}

test("the same bytes, whatever the cache and the order of the disk", { timeout }, () =>
  fc.assert(
    fc.asyncProperty(projects, async (files) => {
      const work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-fuzz-")));
      try {
        const [one, other] = [join(work, "one"), join(work, "other")];
        const entries = Object.entries(files);
        write(one, entries);
        write(other, entries.toReversed());
        const expected = await report(one, null);
        expect(await report(other, null)).toBe(expected);
        const cache = folderCache(join(work, "cache"), "p");
        expect(await report(one, cache)).toBe(expected);
        expect(await report(one, cache)).toBe(expected);
        expect(JSON.parse(expected).findings.map(({ rule }: { rule: string }) => rule)).not.toContain(
          "internal-error",
        );
      } finally {
        rmSync(work, { recursive: true });
      }
    }),
    { ...settings, numRuns: Math.ceil(settings.numRuns / 5) },
  ),
);
