/** Where the tokens of a text begin and end: the parser's tree has starts only. */
import { dollarTagEnd, isSpace, isWordPart, isWordStart, lineEnd } from "../parser/lexer.ts";
import type { MappedText } from "../text/mapped-text.ts";

/** Tokens of a text by index; offsets are bytes in it. Comments are left out. */
export interface Tokens {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** For a bracket of `()[]` the index of its counterpart, else -1. */
  readonly partner: readonly number[];
  /** Index of the innermost opening bracket around a token, -1 outside; for a bracket, of the one around the pair. */
  readonly around: readonly number[];
  /** How many brackets are around a token. */
  readonly depth: readonly number[];
}

// Nearly all that is asked is about the text that was asked about last, or the one around it, and entries of a WeakMap are dear.
const RECENT = 4;
const recent: { readonly text: MappedText; readonly tokens: Tokens }[] = [];
let next = 0;
/** Longer ones are not kept longer than they are used. */
const LONG = 64 << 10;
const tokensOfLong = new WeakMap<MappedText, Tokens>();

/** The tokens of a text, mostly scanned once. Never throws; what never ends reaches to the end of the text. */
export function tokensIn(text: MappedText): Tokens {
  const isLong = text.text.length > LONG;
  const known = isLong ? tokensOfLong.get(text) : recent.find((one) => one.text === text)?.tokens;
  if (known !== undefined) return known;
  const tokens = scan(Buffer.from(text.text, "utf8"));
  if (isLong) tokensOfLong.set(text, tokens);
  else {
    recent[next] = { text, tokens };
    next = (next + 1) % RECENT;
  }
  return tokens;
}

const OPERATOR = new Set(Buffer.from("+-*/<>=~!@#%^&|`?"));
/** With one of these in it, an operator may end in + or -. */
const KEEPS_SIGN = new Set(Buffer.from("~!@#%^&|`?"));
const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKSLASH = 92;
const DASH = 45;
const PLUS = 43;
const SLASH = 47;
const STAR = 42;
const DOT = 46;
const DOLLAR = 36;
const AMPERSAND = 38;
const COLON = 58;
const EQUALS = 61;
const OPEN = 40;
const CLOSE = 41;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;

function scan(bytes: Buffer): Tokens {
  const starts: number[] = [];
  const ends: number[] = [];
  const partner: number[] = [];
  const around: number[] = [];
  const depth: number[] = [];
  const open: number[] = [];
  let at = skipBlank(bytes, 0);
  while (at < bytes.length) {
    const end = Math.min(tokenEnd(bytes, at), bytes.length);
    const byte = bytes[at];
    const index = starts.length;
    const opener = byte === CLOSE || byte === CLOSE_SQUARE ? open.pop() : undefined;
    if (opener !== undefined) partner[opener] = index;
    starts.push(at);
    ends.push(end);
    partner.push(opener ?? -1);
    around.push(open.at(-1) ?? -1);
    depth.push(open.length);
    if (byte === OPEN || byte === OPEN_SQUARE) open.push(index);
    at = skipBlank(bytes, end);
  }
  return { bytes, starts, ends, partner, around, depth };
}

/** The end of white space and comments from here on. */
function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    if (isSpace(bytes[at])) at++;
    else if (bytes[at] === DASH && bytes[at + 1] === DASH) at = lineEnd(bytes, at, bytes.length);
    else if (bytes[at] === SLASH && bytes[at + 1] === STAR) at = commentEnd(bytes, at);
    else break;
  }
  return at;
}

function commentEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === SLASH && bytes[at + 1] === STAR) {
      depth++;
      at++;
    } else if (bytes[at] === STAR && bytes[at + 1] === SLASH) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return bytes.length;
}

function tokenEnd(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  const next = bytes[at + 1];
  if (byte === undefined) return at + 1;
  if (isWordStart(byte)) {
    const letter = byte | 32;
    if (next === QUOTE && letter === 0x65) return stringEnd(bytes, at + 1, true);
    // N'…' is two tokens to the parser too.
    if (next === QUOTE && (letter === 0x62 || letter === 0x78)) return stringEnd(bytes, at + 1, false);
    if (next === AMPERSAND && letter === 0x75) {
      if (bytes[at + 2] === QUOTE) return withUescape(bytes, stringEnd(bytes, at + 2, false));
      if (bytes[at + 2] === DOUBLE_QUOTE) return withUescape(bytes, quotedEnd(bytes, at + 2));
    }
    let end = at + 1;
    while (isWordPart(bytes[end])) end++;
    return end;
  }
  if (byte === QUOTE) return stringEnd(bytes, at, false);
  if (byte === DOUBLE_QUOTE) return quotedEnd(bytes, at);
  if (isDigit(byte) || (byte === DOT && isDigit(next))) return numberEnd(bytes, at);
  if (byte === DOLLAR) return dollarEnd(bytes, at);
  if (OPERATOR.has(byte)) return operatorEnd(bytes, at);
  if (byte === COLON && (next === COLON || next === EQUALS)) return at + 2;
  if (byte === DOT && next === DOT) return at + 2;
  return at + 1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** The end of a string whose opening quote is here, with its continuations on further lines. */
function stringEnd(bytes: Buffer, quote: number, escapes: boolean): number {
  let at = quote + 1;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === BACKSLASH && escapes) at += 2;
    else if (byte !== QUOTE) at++;
    else if (bytes[at + 1] === QUOTE) at += 2;
    else {
      const next = continuation(bytes, at + 1);
      if (next < 0) return at + 1;
      at = next + 1;
    }
  }
  return bytes.length;
}

