import { createHash } from "node:crypto";
import type { Severity } from "../rule/finding.ts";
import { safeJson } from "../text/safe.ts";
import { positionAt } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";

const SEVERITY: Readonly<Record<Severity, "info" | "minor" | "major" | "critical" | "blocker">> = {
  info: "info",
  low: "minor",
  medium: "major",
  high: "critical",
  critical: "blocker",
};

/** `--format gitlab`: a Code Quality report. The widget shows only the description, so that names the rule. */
export const gitlab: Reporter = (report, { prefix }) => {
  const seen = new Map<string, number>();
  const issues = report.findings.map((finding) => {
    const { source, span } = finding.place;
    const path = repositoryPath(source.path, prefix);
    const start = positionAt(source, span.start);
    const end = positionAt(source, span.end);
    return {
      description: `${finding.message} [${findingName(finding)}]`,
      check_name: findingName(finding),
      fingerprint: uniqueName(`${path}\0${finding.fingerprint}`, seen),
      severity: SEVERITY[finding.severity],
      location: {
        path,
        positions: {
          begin: { line: start.line, column: start.column },
          end: { line: end.line, column: end.column },
        },
        lines: { begin: start.line, end: end.line },
      },
    };
  });
  return `${safeJson(JSON.stringify(issues, null, 2))}\n`;
};

/** Of two issues with one fingerprint the widget shows one: databases that share a file can have such. */
function uniqueName(text: string, seen: Map<string, number>): string {
  const count = seen.get(text) ?? 0;
  seen.set(text, count + 1);
  return createHash("sha256").update(`${text}\0${count}`).digest("hex").slice(0, 32);
}
