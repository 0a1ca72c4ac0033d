import { isUtf8 } from "node:buffer";
import type { Span } from "../text/span.ts";
import { isLineBreak } from "./lexer.ts";
import type { Problem } from "./types.ts";

/** Bytes that are UTF-8 without NUL, as long as the source's, and what had to be replaced to make them so. */
export interface CleanBytes {
  /** May be the given buffer itself when nothing had to change: do not write to it. */
  readonly bytes: Buffer;
  readonly problems: readonly Problem[];
}

/** More places than this in one file are counted, not listed. */
const LISTED = 10;
const SPACE = 32;
const UNDERSCORE = 95;

/**
 * Makes a source's bytes fit for the parser: what lies outside `range` and a byte order mark become blanks, NUL bytes
 * too; bytes that are no UTF-8 become `_`. A file in UTF-16 cannot be judged and becomes blank as a whole.
 */
export function cleanBytes(source: Buffer, range: Span | null): CleanBytes {
  const within = {
    start: Math.max(0, range?.start ?? 0),
    end: Math.min(source.length, range?.end ?? source.length),
  };
  const utf16 = utf16Problem(source);
  if (utf16 !== null) return { bytes: Buffer.alloc(source.length, SPACE), problems: [utf16] };

  const hasMark = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
  const hasNul = source.includes(0);
  const valid = isUtf8(source);
  const whole = within.start <= 0 && within.end >= source.length;
  if (!hasMark && !hasNul && valid && whole) return { bytes: source, problems: [] };

  const bytes = Buffer.from(source);
  if (hasMark) bytes.fill(SPACE, 0, 3);
  blank(bytes, 0, within.start);
  blank(bytes, Math.max(within.start, within.end), bytes.length);
  const problems: Problem[] = [];
  if (hasNul) problems.push(...replaceNul(bytes));
  if (!valid) problems.push(...replaceInvalid(bytes));
  return { bytes, problems };
}

/** Overwrites bytes with spaces and leaves line breaks as they are. */
export function blank(bytes: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (!isLineBreak(bytes[i])) bytes[i] = SPACE;
  }
}

function utf16Problem(source: Buffer): Problem | null {
  const little = source[0] === 0xff && source[1] === 0xfe;
  const big = source[0] === 0xfe && source[1] === 0xff;
  if (!little && !big && !looksLikeUtf16(source)) return null;
  return {
    kind: "parse-error",
    span: { start: 0, end: Math.min(2, source.length) },
    statement: { start: 0, end: source.length },
    message: "the file is UTF-16; PostgreSQL reads UTF-8: nothing in it was checked",
  };
}

/** UTF-16 without a mark: in Latin text every other byte is NUL. */
function looksLikeUtf16(source: Buffer): boolean {
  const sample = Math.min(source.length, 4096);
  if (sample < 8) return false;
  const zeros = [0, 0];
  for (let i = 0; i < sample; i++) {
    if (source[i] === 0) zeros[i & 1] = (zeros[i & 1] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = zeros;
  return Math.max(even, odd) > sample * 0.4 && Math.min(even, odd) < sample * 0.05;
}

function listProblems(places: readonly Span[], total: number, message: (place: Span) => string): Problem[] {
  return places.map((span, index) => {
    const more = index === places.length - 1 ? total - places.length : 0;
    return {
      kind: "parse-error",
      span,
      message: message(span) + (more > 0 ? ` (and ${more} more places)` : ""),
    };
  });
}

function replaceNul(bytes: Buffer): Problem[] {
  const places: Span[] = [];
  let total = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at)) {
    const start = at;
    while (bytes[at] === 0) bytes[at++] = SPACE;
    if (++total <= LISTED) places.push({ start, end: at });
  }
  return listProblems(places, total, () => "NUL byte: PostgreSQL does not accept it in SQL text");
}

function replaceInvalid(bytes: Buffer): Problem[] {
  const places: Span[] = [];
  const firsts: number[] = [];
  let total = 0;
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    const start = i;
    const first = bytes[i] ?? 0;
    while (i < bytes.length && sequenceLength(bytes, i) === 0) bytes[i++] = UNDERSCORE;
    if (++total <= LISTED) {
      places.push({ start, end: i });
      firsts.push(first);
    }
  }
  const hex = new Map(
    places.map((place, index) => [place, (firsts[index] ?? 0).toString(16).padStart(2, "0")]),
  );
  return listProblems(
    places,
    total,
    (place) => `invalid byte sequence for encoding "UTF8": 0x${hex.get(place)}`,
  );
}

/** How many bytes the UTF-8 character at an offset has; 0 when it is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  // Overlong forms, surrogates and what lies past U+10FFFF are told by the second byte.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) {
    const byte = bytes[at + k] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}
