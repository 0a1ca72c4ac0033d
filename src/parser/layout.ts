/** SQL without its layout: what stays the same when somebody formats or comments it. */

import type { Span } from "../text/span.ts";
import { advance, dollarTagEnd, lexerAt } from "./lexer.ts";

/** Bodies in bodies in bodies: deeper than any code of people. */
const DEEPEST = 8;

/** The tokens of a part of a source, one blank between each two, words in lower case, without comments. Linear. */
export function withoutLayout(bytes: Buffer, span: Span): string {
  const parts: string[] = [];
  collect(bytes, span, 0, parts);
  return parts.join(" ");
}

function collect(bytes: Buffer, span: Span, depth: number, parts: string[]): void {
  const lexer = lexerAt(bytes, span.start, span.end);
  for (;;) {
    const kind = advance(lexer);
    if (kind === "end") return;
    const text = bytes.toString("utf8", lexer.start, lexer.end);
    if (kind === "dollar" && lexer.closed && depth < DEEPEST) {
      const tag = dollarTagEnd(bytes, lexer.start, lexer.end) - lexer.start;
      parts.push("$");
      collect(bytes, { start: lexer.start + tag, end: lexer.end - tag }, depth + 1, parts);
      parts.push("$");
    } else parts.push(kind === "word" ? text.toLowerCase() : text);
  }
}
