import { advance, isSpace, isWordStart, lexerAt, lineStart, nextLine, wordAt } from "./lexer.ts";

const OBJECTS = new Set(
  `access aggregate cast collation constraint conversion database default domain event extension foreign function
  global group index language large local materialized operator or owned policy procedural procedure publication
  recursive role routine rule schema sequence server statistics subscription system table tablespace temp temporary
  text transform trigger trusted type unique unlogged user view`.split(/\s+/),
);

/** After ALTER and DROP these words belong to a clause of ALTER TABLE too. */
const CLAUSES = new Set(["constraint", "default", "or", "system"]);

/** First words that, at the start of a line, are the start of a statement wherever they are met. */
const STRONG: ReadonlyMap<string, (second: string) => boolean> = new Map([
  ["create", (second) => OBJECTS.has(second)],
  ["alter", (second) => OBJECTS.has(second) && (!CLAUSES.has(second) || second === "system")],
  ["drop", (second) => OBJECTS.has(second) && !CLAUSES.has(second)],
  ["comment", (second) => second === "on"],
  ["security", (second) => second === "label"],
  ["import", (second) => second === "foreign"],
  ["reassign", (second) => second === "owned"],
  ["refresh", (second) => second === "materialized"],
  ["start", (second) => second === "transaction"],
  ["grant", (second) => second !== "" && second !== "option"],
  ["revoke", (second) => second !== "" && second !== "option"],
]);

/** First words that start a statement only where one has just ended. */
const WEAK = new Set(
  `analyze begin call cluster commit copy delete discard do end execute explain insert listen lock merge notify
  prepare reindex release reset rollback savepoint select set show table truncate update vacuum values with`.split(
    /\s+/,
  ),
);

/**
 * Whether the word at an offset clearly starts a statement. `afterEnd`: the text before it ends a statement, so a word
 * that could also continue one counts.
 */
export function startsStatement(bytes: Buffer, at: number, limit: number, afterEnd: boolean): boolean {
  if (!isWordStart(bytes[at])) return false;
  const first = wordAt(bytes, at, limit);
  const strong = STRONG.get(first);
  if (strong === undefined) return afterEnd && WEAK.has(first);
  const lexer = lexerAt(bytes, at, Math.min(limit, at + 400));
  advance(lexer);
  const second = advance(lexer) === "word" ? wordAt(bytes, lexer.start, lexer.end) : "";
  if (first === "alter" && second === "default") {
    return advance(lexer) === "word" && wordAt(bytes, lexer.start, lexer.end) === "privileges";
  }
  return strong(second);
}

/** Whether only blanks stand between an offset and the start of its line. */
export function opensLine(bytes: Buffer, at: number, floor: number): boolean {
  let i = at;
  while (i > floor && (bytes[i - 1] === 32 || bytes[i - 1] === 9)) i--;
  return i === floor || lineStart(bytes, i, i - 1) === i;
}

/**
 * The first line after the one at `from`, and before `to`, whose very first word clearly starts a statement; for text
 * that is not split into tokens (inside a quote, among COPY data). `isCode`: most lines there are statements of a routine's
 * body, so only words count that are rare in one. -1 when there is none.
 */
export function findStatementLine(bytes: Buffer, from: number, to: number, isCode: boolean): number {
  let afterEnd = false;
  let line = from;
  while (line < to) {
    const next = nextLine(bytes, line, to);
    let last = next;
    while (last > line && isSpace(bytes[last - 1])) last--;
    if (last > line) afterEnd = !isCode && bytes[last - 1] === 59;
    line = next;
    if (line < to && startsStatement(bytes, line, to, afterEnd)) return line;
  }
  return -1;
}
