import { blank } from "./encoding.ts";
import { advance, lexerAt } from "./lexer.ts";

/** A text with blanks in place of its comments: same length in bytes, same line breaks. */
export function withoutComments(slice: Buffer): Buffer {
  const text = Buffer.from(slice);
  const lexer = lexerAt(slice, 0, slice.length);
  let end = 0;
  while (advance(lexer) !== "end") {
    blank(text, end, lexer.start);
    end = lexer.end;
  }
  blank(text, end, text.length);
  return text;
}

/**
 * The same text for a second try, where the parser may have stumbled over a comment alone: libpg_query takes a comment for
 * the next token where PostgreSQL's grammar needs to look at that, as in `NOT -- those` … `IN`, and does not go on with a constant on the line
 * below it. null when it did not.
 */
export function afterStumble(text: string): string | null {
  const bytes = Buffer.from(text, "utf8");
  if (!/\b(?:not|nulls|with|without|format)\s*(?:--|\/\*)/i.test(text) && !isContinued(bytes)) return null;
  const blanked = withoutComments(bytes).toString("utf8");
  return blanked === text ? null : blanked;
}

/** Whether a constant, a comment to the end of its line, and a constant follow each other anywhere. */
function isContinued(bytes: Buffer): boolean {
  const lexer = lexerAt(bytes, 0, bytes.length);
  let end: number | null = null;
  for (let kind = advance(lexer); kind !== "end"; kind = advance(lexer)) {
    if (kind === "string" && end !== null && bytes.subarray(end, lexer.start).includes("--")) return true;
    end = kind === "string" ? lexer.end : null;
  }
  return false;
}
