import type { TypeCast, TypeName as TypeNameNode } from "@pgsql/types";
import { constantText, stringsOf } from "./ast.ts";
import {
  closing,
  NOWHERE,
  nameEnd,
  type Placed,
  place,
  type Range,
  type Reader,
  tokenOf,
  word,
} from "./reader.ts";
import type { TypeName } from "./tree.ts";

/** A type as written, over its modifiers and array bounds: `character varying(20)[]`. */
export function readTypeName(type: TypeNameNode, reader: Reader): Placed<TypeName> {
  const name = stringsOf(type.names);
  const range = typeRange(type, name, reader);
  return place(reader, range, (span) => ({
    name,
    array: (type.arrayBounds ?? []).length > 0,
    ...(type.pct_type === true ? { of: "type" as const } : {}),
    ...(type.setof === true ? { setof: true } : {}),
    ...modifiersOf(type),
    span,
  }));
}

function modifiersOf(type: TypeNameNode): { readonly modifiers?: readonly string[] } {
  const modifiers = (type.typmods ?? []).flatMap((node) => {
    const text = constantText(node);
    return text === null ? [] : [text];
  });
  return modifiers.length === 0 ? {} : { modifiers };
}

function typeRange(type: TypeNameNode, name: readonly string[], reader: Reader): Range {
  const first = tokenOf(reader, type.location);
  if (first < 0) return NOWHERE;
  const keyword = name.length === 2 && name[0] === "pg_catalog" && word(reader, first + 1) !== ".";
  let last = keyword ? keywordEnd(reader, first) : nameEnd(first, name.length);
  const hasModifiers = keyword || (type.typmods ?? []).length > 0;
  if (hasModifiers && word(reader, last + 1) === "(") last = closing(reader, last + 1);
  if (keyword) last = afterModifiers(reader, first, last);
  if (type.pct_type === true) last += 2;
  if ((type.arrayBounds ?? []).length > 0) {
    if (word(reader, last + 1) === "array") last++;
    while (word(reader, last + 1) === "[") last = closing(reader, last + 1);
  }
  return { first, last };
}

/** Last word of a type that the grammar knows, before its modifiers. */
function keywordEnd(reader: Reader, first: number): number {
  let last = first;
  let head = word(reader, first);
  if (head === "national") {
    last++;
    head = word(reader, last);
  }
  if (["character", "char", "nchar", "bit"].includes(head) && word(reader, last + 1) === "varying")
    return last + 1;
  if (head === "double" && word(reader, last + 1) === "precision") return last + 1;
  return last;
}

function afterModifiers(reader: Reader, first: number, last: number): number {
  const head = word(reader, first);
  if (head === "interval") return intervalFieldsEnd(reader, last);
  if (head !== "time" && head !== "timestamp") return last;
  const zone = ["with", "without"].includes(word(reader, last + 1)) && word(reader, last + 2) === "time";
  return zone && word(reader, last + 3) === "zone" ? last + 3 : last;
}

const FIELDS = new Set(["year", "month", "day", "hour", "minute", "second"]);

/** The end of `YEAR TO MONTH`, `SECOND(3)` … after an interval type or literal that ends at this token. */
export function intervalFieldsEnd(reader: Reader, last: number): number {
  if (!FIELDS.has(word(reader, last + 1))) return last;
  let end = last + 1;
  if (word(reader, end + 1) === "to" && FIELDS.has(word(reader, end + 2))) end += 2;
  if (word(reader, end) === "second" && word(reader, end + 1) === "(") end = closing(reader, end + 1);
  return end;
}

/** TRUE and FALSE come as a cast of a constant to boolean that stands nowhere. */
export function isTrueOrFalse(cast: TypeCast): boolean {
  if (cast.location !== -1 || cast.typeName?.location !== -1 || cast.arg === undefined) return false;
  return "A_Const" in cast.arg && cast.arg.A_Const.boolval !== undefined;
}
