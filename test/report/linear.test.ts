/** Every format takes time in proportion to the number of findings, also when they stand in one long file or one long line. */
import { expect, test } from "vitest";
import { FORMATS, loadReporter } from "../../src/report/report.ts";
import type { Finding } from "../../src/rule/finding.ts";
import { PAGES, PIPE, place, reportOf, source, unpinned } from "./findings.ts";

/** As many findings in one file, on lines of their own or all on one line. */
function many(count: number, separator: string): readonly Finding[] {
  const text = `-- ü\n${`select pg_read_file(path);${separator}`.repeat(count)}`;
  const file = source("many.sql", text);
  const first = place(file, "pg_read_file").span;
  const step = 25 + separator.length;
  return Array.from({ length: count }, (_, i): Finding => {
    const at = (offset: number) => ({
      source: file,
      span: { start: first.start + i * step + offset, end: first.end + i * step + offset },
    });
    return { ...unpinned, place: at(0), related: [{ place: at(2), message: "near" }], fingerprint: `${i}` };
  });
}

async function milliseconds(format: (typeof FORMATS)[number], findings: readonly Finding[]): Promise<number> {
  const reporter = await loadReporter(format);
  const report = reportOf(findings);
  const started = performance.now();
  expect(reporter(report, { ...PIPE, rules: PAGES })).not.toBe("");
  return performance.now() - started;
}

test.each(FORMATS.flatMap((format) => [[format, "\n"] as const, [format, " "] as const]))(
  "%s, findings divided by %j",
  { timeout: 60_000 },
  async (format, separator) => {
    await milliseconds(format, many(250, separator));
    const few = await milliseconds(format, many(500, separator));
    const more = await milliseconds(format, many(4000, separator));
    // Eight times as many may take eight times as long, and more on a busy machine; a square would be 64 times.
    expect(more).toBeLessThan(Math.max(30 * few, 1000));
  },
);
