/** Indexes, and those of partitions that belong to the partitioned table's. */

import type { EventOf, IndexKey } from "../../events/event.ts";
import type { Expr } from "../../events/tree.ts";
import { fitted } from "../../text/shared.ts";
import type { Span } from "../../text/span.ts";
import { isMutable, refuseSubquery } from "../bind/allowed.ts";
import { boundExpr } from "../bind/query.ts";
import { sameBound } from "../bind/same.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, usesOf } from "../depend.ts";
import type { BoundExpr, Index, Oid, Relation } from "../model.ts";
import { requireOnSchema, requireOwner } from "../permissions.ts";
import { emptyRelation, relationOrAssumed } from "../resolve.ts";
import { newOid } from "../store.ts";
import { current, requireColumn } from "./columns.ts";
import { chooseRelationName, indexColumnNames, joinedNames } from "./names.ts";

export interface NewIndex {
  /** null: chosen from the table's name, `second` and `label`. */
  readonly name: string | null;
  readonly columnNames: readonly string[];
  readonly chosen: { readonly second: string | null; readonly label: string; readonly constraint: boolean };
  readonly keys: readonly IndexKey[];
  readonly including: readonly string[];
  readonly unique: boolean;
  readonly primary: boolean;
  readonly where: Expr | null;
  readonly parent: Oid | null;
  readonly span: Span;
}

export function makeIndex(context: Context, table: Relation, wanted: NewIndex): Relation {
  const { state } = context;
  const { second, label, constraint } = wanted.chosen;
  const name = wanted.name ?? chooseRelationName(state, table.name, second, label, table.schema, constraint);
  if (state.relations.by.member.has(table.schema, name))
    refuse(context, wanted.span, `relation "${name}" already exists`);
  const keys: (number | null)[] = [];
  const expressions: BoundExpr[] = [];
  for (const key of wanted.keys) {
    if (key.column !== null) keys.push(indexable(context, current(context, table), key.column, wanted.span));
    else keys.push(null);
    if (key.expression !== null)
      expressions.push(boundExpr(context, key.expression, current(context, table)).bound);
  }
  const included = wanted.including.map(
    (column) => requireColumn(context, current(context, table), column, wanted.span).number,
  );
  if (wanted.where !== null) {
    refuseSubquery(context, wanted.where, wanted.span, "index predicate");
    const { bound } = boundExpr(context, wanted.where, current(context, table));
    if (!context.assume && isMutable(context, bound))
      refuse(context, wanted.span, "functions in index predicate must be marked IMMUTABLE");
    expressions.push(bound);
  }
  for (const { bindings } of expressions) {
    for (const { oid, column } of bindings.values())
      if (oid === table.oid && column !== undefined)
        refuseVirtual(context, current(context, table), column, wanted.span);
  }
  if (wanted.unique) requirePartitionKey(context, current(context, table), keys, wanted.span);
  const owner = current(context, table);
  const details: Index = {
    unique: wanted.unique,
    primary: wanted.primary,
    keys: fitted(keys),
    columnNames: fitted(wanted.columnNames),
    expressions: fitted(expressions),
    parent: wanted.parent,
  };
  const index = state.relations.put({
    ...emptyRelation({
      oid: newOid(state),
      name,
      schema: table.schema,
      kind: "index",
      owner: owner.owner,
      place: placeOf(context, wanted.span),
      prelude: context.prelude,
      assumed: false,
    }),
    temporary: owner.temporary,
    unlogged: owner.unlogged,
    optionsWriter: owner.place,
    rowSecurity: owner.rowSecurity,
    forceRowSecurity: owner.forceRowSecurity,
    belongsTo: { relation: table.oid, column: null, how: "index" },
    index: details,
  });
  const columns = [...keys, ...included].flatMap((column) =>
    column === null ? [] : [{ oid: table.oid, column }],
  );
  dependOn(state, { oid: index.oid }, columns, "auto");
  for (const expression of expressions) {
    const uses = usesOf(expression.bindings, table.oid);
    dependOn(
      state,
      { oid: index.oid },
      uses.filter((use) => use.oid === table.oid),
      "auto",
    );
    dependOn(
      state,
      { oid: index.oid },
      uses.filter((use) => use.oid !== table.oid),
    );
  }
  return index;
}

function indexable(context: Context, table: Relation, name: string, span: Span): number {
  const { number } = requireColumn(context, table, name, span);
  refuseVirtual(context, table, number, span);
  return number;
}

function refuseVirtual(context: Context, table: Relation, number: number, span: Span): void {
  if (table.columns.find((column) => column.number === number)?.generated === "virtual")
    refuse(context, span, "indexes on virtual generated columns are not supported");
}

