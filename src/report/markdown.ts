import { safeText } from "../text/safe.ts";
import { lineNumberAt } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Reporter } from "./report.ts";
import { ruleUrl } from "./rule-url.ts";
import { plain } from "./style.ts";
import { checkedLine, findingsLine } from "./summary.ts";

/** A step summary of GitHub may have 1 MiB, and is dropped as a whole when it has more. */
const MOST = 900_000;

/** `--format markdown`: a heading and a table, for step summaries and comments. */
export const markdown: Reporter = (report, { summary }) => {
  let text = `## pgvet: ${markdownText(findingsLine(report, plain))}\n`;
  if (report.findings.length > 0)
    text += "\n| severity | place | what is wrong | rule |\n|---|---|---|---|\n";
  let size = 0;
  let shown = 0;
  for (const { severity, place, message, help, rule, variant } of report.findings) {
    const line = lineNumberAt(place.source, place.span.start);
    const what = help === "" ? markdownText(message) : `${markdownText(message)}<br>${markdownText(help)}`;
    const row = `| ${severity} | ${markdownText(`${place.source.path}:${line}`)} | ${what} | [${findingName({ rule, variant })}](${ruleUrl(rule)}) |\n`;
    size += Buffer.byteLength(row);
    if (size > MOST) break;
    text += row;
    shown++;
  }
  const dropped = report.findings.length - shown;
  if (dropped > 0) text += `\n${dropped} more findings are not listed here: the table would be too long.\n`;
  if (summary) text += `\n${markdownText(checkedLine(report))}\n`;
  return text;
};

/** Text of strangers in a table's cell: nothing of it is markup, a link, a mention or the cell's end. */
function markdownText(text: string): string {
  return safeText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_{}[\]()#!|~$]/g, "\\$&")
    .replace(/@|:\/\/|www\./g, (found) => `${found.slice(0, -1)}&#${found.charCodeAt(found.length - 1)};`);
}
