import {
  advance,
  isLineBreak,
  isSpace,
  isWordPart,
  type Lexer,
  lexerAt,
  lineStart,
  wordAt,
  wordIs,
} from "./lexer.ts";
import type { Chunk } from "./split.ts";
import { findStatementLine, opensLine, startsStatement } from "./statement-start.ts";

/**
 * Where to go on after a chunk that does not parse: the next line that clearly starts a statement, at or after the line of
 * the error; earlier only inside a quote that most likely lacks its end. null: after the chunk.
 */
export function resumeAt(bytes: Buffer, chunk: Chunk, error: number): number | null {
  const errorLine = lineStart(bytes, error, chunk.start);
  const lexer = lexerAt(bytes, chunk.start, chunk.next);
  const words = leadingWords(bytes, chunk);
  const grantsBelong = words[0] === "alter" && words[1] === "default";
  const isRule = words.includes("rule");
  let afterEnd = false;
  while (advance(lexer) !== "end") {
    const { kind, start, end } = lexer;
    if (kind === "string" || kind === "name" || kind === "dollar" || kind === "comment") {
      if (!lexer.closed || closesLikeItOpens(lexer) || opensLikeItCloses(lexer)) {
        const line = findStatementLine(bytes, start, end, kind === "dollar");
        if (line > 0) return line;
      }
    } else if (kind === "word") {
      const canStart = start >= errorLine && start > chunk.start && opensLine(bytes, start, chunk.start);
      if (canStart && startsStatement(bytes, start, chunk.next, afterEnd)) {
        if (!grantsBelong || !(wordIs(bytes, start, end, "grant") || wordIs(bytes, start, end, "revoke")))
          return start;
      }
    }
    const isSemicolon = kind === "other" && bytes[start] === 59;
    // A `;` the parser stumbles over stands in a parenthesis that lacks its end.
    if (isSemicolon && start === error && !isRule && end < chunk.next) return end;
    afterEnd = isSemicolon;
  }
  return null;
}

function leadingWords(bytes: Buffer, chunk: Chunk): readonly string[] {
  const lexer = lexerAt(bytes, chunk.start, chunk.next);
  const words: string[] = [];
  while (words.length < 4 && advance(lexer) === "word") words.push(wordAt(bytes, lexer.start, lexer.end));
  return words;
}

const OPENING_WORDS = new Set([
  "as",
  "is",
  "do",
  "default",
  "to",
  "like",
  "language",
  "password",
  "values",
  "select",
]);

/** Whether a string's opening quote reads like a closing one: nobody writes `';` at the end of a line to open a string. */
function opensLikeItCloses(lexer: Lexer): boolean {
  const { bytes, start, end, kind } = lexer;
  if (kind !== "string" || bytes[start] !== 39) return false;
  let i = start + 1;
  while (i < end && (bytes[i] === 41 || bytes[i] === 32)) i++;
  return bytes[i] === 59 && isLineBreak(bytes[i + 1]);
}

/**
 * Whether a quoted token's closing quote reads like an opening one: what stands before it expects a constant
 * (`… IS '`, `AS $$`). Then the quote that should have closed the token is missing somewhere above.
 */
function closesLikeItOpens(lexer: Lexer): boolean {
  const { bytes, start, end, kind } = lexer;
  if (kind === "name") return false;
  let i = end - 1;
  if (kind === "dollar") {
    i--;
    while (i > start && bytes[i] !== 36) i--;
  }
  while (i > start && isSpace(bytes[i - 1])) i--;
  const before = bytes[i - 1];
  if (before === 40 || before === 44 || before === 61) return true;
  let word = i;
  while (word > start && i - word < 12 && isWordPart(bytes[word - 1])) word--;
  return OPENING_WORDS.has(bytes.toString("latin1", word, i).toLowerCase());
}
