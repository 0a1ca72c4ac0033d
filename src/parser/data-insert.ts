import { advance, lexerAt, wordAt } from "./lexer.ts";
import type { Chunk } from "./split.ts";

/** A smaller INSERT is parsed like any statement. */
const LARGE = 1 << 20;

const CONSTANTS = new Set(["null", "true", "false", "default"]);
const CLAUSES = new Set([
  "values",
  "overriding",
  "system",
  "user",
  "value",
  "on",
  "conflict",
  "do",
  "nothing",
]);

/**
 * Whether a chunk is a large INSERT … VALUES of constants only: data of a dump, of no interest to any rule, while
 * parsing it takes seconds and much memory.
 */
export function isDataInsert(bytes: Buffer, chunk: Chunk): boolean {
  if (chunk.end - chunk.start < LARGE || chunk.unclosed >= 0) return false;
  const lexer = lexerAt(bytes, chunk.start, chunk.end);
  const word = (): string => (advance(lexer) === "word" ? wordAt(bytes, lexer.start, lexer.end) : "");
  if (word() !== "insert" || word() !== "into") return false;
  let depth = 0;
  let inValues = false;
  let afterCast = false;
  while (advance(lexer) !== "end") {
    if (lexer.kind === "other") {
      const byte = bytes[lexer.start];
      if (byte === 40) depth++;
      else if (byte === 41) depth--;
      afterCast = byte === 58;
      continue;
    }
    if (lexer.kind === "word") {
      const name = wordAt(bytes, lexer.start, lexer.end);
      if (depth === 0 && name === "values") inValues = true;
      // A column or table name before VALUES, a type after `::`, a constant: anything else could be a call.
      else if (inValues && !afterCast && !CONSTANTS.has(name) && !(depth === 0 && CLAUSES.has(name)))
        return false;
      else if (!inValues && depth === 0 && (name === "select" || name === "with" || name === "table"))
        return false;
    }
    afterCast = false;
  }
  return inValues;
}
