import { blank } from "./encoding.ts";
import { advance, isSpace, isWordPart, isWordStart, lexerAt, skipBlank } from "./lexer.ts";
import { type Masked, type Region, writeName } from "./mask.ts";
import { follow, freshNesting } from "./split.ts";

const COLON = 58;

/**
 * Masks psql's variables: `:'v'` becomes a string constant, `:"v"` a quoted name, `:v` an identifier, `:{?v}` true. One
 * that opens a statement stands for any text (`:EXPLAIN SELECT …`): it becomes blank. Leaves `::`, `:=` and slices.
 */
export function maskVariables(source: Buffer): Masked {
  if (!source.includes(COLON)) return { bytes: source, regions: [] };
  const bytes = Buffer.from(source);
  const limit = bytes.length;
  const regions: Region[] = [];
  const lexer = lexerAt(bytes, 0, limit);
  let nesting = freshNesting();
  let brackets = 0;
  /** End of the previous token of this statement. */
  let before = 0;
  while (advance(lexer) !== "end") {
    const { start } = lexer;
    const byte = lexer.kind === "other" ? bytes[start] : 0;
    if (byte === COLON) {
      const next = bytes[start + 1];
      if (next === COLON || next === 61) {
        lexer.at = start + 2;
      } else if (!(brackets > 0 && endsOperand(bytes, before, start))) {
        const region = maskVariable(bytes, start, limit, nesting.tokens === 0);
        if (region !== null) {
          regions.push(region);
          lexer.at = region.end;
          // What follows a variable that became blank opens the statement, be it another variable.
          if (region.as === "blank") continue;
        }
      }
    } else if (byte === 91) brackets++;
    else if (byte === 93 && brackets > 0) brackets--;
    before = lexer.at;
    if (follow(nesting, lexer)) {
      nesting = freshNesting();
      brackets = 0;
    }
  }
  return regions.length === 0 ? { bytes: source, regions } : { bytes, regions };
}

/** Whether a subscript could stand before the colon at `at`: then it is a slice. */
function endsOperand(bytes: Buffer, before: number, at: number): boolean {
  let i = Math.min(before, at);
  while (i > 0 && isSpace(bytes[i - 1])) i--;
  const last = bytes[i - 1];
  return isWordPart(last) || last === 41 || last === 93 || last === 39 || last === 34;
}

function maskVariable(bytes: Buffer, start: number, limit: number, opens: boolean): Region | null {
  const first = bytes[start + 1];
  if (first === 39 || first === 34) {
    const end = nameEnd(bytes, start + 2, limit);
    if (end === start + 2 || bytes[end] !== first || end >= limit) return null;
    bytes[start] = first;
    bytes[start + 1] = 120;
    return { start, end: end + 1, as: first === 39 ? "literal" : "name" };
  }
  if (first === 123) {
    const end = nameEnd(bytes, start + 3, limit);
    if (bytes[start + 2] !== 63 || end === start + 3 || bytes[end] !== 125 || end >= limit) return null;
    blank(bytes, start, end + 1);
    bytes.write("true", start, "latin1");
    return { start, end: end + 1, as: "name" };
  }
  if (!isWordStart(first) || start + 1 >= limit) return null;
  const end = nameEnd(bytes, start + 1, limit);
  const after = opens ? bytes[skipBlank(bytes, end, limit)] : 0;
  if (opens && after !== 46 && after !== 40) {
    blank(bytes, start, end);
    return { start, end, as: "blank" };
  }
  writeName(bytes, start, end);
  return { start, end, as: "name" };
}

function nameEnd(bytes: Buffer, from: number, limit: number): number {
  let i = from;
  while (i < limit && bytes[i] !== 36 && isWordPart(bytes[i])) i++;
  return i;
}
