/** Every format copes with very many findings, also when they stand in one long file or one long line. */
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

test.each(FORMATS.flatMap((format) => [[format, "\n"] as const, [format, " "] as const]))(
  "%s, findings divided by %j",
  // With the square of the number it would take minutes.
  { timeout: 60_000 },
  async (format, separator) => {
    const reporter = await loadReporter(format);
    const text = reporter(reportOf(many(10_000, separator)), { ...PIPE, rules: PAGES });
    expect(text.length).toBeGreaterThan(1000);
  },
);
