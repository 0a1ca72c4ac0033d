import { composeMap, type MappedText, type TextMap } from "../text/mapped-text.ts";
import { dollarTagEnd } from "./lexer.ts";

/** A string literal found in a text. */
export interface Literal {
  readonly value: MappedText;
  /** Byte offset just after the literal, its continuations and its UESCAPE clause. */
  readonly end: number;
}

/**
 * The value of one SQL string token: `'…'` with doubled quotes, `N'…'`, `E'…'`, `U&'…'` with UESCAPE, `$tag$…$tag$`, and
 * continuations on following lines, as PostgreSQL reads them with standard_conforming_strings. White space and comments
 * may stand around the token. null when the text is anything else, or its escapes are invalid or give invalid UTF-8.
 */
export function decodeLiteral(raw: MappedText): MappedText | null {
  const bytes = Buffer.from(raw.text, "utf8");
  const literal = literalAt(bytes, skipSpace(bytes, 0).at, raw.map);
  return literal !== null && skipSpace(bytes, literal.end).at === bytes.length ? literal.value : null;
}

/**
 * The string literal that starts exactly at a byte offset of a text, whose end need not be known: what a constant of the
 * parse tree has. `bytes` is the text as UTF-8 and `map` leads from there to the source.
 */
export function literalAt(bytes: Buffer, start: number, map: TextMap): Literal | null {
  const out = nothingYet();
  const end = readLiteral(out, bytes, start);
  if (end === null) return null;
  const value = Buffer.concat(out.parts);
  const text = value.toString("utf8");
  // An escape such as \xff can give bytes that are no text; the server refuses those and NUL.
  if (text.includes("\0") || (text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(value)))
    return null;
  return { value: { text, map: composeMap(out.map, map) }, end };
}

const QUOTE = 39;
const BACKSLASH = 92;
const DOLLAR = 36;
const DASH = 45;
const SLASH = 47;
const STAR = 42;
const LF = 10;
const CR = 13;

/** The value decoded so far. */
interface Decoded {
  readonly parts: Buffer[];
  readonly map: number[];
  length: number;
}

function nothingYet(): Decoded {
  return { parts: [], map: [], length: 0 };
}

/** Appends a piece of the value that stands in the text as it is. */
function verbatim(out: Decoded, bytes: Buffer, start: number, end: number): void {
  if (end > start) escaped(out, start, bytes.subarray(start, end));
}

/** Appends a piece of the value that an escape starting at `start` stands for. */
function escaped(out: Decoded, start: number, value: Buffer): void {
  out.map.push(out.length, start);
  out.parts.push(value);
  out.length += value.length;
}

/** Says where the value so far ends in the text. */
function endsAt(out: Decoded, offset: number): void {
  out.map.push(out.length, offset);
}

/** The offset after the literal, or null. */
function readLiteral(out: Decoded, bytes: Buffer, start: number): number | null {
  const first = bytes[start];
  if (first === DOLLAR) return dollarQuoted(out, bytes, start);
  if (first === QUOTE) return quoted(out, bytes, start, null);
  const second = bytes[start + 1];
  if (second === QUOTE && (first === 69 || first === 101)) return quoted(out, bytes, start + 1, BACKSLASH);
  if (second === QUOTE && (first === 78 || first === 110)) return quoted(out, bytes, start + 1, null);
  if (second === 38 && bytes[start + 2] === QUOTE && (first === 85 || first === 117))
    return unicode(out, bytes, start + 2);
  return null;
}

function dollarQuoted(out: Decoded, bytes: Buffer, start: number): number | null {
  const tagEnd = dollarTagEnd(bytes, start, bytes.length);
  if (tagEnd < 0) return null;
  const tag = bytes.subarray(start, tagEnd);
  const end = bytes.indexOf(tag, start + tag.length);
  if (end < 0) return null;
  verbatim(out, bytes, start + tag.length, end);
  endsAt(out, end);
  return end + tag.length;
}

