import type { Severity } from "../rule/finding.ts";
import { safeJson } from "../text/safe.ts";
import { lineNumberAt, lineSpan, type Place, type Source } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { isVirtual } from "./repository-path.ts";
import { ruleUrl } from "./rule-url.ts";

/** `--format rdjson`: what reviewdog reads. Its columns count bytes. */
export const rdjson: Reporter = ({ findings }) => {
  const result = {
    source: { name: "pgvet", url: "https://github.com/pgvet/pgvet" },
    diagnostics: findings.map((finding) => {
      const related = finding.related.filter(({ place }) => !isVirtual(place.source.path));
      return {
        message: finding.help === "" ? finding.message : `${finding.message}\nHelp: ${finding.help}`,
        location: location(finding.place),
        severity: severityOf(finding.severity),
        code: { value: findingName(finding), url: ruleUrl(finding.rule) },
        ...(related.length === 0
          ? {}
          : {
              relatedLocations: related.map(({ place, message }) => ({ message, location: location(place) })),
            }),
      };
    }),
  };
  return `${safeJson(JSON.stringify(result, null, 2))}\n`;
};

function location({ source, span }: Place) {
  return {
    path: source.path,
    range: { start: position(source, span.start), end: position(source, span.end) },
  };
}

function position(source: Source, at: number) {
  const line = lineNumberAt(source, at);
  return { line, column: at - lineSpan(source, line).start + 1 };
}

function severityOf(severity: Severity): "ERROR" | "WARNING" | "INFO" {
  switch (severity) {
    case "critical":
    case "high":
      return "ERROR";
    case "medium":
      return "WARNING";
    case "low":
    case "info":
      return "INFO";
  }
}
