/** Where in the SQL text the holes of a template stand. The literal text between them is read like a lexer would. */
import { type Hole, isForeign, isHarmless, type Piece } from "./value.ts";

/**
 * `statement` the hole begins a statement; `value` where an expression stands; `identifier` where a name stands;
 * `quoted` between single quotes; `dollar-quoted`, `quoted-identifier`, `comment` inside these; `other` a keyword or
 * operator is expected.
 */
export type Position =
  | "statement"
  | "value"
  | "identifier"
  | "quoted"
  | "dollar-quoted"
  | "quoted-identifier"
  | "comment"
  | "other";

export interface PlacedHole {
  readonly hole: Hole;
  /** More than one when the paths differ. */
  readonly positions: readonly Position[];
  /** The word or operator before it, in lower case: `=`, `from`, `limit`; empty at the beginning or inside quotes. */
  readonly before: string;
  /** The character directly before it, or empty. */
  readonly touching: string;
  /** Around it: the statement's first word, the last clause keyword, the last two tokens (of a quoted text: before it). */
  readonly around: {
    readonly command: string;
    readonly clause: string;
    readonly last: string;
    readonly second: string;
    /** Open parentheses. */
    readonly depth: number;
  };
  /** Whether its guard is right for all positions. */
  readonly safe: boolean;
}

type Mode = "normal" | "quote" | "escape" | "dollar" | "identifier" | "line" | "block";

