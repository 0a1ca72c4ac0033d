/** Bounds that keep the analysis linear: what is cut away is text by the author and well-guarded holes first. */
import { countPieces, type Hole, isHarmless, type Piece } from "./value.ts";

/** Texts that may stand for one place of a template. */
export const MAX_OPTIONS = 32;
/** Pieces of one value, those of choices included. */
const MAX_PIECES = 256;
/** How often a loop is gone through before its result is taken as it is. */
export const MAX_ROUNDS = 6;
/** Pieces of all texts that one routine executes; of further ones an outline is kept. */
export const MAX_EXECUTED = 50_000;
const MAX_OUTLINED = 8;
/** Values of which it is kept that they were checked, at one point. */
export const MAX_CHECKED = 256;
/** Checks that are kept of each of them. */
export const MAX_CHECKS = 16;
/** Statements and expressions evaluated in one routine, over all rounds of its loops. */
export const MAX_STEPS = 60_000;
/** Nesting of expressions and statements that is followed. */
export const MAX_DEPTH = 250;

/** Whether a list of pieces is larger than what is followed. */
export function isTooLong(pieces: readonly Piece[]): boolean {
  return countPieces(pieces) > MAX_PIECES;
}

/** Keeps the beginning and every hole that is not guarded; the text between becomes a gap. */
export function foldLength(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = [];
  let count = 0;
  let at = 0;
  for (; at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece === undefined) break;
    count += countPieces([piece]);
    if (count > MAX_PIECES / 2) break;
    kept.push(piece);
  }
  const open = openHoles(pieces.slice(at));
  return [...kept, { kind: "gap" }, ...open.slice(0, MAX_PIECES / 4)];
}

/** Of a text of which no more is kept: holes that are not guarded. */
export function outline(pieces: readonly Piece[]): readonly Piece[] {
  return [{ kind: "gap" }, ...openHoles(pieces).slice(0, MAX_OUTLINED)];
}

/** Holes whose guard does not make them harmless, each place in the source once. */
function openHoles(pieces: readonly Piece[]): readonly Hole[] {
  const open = new Map<string, Hole>();
  const visit = (list: readonly Piece[]): void => {
    for (const piece of list) {
      if (piece.kind === "choice") for (const option of piece.options) visit(option);
      else if (piece.kind === "hole" && piece.guard === "none")
        open.set(`${piece.key} ${piece.span.start}`, piece);
    }
  };
  visit(pieces);
  return [...open.values()];
}

/** At most MAX_OPTIONS alternatives: further ones are kept as their unguarded holes behind a gap. */
export function foldWidth(options: readonly (readonly Piece[])[]): readonly (readonly Piece[])[] {
  if (options.length <= MAX_OPTIONS) return options;
  const kept = options.slice(0, MAX_OPTIONS - 1);
  const rest = openHoles(options.slice(MAX_OPTIONS - 1).flat()).filter((h) => !isHarmless(h.guard));
  return [...kept, [{ kind: "gap" }, ...rest]];
}