/** The quote that continues a string after a line break, or -1. */
function continuation(bytes: Buffer, from: number): number {
  let newline = false;
  let at = from;
  for (;;) {
    if (isSpace(bytes[at])) {
      newline ||= bytes[at] === 10 || bytes[at] === 13;
      at++;
    } else if (bytes[at] === DASH && bytes[at + 1] === DASH) at = lineEnd(bytes, at, bytes.length);
    else return newline && bytes[at] === QUOTE ? at : -1;
  }
}

function quotedEnd(bytes: Buffer, quote: number): number {
  let at = quote + 1;
  while (at < bytes.length) {
    if (bytes[at] !== DOUBLE_QUOTE) at++;
    else if (bytes[at + 1] === DOUBLE_QUOTE) at += 2;
    else return at + 1;
  }
  return bytes.length;
}

/** After `U&'…'` or `U&"…"`: the end of the UESCAPE clause where one follows. */
function withUescape(bytes: Buffer, end: number): number {
  const word = skipBlank(bytes, end);
  if (bytes.toString("latin1", word, word + 7).toLowerCase() !== "uescape") return end;
  const quote = skipBlank(bytes, word + 7);
  return bytes[quote] === QUOTE ? stringEnd(bytes, quote, false) : end;
}

function numberEnd(bytes: Buffer, from: number): number {
  let at = from;
  let dot = false;
  for (;;) {
    const byte = bytes[at];
    if (byte === DOT && !dot && bytes[at + 1] !== DOT) {
      dot = true;
      at++;
    } else if ((byte === DASH || byte === PLUS) && isExponent(bytes, from, at) && isDigit(bytes[at + 1]))
      at++;
    else if (byte !== DOLLAR && isWordPart(byte)) at++;
    else return at;
  }
}

/** Whether the byte before is the `e` of a decimal number. */
function isExponent(bytes: Buffer, from: number, at: number): boolean {
  const second = (bytes[from + 1] ?? 0) | 32;
  const hexadecimal = bytes[from] === 48 && second === 0x78;
  return !hexadecimal && ((bytes[at - 1] ?? 0) | 32) === 0x65;
}

function dollarEnd(bytes: Buffer, at: number): number {
  if (isDigit(bytes[at + 1])) {
    let end = at + 1;
    while (isDigit(bytes[end])) end++;
    return end;
  }
  const tagEnd = dollarTagEnd(bytes, at, bytes.length);
  if (tagEnd < 0) return at + 1;
  const close = bytes.indexOf(bytes.subarray(at, tagEnd), tagEnd);
  return close < 0 ? bytes.length : close + tagEnd - at;
}

/** As PostgreSQL reads them: the longest run, cut at a comment, and without a trailing sign that belongs to what follows. */
function operatorEnd(bytes: Buffer, from: number): number {
  let end = from;
  let keepsSign = false;
  while (end < bytes.length && OPERATOR.has(bytes[end] ?? 0)) {
    const byte = bytes[end] ?? 0;
    const next = bytes[end + 1];
    if ((byte === DASH && next === DASH) || (byte === SLASH && next === STAR)) break;
    keepsSign ||= KEEPS_SIGN.has(byte);
    end++;
  }
  if (!keepsSign) while (end > from + 1 && (bytes[end - 1] === PLUS || bytes[end - 1] === DASH)) end--;
  return end;
}

/** Index of the token that starts at a byte offset, or of the first after it; -1 past the last. */
export function tokenAt(tokens: Tokens, offset: number): number {
  const index = indexAt(tokens, offset);
  return index < tokens.starts.length ? index : -1;
}

/** The same; past the last token their number. */
export function indexAt({ starts }: Tokens, offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An unquoted word in lower case, a symbol as it is, "" for anything else or no token. */
export function wordOf(tokens: Tokens, index: number): string {
  const start = tokens.starts[index];
  const end = tokens.ends[index];
  if (start === undefined || end === undefined || end - start > 64) return "";
  const byte = tokens.bytes[start];
  if (byte === QUOTE || byte === DOUBLE_QUOTE || byte === DOLLAR) return "";
  return tokens.bytes.toString("latin1", start, end).toLowerCase();
}
