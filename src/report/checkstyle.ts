import type { Severity } from "../rule/finding.ts";
import { positionAt } from "../text/source.ts";
import { byFile } from "./by-file.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { xmlAttributes } from "./xml.ts";

/** `--format checkstyle`: the XML that many reviewers and CI servers read. */
export const checkstyle: Reporter = ({ findings }) => {
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n';
  for (const [path, own] of byFile(findings)) {
    text += `  <file${xmlAttributes({ name: path })}>\n`;
    for (const finding of own) {
      const { line, column } = positionAt(finding.place.source, finding.place.span.start);
      text += `    <error${xmlAttributes({
        line,
        column,
        severity: severityOf(finding.severity),
        message: finding.message,
        source: `pgvet.${findingName(finding)}`,
      })}/>\n`;
    }
    text += "  </file>\n";
  }
  return `${text}</checkstyle>\n`;
};

function severityOf(severity: Severity): "error" | "warning" | "info" {
  switch (severity) {
    case "critical":
    case "high":
      return "error";
    case "medium":
      return "warning";
    case "low":
    case "info":
      return "info";
  }
}
