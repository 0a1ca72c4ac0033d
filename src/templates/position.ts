/** Where in the SQL text the holes of a template stand. The literal text between them is read like a lexer would. */
import { type Draft, finishWord, HOLE, type Lexer, pushToken, START, scan } from "./template-lexer.ts";
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
function isSafeAt(hole: Hole, position: Position): boolean {
  if (!hole.origins.some(isForeign) || isHarmless(hole.guard)) return true;
  if (hole.guard === "none") return false;
  switch (position) {
    case "statement":
    case "value":
    case "identifier":
    case "other":
      return true;
    case "dollar-quoted":
    case "comment":
      return hole.harmless;
    case "quoted":
      return hole.harmless && hole.guard === "identifier";
    case "quoted-identifier":
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
