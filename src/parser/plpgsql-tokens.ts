import { sharedName } from "../text/shared.ts";
import type { Span } from "../text/span.ts";
import { advance, lexerAt, type TokenKind, wordIs } from "./lexer.ts";

/**
 * The tokens of a PL/pgSQL body, as its own scanner cuts them: `:=`, `..`, `<<`, `>>`, `::` and `=>` are one token, `1..10` is
 * three, `$1` is one. Offsets are bytes in the body.
 */
export interface BodyTokens {
  readonly bytes: Buffer;
  readonly count: number;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly kinds: readonly TokenKind[];
}

/** A place between tokens. */
export interface Cursor {
  readonly tokens: BodyTokens;
  /** Index of the next token. */
  at: number;
}

/** The body and what the parser says of it do not fit together. */
export class OutOfStep extends Error {
  /** Byte offset in the body. */
  readonly offset: number;
  constructor(expected: string, offset: number) {
    super(`expected ${expected}`);
    this.name = "OutOfStep";
    this.offset = offset;
  }
}

const DOLLAR = 36;
const DOT = 46;
const PAIRS = new Set([":=", "..", "<<", ">>", "::", "=>"]);

/** Cuts a body into tokens. Linear; never throws. */
export function tokenize(bytes: Buffer): BodyTokens {
  const starts: number[] = [];
  const ends: number[] = [];
  const kinds: TokenKind[] = [];
  const lexer = lexerAt(bytes, 0, bytes.length);
  while (advance(lexer) !== "end") {
    const { start } = lexer;
    let { end, kind } = lexer;
    if (kind === "number") {
      // The lexer takes the dots of a range for the number's own.
      const range = bytes.subarray(start, end).indexOf("..");
      if (range > 0) end = start + range;
    } else if (kind === "other" && bytes[start] === DOLLAR && isDigit(bytes[start + 1])) {
      end = start + 1;
      while (isDigit(bytes[end])) end++;
      kind = "word";
    } else if (kind === "other" && PAIRS.has(bytes.toString("latin1", start, start + 2))) {
      end = start + 2;
    } else if (kind === "other" && bytes[start] === DOT && isDigit(bytes[start + 1])) {
      // `.5` is a number; the second dot of `1..5` was taken above.
      end = start + 1;
      while (isDigit(bytes[end])) end++;
      kind = "number";
    }
    lexer.at = end;
    starts.push(start);
    ends.push(end);
    kinds.push(kind);
  }
  return { bytes, count: starts.length, starts, ends, kinds };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Where a token starts; the end of the body after the last. */
export function startOf(tokens: BodyTokens, index: number): number {
  return tokens.starts[index] ?? tokens.bytes.length;
}

/** Where a token ends; the end of the body after the last. */
export function endOf(tokens: BodyTokens, index: number): number {
  return tokens.ends[index] ?? tokens.bytes.length;
}

/** From the start of one token to the end of another. */
export function spanOf(tokens: BodyTokens, first: number, last: number): Span {
  const start = startOf(tokens, first);
  return { start, end: Math.max(start, endOf(tokens, last)) };
}

/** Whether the token is this keyword (lower case) or punctuation. */
export function isToken(tokens: BodyTokens, index: number, text: string): boolean {
  const start = tokens.starts[index];
  const end = tokens.ends[index];
  if (start === undefined || end === undefined) return false;
  if (tokens.kinds[index] === "word") return wordIs(tokens.bytes, start, end, text);
  if (tokens.kinds[index] !== "other" || end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (tokens.bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether the next token is this one. */
export function nextIs(cursor: Cursor, ...texts: readonly string[]): boolean {
  return texts.some((text) => isToken(cursor.tokens, cursor.at, text));
}

/** Moves over the next token if it is this one. */
export function accept(cursor: Cursor, text: string): boolean {
  if (!isToken(cursor.tokens, cursor.at, text)) return false;
  cursor.at++;
  return true;
}

/** Moves over tokens that must come next. */
export function expect(cursor: Cursor, ...texts: readonly string[]): void {
  for (const text of texts) {
    if (!accept(cursor, text)) throw new OutOfStep(text, startOf(cursor.tokens, cursor.at));
  }
}

/** Moves to the next of these tokens outside parentheses and brackets. */
export function skipTo(cursor: Cursor, ...texts: readonly string[]): void {
  const { tokens } = cursor;
  let depth = 0;
  for (; cursor.at < tokens.count; cursor.at++) {
    if (depth === 0 && nextIs(cursor, ...texts)) return;
    if (nextIs(cursor, "(", "[")) depth++;
    else if (depth > 0 && nextIs(cursor, ")", "]")) depth--;
  }
  throw new OutOfStep(texts.join(" or "), tokens.bytes.length);
}

/** Moves to the first token at or after a byte offset. */
export function seek(cursor: Cursor, offset: number): void {
  const { starts, count } = cursor.tokens;
  let low = cursor.at;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  cursor.at = low;
}

/** Whether the token can be (part of) a name: a word, a parameter such as `$1`, or a quoted name. */
export function isName(tokens: BodyTokens, index: number): boolean {
  return tokens.kinds[index] === "word" || tokens.kinds[index] === "name";
}

/** One identifier, folded as the server folds it. */
export function takeIdentifier(cursor: Cursor): string {
  const { tokens, at } = cursor;
  if (!isName(tokens, at)) throw new OutOfStep("a name", startOf(tokens, at));
  cursor.at++;
  return identifier(tokens, at);
}

function identifier(tokens: BodyTokens, index: number): string {
  const text = tokens.bytes.toString("utf8", startOf(tokens, index), endOf(tokens, index));
  if (tokens.kinds[index] === "name") return text.slice(1, -1).replaceAll('""', '"');
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** A possibly qualified name with its span. */
export function takeName(cursor: Cursor): { readonly name: readonly string[]; readonly span: Span } {
  const first = cursor.at;
  const name = [takeIdentifier(cursor)];
  while (nextIs(cursor, ".") && isName(cursor.tokens, cursor.at + 1)) {
    cursor.at++;
    name.push(takeIdentifier(cursor));
  }
  return { name: sharedName(name), span: spanOf(cursor.tokens, first, cursor.at - 1) };
}
