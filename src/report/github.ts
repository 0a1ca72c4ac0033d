import { type Finding, SEVERITIES, type Severity } from "../rule/finding.ts";
import { safeText } from "../text/safe.ts";
import { positionAt } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";

type Level = "error" | "warning" | "notice";

/** So many annotations of a level are shown for a step; GitHub drops the others without a word. */
const MOST = 10;

/** `--format github`: workflow commands that annotate a pull request's files, worst first. */
export const github: Reporter = (report, { prefix }) => {
  const left: Record<Level, number> = { error: MOST, warning: MOST, notice: MOST - 1 };
  let text = "";
  let dropped = 0;
  const annotate = (finding: Finding): void => {
    const level = levelOf(finding.severity);
    if (left[level] === 0) {
      dropped++;
      return;
    }
    left[level]--;
    text += annotation(level, finding, prefix);
  };
  for (const severity of SEVERITIES.toReversed()) {
    for (const finding of report.findings) if (finding.severity === severity) annotate(finding);
  }
  if (dropped > 0) {
    const what = dropped === 1 ? "1 more finding is" : `${dropped} more findings are`;
    text += `::notice title=pgvet::${what} not annotated: GitHub shows ${MOST} of each kind for a step\n`;
  }
  return text;
};

function annotation(level: Level, finding: Finding, prefix: string): string {
  const { source, span } = finding.place;
  const start = positionAt(source, span.start);
  const end = positionAt(source, span.end);
  const properties = [
    `file=${property(repositoryPath(source.path, prefix))}`,
    `line=${start.line}`,
    `endLine=${end.line}`,
    // Columns of a place on several lines are taken for columns of its first line.
    ...(start.line === end.line
      ? [`col=${start.column}`, `endColumn=${Math.max(start.column, end.column - 1)}`]
      : []),
    `title=${property(`${finding.severity}: ${findingName(finding)}`)}`,
  ];
  const lines = [finding.message, ...(finding.help === "" ? [] : [`Help: ${finding.help}`])];
  // What would act on a log is written out before the line break between the two is put in.
  return `::${level} ${properties.join(",")}::${lines.map((line) => data(safeText(line))).join("%0A")}\n`;
}

function levelOf(severity: Severity): Level {
  switch (severity) {
    case "critical":
    case "high":
      return "error";
    case "medium":
      return "warning";
    case "low":
    case "info":
      return "notice";
  }
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(safeText(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
