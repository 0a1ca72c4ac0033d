import type { JoinExpr, Node, RangeFunction, RangeTableSample } from "@pgsql/types";
import { nameOf, stringsOf } from "./ast.ts";
import { collect } from "./collect.ts";
import { nodesOf, readExpr, readExprs } from "./expression.ts";
import { readSelectNode } from "./query.ts";
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
  spanOf,
  tokenOf,
  widened,
  word,
} from "./reader.ts";
import { columnNamesOf, readRelation } from "./relation.ts";
import type { Call, Expr, FromItem, TypeName } from "./tree.ts";
import { readTypeName } from "./type-name.ts";

/** One item of FROM or USING. */
export function readFromItem(node: Node, reader: Reader): Placed<FromItem> {
  if ("RangeVar" in node) return readRelation(node.RangeVar, reader);
  if ("RangeSubselect" in node) {
    const { subquery, alias, lateral } = node.RangeSubselect;
    const query = readSelectNode(subquery, reader);
    return place(reader, widened(reader, query), (span) => ({
      kind: "subquery",
      query: query.node,
      alias: alias?.aliasname ?? null,
      ...columnNamesOf(stringsOf(alias?.colnames)),
      lateral: lateral === true,
      span,
    }));
  }
  if ("RangeFunction" in node) return functionItem(node.RangeFunction, reader);
  if ("JoinExpr" in node) return joinItem(node.JoinExpr, reader);
  if ("RangeTableSample" in node) return sampleItem(node.RangeTableSample, reader);
  return otherItem(node, reader);
}

export function readFromItems(nodes: readonly Node[] | undefined, reader: Reader): Placed<FromItem>[] {
  return (nodes ?? []).map((node) => readFromItem(node, reader));
}

function functionItem(item: RangeFunction, reader: Reader): Placed<FromItem> {
  const calls: Placed<Expr>[] = [];
  const columnTypes: TypeName[] = [];
  for (const entry of item.functions ?? []) {
    if (!("List" in entry)) {
      calls.push(readExpr(entry, reader));
      continue;
    }
    // A function and, in ROWS FROM, its own column definitions.
    const [call, definitions] = entry.List.items ?? [];
    if (call !== undefined) calls.push(readExpr(call, reader));
    if (definitions !== undefined) columnTypes.push(...nodesOf(collect(definitions, reader).types));
  }
  const names = [...stringsOf(item.alias?.colnames)];
  for (const column of item.coldeflist ?? []) {
    if ("ColumnDef" in column) names.push(column.ColumnDef.colname ?? "");
    if ("ColumnDef" in column && column.ColumnDef.typeName !== undefined) {
      columnTypes.push(readTypeName(column.ColumnDef.typeName, reader).node);
    }
  }
  const inner = around(reader, calls);
  const range = item.is_rowsfrom === true ? rowsFrom(inner, reader) : inner;
  return place(reader, range, (span) => ({
    kind: "function",
    calls: nodesOf(calls),
    alias: item.alias?.aliasname ?? null,
    lateral: item.lateral === true,
    columnTypes,
    ...columnNamesOf(names),
    ...(item.ordinality === true ? { ordinality: true } : {}),
    span,
  }));
}

function rowsFrom(inner: Range, reader: Reader): Range {
  const open = reader.tokens.around[inner.first] ?? -1;
  return open < 2 ? inner : { first: open - 2, last: closing(reader, open) };
}

/** Joins of joins hang to the left and are read without recursion. */
function joinItem(top: JoinExpr, reader: Reader): Placed<FromItem> {
  const chain = [top];
  let left = top.larg;
  while (left !== undefined && "JoinExpr" in left) {
    chain.push(left.JoinExpr);
    left = left.JoinExpr.larg;
  }
  let placed = left === undefined ? nothing(reader) : readFromItem(left, reader);
  for (let i = chain.length - 1; i >= 0; i--) {
    const join = chain[i];
    if (join !== undefined) placed = oneJoin(join, placed, reader);
  }
  return placed;
}

function oneJoin(join: JoinExpr, left: Placed<FromItem>, reader: Reader): Placed<FromItem> {
  const right = join.rarg === undefined ? nothing(reader) : readFromItem(join.rarg, reader);
  const on = join.quals === undefined ? null : readExpr(join.quals, reader);
  return place(reader, around(reader, on === null ? [left, right] : [left, right, on]), (span) => ({
    kind: "join",
    join: joinKind(join),
    left: left.node,
    right: right.node,
    on: on?.node ?? null,
    using: join.usingClause === undefined ? null : stringsOf(join.usingClause),
    natural: join.isNatural === true,
    alias: join.alias?.aliasname ?? null,
    span,
  }));
}

function joinKind(join: JoinExpr): "inner" | "left" | "right" | "full" {
  switch (join.jointype) {
    case "JOIN_LEFT":
      return "left";
    case "JOIN_RIGHT":
      return "right";
    case "JOIN_FULL":
      return "full";
    default:
      return "inner";
  }
}

/** TABLESAMPLE looks its method up as a function. */
function sampleItem(item: RangeTableSample, reader: Reader): Placed<FromItem> {
  const sampled = item.relation === undefined ? nothing(reader) : readFromItem(item.relation, reader);
  const args = readExprs(item.args, reader);
  const repeatable = item.repeatable === undefined ? [] : [readExpr(item.repeatable, reader)];
  if (sampled.node.kind !== "relation") return sampled;
  const name = (item.method ?? []).flatMap((part) => nameOf(part));
  const first = tokenOf(reader, item.location);
  const nameRange = first < 0 ? NOWHERE : { first, last: nameEnd(first, name.length) };
  let last = closing(reader, nameRange.last + 1);
  if (word(reader, last + 1) === "repeatable") last = closing(reader, last + 2);
  const range = first < 0 ? NOWHERE : { first, last };
  const sample: Call = {
    kind: "call",
    name,
    nameSpan: spanOf(reader, nameRange),
    args: [...args, ...repeatable].map((arg) => ({ name: null, value: arg.node })),
    star: false,
    distinct: false,
    variadic: false,
    grammar: false,
    filter: null,
    order: [],
    window: null,
    span: spanOf(reader, range),
  };
  return { ...sampled, node: { ...sampled.node, sample } };
}

/** XMLTABLE, JSON_TABLE and whatever may come. */
function otherItem(node: Node, reader: Reader): Placed<FromItem> {
  const found = collect(node, reader);
  const inner: { readonly location?: number; readonly alias?: { readonly aliasname?: string } } =
    "JsonTable" in node ? node.JsonTable : "RangeTableFunc" in node ? node.RangeTableFunc : {};
  const placeless = !("JsonTable" in node) && !("RangeTableFunc" in node);
  const own = placeless ? NOWHERE : keywordWithBrackets(reader, tokenOf(reader, inner.location), 0);
  const range = word(reader, own.first) === "" ? around(reader, found.exprs) : own;
  return place(reader, range, (span) => ({
    kind: "other",
    operands: nodesOf(found.exprs),
    columnTypes: nodesOf(found.types),
    alias: inner.alias?.aliasname ?? null,
    span,
  }));
}

function nothing(reader: Reader): Placed<FromItem> {
  return place(reader, NOWHERE, (span) => ({
    kind: "other",
    operands: [],
    columnTypes: [],
    alias: null,
    span,
  }));
}
