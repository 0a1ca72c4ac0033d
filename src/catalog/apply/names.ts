/** Names that PostgreSQL chooses itself: makeObjectName(), ChooseRelationName(), ChooseConstraintName(). */
import type { Expr } from "../../events/tree.ts";
import { outputName } from "../bind/expression.ts";
import type { Oid } from "../model.ts";
import type { State } from "../store.ts";

/** NAMEDATALEN - 1 */
const LONGEST = 63;

/** The first `bytes` bytes of a name, without half a character at the end. */
function clipped(name: string, bytes: number): string {
  const encoded = Buffer.from(name);
  if (encoded.length <= bytes) return name;
  let end = bytes;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--;
  return encoded.subarray(0, end).toString();
}

/** `name1_name2_label`, the longer of the two names shortened until it fits. */
function objectName(name1: string, name2: string | null, label: string): string {
  let first = Buffer.byteLength(name1);
  let second = name2 === null ? 0 : Buffer.byteLength(name2);
  const available = LONGEST - Buffer.byteLength(label) - 1 - (name2 === null ? 0 : 1);
  if (first + second <= available) return name2 === null ? `${name1}_${label}` : `${name1}_${name2}_${label}`;
  while (first + second > available) {
    if (first > second) first--;
    else second--;
  }
  return [clipped(name1, first), ...(name2 === null ? [] : [clipped(name2, second)]), label].join("_");
}

/** A name that no relation of the schema has (and, with `constraint`, no constraint of its tables). */
export function chooseRelationName(
  state: State,
  name1: string,
  name2: string | null,
  label: string,
  schema: Oid,
  constraint = false,
): string {
  for (let pass = 0; ; pass++) {
    const name = objectName(name1, name2, pass === 0 ? label : `${label}${pass}`);
    if (state.relations.by.member.has(schema, name)) continue;
    if (constraint && constraintNameExists(state, name, schema)) continue;
    return name;
  }
}

/** A name that no constraint of the tables and domains in the schema has. */
export function chooseConstraintName(
  state: State,
  name1: string,
  name2: string | null,
  label: string,
  schema: Oid,
): string {
  for (let pass = 0; ; pass++) {
    const name = objectName(name1, name2, pass === 0 ? label : `${label}${pass}`);
    if (!constraintNameExists(state, name, schema)) return name;
  }
}

function constraintNameExists(state: State, name: string, schema: Oid): boolean {
  return state.constraints.by.name
    .all(name)
    .some(({ relation }) => (state.relations.get(relation) ?? state.types.get(relation))?.schema === schema);
}

/** ChooseIndexColumnNames(): columns by name, expressions by what a query would call them, repeated ones numbered. */
export function indexColumnNames(
  keys: readonly { readonly column: string | null; readonly expression: Expr | null }[],
): readonly string[] {
  const names: string[] = [];
  for (const key of keys) {
    const named = key.column ?? (key.expression === null ? "expr" : outputName(key.expression));
    const name = named === "?column?" ? "expr" : named;
    let unique = name;
    for (let i = 1; names.includes(unique); i++) {
      const suffix = String(i);
      unique = clipped(name, LONGEST - suffix.length) + suffix;
    }
    names.push(unique);
  }
  return names;
}

/** ChooseIndexNameAddition() */
export function joinedNames(names: readonly string[]): string {
  return clipped(names.join("_"), 126);
}
