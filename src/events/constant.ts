import type { A_Const } from "@pgsql/types";
import { literalAt } from "../parser/string-literal.ts";
import { closing, NOWHERE, type Placed, place, type Range, type Reader, tokenOf, word } from "./reader.ts";
import type { Expr } from "./tree.ts";

/** A literal. Its span is the whole token, sign included. */
export function readConstant(constant: A_Const, reader: Reader): Placed<Expr> {
  const first = tokenOf(reader, constant.location);
  const range = first < 0 ? NOWHERE : { first, last: signedEnd(reader, first) };
  if (constant.sval !== undefined) return stringConstant(constant.sval.sval ?? "", range, reader);
  return place(reader, range, (span): Expr => {
    if (constant.isnull === true) return { kind: "null", span };
    if (constant.boolval !== undefined) {
      return { kind: "boolean", value: constant.boolval.boolval === true, span };
    }
    if (constant.ival !== undefined) return { kind: "number", value: String(constant.ival.ival ?? 0), span };
    if (constant.fval !== undefined) return { kind: "number", value: constant.fval.fval ?? "0", span };
    return { kind: "other", what: "BitString", operands: [], span };
  });
}

/** `- 5` and `-(5)` are constants to the parser. */
function signedEnd(reader: Reader, first: number): number {
  let last = first;
  while (word(reader, last) === "-") last++;
  return closing(reader, last);
}

/** A string. Without a literal at its place (a name that became one), its value maps to where the name stands. */
export function stringConstant(value: string, range: Range, reader: Reader): Placed<Expr> {
  const offset = reader.tokens.starts[range.first];
  const literal = offset === undefined ? null : literalAt(reader.tokens.bytes, offset, reader.text.map);
  return place(reader, range, (span) => ({
    kind: "string",
    value,
    map: literal !== null && literal.value.text === value ? literal.value.map : [0, span.start],
    span,
  }));
}