/** What is unique must be so within one partition. */
export function requirePartitionKey(
  context: Context,
  table: Relation,
  keys: readonly (number | null)[],
  span: Span,
): void {
  for (const { column } of table.partitionKey?.elements ?? []) {
    if (column === null || !keys.includes(column))
      refuse(context, span, "unique constraint on partitioned table must include all partitioning columns");
  }
}

export function createIndex(context: Context, event: EventOf<"create-index">): void {
  const { state } = context;
  const table = relationOrAssumed(context, event.table.name, event.table.span, "table");
  if (!["table", "partitioned-table", "materialized-view"].includes(table.kind)) {
    refuse(context, event.span, `cannot create index on relation "${table.name}"`);
  }
  requireOwner(context, event.span, table.owner, `table ${table.name}`);
  if (event.name !== null && event.ifNotExists && state.relations.by.member.has(table.schema, event.name))
    return;
  indexTable(context, table, event, event.name, null);
}

/** An index goes to its table's schema, in which its maker must be allowed to create; what comes with a new partition may always. */
export function requireIndexable(context: Context, table: Relation, span: Span): void {
  const schema = context.state.schemas.get(table.schema);
  if (schema !== undefined) requireOnSchema(context, span, schema, "create");
}

function indexTable(
  context: Context,
  table: Relation,
  event: EventOf<"create-index">,
  name: string | null,
  parent: Oid | null,
): void {
  requireIndexable(context, table, event.span);
  const including = event.including.map((column) => ({ column, expression: null }));
  const where =
    event.expressions.length > event.keys.filter((key) => key.expression !== null).length
      ? (event.expressions[0] ?? null)
      : null;
  const columnNames = indexColumnNames([...event.keys, ...including]);
  const index = makeIndex(context, table, {
    name,
    columnNames,
    chosen: {
      second: joinedNames(columnNames),
      label: "idx",
      constraint: false,
    },
    keys: event.keys,
    including: event.including,
    unique: event.unique,
    primary: false,
    where,
    parent,
    span: event.span,
  });
  if (table.kind !== "partitioned-table" || event.only) return;
  for (const partition of context.state.relations.by.parent.all(table.oid)) {
    const existing = matching(context, partition, index, table);
    if (existing === undefined) indexTable(context, partition, event, null, index.oid);
    else attachIndex(context, existing, index.oid);
  }
}

/** A partition's own index that is like the partitioned table's and belongs to none yet. */
export function matching(
  context: Context,
  partition: Relation,
  index: Relation,
  table: Relation,
): Relation | undefined {
  const names = (relation: Relation, keys: readonly (number | null)[]): string =>
    keys.map((key) => relation.columns.find((column) => column.number === key)?.name ?? "?").join("\0");
  const { index: wanted } = index;
  if (wanted === null) return undefined;
  return context.state.relations.by.of
    .all(partition.oid)
    .find(
      (each) =>
        each.index !== null &&
        each.index.parent === null &&
        each.index.unique === wanted.unique &&
        each.index.primary === wanted.primary &&
        sameExpressions(each.index.expressions, wanted.expressions, partition, table) &&
        names(partition, each.index.keys) === names(table, wanted.keys),
    );
}

function sameExpressions(
  own: readonly BoundExpr[],
  wanted: readonly BoundExpr[],
  partition: Relation,
  table: Relation,
): boolean {
  return (
    own.length === wanted.length &&
    own.every((each, i) => {
      const other = wanted[i];
      return other !== undefined && sameBound(each, other, partition, table);
    })
  );
}

export function attachIndex(context: Context, index: Relation, parent: Oid | null): void {
  if (index.index === null) return;
  context.state.relations.put({ ...index, index: { ...index.index, parent } });
}

/** The partitioned table's index on a new partition (not of a key: those come with their constraint). */
export function copyIndex(context: Context, table: Relation, index: Relation, partition: Relation): void {
  if (index.index === null) return;
  const existing = matching(context, partition, index, table);
  if (existing !== undefined) {
    attachIndex(context, existing, index.oid);
    return;
  }
  makeIndex(context, partition, likeIndex(index, table, index.oid));
}

/** What makes an index like this one on another table. */
export function likeIndex(index: Relation, table: Relation, parent: Oid | null): NewIndex {
  const expressions = [...(index.index?.expressions ?? [])];
  const keys: IndexKey[] = (index.index?.keys ?? []).map((key) =>
    key === null
      ? { column: null, expression: expressions.shift()?.expr ?? null }
      : { column: table.columns.find((column) => column.number === key)?.name ?? null, expression: null },
  );
  const columnNames = index.index?.columnNames ?? indexColumnNames(keys);
  return {
    name: null,
    columnNames,
    chosen: { second: joinedNames(columnNames), label: "idx", constraint: false },
    keys,
    including: [],
    unique: index.index?.unique === true,
    primary: false,
    where: expressions[0]?.expr ?? null,
    parent,
    span: index.place.span,
  };
}