interface Lexer {
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

const START: Lexer = {
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

const HOLE = "\0";
const MAX_STATES = 6;

/** All holes of a template with their positions, in order; a hole is listed once for each place in the source. */
export function placeHoles(pieces: readonly Piece[]): readonly PlacedHole[] {
  const merged = new Map<string, PlacedHole>();
  for (const [hole, placed] of placements(pieces)) {
    const key = `${hole.span.start}-${hole.span.end} ${hole.key} ${hole.guard}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, placed);
    else {
      const positions = [...new Set([...known.positions, ...placed.positions])];
      merged.set(key, { ...known, positions, safe: known.safe && placed.safe });
    }
  }
  return [...merged.values()];
}

/** The positions of each hole by itself. */
export function placements(pieces: readonly Piece[]): ReadonlyMap<Hole, PlacedHole> {
  const found: Found = new Map();
  walk(pieces, [START], found, "");
  const placed = new Map<Hole, PlacedHole>();
  for (const [hole, { positions, before, touching, around }] of found) {
    const all = [...positions];
    placed.set(hole, {
      hole,
      positions: all,
      before,
      touching,
      around,
      safe: all.every((position) => isSafeAt(hole, position)),
    });
  }
  return placed;
}

/** Whether the hole's guard keeps it from being SQL at that position, or no foreign value is in it. */
export function isSafeAt(hole: Hole, position: Position): boolean {
  if (!hole.origins.some(isForeign) || isHarmless(hole.guard)) return true;
  if (hole.guard === "none") return false;
  switch (position) {
    case "statement":
    case "value":
    case "identifier":
    case "other":
      return true;
    case "quoted":
    case "dollar-quoted":
    case "quoted-identifier":
    case "comment":
      return false;
  }
}

type Found = Map<
  Hole,
  { positions: Set<Position>; before: string; touching: string; around: PlacedHole["around"] }
>;

function walk(
  pieces: readonly Piece[],
  start: readonly Lexer[],
  found: Found,
  following: string,
): readonly Lexer[] {
  let states = start;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    switch (piece.kind) {
      case "literal":
        states = unique(states.map((state) => scan(state, piece.text)));
        break;
      case "gap":
        states = [START, ...states.slice(0, 1)].map((state) => ({ ...state, last: HOLE }));
        break;
      case "hole": {
        const next = firstCharacter(pieces, i + 1, following);
        for (const state of states) note(piece, state, next, found);
        states = unique(states.map(passHole));
        break;
      }
      case "choice": {
        const next = firstCharacter(pieces, i + 1, following);
        states = unique(piece.options.flatMap((option) => walk(option, states, found, next)));
        break;
      }
    }
  }
  return states;
}

function firstCharacter(pieces: readonly Piece[], at: number, following: string): string {
  const piece = pieces[at];
  if (piece === undefined) return following;
  return piece.kind === "literal" ? (piece.text[0] ?? "") : "";
}

function unique(states: readonly Lexer[]): readonly Lexer[] {
  if (states.length <= 1) return states;
  const known = new Map<string, Lexer>();
  for (const state of states) known.set(Object.values(state).join("\u0001"), state);
  return [...known.values()].slice(0, MAX_STATES);
}

function note(hole: Hole, state: Lexer, next: string, found: Found): void {
  const position = positionIn(state, next);
  const known = found.get(hole);
  if (known !== undefined) known.positions.add(position);
  else {
    const before = state.mode !== "normal" || state.last === HOLE ? "" : state.last;
    const { first, clause, last, second, parentheses } = state;
    const around = { command: first, clause, last, second, depth: parentheses };
    found.set(hole, { positions: new Set([position]), before, touching: state.character, around });
  }
}

function passHole(state: Lexer): Lexer {
  if (state.mode !== "normal") return { ...state, character: "" };
  const after: Draft = { ...state, character: "" };
  finishWord(after);
  pushToken(after, HOLE);
  return after;
}

const NAME_BEFORE = new Set(
  (
    "from join into update table only view schema index function procedure routine role user group trigger column " +
    "database sequence type domain policy extension publication subscription truncate references as server language " +
    "aggregate operator rule constraint concurrently tablespace collation cast call ::"
  ).split(" "),
);
const VALUE_BEFORE = new Set(
  (
    "and or where when then else not having limit offset between case return returning select distinct interval like " +
    "ilike similar in is any all some values default using perform raise fetch first next password collate execute " +
    "= <> != < > <= >= + - * / % || ~ ~* !~ !~* @> <@ -> ->> #> #>> := => ? && | & ^"
  ).split(" "),
);
const DDL = new Set(["create", "alter", "drop", "grant", "revoke", "comment", "security"]);
const CLAUSES = new Set(
  "select from where set values having limit offset returning using on with order group partition by".split(
    " ",
  ),
);

function positionIn(state: Lexer, next: string): Position {
  switch (state.mode) {
    case "quote":
    case "escape":
      return "quoted";
    case "dollar":
      return "dollar-quoted";
    case "identifier":
      return "quoted-identifier";
    case "line":
    case "block":
      return "comment";
    case "normal":
      break;
  }
  // A hole that continues a word stands where the word does.
  const { last, second, first, clause } = state;
  if (first === "" && state.partial === "") return "statement";
  if (next === "." || last === ".") return "identifier";
  if (last === "exists" || last === "on" || last === "to" || last === "owner") {
    return DDL.has(first) || last === "exists" ? "identifier" : "value";
  }
  if (NAME_BEFORE.has(last)) return "identifier";
  if (last === "by") return "identifier";
  if (last === "set") return first === "update" || first === "insert" ? "identifier" : "value";
  if (last === "(") {
    if (first === "insert" && !["values", "select", "where", "from"].includes(clause)) return "identifier";
    return DDL.has(first) && second !== "check" && second !== "using" ? "identifier" : "value";
  }
  if (last === "with" && (second === "restart" || second === "start")) return "value";
  if (last === ",") {
    if (clause === "from" || clause === "by" || (clause === "set" && first === "update")) return "identifier";
    if (first === "insert" && clause === "") return "identifier";
    return DDL.has(first) && clause === "" ? "identifier" : "value";
  }
  if (VALUE_BEFORE.has(last)) return "value";
  return "other";
}

/** A lexer's state while it reads: changed in place, never the one it began with. */
type Draft = { -readonly [K in keyof Lexer]: Lexer[K] };

function finishWord(state: Draft): void {
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

function pushToken(state: Draft, token: string): void {
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
function scan(start: Lexer, text: string): Lexer {
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
        at = scanQuoted(state, quoteEnd(text, at, '"', false), "name", text.length);
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
