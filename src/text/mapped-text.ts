import type { Span } from "./span.ts";

/**
 * Piecewise map from byte offsets in a decoded text to byte offsets in its source: flat pairs
 * `[decoded, source, decoded, source, …]`, ascending; inside a piece both advance byte for byte.
 */
export type TextMap = readonly number[];

/** Text that the parser sees, with the way back to the source: a statement, a body, a nested template. */
export interface MappedText {
  readonly text: string;
  readonly map: TextMap;
}

/** Text that stands in the source as it is, from this byte offset on. */
export function verbatim(text: string, sourceStart: number): MappedText {
  return { text, map: [0, sourceStart] };
}

/**
 * The source offset of a byte offset in the mapped text. Where two pieces share a decoded offset, the first says where
 * the text before it ends in the source (a gap such as `'a' ⏎ 'b'` lies between), the second where the next one starts.
 */
export function toSource(map: TextMap, offset: number): number {
  const piece = lastPiece(map, offset);
  return (map[2 * piece + 1] ?? 0) + offset - (map[2 * piece] ?? 0);
}

/** The source offset at which text that ends at this byte offset ends: before a gap, where `toSource` is after it. */
export function toSourceEnd(map: TextMap, offset: number): number {
  let piece = lastPiece(map, offset);
  while (piece > 0 && map[2 * piece - 2] === offset) piece--;
  return (map[2 * piece + 1] ?? 0) + offset - (map[2 * piece] ?? 0);
}

/** Index of the last piece that starts at or before the offset. */
function lastPiece(map: TextMap, offset: number): number {
  let low = 0;
  let high = map.length / 2 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((map[2 * middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The source span of a byte span in the mapped text: escapes at its end are inside, gaps after it are not. */
export function spanToSource(map: TextMap, span: Span): Span {
  const start = toSource(map, span.start);
  const end = span.end <= span.start ? start : toSourceEnd(map, span.end);
  // Text that code puts together can begin with a value that stands behind the rest: then it is the part that comes first.
  return { start, end: end >= start ? end : start + endOfPiece(map, span) - span.start };
}

/** Where the piece that a span begins in ends, as an offset in the decoded text. */
function endOfPiece(map: TextMap, span: Span): number {
  return Math.min(map[2 * lastPiece(map, span.start) + 2] ?? span.end, span.end);
}

/** The map of a text inside a mapped text: `inner` maps into `outer`'s decoded text. */
export function composeMap(inner: TextMap, outer: TextMap): TextMap {
  const result: number[] = [];
  for (let i = 0; i < inner.length; i += 2) {
    const decoded = inner[i] ?? 0;
    const middle = inner[i + 1] ?? 0;
    const next = inner[i + 2] ?? Number.POSITIVE_INFINITY;
    result.push(decoded, next === decoded ? toSourceEnd(outer, middle) : toSource(outer, middle));
    for (let k = 2 * lastPiece(outer, middle) + 2; k < outer.length; k += 2) {
      const at = decoded + (outer[k] ?? 0) - middle;
      if (at >= next) break;
      result.push(at, outer[k + 1] ?? 0);
    }
  }
  // What grows by pushing keeps room for more, and nearly every map is one pair.
  return result.slice();
}

/** A slice of a mapped text by byte offsets of its decoded text. */
export function sliceMapped(mapped: MappedText, span: Span): MappedText {
  return { text: sliceBytes(mapped.text, span.start, span.end), map: sliceMap(mapped.map, span) };
}

/** The map of a slice, by byte offsets of the decoded text. */
export function sliceMap(map: TextMap, span: Span): TextMap {
  const sliced = [0, toSource(map, span.start)];
  for (let k = 2 * lastPiece(map, span.start) + 2; k < map.length && (map[k] ?? 0) <= span.end; k += 2) {
    sliced.push((map[k] ?? 0) - span.start, map[k + 1] ?? 0);
  }
  return sliced;
}

/** Slice of a string by UTF-8 byte offsets. */
export function sliceBytes(text: string, start: number, end: number): string {
  if (isAscii(text)) return text.slice(start, end);
  return Buffer.from(text, "utf8").toString("utf8", start, end);
}

/** Length of a string in UTF-8 bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Whether byte offsets and UTF-16 offsets are the same in this text. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text, "utf8") === text.length;
}
