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
};

const HOLE = "\0";
const MAX_STATES = 6;

/** All holes of a template with their positions, in order; a hole is listed once for each place in the source. */
export function placeHoles(pieces: readonly Piece[]): readonly PlacedHole[] {
  const found = new Map<Hole, { positions: Set<Position>; before: string; touching: string }>();
  walk(pieces, [START], found, "");
  const merged = new Map<string, PlacedHole>();
  for (const [hole, { positions, before, touching }] of found) {
    const key = `${hole.span.start}-${hole.span.end} ${hole.key} ${hole.guard}`;
    const all = [...new Set([...(merged.get(key)?.positions ?? []), ...positions])];
    merged.set(key, {
      hole,
      positions: all,
      before,
      touching,
      safe: all.every((position) => isSafeAt(hole, position)),
    });
  }
  return [...merged.values()];
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

type Found = Map<Hole, { positions: Set<Position>; before: string; touching: string }>;

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
    found.set(hole, { positions: new Set([position]), before, touching: state.character });
  }
}

function passHole(state: Lexer): Lexer {
  if (state.mode !== "normal") return { ...state, character: "" };
  const word = state.partial === "" ? state : finishWord(state);
  return {
    ...word,
    first: word.first === "" ? HOLE : word.first,
    second: word.last,
    last: HOLE,
    character: "",
  };
}

const NAME_BEFORE = new Set(
  (
    "from join into update table only view schema index function procedure routine role user group trigger column " +
    "database sequence type domain policy extension publication subscription truncate references as server language " +
    "aggregate operator rule constraint concurrently tablespace collation cast call"
  ).split(" "),
);
const VALUE_BEFORE = new Set(
  (
    "and or where when then else not having limit offset between case return returning select distinct interval like " +
    "ilike similar in is any all some values default using perform raise fetch first next password collate execute " +
    "= <> != < > <= >= + - * / % || ~ ~* !~ !~* @> <@ -> ->> #> #>> := => :: ? && | & ^"
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
  if (last === ",") {
    if (clause === "from" || clause === "by" || (clause === "set" && first === "update")) return "identifier";
    if (first === "insert" && clause === "") return "identifier";
    return DDL.has(first) && clause === "" ? "identifier" : "value";
  }
  if (VALUE_BEFORE.has(last)) return "value";
  return "other";
}

function finishWord(state: Lexer): Lexer {
  const word = state.partial.toLowerCase();
  const first = state.first === "" ? word : state.first;
  const clause = CLAUSES.has(word) && state.first !== "" ? word : state.clause;
  return {
    ...state,
    first,
    clause: word === first && word === "select" ? "select" : clause,
    second: state.last,
    last: word,
    partial: "",
  };
}

function pushToken(state: Lexer, token: string): Lexer {
  const first = state.first === "" ? token : state.first;
  return { ...state, first, second: state.last, last: token };
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
  let state = start;
  let at = 0;
  while (at < text.length) {
    switch (state.mode) {
      case "normal": {
        const step = scanNormal(state, text, at);
        state = step.state;
        at = step.at;
        break;
      }
      case "quote":
      case "escape": {
        const end = quoteEnd(text, at, "'", state.mode === "escape");
        if (end < 0) at = text.length;
        else {
          state = pushToken({ ...state, mode: "normal" }, "''");
          at = end;
        }
        break;
      }
      case "identifier": {
        const end = quoteEnd(text, at, '"', false);
        if (end < 0) at = text.length;
        else {
          state = pushToken({ ...state, mode: "normal" }, "name");
          at = end;
        }
        break;
      }
      case "dollar": {
        const end = text.indexOf(state.tag, at);
        if (end < 0) at = text.length;
        else {
          at = end + state.tag.length;
          state = pushToken({ ...state, mode: "normal", tag: "" }, "''");
        }
        break;
      }
      case "line": {
        const end = text.indexOf("\n", at);
        if (end < 0) at = text.length;
        else {
          state = { ...state, mode: "normal" };
          at = end;
        }
        break;
      }
      case "block": {
        const open = text.indexOf("/*", at);
        const close = text.indexOf("*/", at);
        if (close < 0) at = text.length;
        else if (open >= 0 && open < close) {
          state = { ...state, depth: state.depth + 1 };
          at = open + 2;
        } else {
          at = close + 2;
          state =
            state.depth > 1 ? { ...state, depth: state.depth - 1 } : { ...state, depth: 0, mode: "normal" };
        }
        break;
      }
    }
  }
  return { ...state, character: text.at(-1) ?? state.character };
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

function scanNormal(before: Lexer, text: string, at: number): { readonly state: Lexer; readonly at: number } {
  const word = match(WORD, text, at);
  if (word !== "" && !word.startsWith("$")) {
    return { state: { ...before, partial: before.partial + word }, at: at + word.length };
  }
  const opensEscape = /^e$/i.test(before.partial);
  const state = before.partial === "" ? before : finishWord(before);
  const character = text[at] ?? "";
  const space = match(SPACE, text, at);
  if (space !== "") return { state, at: at + space.length };
  if (character === "'") return { state: { ...state, mode: opensEscape ? "escape" : "quote" }, at: at + 1 };
  if (character === '"') return { state: { ...state, mode: "identifier" }, at: at + 1 };
  if (character === "$") {
    const tag = match(DOLLAR, text, at);
    if (tag !== "") return { state: { ...state, mode: "dollar", tag }, at: at + tag.length };
    const parameter = match(WORD, text, at);
    return { state: pushToken(state, "$1"), at: at + Math.max(1, parameter.length) };
  }
  if (text.startsWith("--", at)) return { state: { ...state, mode: "line" }, at: at + 2 };
  if (text.startsWith("/*", at)) return { state: { ...state, mode: "block", depth: 1 }, at: at + 2 };
  if (character === ";") return { state: START, at: at + 1 };
  let operator = match(OPERATOR, text, at);
  if (operator !== "") {
    const comment = operator.search(/--|\/\*/);
    if (comment > 0) operator = operator.slice(0, comment);
    return { state: pushToken(state, operator), at: at + operator.length };
  }
  return { state: pushToken(state, character), at: at + 1 };
}
