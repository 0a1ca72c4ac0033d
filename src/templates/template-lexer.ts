/** Reads the literal text of a template like a lexer would: where it is when a hole comes. */

type Mode = "normal" | "quote" | "escape" | "dollar" | "identifier" | "line" | "block";

export interface Lexer {
  readonly mode: Mode;
  /** Closing tag of a dollar quote; depth of a block comment. */
  readonly tag: string;
  readonly depth: number;
  /** First word of the statement. */
  readonly first: string;
  /** Last clause keyword: from, select, where, set, values, by, columns … */
  readonly clause: string;
  /** Last tokens, the latest first; none at the beginning of a statement. */
  readonly last: string;
  readonly second: string;
  /** A word that text may still continue. */
  readonly partial: string;
  readonly character: string;
  readonly parentheses: number;
}

export const START: Lexer = {
  mode: "normal",
  tag: "",
  depth: 0,
  first: "",
  clause: "",
  last: "",
  second: "",
  partial: "",
  character: "",
  parentheses: 0,
};

/** Stands for a hole among the tokens. */
export const HOLE = "\0";
/** Stands for a name in double quotes: no word reads like this. */
const QUOTED_NAME = '""';
const CLAUSES = new Set(
  "select from where set values having limit offset returning using on with order group partition by".split(
    " ",
  ),
);

/** A lexer's state while it reads: changed in place, never the one it began with. */
export type Draft = { -readonly [K in keyof Lexer]: Lexer[K] };

export function finishWord(state: Draft): void {
  if (state.partial === "") return;
  const word = state.partial.toLowerCase();
  if (state.first === "") {
    state.first = word;
    if (word === "select") state.clause = word;
  } else if (CLAUSES.has(word)) state.clause = word;
  state.second = state.last;
  state.last = word;
  state.partial = "";
}

export function pushToken(state: Draft, token: string): void {
  if (state.first === "") state.first = token;
  state.second = state.last;
  state.last = token;
}

const WORD = /[A-Za-z0-9_\u0080-\uffff$]+/y;
const SPACE = /\s+/y;
const OPERATOR = /[-+*/<>=~!@#%^&|`?:]+/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** The state after some literal text. */
export function scan(start: Lexer, text: string): Lexer {
  const state: Draft = { ...start, character: text.at(-1) ?? start.character };
  let at = 0;
  while (at < text.length) {
    switch (state.mode) {
      case "normal":
        at = scanNormal(state, text, at);
        break;
      case "quote":
      case "escape":
        at = scanQuoted(state, quoteEnd(text, at, "'", state.mode === "escape"), "''", text.length);
        break;
      case "identifier":
        at = scanQuoted(state, quoteEnd(text, at, '"', false), QUOTED_NAME, text.length);
        break;
      case "dollar": {
        const end = text.indexOf(state.tag, at);
        at = scanQuoted(state, end < 0 ? -1 : end + state.tag.length, "''", text.length);
        break;
      }
      case "line": {
        const end = text.indexOf("\n", at);
        if (end >= 0) state.mode = "normal";
        at = end < 0 ? text.length : end;
        break;
      }
      case "block": {
        const open = text.indexOf("/*", at);
        const close = text.indexOf("*/", at);
        if (close < 0) at = text.length;
        else if (open >= 0 && open < close) {
          state.depth++;
          at = open + 2;
        } else {
          state.depth--;
          if (state.depth <= 0) state.mode = "normal";
          at = close + 2;
        }
        break;
      }
    }
  }
  return state;
}

/** Goes to the end of something quoted, if it ends here; what it was counts as one token. */
function scanQuoted(state: Draft, end: number, token: string, length: number): number {
  if (end < 0) return length;
  state.mode = "normal";
  state.tag = "";
  pushToken(state, token);
  return end;
}

/** After the closing quote, or -1 when the text ends inside. A quote at the very end closes. */
function quoteEnd(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (escapes && character === "\\") at++;
    else if (character === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return -1;
}

function scanNormal(state: Draft, text: string, at: number): number {
  const character = text[at] ?? "";
  const word = character === "$" ? "" : match(WORD, text, at);
  if (word !== "") {
    state.partial += word;
    return at + word.length;
  }
  const opensEscape = /^e$/i.test(state.partial);
  finishWord(state);
  const space = match(SPACE, text, at);
  if (space !== "") return at + space.length;
  switch (character) {
    case "'":
      state.mode = opensEscape ? "escape" : "quote";
      return at + 1;
    case '"':
      state.mode = "identifier";
      return at + 1;
    case "$": {
      const tag = match(DOLLAR, text, at);
      if (tag === "") {
        pushToken(state, "$1");
        return at + Math.max(1, match(WORD, text, at).length);
      }
      state.mode = "dollar";
      state.tag = tag;
      return at + tag.length;
    }
    case ";":
      Object.assign(state, { ...START, character: state.character });
      return at + 1;
  }
  if (text.startsWith("--", at)) {
    state.mode = "line";
    return at + 2;
  }
  if (text.startsWith("/*", at)) {
    state.mode = "block";
    state.depth = 1;
    return at + 2;
  }
  let operator = match(OPERATOR, text, at);
  if (operator !== "") {
    const comment = operator.search(/--|\/\*/);
    if (comment > 0) operator = operator.slice(0, comment);
  }
  if (character === "(") state.parentheses++;
  else if (character === ")" && state.parentheses > 0) state.parentheses--;
  pushToken(state, operator === "" ? character : operator);
  return at + Math.max(1, operator.length);
}
