import { type Redact, redactorOf } from "../engine/redact.ts";
import type { Finding } from "../rule/finding.ts";
import { safePath, safeText } from "../text/safe.ts";
import { lineNumberAt, type Place, positionAt, type Source } from "../text/source.ts";
import { frameRows, lastLineOf, type Mark } from "./frame.ts";
import { findingName } from "./name.ts";
import { reachLines } from "./reach.ts";
import type { Report, Reporter, ReportOptions } from "./report.ts";
import { ruleUrl } from "./rule-url.ts";
import { statisticsLines } from "./statistics.ts";
import { summaryLines } from "./summary.ts";
import { wrapWords } from "./wrap.ts";

/** Source lines are clipped to this where there is no terminal whose width would say. */
const DEFAULT_COLUMNS = 100;
/** More related places than this are counted instead of drawn. */
const MAX_RELATED = 12;

/** For people: every finding as a labelled frame, then what was checked. */
export const pretty: Reporter = (report, options) => {
  const redact = redactorOf(report.secrets);
  const parts = options.statistics
    ? [statisticsLines(report.findings, options.style).join("\n")].filter((text) => text !== "")
    : report.findings.map((finding) => findingLines(finding, redact, options).join("\n"));
  if (options.showSuppressed && report.setAside.length > 0)
    parts.push(setAsideLines(report, options).join("\n"));
  if (options.showUnknown && report.unknown.length > 0) parts.push(unknownLines(report, options).join("\n"));
  if (options.summary) parts.push(summaryLines(report, options.style).join("\n"));
  if (parts.length === 0) return "";
  return `${parts.join("\n\n")}\n`;
};

function findingLines(finding: Finding, redact: Redact, options: ReportOptions): string[] {
  const { style } = options;
  const paint = style.severity[finding.severity];
  const name = findingName(finding);
  const drawn = finding.related.slice(0, MAX_RELATED);
  const frames = framesOf(finding, drawn);
  const gutter = String(lastShownLine(frames)).length;
  const lines = [
    `${style.strong(paint(`${finding.severity}[${style.link(name, ruleUrl(finding.rule))}]`))}${style.strong(`: ${safeText(finding.message)}`)}`,
  ];
  frames.forEach(({ source, at, marks }, i) => {
    lines.push(
      `${style.frame(`${" ".repeat(gutter + 1)}${i === 0 ? "-->" : ":::"}`)} ${placeText(source, at)}`,
    );
    lines.push(
      ...frameRows(redact(source), marks, {
        gutter,
        width: options.columns ?? DEFAULT_COLUMNS,
        frame: style.frame,
        primary: paint,
        related: style.related,
      }),
    );
  });
  const note = (kind: string, text: string): void => {
    lines.push(...noteLines(kind, text, gutter, options));
  };
  if (finding.why !== "") note("why", safeText(finding.why));
  if (finding.help !== "") note("help", safeText(finding.help));
  for (const text of reachLines(finding)) note("reach", text);
  const hidden = finding.related.length - drawn.length;
  if (hidden > 0)
    note("note", `${hidden} more related ${hidden === 1 ? "place" : "places"} in --format json`);
  note(
    "note",
    `confidence ${finding.confidence} · ${options.urls ? ruleUrl(finding.rule) : `rules/${finding.rule}`}`,
  );
  return lines;
}

/** What is drawn of one file: `at` is the byte its heading points at. */
interface FileFrame {
  readonly source: Source;
  readonly at: number;
  readonly marks: Mark[];
}

/** The primary file first, then the others in the order in which related places name them. */
function framesOf(finding: Finding, related: Finding["related"]): FileFrame[] {
  const frames = new Map<string, FileFrame>();
  const add = ({ source, span }: Place, label: string, primary: boolean): void => {
    const mark = { span, label: safeText(label), primary };
    const frame = frames.get(source.path);
    if (frame === undefined) frames.set(source.path, { source, at: span.start, marks: [mark] });
    else frame.marks.push(mark);
  };
  add(finding.place, finding.label, true);
  for (const { place, message } of related) add(place, message, false);
  return [...frames.values()];
}

function lastShownLine(frames: readonly FileFrame[]): number {
  let last = 1;
  for (const { source, marks } of frames) {
    for (const { span } of marks)
      last = Math.max(last, lastLineOf(source, span), lineNumberAt(source, span.start));
  }
  return last;
}

function placeText(source: Source, at: number): string {
  const { line, column } = positionAt(source, at);
  return `${safeText(source.path)}:${line}:${column}`;
}

function noteLines(kind: string, text: string, gutter: number, options: ReportOptions): string[] {
  const indent = " ".repeat(gutter + 2);
  const hanging = `${indent}${" ".repeat(kind.length + 4)}`;
  const room = options.columns === null ? null : options.columns - hanging.length;
  const [first = "", ...rest] = wrapWords(text, room);
  return [
    `${indent}${options.style.frame("=")} ${options.style.strong(`${kind}:`)} ${first}`,
    ...rest.map((line) => `${hanging}${line}`),
  ];
}

function setAsideLines({ setAside }: Report, { style }: ReportOptions): string[] {
  return [
    `${style.strong("Set aside:")}`,
    ...setAside.map(({ finding, by, reason }) => {
      const { line, column } = positionAt(finding.place.source, finding.place.span.start);
      const place = `${safePath(finding.place.source.path)}:${line}:${column}`;
      return `  ${place}: ${finding.severity}[${findingName(finding)}]: ${safeText(finding.message)} (${by}: ${safeText(reason)})`;
    }),
  ];
}

function unknownLines({ unknown }: Report, { style }: ReportOptions): string[] {
  return [
    `${style.strong("Not judged:")}`,
    ...unknown.map(({ place: { source, span }, message }) => {
      const { line, column } = positionAt(source, span.start);
      return `  ${safePath(source.path)}:${line}:${column}: ${safeText(message)}`;
    }),
  ];
}
