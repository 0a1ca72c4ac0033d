import { blank } from "./encoding.ts";
import { advance, isLineBreak, isSpace, type Lexer, lexerAt, lineEnd, wordIs } from "./lexer.ts";
import type { Masked, Region } from "./mask.ts";
import { type CopyDataFinder, copyDataFinder } from "./mask-copy.ts";
import { follow, freshNesting } from "./split.ts";
import type { Problem, Unseen } from "./types.ts";
import { addUnseen } from "./unseen-list.ts";

/** What psql would not send to the server, replaced; what it would follow and we do not; merge conflicts found. */
export interface PsqlMasked extends Masked {
  readonly unseen: readonly Unseen[];
  readonly problems: readonly Problem[];
}

/** Commands that send the statement typed so far: a `;` takes their place. */
const SENDS = new Set(
  `g gx gset gexec gdesc crosstabview crosstab watch bind bind_named parse sendpipeline startpipeline close_prepared
  close`.split(/\s+/),
);

/** Commands that take the rest of the line as it is: no other command and no SQL follows there. */
const WHOLE_LINE = new Set(["!", "copy", "h", "help", "ef", "ev", "sf", "sv", "o", "out", "w", "write"]);

/** More conflicts than this in one file say nothing new. */
const MOST_CONFLICTS = 1000;

const BACKSLASH = 92;
const SEMICOLON = 59;

/**
 * Masks what is never SQL: psql's meta-commands, the data of COPY … FROM STDIN and the marker lines of an unresolved
 * merge (these are a problem; both sides stay).
 */
export function maskPsql(source: Buffer): PsqlMasked {
  if (!mayNeedMask(source)) return { bytes: source, regions: [], unseen: [], problems: [] };
  const bytes = Buffer.from(source);
  const limit = bytes.length;
  const regions: Region[] = [];
  const unseen: Unseen[] = [];
  const problems: Problem[] = [];
  const findCopyData = copyDataFinder(bytes, limit);
  const lexer = lexerAt(bytes, 0, limit);
  let nesting = freshNesting();
  let copy: CopyState = "other";
  let inConflict = false;
  /** The end of the line that holds the last command: one line can hold many. */
  let stop = 0;
  const erase = (start: number, end: number): void => {
    if (end <= start) return;
    blank(bytes, start, end);
    regions.push({ start, end, as: "blank" });
  };
  const endStatement = (from: number): void => {
    if (copy === "stdin") lexer.at = eraseCopyData(findCopyData, from, erase);
    nesting = freshNesting();
    copy = "other";
  };

  while (advance(lexer) !== "end") {
    const { start } = lexer;
    if (lexer.kind === "other" && bytes[start] === BACKSLASH) {
      if (bytes[start + 1] === SEMICOLON) {
        erase(start, start + 1);
        continue;
      }
      if (stop <= start) stop = lineEnd(bytes, start, limit);
      const command = readCommand(bytes, start, stop);
      erase(start, command.end);
      lexer.at = command.end;
      const note = noteOn(command);
      if (note !== null) addUnseen(unseen, { span: { start, end: command.textEnd }, message: note });
      if (SENDS.has(command.name)) {
        bytes[start] = SEMICOLON;
        endStatement(command.end);
      } else if (command.name === "copy" && /\bfrom\s+p?stdin\b/i.test(command.text)) {
        lexer.at = eraseCopyData(findCopyData, command.end, erase);
      }
      continue;
    }
    const marker = conflictMarker(bytes, start, limit);
    if (marker !== null && (inConflict || marker === "<<<<<<<" || marker === ">>>>>>>")) {
      const end = lineEnd(bytes, start, limit);
      if ((marker === "<<<<<<<" || !inConflict) && problems.length < MOST_CONFLICTS) {
        problems.push({
          kind: "parse-error",
          span: { start, end: start + marker.length },
          message: `syntax error at or near "${marker}": unresolved merge conflict, both sides are checked`,
        });
      }
      inConflict = marker !== ">>>>>>>";
      erase(start, end);
      lexer.at = end;
      continue;
    }
    copy = nesting.tokens === 0 ? startCopy(lexer) : followCopy(copy, lexer, nesting.parentheses);
    if (follow(nesting, lexer)) endStatement(lexer.end);
  }
  return { bytes, regions, unseen, problems };
}

function mayNeedMask(bytes: Buffer): boolean {
  if (bytes.includes(BACKSLASH) || bytes.includes("<<<<<<<") || bytes.includes(">>>>>>>")) return true;
  if (bytes.includes("stdin") || bytes.includes("STDIN")) return true;
  return bytes.length < 1 << 28 && /stdin/i.test(bytes.toString("latin1"));
}

