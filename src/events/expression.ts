/** Expressions of the parser's tree as `Expr`. */
import type {
  A_ArrayExpr,
  A_Indirection,
  BoolExpr,
  BooleanTest,
  CaseExpr,
  CollateClause,
  ColumnRef,
  Node,
  NullTest,
  RowExpr,
  SQLValueFunction,
  TypeCast,
} from "@pgsql/types";
import { sharedName } from "../text/shared.ts";
import { stringOf, stringsOf } from "./ast.ts";
import { readCall } from "./call.ts";
import { readConstant, stringConstant } from "./constant.ts";
import { readConstruct } from "./construct.ts";
import { readOperators } from "./operator.ts";
import {
  around,
  closing,
  keywordWithBrackets,
  NOWHERE,
  nameEnd,
  type Placed,
  place,
  type Range,
  type Reader,
  tokenOf,
  widened,
  word,
} from "./reader.ts";
import { readSubLink } from "./subquery.ts";
import type { Expr } from "./tree.ts";
import { intervalFieldsEnd, isTrueOrFalse, readTypeName } from "./type-name.ts";

/** Any expression node; one that is not known becomes `other` with the expressions inside it. */
export function readExpr(node: Node, reader: Reader): Placed<Expr> {
  if ("ColumnRef" in node) return columnReference(node.ColumnRef, reader);
  if ("A_Const" in node) return readConstant(node.A_Const, reader);
  if ("FuncCall" in node) return readCall(node.FuncCall, reader);
  if ("A_Expr" in node) return readOperators(node.A_Expr, reader);
  if ("TypeCast" in node) return typeCast(node.TypeCast, reader);
  if ("BoolExpr" in node) return boolean(node.BoolExpr, reader);
  if ("NullTest" in node) return nullTest(node.NullTest, reader);
  if ("ParamRef" in node) {
    const { number = 0, location } = node.ParamRef;
    const first = tokenOf(reader, location);
    return place(reader, { first, last: first }, (span) => ({ kind: "parameter", number, span }));
  }
  if ("SubLink" in node) return readSubLink(node.SubLink, reader);
  if ("CaseExpr" in node) return caseOf(node.CaseExpr, reader);
  if ("CoalesceExpr" in node) {
    return bracketed("coalesce", node.CoalesceExpr.args, node.CoalesceExpr.location, reader);
  }
  if ("MinMaxExpr" in node) {
    const kind = node.MinMaxExpr.op === "IS_LEAST" ? "least" : "greatest";
    return bracketed(kind, node.MinMaxExpr.args, node.MinMaxExpr.location, reader);
  }
  if ("A_ArrayExpr" in node) return array(node.A_ArrayExpr, reader);
  if ("RowExpr" in node) return row(node.RowExpr, reader);
  if ("A_Indirection" in node) return indirection(node.A_Indirection, reader);
  if ("BooleanTest" in node) return booleanTest(node.BooleanTest, reader);
  if ("SQLValueFunction" in node) return sessionValue(node.SQLValueFunction, reader);
  if ("CollateClause" in node) return collate(node.CollateClause, reader);
  if ("SortBy" in node) return sortBy(node, reader);
  if ("ResTarget" in node && node.ResTarget.val !== undefined) return readExpr(node.ResTarget.val, reader);
  if ("NamedArgExpr" in node && node.NamedArgExpr.arg !== undefined)
    return readExpr(node.NamedArgExpr.arg, reader);
  if ("String" in node) return stringConstant(node.String.sval ?? "", NOWHERE, reader);
  return readConstruct(node, reader);
}

export function readExprs(nodes: readonly Node[] | undefined, reader: Reader): Placed<Expr>[] {
  return (nodes ?? []).map((node) => readExpr(node, reader));
}

export function nodesOf<T>(placed: readonly Placed<T>[]): readonly T[] {
  return placed.length === 0 ? NONE : placed.map((one) => one.node);
}

const NONE: readonly never[] = [];

function columnReference(reference: ColumnRef, reader: Reader): Placed<Expr> {
  const name = sharedName((reference.fields ?? []).map((field) => stringOf(field) ?? "*"));
  const first = tokenOf(reader, reference.location);
  const range = { first, last: nameEnd(first, name.length) };
  return place(reader, range, (span) => ({ kind: "column", name, span }));
}

