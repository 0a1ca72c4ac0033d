import { blank } from "./encoding.ts";
import {
  advance,
  isLineBreak,
  isSpace,
  isWordPart,
  isWordStart,
  type Lexer,
  lexerAt,
  lineEnd,
} from "./lexer.ts";
import { type Masked, type Region, writeName } from "./mask.ts";
import { opensLine } from "./statement-start.ts";

const MARKS = ["{", "<%", "%(", "$("];

/** A longer tag is no template but text with stray braces. */
const LONGEST = 4000;

/**
 * Masks template languages: `{{ x }}`, `<%= x %>`, `${x}`, `#{x}`, `%(x)s`, `$(x)`, `{x}` become identifiers;
 * `{% … %}`, `{# … #}`, `<% … %>`, and an expression that has its lines for itself become blank. Inside quotes only a
 * template with quotes of its own is touched, because it would end them too early.
 */
export function maskTemplates(source: Buffer): Masked {
  if (!MARKS.some((mark) => source.includes(mark))) return { bytes: source, regions: [] };
  const bytes = Buffer.from(source);
  const regions: Region[] = [];
  const find = closerFinder(bytes);
  const lexer = lexerAt(bytes, 0, bytes.length);
  while (advance(lexer) !== "end") {
    if (lexer.kind === "string" || lexer.kind === "name") {
      const inner = templateAcrossQuote(lexer, find);
      if (inner === null) continue;
      writeName(bytes, inner.start, inner.end);
      regions.push(inner);
      lexer.at = lexer.start;
      continue;
    }
    if (lexer.kind !== "other") continue;
    const region = templateAt(bytes, lexer.start, find);
    if (region === null) continue;
    if (region.as === "blank") {
      blank(bytes, region.start, region.end);
      lexer.at = region.end;
    } else {
      writeName(bytes, region.start, region.end);
      lexer.at = region.start;
    }
    regions.push(region);
  }
  return regions.length === 0 ? { bytes: source, regions } : { bytes, regions };
}

/** Where a closing tag follows; searches every stretch once however often it is asked in ascending order. */
type CloserFinder = (closer: string, from: number) => number;

function closerFinder(bytes: Buffer): CloserFinder {
  const known = new Map<string, number>();
  return (closer, from) => {
    let at = known.get(closer) ?? -1;
    if (at < from) {
      const found = bytes.indexOf(closer, from);
      at = found < 0 ? Number.POSITIVE_INFINITY : found;
      known.set(closer, at);
    }
    return at - from > LONGEST ? -1 : at + closer.length;
  };
}

function templateAt(bytes: Buffer, start: number, find: CloserFinder): Region | null {
  const first = bytes[start];
  const second = bytes[start + 1];
  const tag = (closer: string, as: Region["as"]): Region | null => {
    const end = find(closer, start + 2);
    return end < 0 ? null : { start, end, as };
  };
  if (first === 123) {
    if (second === 123) {
      const region = tag("}}", "name");
      return region !== null && hasOwnLines(bytes, region) ? { ...region, as: "blank" } : region;
    }
    if (second === 37) return tag("%}", "blank");
    if (second === 35) return tag("#}", "blank");
    return simple(bytes, start, start + 1, 125, 0);
  }
  if (first === 60 && second === 37) return tag("%>", bytes[start + 2] === 61 ? "name" : "blank");
  if ((first === 36 || first === 35) && second === 123) return simple(bytes, start, start + 2, 125, 0);
  if (first === 36 && second === 40) return simple(bytes, start, start + 2, 41, 0);
  if (first === 37 && second === 40) return simple(bytes, start, start + 2, 41, 115);
  return null;
}

/** A name between delimiters: `${a.b}`, `%(a)s`. `suffix` is a byte that must follow the closing one, 0 for none. */
function simple(bytes: Buffer, start: number, from: number, closer: number, suffix: number): Region | null {
  if (!isWordStart(bytes[from])) return null;
  let i = from;
  while (i < bytes.length && (isWordPart(bytes[i]) || bytes[i] === 46 || bytes[i] === 58 || bytes[i] === 45))
    i++;
  if (bytes[i] !== closer) return null;
  i++;
  if (suffix !== 0 && bytes[i++] !== suffix) return null;
  return { start, end: i, as: "name" };
}

function hasOwnLines(bytes: Buffer, region: Region): boolean {
  if (!opensLine(bytes, region.start, 0)) return false;
  const stop = lineEnd(bytes, region.end, bytes.length);
  for (let i = region.end; i < stop; i++) {
    if (!isSpace(bytes[i]) && bytes[i] !== 59) return false;
  }
  return true;
}

/** A `{{ … }}` that starts inside the quoted token and closes after it: its own quotes ended the token. */
function templateAcrossQuote(lexer: Lexer, find: CloserFinder): Region | null {
  const { bytes, start, end } = lexer;
  if (!lexer.closed && end - start > LONGEST * 4) return null;
  const token = bytes.subarray(start, end);
  const open = start + token.lastIndexOf("{{");
  if (open <= start || token.includes("}}", open - start)) return null;
  const close = find("}}", open + 2);
  if (close < 0) return null;
  for (let i = open; i < close; i++) if (isLineBreak(bytes[i])) return null;
  return { start: open, end: close, as: "name" };
}