/** From the opening quote, over continuations. `escapeByte` is BACKSLASH in E'…', null where only '' is special. */
function quoted(out: Decoded, bytes: Buffer, start: number, escapeByte: number | null): number | null {
  let at = start + 1;
  let run = at;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    if (byte === escapeByte) {
      verbatim(out, bytes, run, at);
      const after = backslash(out, bytes, at);
      if (after === null) return null;
      at = run = after;
    } else if (byte !== QUOTE) {
      at++;
    } else if (bytes[at + 1] === QUOTE) {
      verbatim(out, bytes, run, at);
      escaped(out, at, bytes.subarray(at, at + 1));
      at = run = at + 2;
    } else {
      verbatim(out, bytes, run, at);
      const { at: next, newline } = skipSpace(bytes, at + 1, true);
      // Marks where the text before ends, whether a continuation follows or the value ends here.
      endsAt(out, at);
      if (!newline || bytes[next] !== QUOTE) return at + 1;
      at = run = next + 1;
    }
  }
}

/** One backslash escape of E'…'; the offset after it. */
function backslash(out: Decoded, bytes: Buffer, at: number): number | null {
  const byte = bytes[at + 1];
  if (byte === undefined) return null;
  const letter = String.fromCharCode(byte);
  const simple = SIMPLE_ESCAPES.get(letter);
  if (simple !== undefined) {
    escaped(out, at, Buffer.from([simple]));
    return at + 2;
  }
  if (letter >= "0" && letter <= "7") {
    let end = at + 2;
    while (end < at + 4 && isIn(bytes[end], 48, 55)) end++;
    escaped(out, at, Buffer.from([Number.parseInt(bytes.toString("latin1", at + 1, end), 8) & 255]));
    return end;
  }
  if (letter === "x" && hexDigits(bytes, at + 2, 1) > 0) {
    const end = at + 2 + hexDigits(bytes, at + 2, 2);
    escaped(out, at, Buffer.from([Number.parseInt(bytes.toString("latin1", at + 2, end), 16)]));
    return end;
  }
  if (letter === "u" || letter === "U") {
    const digits = letter === "u" ? 4 : 8;
    return codePoint(out, bytes, at, at + 2, digits, (next) =>
      bytes[next] === BACKSLASH ? unicodeEscape(bytes, next) : null,
    );
  }
  // Any other character stands for itself: leave the rest of a multi-byte one to the next run.
  escaped(out, at, bytes.subarray(at + 1, at + 2));
  return at + 2;
}

/** A code point in hexadecimal, with the low surrogate that `second` finds after a high one. */
function codePoint(
  out: Decoded,
  bytes: Buffer,
  at: number,
  from: number,
  digits: number,
  second: (next: number) => { readonly from: number; readonly digits: number } | null,
): number | null {
  if (hexDigits(bytes, from, digits) < digits) return null;
  let value = Number.parseInt(bytes.toString("latin1", from, from + digits), 16);
  let end = from + digits;
  if (value >= 0xd800 && value <= 0xdbff) {
    const low = second(end);
    if (low === null || hexDigits(bytes, low.from, low.digits) < low.digits) return null;
    end = low.from + low.digits;
    const unit = Number.parseInt(bytes.toString("latin1", low.from, end), 16);
    if (unit < 0xdc00 || unit > 0xdfff) return null;
    value = 0x10000 + ((value - 0xd800) << 10) + (unit - 0xdc00);
  }
  if (value === 0 || value > 0x10ffff || (value >= 0xdc00 && value <= 0xdfff)) return null;
  escaped(out, at, Buffer.from(String.fromCodePoint(value), "utf8"));
  return end;
}

/** U&'…' [UESCAPE 'c']: the escape character stands after the string, so the string is read twice. */
function unicode(out: Decoded, bytes: Buffer, start: number): number | null {
  const plain = nothingYet();
  const end = quoted(plain, bytes, start, null);
  if (end === null) return null;
  const clause = uescape(bytes, end);
  if (clause === null) return null;
  // Escapes are found in the value after quotes are undoubled: the server does it in this order too.
  const value = Buffer.concat(plain.parts);
  const inner = nothingYet();
  if (!unicodeEscapes(inner, value, clause.character)) return null;
  out.parts.push(Buffer.concat(inner.parts));
  for (const offset of composeMap(inner.map, plain.map)) out.map.push(offset);
  return clause.end;
}

