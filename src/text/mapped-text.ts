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

/** The source offset of a byte offset in the mapped text. */
export function toSource(map: TextMap, offset: number): number {
  let low = 0;
  let high = map.length / 2 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((map[2 * middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return (map[2 * low + 1] ?? 0) + offset - (map[2 * low] ?? 0);
}

/** The source span of a byte span in the mapped text. The end is mapped through its last byte, so escapes at the end stay in. */
export function spanToSource(map: TextMap, span: Span): Span {
  const start = toSource(map, span.start);
  return { start, end: span.end <= span.start ? start : toSource(map, span.end - 1) + 1 };
}

/** The map of a text inside a mapped text: `inner` maps into `outer`'s decoded text. */
export function composeMap(inner: TextMap, outer: TextMap): TextMap {
  const result: number[] = [];
  for (let i = 0; i < inner.length; i += 2) {
    const decoded = inner[i] ?? 0;
    const middle = inner[i + 1] ?? 0;
    const nextDecoded = inner[i + 2] ?? Number.POSITIVE_INFINITY;
    result.push(decoded, toSource(outer, middle));
    const length = nextDecoded - decoded;
    for (let k = 0; k < outer.length; k += 2) {
      const at = (outer[k] ?? 0) - middle;
      if (at > 0 && at < length) result.push(decoded + at, outer[k + 1] ?? 0);
    }
  }
  return result;
}

/** A slice of a mapped text by byte offsets of its decoded text. */
export function sliceMapped(mapped: MappedText, span: Span): MappedText {
  const text = sliceBytes(mapped.text, span.start, span.end);
  return { text, map: composeMap([0, span.start], mapped.map) };
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
