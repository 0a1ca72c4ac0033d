import { blank } from "./encoding.ts";
import { advance, type Lexer, lexerAt, wordAt, wordIs } from "./lexer.ts";

/** A shorter statement is given to the parser with all its rows. */
const LARGE = 64 << 10;
/** So many rows of one form stay; what the others would say has been said. */
const KEPT = 16;
/** A longer row has a form of its own. */
const LONGEST_FORM = 2000;

/**
 * A statement with fewer rows: in the VALUES lists of a long one, rows that differ from others in their constants alone are
 * overwritten with blanks. Data are of no interest to any rule, and parsing a million rows takes seconds and gigabytes.
 * Offsets stay; the given bytes are not written to.
 */
export function withoutEqualRows(statement: Buffer): Buffer {
  if (statement.length < LARGE) return statement;
  let text = statement;
  const lexer = lexerAt(statement, 0, statement.length);
  for (let afterValues = false; advance(lexer) !== "end"; ) {
    if (afterValues && isByte(lexer, 40)) {
      for (const { start, end } of equalRows(lexer)) {
        if (text === statement) text = Buffer.from(statement);
        blank(text, start, end);
      }
    }
    afterValues = lexer.kind === "word" && wordIs(statement, lexer.start, lexer.end, "values");
  }
  return text;
}

/** Rows to leave out, each with the comma before it. The lexer is on the parenthesis that opens the first row, and ends behind the last. */
function* equalRows(lexer: Lexer): Generator<{ readonly start: number; readonly end: number }> {
  const seen = new Map<string, number>();
  for (let start = lexer.start; ; ) {
    const form = rowForm(lexer);
    if (form === null) return;
    const count = seen.get(form) ?? 0;
    seen.set(form, count + 1);
    if (count >= KEPT) yield { start, end: lexer.end };
    advance(lexer);
    if (!isByte(lexer, 44)) return;
    start = lexer.start;
    advance(lexer);
    if (!isByte(lexer, 40)) return;
  }
}

/** All tokens of a row but its constants, the lexer being on its first; null when it never ends. Afterwards the lexer is on its last. */
function rowForm(lexer: Lexer): string | null {
  let form = "";
  for (let depth = 0; lexer.kind !== "end" && lexer.closed; advance(lexer)) {
    const { bytes, start, end, kind } = lexer;
    if (form.length > LONGEST_FORM) form = `row at ${start}`;
    if (kind === "word" && end - start < 40) form += ` ${wordAt(bytes, start, end)}`;
    else if (kind === "word" || kind === "name") form += ` ${bytes.toString("utf8", start, end)}`;
    else if (kind === "other") {
      const byte = bytes[start] ?? 0;
      if (byte === 40) depth++;
      else if (byte === 41) depth--;
      form += String.fromCharCode(byte);
      if (depth === 0) return form;
    } else form += kind === "number" ? "0" : "'";
  }
  return null;
}

function isByte(lexer: Lexer, byte: number): boolean {
  return lexer.kind === "other" && lexer.bytes[lexer.start] === byte;
}
