import type { Span } from "./span.ts";

/** One SQL file (or standard input, or a prelude) with its bytes exactly as read. */
export interface Source {
  /** Relative to the working directory, with `/`; `<preset supabase>` and the like for built-in preludes. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** A place in a source: what provenance and findings point at. */
export interface Place {
  readonly source: Source;
  readonly span: Span;
}

/** A position for people and editors: 1-based line, 1-based UTF-16 column, 0-based UTF-16 offset in the file's text. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

interface LineIndex {
  /** Byte offset at which each line starts. */
  readonly lines: readonly number[];
  /**
   * Pairs of byte and UTF-16 offset of the same place, at most some 1000 bytes apart, so that a position in a very
   * long line costs no more than one in a short line. null when the source is ASCII: the two are then the same.
   */
  readonly places: { readonly bytes: readonly number[]; readonly units: readonly number[] } | null;
}

const indexes = new WeakMap<Source, LineIndex>();

const LF = 10;
const CR = 13;

const STRIDE = 1024;

function buildIndex(source: Source): LineIndex {
  const { bytes } = source;
  const lines = [0];
  let ascii = true;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === LF || (byte === CR && bytes[i + 1] !== LF)) lines.push(i + 1);
    else if (byte > 127) ascii = false;
  }
  if (ascii) return { lines, places: null };
  const places = { bytes: [0], units: [0] };
  let from = 0;
  let units = 0;
  while (from + STRIDE < bytes.length) {
    let to = from + STRIDE;
    while (to < bytes.length && isContinuation(bytes[to])) to++;
    units += bytes.toString("utf8", from, to).length;
    places.bytes.push(to);
    places.units.push(units);
    from = to;
  }
  return { lines, places };
}

/** Whether the byte is inside a UTF-8 sequence, not its first. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Index of the last of the ascending numbers that is not above `limit`; 0 when there is none. */
function lastNotAbove(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The UTF-16 offset of a byte offset. */
function unitsAt(source: Source, { places }: LineIndex, at: number): number {
  if (places === null) return at;
  const i = lastNotAbove(places.bytes, at);
  return (places.units[i] ?? 0) + source.bytes.toString("utf8", places.bytes[i] ?? 0, at).length;
}

function indexOf(source: Source): LineIndex {
  let index = indexes.get(source);
  if (index === undefined) {
    index = buildIndex(source);
    indexes.set(source, index);
  }
  return index;
}

/** How many lines the source has; an empty source has one. LF, CRLF and a lone CR end a line. */
export function lineCount(source: Source): number {
  return indexOf(source).lines.length;
}

/** The 1-based line of a byte offset; an offset past the end is on the last line. */
export function lineNumberAt(source: Source, byteOffset: number): number {
  return lastNotAbove(indexOf(source).lines, byteOffset) + 1;
}

/** The position of a byte offset; an offset past the end is the end. */
export function positionAt(source: Source, byteOffset: number): Position {
  const index = indexOf(source);
  const at = Math.max(0, Math.min(byteOffset, source.bytes.length));
  const line = lastNotAbove(index.lines, at);
  const offset = unitsAt(source, index, at);
  return { line: line + 1, column: offset - unitsAt(source, index, index.lines[line] ?? 0) + 1, offset };
}

/** The byte span of a 1-based line without its line break. */
export function lineSpan(source: Source, line: number): Span {
  const { lines } = indexOf(source);
  const start = lines[line - 1] ?? source.bytes.length;
  let end = lines[line] ?? source.bytes.length;
  while (end > start && (source.bytes[end - 1] === LF || source.bytes[end - 1] === CR)) end--;
  return { start, end };
}

/** The text of a 1-based line without its line break, and the byte span it occupies. */
export function lineAt(source: Source, line: number): { readonly text: string; readonly span: Span } {
  const span = lineSpan(source, line);
  return { text: source.bytes.toString("utf8", span.start, span.end), span };
}

/** The source text of a span. */
export function textOf(place: Place): string {
  return place.source.bytes.toString("utf8", place.span.start, place.span.end);
}
