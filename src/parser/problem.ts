import { sliceBytes } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { advance, lexerAt, lineEnd } from "./lexer.ts";
import type { SyntaxProblem } from "./postgres.ts";

/** Longest piece of SQL that a message repeats, in UTF-16 units. */
const LONGEST_NEAR = 60;

/** The byte offset of a code point in UTF-8 bytes from `start`; `end` when there are not so many. */
function codePointOffset(bytes: Buffer, start: number, end: number, codePoint: number): number {
  let left = codePoint;
  let i = start;
  while (i < end && left > 0) {
    i++;
    while (i < end && ((bytes[i] ?? 0) & 0xc0) === 0x80) i++;
    left--;
  }
  return i;
}

/**
 * The token a syntax error is about. `text` is what the parser was given, standing at `start` in the source;
 * `lastToken` is the offset in `text` of its last token, which stands for the end of input.
 */
export function errorSpan(problem: SyntaxProblem, text: Buffer, start: number, lastToken: number): Span {
  const at = problem.codePoint < 0 ? 0 : codePointOffset(text, 0, text.length, problem.codePoint);
  const from = at >= text.length || problem.message.endsWith("at end of input") ? lastToken : at;
  const lexer = lexerAt(text, from, text.length);
  advance(lexer);
  const tokenStart = lexer.start < text.length ? lexer.start : Math.min(from, text.length);
  let end = Math.max(lexer.end, tokenStart);
  // An operator is one token for PostgreSQL; a quote that never ends would cover the rest of the file.
  if (lexer.kind === "other") end = operatorEnd(problem.message, text, tokenStart, end);
  if (!lexer.closed) end = lineEnd(text, tokenStart, text.length);
  return { start: start + tokenStart, end: start + end };
}

function operatorEnd(message: string, text: Buffer, at: number, end: number): number {
  const near = /at or near "(.*)"$/s.exec(message)?.[1];
  if (near === undefined) return end;
  const length = Buffer.byteLength(near, "utf8");
  return length > 1 && text.toString("utf8", at, at + length) === near ? at + length : end;
}

/**
 * PostgreSQL's message, with the text as the file has it where a stand-in was given to the parser, and cut short: for
 * an unterminated quote PostgreSQL repeats everything that follows.
 */
export function errorMessage(problem: SyntaxProblem, source: Buffer, span: Span): string {
  const match = /^(.*? at or near ")(.*)"$/s.exec(problem.message);
  if (match === null) return problem.message;
  const [, head = "", near = ""] = match;
  const inFile = source.toString("utf8", span.start, Math.min(span.end, span.start + 4 * LONGEST_NEAR));
  const shown = near.startsWith(sliceBytes(inFile, 0, 1)) ? near : inFile;
  return `${head}${shorten(shown)}"`;
}

function shorten(near: string): string {
  const line = near.split(/[\r\n]/, 1)[0] ?? "";
  const points = Array.from(line.slice(0, 2 * LONGEST_NEAR));
  if (line.length === near.length && points.length <= LONGEST_NEAR) return near;
  return `${points.slice(0, LONGEST_NEAR).join("")}…`;
}
