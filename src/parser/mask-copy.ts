import type { Span } from "../text/span.ts";
import { isLineBreak, lineEnd, nextLine } from "./lexer.ts";
import { findStatementLine, startsStatement } from "./statement-start.ts";

/** Finds the data that follow a COPY … FROM STDIN; remembers what it has searched, so that a file costs one pass. */
export type CopyDataFinder = (from: number) => Span;

/**
 * Data begin on the line after `from` and end with a line that is exactly `\.`. Without one psql would read the rest
 * of the file; we stop at a line that looks like a statement, because that file is cut or was never meant for psql.
 */
export function copyDataFinder(bytes: Buffer, limit: number): CopyDataFinder {
  let exhausted = false;
  return (from) => {
    const start = nextLine(bytes, from, limit);
    if (!exhausted) {
      const end = terminatorEnd(bytes, start, limit);
      if (end >= 0) return { start, end };
      exhausted = true;
    }
    if (startsStatement(bytes, start, limit, true)) return { start, end: start };
    const line = findStatementLine(bytes, start, limit, false);
    return { start, end: line < 0 ? limit : line };
  };
}

/** The end of the line `\.` at or after `from`; -1 when there is none. */
function terminatorEnd(bytes: Buffer, from: number, limit: number): number {
  for (let at = bytes.indexOf("\\.", from); at >= 0 && at < limit; at = bytes.indexOf("\\.", at + 2)) {
    const end = at + 2;
    const opens = at === from || isLineBreak(bytes[at - 1]);
    if (opens && lineEnd(bytes, end, Math.min(limit, end + 1)) === end) return end;
    if (opens && end >= limit) return end;
  }
  return -1;
}