function typeCast(cast: TypeCast, reader: Reader): Placed<Expr> {
  const operand = cast.arg === undefined ? missing(reader) : readExpr(cast.arg, reader);
  if (isTrueOrFalse(cast)) return operand;
  const type = readTypeName(cast.typeName ?? {}, reader);
  const own = tokenOf(reader, cast.location);
  let range: Range;
  if (own >= 0 && word(reader, own) === "cast") range = keywordWithBrackets(reader, own, 0);
  else if (own >= 0) range = around(reader, [operand], { first: own, last: Math.max(own, type.last) });
  else {
    // `int '4'`, `interval '1' day`: the type comes first.
    range = around(reader, [], { first: Math.max(-1, type.first), last: Math.max(type.last, operand.last) });
    if (word(reader, type.first) === "interval") {
      range = { first: range.first, last: intervalFieldsEnd(reader, range.last) };
    }
  }
  return place(reader, range, (span) => ({ kind: "cast", type: type.node, operand: operand.node, span }));
}

function boolean(expression: BoolExpr, reader: Reader): Placed<Expr> {
  const operands = readExprs(expression.args, reader);
  const own = tokenOf(reader, expression.location);
  const range = around(reader, operands, own < 0 ? NOWHERE : { first: own, last: own });
  const kind = expression.boolop === "NOT_EXPR" ? "not" : expression.boolop === "OR_EXPR" ? "or" : "and";
  return place(reader, range, (span) => ({ kind, operands: nodesOf(operands), span }));
}

/** From IS over the words that follow, as far as they are among these. */
function isPhrase(reader: Reader, location: number | undefined, words: ReadonlySet<string>): Range {
  const first = tokenOf(reader, location);
  if (first < 0) return NOWHERE;
  let last = first;
  while (words.has(word(reader, last + 1))) last++;
  return { first, last };
}

const NULL_WORDS = new Set(["not", "null"]);

function nullTest(test: NullTest, reader: Reader): Placed<Expr> {
  const operand = test.arg === undefined ? missing(reader) : readExpr(test.arg, reader);
  const start = tokenOf(reader, test.location);
  const own =
    word(reader, start) === "is"
      ? isPhrase(reader, test.location, NULL_WORDS)
      : { first: start, last: start };
  const not = test.nulltesttype === "IS_NOT_NULL";
  return place(reader, around(reader, [operand], own), (span) => ({
    kind: "is",
    what: "null",
    not,
    operand: operand.node,
    span,
  }));
}

const TRUTH_WORDS = new Set(["not", "true", "false", "unknown"]);

function booleanTest(test: BooleanTest, reader: Reader): Placed<Expr> {
  const operand = test.arg === undefined ? missing(reader) : readExpr(test.arg, reader);
  const range = around(reader, [operand], isPhrase(reader, test.location, TRUTH_WORDS));
  const type = test.booltesttype ?? "IS_TRUE";
  const what = type.endsWith("TRUE") ? "true" : type.endsWith("FALSE") ? "false" : "unknown";
  const not = type.startsWith("IS_NOT");
  return place(reader, range, (span) => ({ kind: "is", what, not, operand: operand.node, span }));
}

function caseOf(expression: CaseExpr, reader: Reader): Placed<Expr> {
  const subject = expression.arg === undefined ? null : readExpr(expression.arg, reader);
  const branches: { readonly when: Expr; readonly then: Expr }[] = [];
  let end: Range = NOWHERE;
  for (const branch of expression.args ?? []) {
    if (!("CaseWhen" in branch)) continue;
    const { expr, result } = branch.CaseWhen;
    const when = expr === undefined ? missing(reader) : readExpr(expr, reader);
    const then = result === undefined ? missing(reader) : readExpr(result, reader);
    // biome-ignore lint/suspicious/noThenProperty: THEN is PostgreSQL's word, and an expression is never awaited.
    branches.push({ when: when.node, then: then.node });
    end = then;
  }
  const otherwise = expression.defresult === undefined ? null : readExpr(expression.defresult, reader);
  const first = tokenOf(reader, expression.location);
  const result = widened(reader, otherwise ?? end);
  const range = { first, last: result.last < 0 ? first : result.last + 1 };
  return place(reader, range, (span) => ({
    kind: "case",
    subject: subject?.node ?? null,
    branches,
    otherwise: otherwise?.node ?? null,
    span,
  }));
}

