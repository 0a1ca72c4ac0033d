import { safePath, safeText } from "../text/safe.ts";
import { positionAt } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { statisticsLines } from "./statistics.ts";
import { plain } from "./style.ts";

/** `path:line:column: severity: message [rule/variant]`, one finding per line: the shape editors and grep know. */
export const concise: Reporter = (report, { showUnknown, showSuppressed, statistics }) => {
  let text = "";
  if (statistics) for (const line of statisticsLines(report.findings, plain)) text += `${line}\n`;
  for (const { place, severity, message, rule, variant } of statistics ? [] : report.findings) {
    const { line, column } = positionAt(place.source, place.span.start);
    const name = findingName({ rule, variant });
    text += `${safePath(place.source.path)}:${line}:${column}: ${severity}: ${safeText(message)} [${name}]\n`;
  }
  for (const { finding, by, reason } of showSuppressed ? report.setAside : []) {
    const { place, message } = finding;
    const { line, column } = positionAt(place.source, place.span.start);
    text += `${safePath(place.source.path)}:${line}:${column}: ignored: ${safeText(message)} [${findingName(finding)}] (${by}: ${safeText(reason)})\n`;
  }
  if (!showUnknown) return text;
  for (const { place, message } of report.unknown) {
    const { line, column } = positionAt(place.source, place.span.start);
    text += `${safePath(place.source.path)}:${line}:${column}: unknown: ${safeText(message)}\n`;
  }
  return text;
};
