import type { Node } from "@pgsql/types";
import { nameOf } from "./ast.ts";
import { NOWHERE, nameEnd, type Reader, spanOf, word } from "./reader.ts";
import type { RelationItem } from "./tree.ts";

/** Kinds of relations in DROP, with the number of words that name the kind. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ["OBJECT_TABLE", 1],
  ["OBJECT_VIEW", 1],
  ["OBJECT_SEQUENCE", 1],
  ["OBJECT_INDEX", 1],
  ["OBJECT_MATVIEW", 2],
  ["OBJECT_FOREIGN_TABLE", 2],
]);

/** Relations in DROP: the parser gives their names without a place. */
export function namedRelations(node: Node, reader: Reader): readonly RelationItem[] {
  if (!("DropStmt" in node)) return [];
  const { removeType, objects } = node.DropStmt;
  const words = WORDS.get(removeType ?? "");
  if (words === undefined) return [];
  let at = reader.whole.first + 1 + words;
  if (word(reader, at) === "concurrently") at++;
  if (word(reader, at) === "if") at += 2;
  return (objects ?? []).map((object): RelationItem => {
    const name = nameOf(object);
    const last = nameEnd(at, name.length);
    const range = last <= reader.whole.last ? { first: at, last } : NOWHERE;
    at = last + 2;
    return { kind: "relation", name, alias: null, only: false, cte: false, span: spanOf(reader, range) };
  });
}
