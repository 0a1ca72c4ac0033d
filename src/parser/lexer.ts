/**
 * What a token is, as far as masking and splitting need to know. `string` is '…' and E'…', `name` is "…", `dollar`
 * is $tag$…$tag$, `other` is one byte of anything else (operators, punctuation). Comments and white space are
 * skipped; only a comment that never ends comes out, as `comment`.
 */
export type TokenKind = "word" | "number" | "string" | "name" | "dollar" | "comment" | "other" | "end";

/** A cursor over SQL bytes. `advance` moves it; the fields describe the token it is on. */
export interface Lexer {
  readonly bytes: Buffer;
  /** Reads up to here and no further. */
  readonly limit: number;
  /** Where the next `advance` starts reading; may be moved. */
  at: number;
  kind: TokenKind;
  start: number;
  end: number;
  /** Whether a quoted token has its closing quote. */
  closed: boolean;
  /** The first byte of the last comment skipped, -1 before the first. */
  lastComment: number;
  /** Longest run of operator characters so far: outside comments, and counting comments too. */
  longestOperator: number;
  longestRun: number;
  operatorStart: number;
  operatorEnd: number;
  runStart: number;
  runEnd: number;
}

const SPACE = 1;
const WORD_START = 2;
const WORD_PART = 4;
const DIGIT = 8;
const OPERATOR = 16;

const classes = new Uint8Array(256);
for (const c of " \t\n\r\f\v") classes[c.charCodeAt(0)] = SPACE;
for (const c of "~!@#^&|`?+-*/%<>=") classes[c.charCodeAt(0)] = OPERATOR;
for (let c = 0; c < 256; c++) {
  const digit = c >= 48 && c <= 57;
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c >= 128;
  if (letter) classes[c] = WORD_START | WORD_PART;
  if (digit) classes[c] = DIGIT | WORD_PART;
}
classes[36] = WORD_PART;

function classOf(byte: number | undefined): number {
  return byte === undefined ? 0 : (classes[byte] ?? 0);
}

/** Space, tab, form feed, vertical tab or a line break. */
export function isSpace(byte: number | undefined): boolean {
  return (classOf(byte) & SPACE) !== 0;
}

/** A byte that can be part of an operator. */
export function isOperator(byte: number | undefined): boolean {
  return (classOf(byte) & OPERATOR) !== 0;
}

/** A letter, an underscore or a byte above ASCII: what an identifier starts with. */
export function isWordStart(byte: number | undefined): boolean {
  return (classOf(byte) & WORD_START) !== 0;
}

/** A byte that continues an identifier; `$` does too. */
export function isWordPart(byte: number | undefined): boolean {
  return (classOf(byte) & WORD_PART) !== 0;
}

