import { advance, isWordPart, isWordStart, lexerAt } from "./lexer.ts";
import { type Masked, type Region, writeName } from "./mask.ts";

const AT = 64;

/** Masks what extension scripts and build tools put between at signs: `@extschema@`, `@extschema:name@`, `@@x@@`, `@X@`. */
export function maskAtPlaceholders(source: Buffer): Masked {
  if (!source.includes(AT)) return { bytes: source, regions: [] };
  const bytes = Buffer.from(source);
  const regions: Region[] = [];
  const lexer = lexerAt(bytes, 0, bytes.length);
  while (advance(lexer) !== "end") {
    if (lexer.kind !== "other" || bytes[lexer.start] !== AT) continue;
    const end = placeholderEnd(bytes, lexer.start, bytes.length);
    if (end < 0) continue;
    writeName(bytes, lexer.start, end);
    regions.push({ start: lexer.start, end, as: "name" });
    // The identifier may go on after the placeholder: read it again as one word.
    lexer.at = lexer.start;
  }
  return regions.length === 0 ? { bytes: source, regions } : { bytes, regions };
}

function placeholderEnd(bytes: Buffer, start: number, limit: number): number {
  const signs = bytes[start + 1] === AT ? 2 : 1;
  let i = start + signs;
  if (!isWordStart(bytes[i])) return -1;
  while (i < limit && (isWordPart(bytes[i]) || bytes[i] === 58 || bytes[i] === 45 || bytes[i] === 46)) i++;
  const end = i + signs;
  if (end > limit || bytes[i] !== AT || bytes[end - 1] !== AT) return -1;
  return end;
}
