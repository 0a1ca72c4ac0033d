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
  readonly bytes: readonly number[];
  /** UTF-16 offset at which each line starts; the same array when the source is ASCII. */
  readonly units: readonly number[];
}

const indexes = new WeakMap<Source, LineIndex>();

const LF = 10;
const CR = 13;

function buildIndex(source: Source): LineIndex {
  const { bytes } = source;
  const starts = [0];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === LF || (byte === CR && bytes[i + 1] !== LF)) starts.push(i + 1);
  }
  const text = bytes.toString("utf8");
  if (text.length === bytes.length) return { bytes: starts, units: starts };
  const units: number[] = [];
  let units0 = 0;
  for (let i = 0; i < starts.length; i++) {
    units.push(units0);
    units0 += bytes.toString("utf8", starts[i], starts[i + 1] ?? bytes.length).length;
  }
  return { bytes: starts, units };
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
  return indexOf(source).bytes.length;
}

/** The position of a byte offset; an offset past the end is the end. */
export function positionAt(source: Source, byteOffset: number): Position {
  const index = indexOf(source);
  const at = Math.max(0, Math.min(byteOffset, source.bytes.length));
  let low = 0;
  let high = index.bytes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((index.bytes[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  const units = source.bytes.toString("utf8", index.bytes[low] ?? 0, at).length;
  return { line: low + 1, column: units + 1, offset: (index.units[low] ?? 0) + units };
}

/** The text of a 1-based line without its line break, and the byte span it occupies. */
export function lineAt(source: Source, line: number): { readonly text: string; readonly span: Span } {
  const { bytes: starts } = indexOf(source);
  const start = starts[line - 1] ?? source.bytes.length;
  let end = starts[line] ?? source.bytes.length;
  while (end > start && (source.bytes[end - 1] === LF || source.bytes[end - 1] === CR)) end--;
  return { text: source.bytes.toString("utf8", start, end), span: { start, end } };
}

/** The source text of a span. */
export function textOf(place: Place): string {
  return place.source.bytes.toString("utf8", place.span.start, place.span.end);
}
