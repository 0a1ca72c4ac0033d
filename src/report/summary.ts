import { SEVERITIES } from "../rule/finding.ts";
import { safeText } from "../text/safe.ts";
import type { DatabaseSummary, Report } from "./report.ts";
import type { Style } from "./style.ts";

const MAX_DATABASES = 8;

/** What a run found, hid, read and took for granted: a few lines at the end of its output. */
export function summaryLines(report: Report, style: Style): string[] {
  return [
    style.strong(findingsLine(report, style)),
    checkedLine(report),
    ...baselineLines(report),
    ...databaseLines(report.summary.databases),
  ];
}

/** `3 findings (1 ignored, 2 in baseline, 4 below low): 0 low, 1 medium, 2 high` */
export function findingsLine({ summary }: Report, style: Style): string {
  const total = SEVERITIES.reduce((sum, severity) => sum + summary.findings[severity], 0);
  const aside = [
    ...(summary.ignored === 0 ? [] : [`${summary.ignored} ignored`]),
    ...(summary.baseline === 0 ? [] : [`${summary.baseline} in baseline`]),
    ...(summary.unchanged === 0 ? [] : [`${summary.unchanged} in what did not change`]),
    ...(summary.hidden === 0 ? [] : [`${summary.hidden} hidden, shown with --min-severity info`]),
    ...(summary.lessSure === 0 ? [] : [`${summary.lessSure} less sure, shown with --min-confidence low`]),
    ...(summary.otherPersona === 0
      ? []
      : [`${summary.otherPersona} for other personas, shown with --persona auditor`]),
  ];
  const hidden = aside.length === 0 ? "" : ` (${aside.join(", ")})`;
  if (total === 0) return `No findings${hidden}`;
  const counts: string[] = [];
  for (const severity of SEVERITIES) {
    const count = summary.findings[severity];
    // The ends of the scale are mentioned only when something is there.
    if (count === 0 && (severity === "info" || severity === "critical")) continue;
    const text = `${count} ${severity}`;
    counts.push(count === 0 ? text : style.severity[severity](text));
  }
  return `${plural(total, "finding")}${hidden}: ${counts.join(", ")}`;
}

/** `Checked 41 files, 612 statements, 2 not parsed, 3 unknown (listed with --show-unknown)` */
export function checkedLine({ summary, errors }: Report): string {
  const parts = [`Checked ${plural(summary.files, "file")}`, plural(summary.statements, "statement")];
  if (summary.notParsed > 0) parts.push(`${summary.notParsed} not parsed`);
  if (summary.unknown > 0) parts.push(`${summary.unknown} unknown (listed with --show-unknown)`);
  if (errors.length > 0) parts.push(plural(errors.length, "error"));
  return parts.join(", ");
}

/** That entries of the baseline are gone; nothing where none is. */
export function baselineLines({ summary: { gone } }: Report): readonly string[] {
  if (gone === 0) return [];
  return [
    `${gone === 1 ? "1 entry of the baseline is" : `${gone} entries of the baseline are`} gone: pgvet baseline --prune`,
  ];
}

function databaseLines(databases: readonly DatabaseSummary[]): string[] {
  const lines = databases
    .slice(0, MAX_DATABASES)
    .map(
      ({ preset, root, kind, files, presetReason }) =>
        `Preset ${preset} for ${safeText(root)} (${safeText(kind)}, ${plural(files, "file")}): ${safeText(presetReason)}`,
    );
  const rest = databases.length - lines.length;
  if (rest > 0) lines.push(`and ${plural(rest, "more database")}`);
  return lines;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