function bracketed(
  kind: "coalesce" | "greatest" | "least",
  args: readonly Node[] | undefined,
  location: number | undefined,
  reader: Reader,
): Placed<Expr> {
  const operands = readExprs(args, reader);
  const range = keywordWithBrackets(reader, tokenOf(reader, location), 0);
  return place(reader, range, (span) => ({ kind, operands: nodesOf(operands), span }));
}

function array(expression: A_ArrayExpr, reader: Reader): Placed<Expr> {
  const operands = readExprs(expression.elements, reader);
  const first = tokenOf(reader, expression.location);
  const range =
    word(reader, first) === "["
      ? { first, last: closing(reader, first) }
      : keywordWithBrackets(reader, first, 0);
  return place(reader, range, (span) => ({ kind: "array", operands: nodesOf(operands), span }));
}

function row(expression: RowExpr, reader: Reader): Placed<Expr> {
  const operands = readExprs(expression.args, reader);
  const first = tokenOf(reader, expression.location);
  const range =
    word(reader, first) === "("
      ? { first, last: closing(reader, first) }
      : keywordWithBrackets(reader, first, 0);
  return place(reader, range, (span) => ({ kind: "row", operands: nodesOf(operands), span }));
}

function indirection(expression: A_Indirection, reader: Reader): Placed<Expr> {
  let current = expression.arg === undefined ? missing(reader) : readExpr(expression.arg, reader);
  const { first, last } = widened(reader, current);
  let end = last;
  for (const step of expression.indirection ?? []) {
    const operand = current.node;
    if ("A_Indices" in step) {
      const { lidx, uidx } = step.A_Indices;
      const subscripts: Expr[] = [];
      if (lidx !== undefined) subscripts.push(readExpr(lidx, reader).node);
      if (uidx !== undefined) subscripts.push(readExpr(uidx, reader).node);
      end = first < 0 ? end : closing(reader, end + 1);
      current = place(reader, { first, last: end }, (span) => ({
        kind: "subscript",
        operand,
        subscripts,
        span,
      }));
    } else {
      const field = stringOf(step) ?? "*";
      end = first < 0 ? end : end + 2;
      current = place(reader, { first, last: end }, (span) => ({ kind: "field", operand, field, span }));
    }
  }
  return current;
}

function sessionValue(value: SQLValueFunction, reader: Reader): Placed<Expr> {
  const first = tokenOf(reader, value.location);
  const name = (value.op ?? "SVFOP_CURRENT_DATE").replace(/^SVFOP_|_N$/g, "").toLowerCase();
  const range =
    value.op?.endsWith("_N") === true ? keywordWithBrackets(reader, first, 0) : { first, last: first };
  return place(reader, range, (span) => ({ kind: "session-value", name, span }));
}

function collate(clause: CollateClause, reader: Reader): Placed<Expr> {
  const operands = clause.arg === undefined ? [] : [readExpr(clause.arg, reader)];
  const first = tokenOf(reader, clause.location);
  const name = stringsOf(clause.collname);
  const own = first < 0 ? NOWHERE : { first, last: nameEnd(first + 1, name.length) };
  return place(reader, around(reader, operands, own), (span) => ({
    kind: "other",
    what: "CollateClause",
    name,
    operands: nodesOf(operands),
    span,
  }));
}

/** ORDER BY x: x itself. With USING, the operator over it. */
function sortBy(node: Extract<Node, { SortBy: unknown }>, reader: Reader): Placed<Expr> {
  const { node: key, useOp, location } = node.SortBy;
  const operand = key === undefined ? missing(reader) : readExpr(key, reader);
  const name = stringsOf(useOp);
  if (name.length === 0) return operand;
  const own = tokenOf(reader, location);
  const operator =
    word(reader, own) === "operator" ? keywordWithBrackets(reader, own, 0) : { first: own, last: own };
  return place(reader, around(reader, [operand], own < 0 ? NOWHERE : operator), (span) => ({
    kind: "operator",
    name,
    form: "plain",
    operands: [operand.node],
    span,
  }));
}

/** Stands for a part that the parser left out. */
export function missing(reader: Reader): Placed<Expr> {
  return place(reader, NOWHERE, (span) => ({ kind: "other", what: "missing", operands: [], span }));
}
