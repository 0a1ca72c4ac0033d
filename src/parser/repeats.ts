import { wordAt } from "./lexer.ts";
import type { Chunk } from "./split.ts";

/** What once more changes nothing. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["grant", "revoke", "select", "set", "comment"]);
/** So often in a row a statement is read. */
const KEPT = 16;

/**
 * Tells the statements that say, word for word, what the sixteen before them say. To be asked for each chunk of a file in
 * turn.
 */
export function repeats(bytes: Buffer): (chunk: Chunk) => boolean {
  let before: Chunk | null = null;
  let count = 0;
  return (chunk) => {
    const same =
      before !== null &&
      chunk.end - chunk.start === before.end - before.start &&
      bytes.compare(bytes, before.start, before.end, chunk.start, chunk.end) === 0;
    before = chunk;
    count = same ? count + 1 : 1;
    return count > KEPT && chunk.terminated && IDEMPOTENT.has(wordAt(bytes, chunk.start, chunk.end));
  };
}
