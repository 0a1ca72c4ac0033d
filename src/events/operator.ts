import type { A_Expr } from "@pgsql/types";
import { stringsOf } from "./ast.ts";
import { nodesOf, readExpr, readExprs } from "./expression.ts";
import {
  around,
  closing,
  keywordWithBrackets,
  NOWHERE,
  type Placed,
  place,
  type Range,
  type Reader,
  tokenOf,
  word,
} from "./reader.ts";
import type { Expr } from "./tree.ts";

type Form = Extract<Expr, { kind: "operator" }>["form"];

/** An operator with its operands. A long `a || b || c …` hangs to the left and is read without recursion. */
export function readOperators(top: A_Expr, reader: Reader): Placed<Expr> {
  const chain = [top];
  let left = top.lexpr;
  while (left !== undefined && "A_Expr" in left) {
    chain.push(left.A_Expr);
    left = left.A_Expr.lexpr;
  }
  let placed = left === undefined ? null : readExpr(left, reader);
  for (let i = chain.length - 1; i > 0; i--) {
    const expression = chain[i];
    if (expression !== undefined) placed = readOperator(expression, placed, reader);
  }
  return readOperator(top, placed, reader);
}

function readOperator(expression: A_Expr, left: Placed<Expr> | null, reader: Reader): Placed<Expr> {
  const { rexpr } = expression;
  const right =
    rexpr === undefined
      ? []
      : "List" in rexpr
        ? readExprs(rexpr.List.items, reader)
        : [readExpr(rexpr, reader)];
  const operands = left === null ? right : [left, ...right];
  const form = formOf(expression);
  const range = rangeOf(form, tokenOf(reader, expression.location), operands, left, reader);
  return place(reader, range, (span) => ({
    kind: "operator",
    name: stringsOf(expression.name),
    form,
    operands: nodesOf(operands),
    span,
  }));
}

function formOf(expression: A_Expr): Form {
  switch (expression.kind) {
    case "AEXPR_OP_ANY":
      return "any";
    case "AEXPR_OP_ALL":
      return "all";
    case "AEXPR_DISTINCT":
      return "distinct";
    case "AEXPR_NOT_DISTINCT":
      return "not-distinct";
    case "AEXPR_NULLIF":
      return "nullif";
    case "AEXPR_IN":
      return stringsOf(expression.name).at(-1) === "<>" ? "not-in" : "in";
    case "AEXPR_LIKE":
      return "like";
    case "AEXPR_ILIKE":
      return "ilike";
    case "AEXPR_SIMILAR":
      return "similar";
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
      return "between";
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_NOT_BETWEEN_SYM":
      return "not-between";
    default:
      return "plain";
  }
}

function rangeOf(
  form: Form,
  own: number,
  operands: readonly Range[],
  left: Range | null,
  reader: Reader,
): Range {
  if (own < 0) return around(reader, operands);
  const leftOnly = left === null ? [] : [left];
  switch (form) {
    case "nullif":
      return keywordWithBrackets(reader, own, 0);
    case "in":
    case "not-in":
      return around(reader, leftOnly, keywordWithBrackets(reader, own, 1));
    case "any":
    case "all":
      return around(reader, leftOnly, overQuantifier(reader, own));
    default:
      return around(reader, operands, operatorRange(reader, own));
  }
}

/** `+` or `OPERATOR(pg_catalog.+)`. */
function operatorRange(reader: Reader, own: number): Range {
  return word(reader, own) === "operator" ? keywordWithBrackets(reader, own, 0) : { first: own, last: own };
}

const QUANTIFIERS = new Set(["any", "some", "all"]);

/** From an operator over `ANY (…)`. */
export function overQuantifier(reader: Reader, own: number): Range {
  if (own < 0) return NOWHERE;
  let at = operatorRange(reader, own).last + 1;
  for (let i = 0; i < 3 && !QUANTIFIERS.has(word(reader, at)); i++) at++;
  if (!QUANTIFIERS.has(word(reader, at))) return { first: own, last: own };
  return { first: own, last: closing(reader, at + 1) };
}
