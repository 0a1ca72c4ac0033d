/** CREATE TABLE (LIKE …): what comes with the columns of another table. */
import { columnMap, rebound } from "../bind/rebind.ts";
import type { Context } from "../context.ts";
import type { Column, Relation } from "../model.ts";
import { changeColumn, current, ownSequence, setDefault } from "./columns.ts";
import { constraintsOf, inheritConstraint } from "./constraints.ts";
import { likeIndex, makeIndex } from "./indexes.ts";
import { addKey } from "./keys.ts";

// CREATE_TABLE_LIKE_… of parsenodes.h
const CONSTRAINTS = 1 << 2;
const DEFAULTS = 1 << 3;
const GENERATED = 1 << 4;
const IDENTITY = 1 << 5;
const INDEXES = 1 << 6;

/** LIKE in CREATE TABLE: the relation and which of INCLUDING DEFAULTS, … (bits of PostgreSQL's own). */
export interface Like {
  readonly source: Relation;
  readonly including: number;
}

/** `columns`: defaults and checks, with the table; `indexes`: indexes and keys, behind its own. */
export function copyLike(context: Context, table: Relation, like: Like, part: "columns" | "indexes"): void {
  const { source } = like;
  const has = (bit: number): boolean => (like.including & bit) !== 0;
  if (part === "columns") {
    const map = columnMap(source, current(context, table));
    for (const column of source.columns) {
      const number = map.get(column.number);
      if (number !== undefined) copyColumn(context, table, source, column, number, has);
    }
    for (const constraint of constraintsOf(context, source)) {
      if (constraint.kind !== "not-null" && !(constraint.kind === "check" && has(CONSTRAINTS))) continue;
      copyConstraint(context, table, source, constraint);
    }
    return;
  }
  if (!has(INDEXES)) return;
  for (const index of context.state.relations.by.of.all(source.oid)) {
    if (index.kind !== "index" || index.index === null) continue;
    const key = constraintsOf(context, source).find(
      (constraint) => constraint.index === index.oid && constraint.kind !== "foreign-key",
    );
    if (key === undefined) {
      makeIndex(context, current(context, table), likeIndex(index, source, null));
      continue;
    }
    const names = key.columns.flatMap(
      (number) => source.columns.find((column) => column.number === number)?.name ?? [],
    );
    addKey(
      context,
      current(context, table),
      { ...key.definition, name: null, usingIndex: null },
      names,
      null,
      index.oid,
    );
  }
}

function copyColumn(
  context: Context,
  table: Relation,
  source: Relation,
  column: Column,
  number: number,
  has: (bit: number) => boolean,
): void {
  const own = current(context, table).columns.find((each) => each.number === number);
  if (own === undefined || own.definition !== null) return;
  if (column.default !== null && has(column.generated === null ? DEFAULTS : GENERATED)) {
    const map = columnMap(source, current(context, table));
    setDefault(
      context,
      table.oid,
      number,
      rebound(column.default, source.oid, table.oid, map),
      column.generated,
    );
  }
  if (column.identity !== null && has(IDENTITY)) {
    changeColumn(context, table.oid, number, { identity: column.identity });
    // Whatever the column's type, this sequence has its default.
    const sequence = ownSequence(context, current(context, table), own, "identity", null);
    context.state.relations.put({ ...sequence, sequenceType: { base: "pg_catalog.int8", array: false } });
  }
}

function copyConstraint(
  context: Context,
  table: Relation,
  source: Relation,
  constraint: ReturnType<typeof constraintsOf>[number],
): void {
  const target = current(context, table);
  const map = columnMap(source, target);
  const same = constraintsOf(context, target).some(
    (each) =>
      each.kind === "not-null" &&
      constraint.kind === "not-null" &&
      each.columns[0] === map.get(constraint.columns[0] ?? 0),
  );
  if (same) return;
  inheritConstraint(context, target, constraint, source);
  const copy = constraintsOf(context, target).find(
    (each) => each.inheritCount === 1 && !each.local && each.name === constraint.name,
  );
  if (copy !== undefined) context.state.constraints.put({ ...copy, local: true, inheritCount: 0 });
}
