/** Conditions in three-valued logic: what they give for a caller without an identity, for whom all comparisons are NULL. */
import type { Expr } from "../events/tree.ts";
import { evaluate, place } from "./evaluate.ts";
import type { Frame } from "./frame.ts";
import { builtinFunction } from "./functions.ts";
import type { Placed } from "./text.ts";
import type { Hole, Origin, Piece, Value } from "./value.ts";

/** The outcomes a condition can have: any sum of these. */
export const TRUE = 1;
export const FALSE = 2;
export const NULL = 4;
const EITHER = TRUE | FALSE;

/** Whether the arguments of the call are taken to be NULL or not. */
export type Given = "values" | "nulls";

type Nullness = "null" | "not-null" | "unknown";

/** What a condition can give when the caller has no identity. */
export function outcomes(condition: Expr, given: Given, frame: Frame): number {
  const of = (expr: Expr): number => outcomes(expr, given, frame);
  const nullness = (expr: Expr | undefined): Nullness =>
    expr === undefined ? "unknown" : nullnessOf(evaluate(expr, frame), given);
  switch (condition.kind) {
    case "boolean":
      return condition.value ? TRUE : FALSE;
    case "null":
      return NULL;
    case "not": {
      const [operand] = condition.operands;
      return operand === undefined ? EITHER : negated(of(operand));
    }
    case "and":
      return condition.operands.map(of).reduce(both, TRUE);
    case "or":
      return negated(condition.operands.map((operand) => negated(of(operand))).reduce(both, TRUE));
    case "is": {
      const found =
        condition.what === "null"
          ? isNull(nullness(condition.operand))
          : isWhat(of(condition.operand), condition.what);
      return condition.not ? negated(found) : found;
    }
    case "coalesce": {
      let found = 0;
      for (const operand of condition.operands) {
        const next = of(operand);
        found |= next & EITHER;
        if ((next & NULL) === 0) return found;
      }
      return found | NULL;
    }
    case "operator":
      return ofOperator(condition, condition.operands.map(nullness));
    case "cast":
      return condition.operand.kind === "string" ? EITHER : of(condition.operand);
    case "subquery": {
      if (condition.form === "exists") return EITHER;
      if (condition.test !== null && nullness(condition.test) === "null") return NULL;
      return condition.form === "scalar" && nullness(condition) === "null" ? NULL : EITHER;
    }
    case "call": {
      const known = frame.context.callee?.(condition)?.whenAnonymous ?? 0;
      if (known !== 0) return known;
      if (builtinFunction(condition.name) === null) return EITHER;
      return nullness(condition) === "null" ? NULL : EITHER;
    }
    default:
      return nullness(condition) === "null" ? NULL : EITHER;
  }
}

/** An expression whose value a variable keeps: that a condition cannot give NULL is kept with it. */
export function placeKept(expr: Expr, frame: Frame): Placed {
  const placed = place(expr, frame);
  const [only, ...more] = placed.value.pieces ?? [];
  if (!CONDITIONS.has(expr.kind) || only?.kind !== "hole" || more.length > 0) return placed;
  if (only.notNull || !only.origins.some(isMissing)) return placed;
  const givesNull = (given: Given): boolean => (outcomes(expr, given, frame) & NULL) !== 0;
  if (givesNull("values") || givesNull("nulls")) return placed;
  return { ...placed, value: { ...placed.value, pieces: [{ ...only, notNull: true }] } };
}

const CONDITIONS: ReadonlySet<Expr["kind"]> = new Set(["and", "or", "not", "operator"]);

function ofOperator(operator: Extract<Expr, { kind: "operator" }>, operands: readonly Nullness[]): number {
  const [left, ...others] = operands;
  switch (operator.form) {
    case "distinct":
    case "not-distinct": {
      const [right] = others;
      const same = operator.form === "not-distinct" ? TRUE : FALSE;
      if (left === "null" && right === "null") return same;
      const differ = (left === "null" && right === "not-null") || (left === "not-null" && right === "null");
      return differ ? negated(same) : EITHER;
    }
    case "in":
    case "not-in": {
      if (left === "null" || others.every((other) => other === "null")) return NULL;
      const hit = operator.form === "in" ? TRUE : FALSE;
      return others.includes("null") ? hit | NULL : EITHER;
    }
    default:
      return operands.includes("null") ? NULL : EITHER;
  }
}

function isNull(nullness: Nullness): number {
  return nullness === "null" ? TRUE : nullness === "not-null" ? FALSE : EITHER;
}

function isWhat(found: number, what: "true" | "false" | "unknown" | "null"): number {
  const wanted = what === "true" ? TRUE : what === "false" ? FALSE : NULL;
  return ((found & wanted) !== 0 ? TRUE : 0) | ((found & ~wanted) !== 0 ? FALSE : 0);
}

function negated(found: number): number {
  return (found & NULL) | ((found & TRUE) !== 0 ? FALSE : 0) | ((found & FALSE) !== 0 ? TRUE : 0);
}

/** AND of two conditions that do not depend on each other. */
function both(a: number, b: number): number {
  let found = (a & FALSE) | (b & FALSE);
  if ((a & TRUE) !== 0 && (b & TRUE) !== 0) found |= TRUE;
  if (((a & NULL) !== 0 && (b & (TRUE | NULL)) !== 0) || ((b & NULL) !== 0 && (a & (TRUE | NULL)) !== 0))
    found |= NULL;
  return found;
}

/** Whether a value is NULL for a caller without an identity. */
export function nullnessOf(value: Value, given: Given): Nullness {
  return value.pieces === null ? "null" : ofPieces(value.pieces, given);
}

function ofPieces(pieces: readonly Piece[], given: Given): Nullness {
  const found = pieces.map((piece) => ofPiece(piece, given));
  if (found.includes("null")) return "null";
  return found.includes("unknown") ? "unknown" : "not-null";
}

function ofPiece(piece: Piece, given: Given): Nullness {
  switch (piece.kind) {
    case "literal":
      return "not-null";
    case "gap":
      return "unknown";
    case "hole":
      return ofHole(piece, given);
    case "choice": {
      const options = new Set(piece.options.map((option) => ofPieces(option, given)));
      const [only] = options;
      return options.size === 1 && only !== undefined ? only : "unknown";
    }
  }
}

function ofHole(h: Hole, given: Given): Nullness {
  if (h.notNull) return "not-null";
  if (h.through.length > 0) return "unknown";
  const { origins } = h;
  if (origins.some(isMissing)) return "null";
  // The row of a caller that has no identity is not found.
  if (h.influences.some(isMissing) && origins.some((origin) => origin.kind === "stored")) return "null";
  if (origins.every((origin) => origin.kind === "constant" || isNotNull(origin))) return "not-null";
  if (origins.every((origin) => origin.kind === "parameter"))
    return given === "nulls" && !origins.some(isNotNull) ? "null" : "not-null";
  return "unknown";
}

/** Whether it is NULL for a caller without identity, and was not asked for before. */
export function isMissing(origin: Origin): boolean {
  return (
    (origin.kind === "identity" || (origin.kind === "setting" && origin.custom)) &&
    origin.nullable &&
    !isNotNull(origin)
  );
}

function isNotNull(origin: Origin): boolean {
  if (origin.checks.some((check) => check.nullSafe && check.kind !== "authorised")) return true;
  return origin.kind === "identity" && !origin.nullable;
}
