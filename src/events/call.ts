import type { FuncCall, Node, WindowDef } from "@pgsql/types";
import { stringsOf } from "./ast.ts";
import { nodesOf, readExpr, readExprs } from "./expression.ts";
import {
  around,
  closing,
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
import { wordOf } from "./tokens.ts";
import type { Argument, Call, Expr, Name } from "./tree.ts";

/** A function call, also one that the grammar makes of EXTRACT, AT TIME ZONE and the like. */
export function readCall(call: FuncCall, reader: Reader): Placed<Call> {
  const name = stringsOf(call.funcname);
  const args = (call.args ?? []).map((arg) => argument(arg, reader));
  const own = placeOf(call, name, args[0]?.value, reader);
  const grammar = call.funcformat === "COERCE_SQL_SYNTAX" || !isWritten(name, own, reader);
  const nameRange = own < 0 ? NOWHERE : { first: own, last: grammar ? own : nameEnd(own, name.length) };
  const range =
    own < 0
      ? around(
          reader,
          args.map((arg) => arg.value),
        )
      : grammar
        ? grammarRange(
            name.at(-1) ?? "",
            own,
            args.map((arg) => arg.value),
            reader,
          )
        : withClauses(call, closing(reader, nameRange.last + 1), own, reader);
  return place(reader, range, (span) => ({
    kind: "call",
    name,
    nameSpan: spanOf(reader, nameRange),
    args: args.map((arg): Argument => ({ name: arg.name, value: arg.value.node })),
    star: call.agg_star === true,
    distinct: call.agg_distinct === true,
    variadic: call.func_variadic === true,
    grammar,
    filter: call.agg_filter === undefined ? null : readExpr(call.agg_filter, reader).node,
    order: nodesOf(readExprs(call.agg_order, reader)),
    window: call.over === undefined ? null : readWindow(call.over, reader),
    span,
  }));
}

/** Where the call's name or keyword stands; AT LOCAL alone has no location. */
function placeOf(call: FuncCall, name: Name, arg: Range | undefined, reader: Reader): number {
  const own = tokenOf(reader, call.location);
  if (own >= 0 || arg === undefined || arg.first < 0 || name.at(-1) !== "timezone") return own;
  const { last } = widened(reader, arg);
  return word(reader, last + 1) === "at" ? last + 1 : -1;
}

function argument(
  node: Node,
  reader: Reader,
): { readonly name: string | null; readonly value: Placed<Expr> } {
  if ("NamedArgExpr" in node && node.NamedArgExpr.arg !== undefined) {
    return { name: node.NamedArgExpr.name ?? null, value: readExpr(node.NamedArgExpr.arg, reader) };
  }
  return { name: null, value: readExpr(node, reader) };
}

/** Whether the name stands in the text, and is not what a construct of the grammar means. */
function isWritten(name: readonly string[], own: number, reader: Reader): boolean {
  if (own < 0) return true;
  if (name.length !== 2 || name[0] !== "pg_catalog") return true;
  return wordOf(reader.tokens, own + 1) === ".";
}

/** After the arguments: WITHIN GROUP, FILTER, OVER. */
function withClauses(call: FuncCall, end: number, own: number, reader: Reader): Range {
  return { first: own, last: aggregateEnd(end, call.agg_within_group === true, call, reader) };
}

/** The last token of `FILTER (…)` and `OVER …` after a call's arguments. */
export function aggregateEnd(
  end: number,
  withinGroup: boolean,
  call: { readonly agg_filter?: Node; readonly over?: WindowDef },
  reader: Reader,
): number {
  let last = end;
  if (withinGroup && word(reader, last + 1) === "within") last = closing(reader, last + 3);
  if (call.agg_filter !== undefined && word(reader, last + 1) === "filter") last = closing(reader, last + 2);
  if (call.over !== undefined && word(reader, last + 1) === "over") last = closing(reader, last + 2);
  return last;
}

/** Partition and order of a window and the bounds of its frame, in this order. */
export function readWindow(window: WindowDef, reader: Reader): readonly Expr[] {
  const parts = [...(window.partitionClause ?? []), ...(window.orderClause ?? [])];
  if (window.startOffset !== undefined) parts.push(window.startOffset);
  if (window.endOffset !== undefined) parts.push(window.endOffset);
  return nodesOf(readExprs(parts, reader));
}

function grammarRange(name: string, own: number, args: readonly Range[], reader: Reader): Range {
  const keyword = word(reader, own);
  switch (keyword) {
    case "at": {
      const local = word(reader, own + 1) === "local";
      return around(reader, args, { first: own, last: local ? own + 1 : own });
    }
    case "is": {
      let last = own;
      while (last < own + 3 && word(reader, last) !== "normalized") last++;
      return around(reader, args, { first: own, last });
    }
    case "overlaps":
      return overlaps(own, args, reader);
    case "like":
    case "ilike":
    case "similar":
    case "not":
      return around(reader, args);
    case "system_user":
      return { first: own, last: own };
    default: {
      // EXTRACT(…), TRIM(…), COLLATION FOR (…)
      const open = word(reader, own + 1) === "(" ? own + 1 : own + 2;
      if (word(reader, open) === "(") return { first: own, last: closing(reader, open) };
      return around(reader, args, name === "" ? NOWHERE : { first: own, last: own });
    }
  }
}

/** `(a, b) OVERLAPS ROW (c, d)`: the rows are not in the tree. */
function overlaps(own: number, args: readonly Range[], reader: Reader): Range {
  const open = reader.tokens.partner[own - 1] ?? -1;
  if (open < 0) return around(reader, args, { first: own, last: own });
  const first = word(reader, open - 1) === "row" ? open - 1 : open;
  const last = closing(reader, word(reader, own + 1) === "row" ? own + 2 : own + 1);
  return { first, last };
}
