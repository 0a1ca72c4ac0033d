import type { RangeVar } from "@pgsql/types";
import { rangeVarName, stringsOf } from "./ast.ts";
import { isInScope, NOWHERE, nameEnd, type Placed, place, type Reader, tokenOf } from "./reader.ts";
import type { RelationItem } from "./tree.ts";

/** A relation that is read: an unqualified name may be that of a WITH query. */
export function readRelation(relation: RangeVar, reader: Reader): Placed<RelationItem> {
  const name = rangeVarName(relation);
  return relationItem(relation, reader, name.length === 1 && isInScope(reader, name[0] ?? ""));
}

/** A relation that is written to: never a WITH query. */
export function readTarget(relation: RangeVar | undefined, reader: Reader): Placed<RelationItem> {
  return relationItem(relation ?? {}, reader, false);
}

function relationItem(relation: RangeVar, reader: Reader, cte: boolean): Placed<RelationItem> {
  const name = rangeVarName(relation);
  const first = relation.relname === undefined ? -1 : tokenOf(reader, relation.location);
  const range = first < 0 ? NOWHERE : { first, last: nameEnd(first, name.length) };
  return place(reader, range, (span) => ({
    kind: "relation",
    name,
    alias: relation.alias?.aliasname ?? null,
    ...columnNamesOf(stringsOf(relation.alias?.colnames)),
    only: relation.inh !== true,
    cte,
    span,
  }));
}

/** Names given to the columns of an item, where there are any. */
export function columnNamesOf(names: readonly string[]): { readonly columnNames?: readonly string[] } {
  return names.length === 0 ? {} : { columnNames: names };
}
