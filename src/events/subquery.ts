import type { SubLink } from "@pgsql/types";
import { stringsOf } from "./ast.ts";
import { readExpr } from "./expression.ts";
import { overQuantifier } from "./operator.ts";
import { readSelectNode } from "./query.ts";
import {
  around,
  closing,
  insideBrackets,
  keywordWithBrackets,
  type Placed,
  place,
  type Range,
  type Reader,
  tokenOf,
  word,
} from "./reader.ts";
import type { Expr } from "./tree.ts";

type Form = Extract<Expr, { kind: "subquery" }>["form"];

/** `(SELECT …)`, EXISTS, IN, ANY, ALL and ARRAY over a query. */
export function readSubLink(link: SubLink, reader: Reader): Placed<Expr> {
  const test = link.testexpr === undefined ? null : readExpr(link.testexpr, reader);
  const operator = link.operName === undefined ? null : stringsOf(link.operName);
  const form = formOf(link, operator !== null);
  const own = ownRange(form, tokenOf(reader, link.location), reader);
  const query = readSelectNode(link.subselect, insideBrackets(reader, own.last));
  const range = around(reader, test === null ? [] : [test], own);
  return place(reader, range, (span) => ({
    kind: "subquery",
    form,
    test: test?.node ?? null,
    operator,
    query: query.node,
    span,
  }));
}

function ownRange(form: Form, own: number, reader: Reader): Range {
  if (form === "any" || form === "all") return overQuantifier(reader, own);
  if (word(reader, own) === "(") return { first: own, last: closing(reader, own) };
  return keywordWithBrackets(reader, own, 1);
}

function formOf(link: SubLink, hasOperator: boolean): Form {
  switch (link.subLinkType) {
    case "EXISTS_SUBLINK":
      return "exists";
    case "ALL_SUBLINK":
      return "all";
    case "ANY_SUBLINK":
      return hasOperator ? "any" : "in";
    case "ARRAY_SUBLINK":
      return "array";
    default:
      return "scalar";
  }
}