function eraseCopyData(
  find: CopyDataFinder,
  from: number,
  erase: (start: number, end: number) => void,
): number {
  const data = find(from);
  erase(data.start, data.end);
  return Math.max(data.end, from);
}

/** How far a statement has come on the way to COPY … FROM STDIN. */
type CopyState = "other" | "copy" | "from" | "stdin";

function startCopy(lexer: Lexer): CopyState {
  return lexer.kind === "word" && wordIs(lexer.bytes, lexer.start, lexer.end, "copy") ? "copy" : "other";
}

function followCopy(state: CopyState, lexer: Lexer, depth: number): CopyState {
  if (state === "other" || state === "stdin" || depth > 0) return state;
  const { bytes, start, end } = lexer;
  if (lexer.kind !== "word") return "copy";
  if (state === "from" && wordIs(bytes, start, end, "stdin")) return "stdin";
  return wordIs(bytes, start, end, "from") ? "from" : "copy";
}

/** The marker of a merge conflict that opens the line at an offset. `=======` alone could be an operator: not `<<<<<<< `. */
function conflictMarker(bytes: Buffer, at: number, limit: number): string | null {
  const byte = bytes[at];
  if (byte !== 60 && byte !== 61 && byte !== 62 && byte !== 124) return null;
  if (at > 0 && !isLineBreak(bytes[at - 1])) return null;
  for (let k = 1; k < 7; k++) if (bytes[at + k] !== byte) return null;
  const after = at + 7;
  const ends = after >= limit || isLineBreak(bytes[after]);
  if (byte === 61 ? !ends : !ends && bytes[after] !== 32) return null;
  return String.fromCharCode(byte ?? 0).repeat(7);
}

interface Command {
  /** Without the backslash; `!` and `?` are names too. */
  readonly name: string;
  /** From the backslash to `textEnd`. */
  readonly text: string;
  readonly textEnd: number;
  /** Where reading goes on: at the line break, at the next command, or after the `\\` that ends this one. */
  readonly end: number;
}

function readCommand(bytes: Buffer, start: number, stop: number): Command {
  let i = start + 1;
  while (i < stop && !isSpace(bytes[i]) && bytes[i] !== BACKSLASH && bytes[i] !== 124 && bytes[i] !== 40) i++;
  if (bytes[start + 1] === 33) i = start + 2;
  const written = bytes.toString("latin1", start + 1, i).replace(/\+$/, "");
  // The only command that psql takes in any case.
  const name = /^copy$/i.test(written) ? "copy" : written;
  let end = stop;
  let textEnd = stop;
  if (i === start + 1 && bytes[i] === BACKSLASH) {
    // A separator that follows no command.
    return { name: "", text: "\\\\", textEnd: i + 1, end: i + 1 };
  }
  if (!WHOLE_LINE.has(name) && !restIsPipe(bytes, i, stop)) {
    const at = argumentsEnd(bytes, i, stop);
    textEnd = at;
    end = at < stop && bytes[at + 1] === BACKSLASH && at + 1 < stop ? at + 2 : at;
  }
  while (textEnd > i && isSpace(bytes[textEnd - 1])) textEnd--;
  return { name, text: bytes.toString("utf8", start, textEnd), textEnd, end };
}

function restIsPipe(bytes: Buffer, from: number, stop: number): boolean {
  let i = from;
  while (i < stop && isSpace(bytes[i])) i++;
  return i < stop && bytes[i] === 124;
}

/** The next backslash outside quotes, which ends a command's arguments, or the end of the line. */
function argumentsEnd(bytes: Buffer, from: number, stop: number): number {
  let quote = 0;
  for (let i = from; i < stop; i++) {
    const byte = bytes[i];
    if (quote !== 0) {
      if (byte === BACKSLASH && quote === 39) i++;
      else if (byte === quote) quote = 0;
    } else if (byte === 39 || byte === 34 || byte === 96) quote = byte;
    else if (byte === BACKSLASH) return i;
  }
  return stop;
}

function noteOn(command: Command): string | null {
  const text = command.text.length > 200 ? `${command.text.slice(0, 200)}…` : command.text;
  switch (command.name) {
    case "i":
    case "ir":
    case "include":
    case "include_relative":
      return `included file is not followed: ${text}`;
    case "if":
      return `psql condition is not evaluated, all branches are read that fit together: ${text}`;
    case "gexec":
      return "\\gexec runs SQL that the query builds: not seen";
    default:
      return null;
  }
}
