import { blank } from "./encoding.ts";
import { isLineBreak } from "./lexer.ts";
import { type Region, writeName } from "./mask.ts";

/** What a placeholder may stand for: nothing, a name, a string constant, a number. */
export type StandIn = Region["as"] | "number";

/** The stand-ins worth trying for a region, likeliest first. */
export function standInsFor(region: Region): readonly StandIn[] {
  const all: readonly StandIn[] = ["name", "number", "literal", "blank"];
  return region.end - region.start < 2 ? all.filter((standIn) => standIn !== "literal") : all;
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
      blank(bytes, start, end);
      if (!isLineBreak(bytes[start])) bytes[start] = 49;
      return;
    case "literal":
      blank(bytes, start, end);
      if (!isLineBreak(bytes[start]) && !isLineBreak(bytes[start + 1])) bytes.write("''", start, "latin1");
  }
}
