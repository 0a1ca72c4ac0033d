import { type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";

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
    tokens = scan(text.text);
    cache.set(text, tokens);
  }
  return tokens;
}

const TOKEN =
  /(?<space>\s+|--[^\n\r]*)|(?<comment>\/\*)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<quoted>"(?:[^"]|"")*")|(?<string>'(?:[^']|'')*')|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<parameter>\$\d+)|(?<number>\d[\w.]*)|(?<double>::|:=|=>|\.\.|<>|!=|<=|>=)|(?<symbol>[\s\S])/uy;

function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const ascii = Buffer.byteLength(text, "utf8") === text.length;
  let bytes = 0;
  let at = 0;
  const push = (kind: Token["kind"], end: number, value: string): void => {
    const length = ascii ? end - at : Buffer.byteLength(text.slice(at, end), "utf8");
    tokens.push({ kind, start: bytes, end: bytes + length, text: value });
    bytes += length;
    at = end;
  };
  const skip = (end: number): void => {
    bytes += ascii ? end - at : Buffer.byteLength(text.slice(at, end), "utf8");
    at = end;
  };
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match?.groups === undefined) break;
    const { groups } = match;
    const end = at + match[0].length;
    if (groups["space"] !== undefined) skip(end);
    else if (groups["comment"] !== undefined) skip(commentEnd(text, at));
    else if (groups["word"] !== undefined) {
      if (match[0].length <= 2 && text[end] === "'" && /^(?:e|b|x|n)$/i.test(match[0])) {
        const close = /^e$/i.test(match[0]) ? escapedEnd(text, end) : quoteEnd(text, end);
        push("string", close, text.slice(at, close));
      } else push("word", end, match[0].toLowerCase());
    } else if (groups["quoted"] !== undefined)
      push("quoted", end, match[0].slice(1, -1).replaceAll('""', '"'));
    else if (groups["string"] !== undefined) push("string", end, match[0]);
    else if (groups["dollar"] !== undefined) {
      const close = text.indexOf(match[0], end);
      const stop = close < 0 ? text.length : close + match[0].length;
      push("string", stop, text.slice(at, stop));
    } else if (groups["number"] !== undefined) push("number", end, match[0]);
    else push("symbol", end, match[0]);
  }
  return tokens;
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith("/*", i)) {
      depth++;
      i++;
    } else if (text.startsWith("*/", i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

function quoteEnd(text: string, quote: number): number {
  for (let i = quote + 1; i < text.length; i++) {
    if (text[i] === "'") {
      if (text[i + 1] !== "'") return i + 1;
      i++;
    }
  }
  return text.length;
}

function escapedEnd(text: string, quote: number): number {
  for (let i = quote + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "'") {
      if (text[i + 1] !== "'") return i + 1;
      i++;
    }
  }
  return text.length;
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
