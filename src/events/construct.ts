/** SQL/JSON, XML and other constructs of the grammar, and nodes that are not known: only their parts matter. */
import type { JsonAggConstructor, JsonIsPredicate, JsonOutput, Node, XmlSerialize } from "@pgsql/types";
import { aggregateEnd } from "./call.ts";
import { collect } from "./collect.ts";
import { missing, nodesOf, readExpr, readExprs } from "./expression.ts";
import {
  around,
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
import { readTypeName } from "./type-name.ts";

export function readConstruct(node: Node, reader: Reader): Placed<Expr> {
  if ("XmlSerialize" in node) return xmlSerialize(node.XmlSerialize, reader);
  if ("XmlExpr" in node && node.XmlExpr.op === "IS_DOCUMENT") {
    const operands = readExprs(node.XmlExpr.args, reader);
    const first = tokenOf(reader, node.XmlExpr.location);
    const last = word(reader, first + 1) === "not" ? first + 2 : first + 1;
    const range = around(reader, operands, first < 0 ? NOWHERE : { first, last });
    return place(reader, range, (span) => ({
      kind: "other",
      what: "XmlExpr",
      operands: nodesOf(operands),
      span,
    }));
  }
  if ("JsonIsPredicate" in node) return jsonPredicate(node.JsonIsPredicate, reader);
  if ("JsonObjectAgg" in node) return jsonAggregate(node, node.JsonObjectAgg.constructor, reader);
  if ("JsonArrayAgg" in node) return jsonAggregate(node, node.JsonArrayAgg.constructor, reader);
  if ("JsonFuncExpr" in node) return withOutput(node, node.JsonFuncExpr.output, reader);
  if ("JsonParseExpr" in node) return withOutput(node, node.JsonParseExpr.output, reader);
  if ("JsonScalarExpr" in node) return withOutput(node, node.JsonScalarExpr.output, reader);
  if ("JsonSerializeExpr" in node) return withOutput(node, node.JsonSerializeExpr.output, reader);
  if ("JsonObjectConstructor" in node) return withOutput(node, node.JsonObjectConstructor.output, reader);
  if ("JsonArrayConstructor" in node) return withOutput(node, node.JsonArrayConstructor.output, reader);
  if ("JsonArrayQueryConstructor" in node)
    return withOutput(node, node.JsonArrayQueryConstructor.output, reader);
  return parts(node, reader, null);
}

/** The node's own keyword, with the brackets after it where it has a place. */
function parts(node: Node, reader: Reader, within: Range | null): Placed<Expr> {
  const what = Object.keys(node)[0] ?? "";
  const inner: unknown = Object.values(node)[0];
  const found = collect(inner, reader);
  const operands: Expr[] = nodesOf(found.exprs).slice();
  for (const statement of found.statements) {
    if (statement.node.kind !== "select") continue;
    const { node: query } = statement;
    operands.push({ kind: "subquery", form: "scalar", test: null, operator: null, query, span: query.span });
  }
  const range = within ?? locationRange(inner, found.exprs, reader);
  const types = found.types.map((type) => type.node);
  return place(reader, range, (span) => ({
    kind: "other",
    what,
    operands,
    ...(types.length > 0 ? { types } : {}),
    span,
  }));
}

function locationRange(inner: unknown, operands: readonly Range[], reader: Reader): Range {
  if (typeof inner !== "object" || inner === null) return around(reader, operands);
  if (!("location" in inner) || typeof inner.location !== "number") return around(reader, operands);
  const own = keywordWithBrackets(reader, tokenOf(reader, inner.location), 1);
  return operands.length === 0 && own.first >= 0 ? own : around(reader, operands, own);
}

/** `… RETURNING type` is a cast of the construct. */
function withOutput(node: Node, output: JsonOutput | undefined, reader: Reader): Placed<Expr> {
  const inner: unknown = Object.values(node)[0];
  if (output?.typeName === undefined || typeof inner !== "object") return parts(node, reader, null);
  const type = readTypeName(output.typeName, reader);
  const operand = parts({ ...node, ...withoutOutput(node, inner) }, reader, null);
  return place(reader, operand, (span) => ({ kind: "cast", type: type.node, operand: operand.node, span }));
}

function withoutOutput(node: Node, inner: object | null): Record<string, object> {
  return { [Object.keys(node)[0] ?? ""]: { ...inner, output: undefined } };
}

function xmlSerialize(serialize: XmlSerialize, reader: Reader): Placed<Expr> {
  const operand = serialize.expr === undefined ? missing(reader) : readExpr(serialize.expr, reader);
  const type = readTypeName(serialize.typeName ?? {}, reader);
  const range = keywordWithBrackets(reader, tokenOf(reader, serialize.location), 0);
  return place(reader, range, (span) => ({ kind: "cast", type: type.node, operand: operand.node, span }));
}

const JSON_WORDS = new Set("is not json value array object scalar with without unique keys".split(" "));

function jsonPredicate(predicate: JsonIsPredicate, reader: Reader): Placed<Expr> {
  const operand = predicate.expr === undefined ? missing(reader) : readExpr(predicate.expr, reader);
  const covered = around(reader, [operand]);
  let last = covered.last;
  while (covered.first >= 0 && JSON_WORDS.has(word(reader, last + 1))) last++;
  const range = { first: covered.first, last };
  return place(reader, range, (span) => ({
    kind: "other",
    what: "JsonIsPredicate",
    operands: [operand.node],
    span,
  }));
}

function jsonAggregate(node: Node, maker: JsonAggConstructor | undefined, reader: Reader): Placed<Expr> {
  // `constructor` is also what every object inherits: only the parser's own counts.
  const own = typeof maker === "object" ? maker : {};
  const call = keywordWithBrackets(reader, tokenOf(reader, own.location ?? -1), 0);
  const range =
    call.first < 0 ? NOWHERE : { first: call.first, last: aggregateEnd(call.last, false, own, reader) };
  return parts(node, reader, range);
}
