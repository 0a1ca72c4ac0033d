import { safePath, safeText } from "../text/safe.ts";
import { positionAt } from "../text/source.ts";
import type { Reporter } from "./report.ts";

/** `path:line:column: severity: message [rule/variant]`, one finding per line: the shape editors and grep know. */
export const concise: Reporter = (report, { showUnknown }) => {
  let text = "";
  for (const { place, severity, message, rule, variant } of report.findings) {
    const { line, column } = positionAt(place.source, place.span.start);
    const name = variant === null ? rule : `${rule}/${variant}`;
    text += `${safePath(place.source.path)}:${line}:${column}: ${severity}: ${safeText(message)} [${name}]\n`;
  }
  if (!showUnknown) return text;
  for (const { place, message } of report.unknown) {
    const { line, column } = positionAt(place.source, place.span.start);
    text += `${safePath(place.source.path)}:${line}:${column}: unknown: ${safeText(message)}\n`;
  }
  return text;
};
