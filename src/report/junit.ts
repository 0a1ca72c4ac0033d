import type { Finding } from "../rule/finding.ts";
import { positionAt } from "../text/source.ts";
import { byFile } from "./by-file.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { xmlAttributes, xmlText } from "./xml.ts";

/** `--format junit`: a suite for each file with findings, a failed case for each finding; one that passed when there is none. */
export const junit: Reporter = ({ findings, errors }) => {
  const total = { tests: Math.max(1, findings.length + errors.length), failures: findings.length };
  let text = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${xmlAttributes({ name: "pgvet", ...total, errors: errors.length })}>\n`;
  for (const [path, own] of byFile(findings)) {
    text += `  <testsuite${xmlAttributes({ name: path, tests: own.length, failures: own.length, errors: 0 })}>\n`;
    for (const finding of own) text += testCase(path, finding);
    text += "  </testsuite>\n";
  }
  if (errors.length > 0) {
    text += `  <testsuite${xmlAttributes({ name: "pgvet", tests: errors.length, failures: 0, errors: errors.length })}>\n`;
    for (const { path, message } of errors) {
      text += `    <testcase${xmlAttributes({ name: path ?? "pgvet", classname: "pgvet" })}>\n`;
      text += `      <error${xmlAttributes({ message, type: "error" })}/>\n    </testcase>\n`;
    }
    text += "  </testsuite>\n";
  }
  if (findings.length + errors.length === 0) {
    text += `  <testsuite${xmlAttributes({ name: "pgvet", tests: 1, failures: 0, errors: 0 })}>\n`;
    text += `    <testcase${xmlAttributes({ name: "no findings", classname: "pgvet" })}/>\n  </testsuite>\n`;
  }
  return `${text}</testsuites>\n`;
};

function testCase(path: string, finding: Finding): string {
  const { line, column } = positionAt(finding.place.source, finding.place.span.start);
  const name = findingName(finding);
  const body = [`${path}:${line}:${column}`, finding.why, finding.help]
    .filter((part) => part !== "")
    .map(xmlText);
  return (
    `    <testcase${xmlAttributes({ name: `${name} at line ${line}`, classname: path, file: path, line })}>\n` +
    `      <failure${xmlAttributes({ message: `${finding.severity}: ${finding.message}`, type: name })}>` +
    `${body.join("\n")}</failure>\n    </testcase>\n`
  );
}
