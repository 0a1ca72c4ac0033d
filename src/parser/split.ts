import { advance, type Lexer, lexerAt, wordIs } from "./lexer.ts";

/** A stretch of SQL up to a `;` that belongs to no parenthesis and no BEGIN ATOMIC body: most likely one statement. */
export interface Chunk {
  /** First byte of the first token, end of the last token, and where the next chunk starts: after the `;`. */
  readonly start: number;
  readonly end: number;
  readonly next: number;
  /** Start of the last token. */
  readonly lastToken: number;
  /** Start of a quote or comment that never ends, -1 when there is none. */
  readonly unclosed: number;
  /** Whether it ends with a `;`: otherwise the text ended first. */
  readonly terminated: boolean;
  /** Deepest nesting of parentheses. */
  readonly depth: number;
  readonly longestOperator: number;
  readonly longestRun: number;
}

/** Counts parentheses and BEGIN ATOMIC … END token by token, to know whether a `;` ends a statement. */
export interface Nesting {
  parentheses: number;
  deepest: number;
  /** Open BEGIN ATOMIC and CASE, once inside the first. */
  atomic: number;
  /** Tokens of the statement so far. */
  tokens: number;
  isCreate: boolean;
  afterBegin: boolean;
  /** After `.` or AS a keyword is a name: `t.end`, `AS end`. */
  nameFollows: boolean;
}

export function freshNesting(): Nesting {
  return {
    parentheses: 0,
    deepest: 0,
    atomic: 0,
    tokens: 0,
    isCreate: false,
    afterBegin: false,
    nameFollows: false,
  };
}

/** Takes in the token the lexer is on. Returns whether it is a `;` that ends the statement. */
export function follow(nesting: Nesting, lexer: Lexer): boolean {
  const { bytes, start, end } = lexer;
  if (lexer.kind === "word") {
    if (nesting.tokens === 0) nesting.isCreate = wordIs(bytes, start, end, "create");
    if (nesting.isCreate) followWord(nesting, bytes, start, end);
  } else {
    nesting.afterBegin = false;
    nesting.nameFollows = false;
    if (lexer.kind === "other") {
      const byte = bytes[start];
      if (byte === 59 && nesting.parentheses === 0 && nesting.atomic === 0) return true;
      if (byte === 40) nesting.deepest = Math.max(nesting.deepest, ++nesting.parentheses);
      else if (byte === 41 && nesting.parentheses > 0) nesting.parentheses--;
      else if (byte === 46) nesting.nameFollows = true;
    }
  }
  nesting.tokens++;
  return false;
}

function followWord(nesting: Nesting, bytes: Buffer, start: number, end: number): void {
  const length = end - start;
  const isName = nesting.nameFollows;
  const afterBegin = nesting.afterBegin;
  nesting.nameFollows = length === 2 && wordIs(bytes, start, end, "as");
  nesting.afterBegin = !isName && length === 5 && wordIs(bytes, start, end, "begin");
  if (afterBegin && wordIs(bytes, start, end, "atomic")) nesting.atomic++;
  else if (nesting.atomic > 0 && !isName) {
    if (wordIs(bytes, start, end, "case")) nesting.atomic++;
    else if (wordIs(bytes, start, end, "end")) nesting.atomic--;
  }
}

/** The next chunk at or after `from`, or null when only space, comments and empty statements are left. */
export function nextChunk(bytes: Buffer, from: number, limit: number): Chunk | null {
  const lexer = lexerAt(bytes, from, limit);
  const nesting = freshNesting();
  let start = -1;
  let end = from;
  let lastToken = from;
  let unclosed = -1;
  for (;;) {
    const kind = advance(lexer);
    const atEnd = kind === "end";
    if (atEnd || follow(nesting, lexer)) {
      if (start < 0) {
        if (atEnd) return null;
        continue;
      }
      return {
        start,
        end,
        next: lexer.end,
        lastToken,
        unclosed,
        terminated: !atEnd,
        depth: nesting.deepest,
        longestOperator: lexer.longestOperator,
        longestRun: lexer.longestRun,
      };
    }
    if (start < 0) start = lexer.start;
    if (!lexer.closed) unclosed = lexer.start;
    lastToken = lexer.start;
    end = lexer.end;
  }
}
