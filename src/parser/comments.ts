/** Comments that speak to pgvet: where they stand, and which code they stand at. */

import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { cleanBytes } from "./encoding.ts";
import { advance, dollarTagEnd, isLineBreak, lexerAt, lineEnd } from "./lexer.ts";
import { maskPsql } from "./mask-psql.ts";

/** A comment, with the code that it stands above or behind. All spans are bytes of the source. */
export interface Comment {
  /** With its `--`, or its slashes and stars. */
  readonly span: Span;
  /** What stands between these. */
  readonly content: Span;
  /** Whether it is inside quoted code (a body), and not at the top of the file. */
  readonly inBody: boolean;
  /** Start of the last token before it on its own line: it stands behind code. null: it stands above code. */
  readonly behind: number | null;
  /** Start of the next token in the same code; null when none follows. */
  readonly next: number | null;
  /** From the end of the last `;` before its line to behind the next `;` after what it stands at, in the same code. */
  readonly statement: Span;
}

/** Bodies in bodies in bodies: deeper than any code of people. */
const DEEPEST = 8;

/** Comments in which `word` stands, ascending. `range`: only this part of the source. Linear. */
export function commentsWith(source: Source, word: string, range: Span | null): readonly Comment[] {
  if (!source.bytes.includes(word)) return [];
  const { bytes } = maskPsql(cleanBytes(source.bytes, range).bytes);
  const found: Comment[] = [];
  readArea(bytes, { start: 0, end: bytes.length }, word, 0, found);
  return found.sort((a, b) => a.span.start - b.span.start);
}

interface Pending {
  readonly span: Span;
  readonly content: Span;
  readonly behind: number | null;
  next: number | null;
  readonly from: number;
}

function readArea(bytes: Buffer, area: Span, word: string, depth: number, found: Comment[]): void {
  const lexer = lexerAt(bytes, area.start, area.end);
  let open: Pending[] = [];
  let previous: Span = { start: area.start, end: area.start };
  let any = false;
  let wasAs = false;
  /** Where the line begins that is read, and up to where it is known to. */
  let line = area.start;
  let known = area.start;
  /** Ends of semicolons: of the last one, and of the last one before the line that is read. */
  let semicolon = area.start;
  let beforeLine = area.start;
  const moveTo = (at: number): void => {
    for (let i = at; i > known; i--) {
      if (!isLineBreak(bytes[i - 1])) continue;
      line = i;
      beforeLine = semicolon;
      break;
    }
    known = at;
  };
  const close = (end: number): void => {
    for (const { span, content, behind, next, from } of open) {
      found.push({ span, content, inBody: depth > 0, behind, next, statement: { start: from, end } });
    }
    open = [];
  };
  for (;;) {
    const kind = advance(lexer);
    for (const comment of commentsIn(bytes, previous.end, lexer.start)) {
      moveTo(comment.span.start);
      if (!bytes.subarray(comment.span.start, comment.span.end).includes(word)) continue;
      const behind = any && previous.end > line ? previous.start : null;
      // What ends on the line before the comment is all that the comment stands behind.
      if (behind !== null && semicolon === previous.end) {
        const span = { start: beforeLine, end: comment.span.start };
        found.push({ ...comment, inBody: depth > 0, behind, next: null, statement: span });
      } else open.push({ ...comment, behind, next: null, from: behind === null ? semicolon : beforeLine });
    }
    if (kind === "end") break;
    for (const comment of open) comment.next ??= lexer.start;
    moveTo(lexer.start);
    if (kind === "other" && bytes[lexer.start] === 59) {
      semicolon = lexer.end;
      close(lexer.end);
    }
    if (depth < DEEPEST && lexer.closed) {
      const inner = quotedCode(bytes, kind, lexer.start, lexer.end, wasAs);
      if (inner !== null) readArea(bytes, inner, word, depth + 1, found);
    }
    wasAs = kind === "word" && /^as$/i.test(bytes.toString("latin1", lexer.start, lexer.end));
    previous = { start: lexer.start, end: lexer.end };
    any = true;
  }
  close(area.end);
}

/** What may be code: the inside of `$$…$$`, and of the string after AS. */
function quotedCode(bytes: Buffer, kind: string, start: number, end: number, wasAs: boolean): Span | null {
  if (kind === "string") return wasAs && bytes[start] === 39 ? { start: start + 1, end: end - 1 } : null;
  if (kind !== "dollar") return null;
  const tag = dollarTagEnd(bytes, start, end) - start;
  return { start: start + tag, end: end - tag };
}

/** The comments between two tokens. */
function commentsIn(
  bytes: Buffer,
  from: number,
  to: number,
): readonly { readonly span: Span; readonly content: Span }[] {
  const found: { span: Span; content: Span }[] = [];
  let i = from;
  while (i + 1 < to) {
    if (bytes[i] === 45 && bytes[i + 1] === 45) {
      const end = lineEnd(bytes, i, to);
      found.push({ span: { start: i, end }, content: { start: i + 2, end } });
      i = end;
    } else if (bytes[i] === 47 && bytes[i + 1] === 42) {
      const end = blockEnd(bytes, i, to);
      found.push({ span: { start: i, end }, content: { start: i + 2, end: Math.max(i + 2, end - 2) } });
      i = end;
    } else i++;
  }
  return found;
}

/** The end of a block comment, which may hold others. */
function blockEnd(bytes: Buffer, start: number, limit: number): number {
  let depth = 0;
  let i = start;
  while (i < limit) {
    if (bytes[i] === 47 && bytes[i + 1] === 42) {
      depth++;
      i += 2;
    } else if (bytes[i] === 42 && bytes[i + 1] === 47) {
      depth--;
      i += 2;
      if (depth === 0) return i;
    } else i++;
  }
  return limit;
}
