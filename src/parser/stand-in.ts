import { blank } from "./encoding.ts";
import { isLineBreak } from "./lexer.ts";
import { type Region, writeName } from "./mask.ts";

/** What a placeholder may stand for: nothing, a name, a string constant, a number, a whole query. */
export type StandIn = Region["as"] | "number" | "query";

/** The shortest query there is: PostgreSQL allows an empty select list. */
const QUERY = "SELECT";

/** The stand-ins worth trying for a region, likeliest first. */
export function standInsFor(region: Region): readonly StandIn[] {
  const length = region.end - region.start;
  const all: readonly StandIn[] = ["name", "number", "literal", "query", "blank"];
  return all.filter((standIn) => !(standIn === "query" && length < QUERY.length));
}

/** Writes a stand-in over a region. `original` are the bytes without any stand-in, from which a name is made. */
export function rewriteRegion(bytes: Buffer, original: Buffer, region: Region, standIn: StandIn): void {
  const { start, end } = region;
  original.copy(bytes, start, start, end);
  switch (standIn) {
    case "name":
      writeName(bytes, start, end);
      return;
    case "blank":
      blank(bytes, start, end);
      return;
    case "number":
      write(bytes, region, "1");
      return;
    case "literal":
      write(bytes, region, "''");
      return;
    case "query":
      write(bytes, region, QUERY);
  }
}

/** Writes text at a region's start and blanks the rest; only blanks where the first line has no room for it. */
function write(bytes: Buffer, region: Region, text: string): void {
  const { start, end } = region;
  blank(bytes, start, end);
  for (let i = start; i < start + text.length; i++) if (i >= end || isLineBreak(bytes[i])) return;
  bytes.write(text, start, "latin1");
}
