import { isWordStart } from "../parser/lexer.ts";
import { type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { tokensIn } from "./tokens.ts";

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

const cache = new WeakMap<MappedText, readonly Token[]>();

/** All tokens of a statement, comments left out. The parser accepted the text, so it is well-formed. */
export function tokensOf(text: MappedText): readonly Token[] {
  let tokens = cache.get(text);
  if (tokens === undefined) {
    tokens = scan(text);
    cache.set(text, tokens);
  }
  return tokens;
}

function scan(text: MappedText): readonly Token[] {
  const { bytes, starts, ends } = tokensIn(text);
  const ascii = bytes.length === text.text.length;
  return starts.map((start, i) => {
    const end = ends[i] ?? start;
    const written = ascii ? text.text.slice(start, end) : bytes.toString("utf8", start, end);
    const kind = kindOf(written);
    return { kind, start, end, text: textOf(kind, written) };
  });
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

/** Index of the token that starts at or after a byte offset. */
export function tokenIndexAt(tokens: readonly Token[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Source span of the (dotted) name that starts at a byte offset of the statement. */
export function nameSpanAt(text: MappedText, offset: number): Span {
  const tokens = tokensOf(text);
  let index = tokenIndexAt(tokens, offset);
  const start = tokens[index];
  if (start === undefined) return spanToSource(text.map, { start: offset, end: offset });
  let end = start.end;
  while (tokens[index + 1]?.text === "." && tokens[index + 2] !== undefined) {
    index += 2;
    end = tokens[index]?.end ?? end;
  }
  return spanToSource(text.map, { start: start.start, end });
}

/** Source span from the token at a byte offset over `count` tokens (fewer at the end). */
export function tokenSpan(text: MappedText, offset: number, count = 1): Span {
  const tokens = tokensOf(text);
  const index = tokenIndexAt(tokens, offset);
  const first = tokens[index];
  const last = tokens[Math.min(index + count, tokens.length) - 1] ?? first;
  if (first === undefined || last === undefined)
    return spanToSource(text.map, { start: offset, end: offset });
  return spanToSource(text.map, { start: first.start, end: last.end });
}

/** Byte offset of the first token after a run of keywords, looked for from `from` on; null when the run does not occur. */
export function afterKeywords(text: MappedText, keywords: readonly string[], from = 0): number | null {
  const tokens = tokensOf(text);
  for (let i = tokenIndexAt(tokens, from); i + keywords.length <= tokens.length; i++) {
    if (keywords.every((word, k) => tokens[i + k]?.kind === "word" && tokens[i + k]?.text === word)) {
      return tokens[i + keywords.length]?.start ?? null;
    }
  }
  return null;
}

/** Source span of the first run of tokens with these words (any kind of token), or null. */
export function wordsSpan(text: MappedText, words: readonly string[], from = 0): Span | null {
  const tokens = tokensOf(text);
  for (let i = tokenIndexAt(tokens, from); i + words.length <= tokens.length; i++) {
    if (words.every((word, k) => tokens[i + k]?.text === word)) {
      return spanToSource(text.map, {
        start: tokens[i]?.start ?? 0,
        end: tokens[i + words.length - 1]?.end ?? 0,
      });
    }
  }
  return null;
}

/** Source span of the dotted name written like this, looked for among tokens from `from` on; null when not found. */
export function writtenNameSpan(text: MappedText, name: readonly string[], from = 0): Span | null {
  const tokens = tokensOf(text);
  for (let i = tokenIndexAt(tokens, from); i < tokens.length; i++) {
    if (!isName(tokens[i], name[0])) continue;
    if (tokens[i - 1]?.text === ".") continue;
    let matches = true;
    for (let k = 1; k < name.length; k++) {
      if (tokens[i + 2 * k - 1]?.text !== "." || !isName(tokens[i + 2 * k], name[k])) {
        matches = false;
        break;
      }
    }
    const last = tokens[i + 2 * (name.length - 1)];
    if (matches && last !== undefined) {
      return spanToSource(text.map, { start: tokens[i]?.start ?? 0, end: last.end });
    }
  }
  return null;
}

function isName(token: Token | undefined, name: string | undefined): boolean {
  if (token === undefined || name === undefined) return false;
  return (token.kind === "word" && token.text === name) || (token.kind === "quoted" && token.text === name);
}
