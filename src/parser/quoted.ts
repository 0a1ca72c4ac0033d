import type { Span } from "../text/span.ts";
import { advance, dollarTagEnd, lexerAt } from "./lexer.ts";

/** What stands inside of quotes in a part of a source, without the quotes: strings and dollar quotes. Linear. */
export function quotedIn(bytes: Buffer, span: Span): readonly Span[] {
  const found: Span[] = [];
  const lexer = lexerAt(bytes, span.start, span.end);
  for (let kind = advance(lexer); kind !== "end"; kind = advance(lexer)) {
    const { start, end, closed } = lexer;
    if (kind !== "string" && kind !== "dollar") continue;
    const from = kind === "string" ? bytes.indexOf(39, start) + 1 : dollarTagEnd(bytes, start, end);
    const to = !closed ? end : kind === "string" ? end - 1 : end - (from - start);
    if (to > from) found.push({ start: from, end: to });
  }
  return found;
}
