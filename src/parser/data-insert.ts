import { advance, lexerAt, wordAt } from "./lexer.ts";
import type { Chunk } from "./split.ts";

/** A smaller INSERT is parsed like any statement, as long as there are few. */
const LARGE = 1 << 20;
/** So many small ones into the same columns are looked at. */
const KEPT = 100;

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

/** Tells the INSERT … VALUES of constants only that need not be parsed: data of a dump, of no interest to any rule. */
export type DataInserts = (chunk: Chunk) => boolean;

/**
 * Those are large ones, and small ones after the first `KEPT` into the same columns: parsing takes seconds and much memory.
 * To be asked for each chunk of a file in turn.
 */
export function dataInserts(bytes: Buffer): DataInserts {
  const counts = new Map<string, number>();
  return (chunk) => {
    const first = bytes[chunk.start] ?? 0;
    if ((first | 32) !== 105 || chunk.unclosed >= 0) return false;
    const valuesAt = dataInsert(bytes, chunk);
    if (valuesAt < 0) return false;
    if (chunk.end - chunk.start >= LARGE) return true;
    const target = bytes.toString("latin1", chunk.start, valuesAt);
    const count = (counts.get(target) ?? 0) + 1;
    counts.set(target, count);
    return count > KEPT;
  };
}

/** Where VALUES stands in an INSERT … VALUES of constants only; -1 when it is another statement. */
function dataInsert(bytes: Buffer, chunk: Chunk): number {
  const lexer = lexerAt(bytes, chunk.start, chunk.end);
  const word = (): string => (advance(lexer) === "word" ? wordAt(bytes, lexer.start, lexer.end) : "");
  if (word() !== "insert" || word() !== "into") return -1;
  let depth = 0;
  let valuesAt = -1;
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
      if (depth === 0 && name === "values") valuesAt = valuesAt < 0 ? lexer.start : valuesAt;
      // A column or table name before VALUES, a type after `::`, a constant: anything else could be a call.
      else if (valuesAt >= 0 && !afterCast && !CONSTANTS.has(name) && !(depth === 0 && CLAUSES.has(name)))
        return -1;
      else if (valuesAt < 0 && depth === 0 && (name === "select" || name === "with" || name === "table"))
        return -1;
    }
    afterCast = false;
  }
  return valuesAt;
}