function unicodeEscapes(out: Decoded, bytes: Buffer, escapeByte: number): boolean {
  const form = (next: number) => (bytes[next] === escapeByte ? uescapeForm(bytes, next) : null);
  let run = 0;
  for (let at = bytes.indexOf(escapeByte); at >= 0; at = bytes.indexOf(escapeByte, run)) {
    verbatim(out, bytes, run, at);
    if (bytes[at + 1] === escapeByte) {
      escaped(out, at, bytes.subarray(at, at + 1));
      run = at + 2;
      continue;
    }
    const { from, digits } = uescapeForm(bytes, at);
    const after = codePoint(out, bytes, at, from, digits, form);
    if (after === null) return false;
    run = after;
  }
  verbatim(out, bytes, run, bytes.length);
  endsAt(out, bytes.length);
  return true;
}

const SIMPLE_ESCAPES = new Map([
  ["b", 8],
  ["f", 12],
  ["n", LF],
  ["r", CR],
  ["t", 9],
  ["v", 11],
]);

function isIn(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}

/** How many hexadecimal digits stand at an offset, at most `most`. */
function hexDigits(bytes: Buffer, at: number, most: number): number {
  let count = 0;
  while (count < most) {
    const byte = bytes[at + count];
    if (!(isIn(byte, 48, 57) || isIn(byte, 65, 70) || isIn(byte, 97, 102))) break;
    count++;
  }
  return count;
}

function unicodeEscape(bytes: Buffer, at: number): { readonly from: number; readonly digits: number } | null {
  const letter = bytes[at + 1];
  if (letter === 117) return { from: at + 2, digits: 4 };
  return letter === 85 ? { from: at + 2, digits: 8 } : null;
}

function uescapeForm(bytes: Buffer, at: number): { readonly from: number; readonly digits: number } {
  return bytes[at + 1] === 43 ? { from: at + 2, digits: 6 } : { from: at + 1, digits: 4 };
}

/** The escape character of a U&'…' and where its clause ends; a backslash when there is no clause. */
function uescape(bytes: Buffer, end: number): { readonly character: number; readonly end: number } | null {
  const { at } = skipSpace(bytes, end);
  if (bytes.toString("latin1", at, at + 7).toLowerCase() !== "uescape") return { character: BACKSLASH, end };
  const quote = skipSpace(bytes, at + 7).at;
  const character = bytes[quote + 1];
  if (bytes[quote] !== QUOTE || bytes[quote + 2] !== QUOTE || character === undefined) return null;
  if (hexDigits(bytes, quote + 1, 1) > 0 || [43, QUOTE, 34, 32, 9, LF, 11, 12, CR].includes(character))
    return null;
  return { character, end: quote + 3 };
}

/** Skips white space and comments; `lineOnly` leaves block comments, which end a continuation, in place. */
function skipSpace(
  bytes: Buffer,
  start: number,
  lineOnly = false,
): { readonly at: number; readonly newline: boolean } {
  let at = start;
  let newline = false;
  for (;;) {
    const byte = bytes[at];
    if (byte === LF || byte === CR) {
      newline = true;
      at++;
    } else if (byte === 32 || byte === 9 || byte === 11 || byte === 12) {
      at++;
    } else if (byte === DASH && bytes[at + 1] === DASH) {
      while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
    } else if (!lineOnly && byte === SLASH && bytes[at + 1] === STAR) {
      let depth = 1;
      at += 2;
      while (at < bytes.length && depth > 0) {
        if (bytes[at] === STAR && bytes[at + 1] === SLASH) {
          depth--;
          at += 2;
        } else if (bytes[at] === SLASH && bytes[at + 1] === STAR) {
          depth++;
          at += 2;
        } else at++;
      }
    } else return { at, newline };
  }
}
