/** `-- pgvet-ignore rule: reason`: what such comments say, and which code they speak about. */

import { type Comment, commentsWith } from "../parser/comments.ts";
import { isDate } from "../text/date.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { lineNumberAt, lineSpan, type Place, type Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** One rule (or variant) that one comment sets aside. */
export interface IgnoredRule {
  /** `rule` or `rule/variant`, as written. */
  readonly name: string;
  readonly place: Place;
  /** Findings whose place begins in here are set aside; null: all of the file. */
  readonly scope: Span | null;
  readonly reason: string;
  /** The last day on which it counts, `2027-01-31`; null: always. */
  readonly until: string | null;
}

/** What is wrong with a comment. */
export interface CommentMistake {
  readonly kind: "malformed" | "no-reason" | "unknown-rule";
  readonly place: Place;
  readonly message: string;
}

export interface IgnoreComments {
  readonly rules: readonly IgnoredRule[];
  readonly mistakes: readonly CommentMistake[];
}

const DIRECTIVES = ["pgvet-ignore", "pgvet-ignore-file"];

/**
 * The comments of a source that set findings aside. `statements` are the spans of its statements, ascending, also of
 * those that do not parse; `known` are all names of rules and variants.
 */
export function ignoreComments(
  source: Source,
  statements: readonly Span[],
  range: Span | null,
  known: ReadonlySet<string>,
): IgnoreComments {
  const rules: IgnoredRule[] = [];
  const mistakes: CommentMistake[] = [];
  for (const comment of commentsWith(source, "pgvet-", range)) {
    const { content } = comment;
    const raw = source.bytes.toString("utf8", content.start, content.end);
    const [, lead = "", directive] = /^([\s*-]*)(pgvet-[\w-]+)/.exec(raw) ?? [];
    if (directive === undefined) continue;
    /** The place of a part of the comment, by its UTF-16 offset there. */
    const placeOf = (from: number, text: string): Place => {
      const start = content.start + Buffer.byteLength(raw.slice(0, from));
      return { source, span: { start, end: start + Buffer.byteLength(text) } };
    };
    const whole = placeOf(lead.length, directive);
    const refuse = (kind: CommentMistake["kind"], message: string, place = whole): void => {
      mistakes.push({ kind, place, message });
    };
    if (!DIRECTIVES.includes(directive)) {
      const meant = didYouMean(directive, DIRECTIVES);
      refuse("malformed", `there is no ${directive}${meant === null ? "" : `; did you mean ${meant}?`}`);
      continue;
    }
    const rest = raw.slice(lead.length + directive.length);
    const colon = rest.indexOf(":");
    const head = colon === -1 ? rest : rest.slice(0, colon);
    const reason =
      colon === -1
        ? ""
        : rest
            .slice(colon + 1)
            .replace(/\s+/g, " ")
            .trim();
    const [, list = "", date] = /^(.*?)(?:(?<=\s)until\b(.*))?$/s.exec(head) ?? [];
    const until = date?.trim() ?? null;
    const names = [...list.matchAll(/[^\s,]+/g)];
    if (!/[\p{L}\p{N}]/u.test(reason)) {
      refuse("no-reason", `${directive} gives no reason: write ${directive} ${list.trim() || "RULE"}: why`);
      continue;
    }
    if (names.length === 0) {
      refuse("malformed", `${directive} names no rule: write ${directive} RULE: why`);
      continue;
    }
    if (until !== null && !isDate(until)) {
      refuse("malformed", `until needs a day such as 2027-01-31, not ${until === "" ? "nothing" : until}`);
      continue;
    }
    const ofFile = directive === "pgvet-ignore-file";
    if (ofFile && comment.inBody) {
      refuse("malformed", "pgvet-ignore-file stands inside of a body: write it at the top of the file");
      continue;
    }
    const scope = ofFile ? null : scopeOf(comment, source, statements);
    for (const match of names) {
      const [name] = match;
      const place = placeOf(lead.length + directive.length + match.index, name);
      if (!known.has(name)) {
        const meant = didYouMean(name, known);
        refuse(
          "unknown-rule",
          `there is no rule ${name}${meant === null ? "" : `; did you mean ${meant}?`}`,
          place,
        );
        continue;
      }
      rules.push({ name, place, scope, reason, until });
    }
  }
  return { rules, mistakes };
}

/**
 * The code a comment speaks about. Above code: the statement that follows; inside of a statement of the file its next
 * line, inside of a body the body's next statement. Behind code: the statements that have a part on that line, and
 * inside of a statement of the file, unless it is its first line, only that line.
 */
function scopeOf(comment: Comment, source: Source, statements: readonly Span[]): Span {
  const nothing = { start: comment.span.end, end: comment.span.end };
  if (comment.inBody) {
    return comment.behind === null && comment.next !== null
      ? { start: comment.next, end: comment.statement.end }
      : comment.statement;
  }
  if (comment.behind === null) {
    if (comment.next === null) return nothing;
    const around = statementAt(statements, comment.span.start);
    if (around === null) return statementAt(statements, comment.next) ?? nothing;
    const inner =
      comment.statement.end < around.end ? comment.statement.end : lineEndAt(source, comment.next);
    return { start: comment.next, end: inner };
  }
  const line = lineSpan(source, lineNumberAt(source, comment.behind));
  const first = lineSpan(source, lineNumberAt(source, comment.span.start));
  const around = statementAt(statements, comment.span.start);
  if (around !== null && around.start < first.start) return { start: first.start, end: comment.span.start };
  const owner =
    around ?? statementAt(statements, comment.behind) ?? lastBefore(statements, comment.span.start);
  const onLine = firstEndingAfter(statements, Math.min(line.start, first.start));
  const start = Math.min(owner?.start ?? first.start, onLine?.start ?? first.start);
  return { start, end: Math.max(owner?.end ?? 0, comment.span.start) };
}

function lineEndAt(source: Source, at: number): number {
  return lineSpan(source, lineNumberAt(source, at)).end;
}

function statementAt(statements: readonly Span[], at: number): Span | null {
  const span = lastBefore(statements, at);
  return span !== null && at < span.end ? span : null;
}

/** The last statement that begins at or before a byte. */
function lastBefore(statements: readonly Span[], at: number): Span | null {
  return statements[countWhile(statements, (span) => span.start <= at) - 1] ?? null;
}

function firstEndingAfter(statements: readonly Span[], at: number): Span | null {
  return statements[countWhile(statements, (span) => span.end <= at)] ?? null;
}

/** How many at the beginning of an ascending list hold to it. */
function countWhile(statements: readonly Span[], holds: (span: Span) => boolean): number {
  let low = 0;
  let high = statements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const span = statements[middle];
    if (span !== undefined && holds(span)) low = middle + 1;
    else high = middle;
  }
  return low;
}
