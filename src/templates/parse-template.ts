/** Templates as SQL again: placeholders where holes are, so that the parser can say what the text names. */

import type { Statement } from "../events/tree.ts";
import { readStatements } from "../events/tree-from-ast.ts";
import { type PostgresParser, SyntaxProblem, TooComplex } from "../parser/postgres.ts";
import { byteLength, type MappedText, toSourceEnd } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { MAX_OPTIONS } from "./limits.ts";
import { type PlacedHole, placements } from "./position.ts";
import type { Gap, Hole, Literal, Piece, Value } from "./value.ts";

/** Stands for a name that is not known in the trees of a template. */
export const HOLE_NAME = "pgvet_hole";

/** A text that a template can be: pieces without choices. */
export type FlatPiece = Literal | Hole | Gap;

/** A placeholder: bytes in the text, and where it stands in the source. */
export interface PlacedStandIn {
  readonly hole: Hole;
  readonly start: number;
  readonly end: number;
  readonly place: Span;
}

export interface ParsedTemplate {
  /** The text that was parsed, with its map into the source. */
  readonly text: MappedText;
  readonly holes: readonly PlacedStandIn[];
  /** Null when the parser does not accept the text. */
  readonly statements: readonly Statement[] | null;
}

/**
 * Texts that a template stands for, so that each alternative of each choice is in at least one: as many as the widest
 * choice has, at most 32.
 */
export function expand(pieces: readonly Piece[]): readonly (readonly FlatPiece[])[] {
  const texts: (readonly FlatPiece[])[] = [];
  const count = Math.min(MAX_OPTIONS, widest(pieces));
  for (let i = 0; i < count; i++) texts.push(flatten(pieces, i));
  return texts;
}

function widest(pieces: readonly Piece[]): number {
  let most = 1;
  for (const piece of pieces) {
    if (piece.kind !== "choice") continue;
    // Alternatives that have choices of their own need a turn for each of these.
    let count = 0;
    for (const option of piece.options) count += widest(option);
    most = Math.max(most, count);
  }
  return most;
}

function flatten(pieces: readonly Piece[], turn: number): readonly FlatPiece[] {
  return pieces.flatMap((piece): readonly FlatPiece[] => {
    if (piece.kind !== "choice") return [piece];
    let left = turn % Math.max(1, widest([piece]));
    for (const option of piece.options) {
      const own = widest(option);
      if (left < own) return flatten(option, left);
      left -= own;
    }
    return [];
  });
}

/** Parses the texts of a template; one that begins with a hole or that has a gap is left out. */
export function parseTemplate(value: Value, parser: PostgresParser): readonly ParsedTemplate[] {
  if (value.pieces === null) return [];
  const results: ParsedTemplate[] = [];
  for (const flat of expand(value.pieces)) {
    const built = withPlaceholders(flat);
    if (built === null || results.some((known) => known.text.text === built.text.text)) continue;
    results.push({ ...built, statements: parse(built.text, parser) });
  }
  return results;
}

function parse(text: MappedText, parser: PostgresParser): readonly Statement[] | null {
  try {
    return readStatements(text, parser);
  } catch (error) {
    if (error instanceof SyntaxProblem || error instanceof TooComplex || error instanceof RangeError)
      return null;
    throw error;
  }
}

type Built = Omit<ParsedTemplate, "statements">;

/** The text of one alternative, or null when nothing of it is known. */
function withPlaceholders(pieces: readonly FlatPiece[]): Built | null {
  if (pieces.length === 0 || pieces.some((piece) => piece.kind === "gap")) return null;
  const known = placements(pieces);
  if (pieces.some((piece) => piece.kind === "hole" && known.get(piece)?.positions[0] === "statement"))
    return null;
  let text = "";
  let length = 0;
  const map: number[] = [];
  const holes: Built["holes"][number][] = [];
  pieces.forEach((piece, i) => {
    if (piece.kind === "literal") {
      const size = byteLength(piece.text);
      for (let i = 0; i < piece.map.length; i += 2) {
        const offset = piece.map[i] ?? 0;
        if (offset <= size) map.push(length + offset, piece.map[i + 1] ?? 0);
      }
      text += piece.text;
      length += size;
      map.push(length, toSourceEnd(piece.map, size));
    } else if (piece.kind === "hole") {
      const next = pieces[i + 1];
      const glued =
        /[\w$\x80-\uffff]$/.test(text) || (next?.kind === "literal" && /^[\w$\x80-\uffff]/.test(next.text));
      const stand = placeholder(piece, known.get(piece), next, glued);
      const place = placeOf(piece, map.at(-1), pieces[i + 1]);
      map.push(length, place.start);
      holes.push({ hole: piece, start: length, end: length + stand.length, place });
      text += stand;
      length += stand.length;
      map.push(length, place.end);
    }
  });
  return { text: { text, map }, holes };
}

/** Where a placeholder stands: at the expression; for a conversion of format, whose argument is elsewhere, at that. */
function placeOf(hole: Hole, before: number | undefined, next: FlatPiece | undefined): Span {
  const after = next?.kind === "literal" ? next.map[1] : undefined;
  if (before === undefined || after === undefined || after < before) return hole.span;
  return before <= hole.span.start && hole.span.end <= after ? hole.span : { start: before, end: after };
}

/** A text that the parser accepts at that position; `glued` to a word it is a part of that. */
function placeholder(
  hole: Hole,
  placed: PlacedHole | undefined,
  next: FlatPiece | undefined,
  glued: boolean,
): string {
  switch (placed?.positions[0] ?? "value") {
    case "identifier":
      return HOLE_NAME;
    case "value":
      if (hole.guard === "literal") return "'x'";
      return glued || hole.guard === "identifier" ? HOLE_NAME : "NULL";
    case "quoted":
    case "dollar-quoted":
    case "quoted-identifier":
    case "comment":
      return hole.type !== null && hole.guard === "type" ? "1" : "x";
    case "other":
      if (placed?.before === "grant" || placed?.before === "revoke") return isRole(next) ? HOLE_NAME : "ALL";
      return hole.guard === "literal" ? "'x'" : hole.guard === "identifier" ? HOLE_NAME : "";
    case "statement":
      return "";
  }
}

/** GRANT … TO and REVOKE … FROM without ON are about roles, not privileges. */
function isRole(next: FlatPiece | undefined): boolean {
  return next?.kind === "literal" && /^\s*(?:to|from)\b/i.test(next.text);
}
