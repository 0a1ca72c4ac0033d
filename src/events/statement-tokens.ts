import { isWordStart } from "../parser/lexer.ts";
import { type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { indexAt, tokensIn } from "./tokens.ts";

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;

/** A token of a statement's text. Offsets are bytes in that text. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol";
  readonly start: number;
  readonly end: number;
  /** Words in lower case, quoted identifiers without quotes, anything else as written. */
  readonly text: string;
}

/** The tokens of a statement, comments left out. Of most statements few are asked for: each is read when it is. */
export interface TokenList {
  readonly count: number;
  /** The token with this index; undefined past the last. */
  at(index: number): Token | undefined;
  /** Index of the token that starts at or after a byte offset; past the last their number. */
  indexAt(offset: number): number;
}

/** All tokens of a statement. The parser accepted the text, so it is well-formed. */
export function tokensOf(text: MappedText): TokenList {
  const tokens = tokensIn(text);
  const { bytes, starts, ends } = tokens;
  const ascii = bytes.length === text.text.length;
  return {
    count: starts.length,
    at(index) {
      const start = starts[index];
      const end = ends[index];
      if (start === undefined || end === undefined) return undefined;
      const written = ascii ? text.text.slice(start, end) : bytes.toString("utf8", start, end);
      const kind = kindOf(written);
      return { kind, start, end, text: textOf(kind, written) };
    },
    indexAt: (offset) => indexAt(tokens, offset),
  };
}

/** The first token with one of these words, or undefined. */
export function findWord(text: MappedText, words: ReadonlySet<string>): Token | undefined {
  const tokens = tokensOf(text);
  for (let i = 0; i < tokens.count; i++) {
    const token = tokens.at(i);
    if (token?.kind === "word" && words.has(token.text)) return token;
  }
  return undefined;
}

function kindOf(written: string): Token["kind"] {
  const first = written.charCodeAt(0);
  if (first === DOUBLE_QUOTE) return "quoted";
  if (first === QUOTE || (first === DOLLAR && written.endsWith("$"))) return "string";
  if (first >= 48 && first <= 57) return "number";
  if (isWordStart(first) || first > 127) {
    // E'…', B'…', X'…', U&'…', U&"…"
    return written.endsWith("'") ? "string" : written.endsWith('"') ? "quoted" : "word";
  }
  return "symbol";
}

function textOf(kind: Token["kind"], written: string): string {
  switch (kind) {
    case "word":
      // As PostgreSQL does it: other letters than those of ASCII stay as they are.
      return written.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    case "quoted":
      return written.slice(written.indexOf('"') + 1, -1).replaceAll('""', '"');
    default:
      return written;
  }
}

/** Source span of the (dotted) name that starts at a byte offset of the statement. */
export function nameSpanAt(text: MappedText, offset: number): Span {
  const tokens = tokensOf(text);
  let index = tokens.indexAt(offset);
  const start = tokens.at(index);
  if (start === undefined) return spanToSource(text.map, { start: offset, end: offset });
  let last = start;
  for (; tokens.at(index + 1)?.text === "."; index += 2) {
    const part = tokens.at(index + 2);
    if (part === undefined) break;
    last = part;
  }
  return spanToSource(text.map, { start: start.start, end: last.end });
}

/** Source span from the token at a byte offset over `count` tokens (fewer at the end). */
export function tokenSpan(text: MappedText, offset: number, count = 1): Span {
  const tokens = tokensIn(text);
  const index = indexAt(tokens, offset);
  const start = tokens.starts[index];
  const end = tokens.ends[Math.min(index + count, tokens.ends.length) - 1];
  if (start === undefined || end === undefined) return spanToSource(text.map, { start: offset, end: offset });
  return spanToSource(text.map, { start, end });
}

/** Byte offset of the first token after a run of keywords, looked for from `from` on; null when the run does not occur. */
export function afterKeywords(text: MappedText, keywords: readonly string[], from = 0): number | null {
  const tokens = tokensOf(text);
  for (let i = tokens.indexAt(from); i + keywords.length <= tokens.count; i++) {
    if (keywords.every((word, k) => isWord(tokens.at(i + k), word)))
      return tokens.at(i + keywords.length)?.start ?? null;
  }
  return null;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text === word;
}

/** Source span of the first run of tokens with these words (any kind of token), or null. */
export function wordsSpan(text: MappedText, words: readonly string[], from = 0): Span | null {
  const tokens = tokensOf(text);
  for (let i = tokens.indexAt(from); i + words.length <= tokens.count; i++) {
    if (words.every((word, k) => tokens.at(i + k)?.text === word)) {
      return spanToSource(text.map, {
        start: tokens.at(i)?.start ?? 0,
        end: tokens.at(i + words.length - 1)?.end ?? 0,
      });
    }
  }
  return null;
}

/** Source span of the dotted name written like this, looked for among tokens from `from` on; null when not found. */
export function writtenNameSpan(text: MappedText, name: readonly string[], from = 0): Span | null {
  const tokens = tokensOf(text);
  for (let i = tokens.indexAt(from); i < tokens.count; i++) {
    const first = tokens.at(i);
    if (first === undefined || !isName(first, name[0])) continue;
    if (tokens.at(i - 1)?.text === ".") continue;
    let last: Token | undefined = first;
    for (let k = 1; k < name.length && last !== undefined; k++) {
      const part = tokens.at(i + 2 * k);
      last = tokens.at(i + 2 * k - 1)?.text === "." && isName(part, name[k]) ? part : undefined;
    }
    if (last !== undefined) return spanToSource(text.map, { start: first.start, end: last.end });
  }
  return null;
}

function isName(token: Token | undefined, name: string | undefined): boolean {
  if (token === undefined || name === undefined) return false;
  return (token.kind === "word" || token.kind === "quoted") && token.text === name;
}
