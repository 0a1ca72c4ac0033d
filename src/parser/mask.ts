import type { Span } from "../text/span.ts";
import { isLineBreak, isWordPart } from "./lexer.ts";

/** Bytes in which something was replaced: same length, same line breaks. */
export interface Masked {
  readonly bytes: Buffer;
  /** What was replaced, ascending, without overlap. Empty: `bytes` are the given ones. */
  readonly regions: readonly Region[];
}

/** One replaced stretch. */
export interface Region extends Span {
  /** `blank`: nothing stands in its place; `name`: an identifier does; `literal`: a string constant. */
  readonly as: "blank" | "name" | "literal";
}

const SPACE = 32;
const UNDERSCORE = 95;

/**
 * Makes an identifier of a stretch: bytes that cannot be part of one become `_`, so different placeholders stay
 * different names. Goes to the first line break; what follows becomes blank.
 */
export function writeName(bytes: Buffer, start: number, end: number): void {
  let i = start;
  for (; i < end && !isLineBreak(bytes[i]); i++) {
    const byte = bytes[i];
    const keeps = i > start && byte !== 36 && isWordPart(byte);
    if (!keeps) bytes[i] = UNDERSCORE;
  }
  for (; i < end; i++) {
    if (!isLineBreak(bytes[i])) bytes[i] = SPACE;
  }
}

/** The regions that touch a span, from an ascending list. */
export function regionsIn(regions: readonly Region[], span: Span): readonly Region[] {
  let low = 0;
  let high = regions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((regions[middle]?.end ?? 0) <= span.start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < regions.length && (regions[last]?.start ?? 0) < span.end) last++;
  return regions.slice(low, last);
}