export function isLineBreak(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

/** A lexer that reads the bytes from `at` up to `limit`. */
export function lexerAt(bytes: Buffer, at: number, limit: number): Lexer {
  return {
    bytes,
    limit,
    at,
    kind: "end",
    start: at,
    end: at,
    closed: true,
    lastComment: -1,
    longestOperator: 0,
    longestRun: 0,
    operatorStart: -1,
    operatorEnd: -1,
    runStart: -1,
    runEnd: -1,
  };
}

function token(lexer: Lexer, kind: TokenKind, start: number, end: number, closed: boolean): TokenKind {
  lexer.kind = kind;
  lexer.start = start;
  lexer.end = end;
  lexer.at = end;
  lexer.closed = closed;
  return kind;
}

/** Moves to the next token and returns its kind; `end` at the limit. Linear, never throws. */
export function advance(lexer: Lexer): TokenKind {
  const { bytes, limit } = lexer;
  let i = lexer.at;
  for (;;) {
    while (i < limit && isSpace(bytes[i])) i++;
    if (i >= limit) return token(lexer, "end", limit, limit, true);
    const byte = bytes[i];
    const next = i + 1 < limit ? bytes[i + 1] : undefined;
    if (byte === 45 && next === 45) {
      lexer.lastComment = i;
      i = lineEnd(bytes, i + 2, limit);
      continue;
    }
    if (byte === 47 && next === 42) {
      const end = skipBlockComment(lexer, i);
      if (end < 0) return token(lexer, "comment", i, limit, false);
      lexer.lastComment = i;
      i = end;
      continue;
    }
    const kind = classOf(byte);
    if (kind & WORD_START) {
      let j = i + 1;
      while (j < limit && isWordPart(bytes[j])) j++;
      if (j === i + 1 && (byte === 101 || byte === 69) && j < limit && bytes[j] === 39) {
        return quoted(lexer, "string", i, escapeStringEnd(bytes, j + 1, limit));
      }
      return token(lexer, "word", i, j, true);
    }
    if (byte === 39) return quoted(lexer, "string", i, quoteEnd(bytes, i + 1, limit, 39));
    if (byte === 34) return quoted(lexer, "name", i, quoteEnd(bytes, i + 1, limit, 34));
    if (kind & DIGIT) {
      let j = i + 1;
      while (j < limit && (bytes[j] === 46 || (bytes[j] !== 36 && isWordPart(bytes[j])))) j++;
      return token(lexer, "number", i, j, true);
    }
    if (byte === 36) {
      const tagEnd = dollarTagEnd(bytes, i, limit);
      if (tagEnd > 0) return quoted(lexer, "dollar", i, dollarEnd(bytes, i, tagEnd, limit));
    }
    if (kind & OPERATOR) countOperator(lexer, i);
    return token(lexer, "other", i, i + 1, true);
  }
}

function quoted(lexer: Lexer, kind: TokenKind, start: number, end: number): TokenKind {
  return end < 0 ? token(lexer, kind, start, lexer.limit, false) : token(lexer, kind, start, end, true);
}

function countOperator(lexer: Lexer, at: number): void {
  if (lexer.operatorEnd !== at) lexer.operatorStart = at;
  lexer.operatorEnd = at + 1;
  lexer.longestOperator = Math.max(lexer.longestOperator, at + 1 - lexer.operatorStart);
  if (lexer.runEnd !== at) lexer.runStart = at;
  lexer.runEnd = at + 1;
  lexer.longestRun = Math.max(lexer.longestRun, at + 1 - lexer.runStart);
}

/** The end of a comment that starts at `start`, which may hold others; -1 when it never ends. */
function skipBlockComment(lexer: Lexer, start: number): number {
  const { bytes, limit } = lexer;
  let runStart = lexer.runEnd === start ? lexer.runStart : start;
  let depth = 0;
  let i = start;
  while (i < limit) {
    const byte = bytes[i];
    if (byte === 47 && bytes[i + 1] === 42 && i + 1 < limit) {
      depth++;
      i += 2;
    } else if (byte === 42 && bytes[i + 1] === 47 && i + 1 < limit) {
      depth--;
      i += 2;
      if (depth === 0) break;
    } else {
      if ((classOf(byte) & OPERATOR) === 0) {
        if (i - runStart > lexer.longestRun) lexer.longestRun = i - runStart;
        runStart = i + 1;
      }
      i++;
    }
  }
  if (i - runStart > lexer.longestRun) lexer.longestRun = i - runStart;
  lexer.runStart = runStart;
  lexer.runEnd = i;
  return depth === 0 ? i : -1;
}

/** The offset of the line break (or the limit) at or after `from`. */
export function lineEnd(bytes: Buffer, from: number, limit: number): number {
  let i = from;
  while (i < limit && !isLineBreak(bytes[i])) i++;
  return Math.min(i, limit);
}

/** The start of the line after the break at or after `from`; CRLF is one break. The limit when there is none. */
export function nextLine(bytes: Buffer, from: number, limit: number): number {
  const end = lineEnd(bytes, from, limit);
  if (end >= limit) return limit;
  return bytes[end] === 13 && bytes[end + 1] === 10 ? Math.min(end + 2, limit) : end + 1;
}

/** The start of the line that holds this offset, not before `floor`. */
export function lineStart(bytes: Buffer, at: number, floor: number): number {
  let i = at;
  while (i > floor && !isLineBreak(bytes[i - 1])) i--;
  return i;
}

function quoteEnd(bytes: Buffer, from: number, limit: number, quote: number): number {
  let i = from;
  while (i < limit) {
    if (bytes[i] === quote) {
      if (bytes[i + 1] !== quote || i + 1 >= limit) return i + 1;
      i++;
    }
    i++;
  }
  return -1;
}

function escapeStringEnd(bytes: Buffer, from: number, limit: number): number {
  let i = from;
  while (i < limit) {
    const byte = bytes[i];
    if (byte === 92) i++;
    else if (byte === 39) {
      if (bytes[i + 1] !== 39 || i + 1 >= limit) return i + 1;
      i++;
    }
    i++;
  }
  return -1;
}

/** The offset after the opening `$tag$` at `start`, or -1 when there is none. */
export function dollarTagEnd(bytes: Buffer, start: number, limit: number): number {
  let i = start + 1;
  if (i < limit && bytes[i] !== 36 && !isWordStart(bytes[i])) return -1;
  while (i < limit && bytes[i] !== 36) {
    if (!isWordPart(bytes[i])) return -1;
    i++;
  }
  return i < limit ? i + 1 : -1;
}

function dollarEnd(bytes: Buffer, start: number, tagEnd: number, limit: number): number {
  // The search must not run past the limit, or many short reads of a long text would cost its square.
  const within = limit < bytes.length ? bytes.subarray(0, limit) : bytes;
  const found = within.indexOf(bytes.subarray(start, tagEnd), tagEnd);
  return found < 0 ? -1 : found + tagEnd - start;
}

/** Whether the bytes of a word are these ASCII letters, in any case. `word` is lower case. */
export function wordIs(bytes: Buffer, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (((bytes[start + i] ?? 0) | 32) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** The ASCII word at an offset in lower case, "" when none starts there. */
export function wordAt(bytes: Buffer, at: number, limit: number): string {
  if (!isWordStart(bytes[at]) || at >= limit) return "";
  let end = at + 1;
  // No keyword is longer; a longer word equals none.
  while (end < limit && end - at < 40 && isWordPart(bytes[end])) end++;
  return bytes.toString("latin1", at, end).toLowerCase();
}

/** The first offset at or after `at` that is neither space nor comment. */
export function skipBlank(bytes: Buffer, at: number, limit: number): number {
  const lexer = lexerAt(bytes, at, limit);
  advance(lexer);
  return lexer.start;
}
