/** Columns of relations: new ones, their sequences and defaults, and what they hang on. */
import type { ColumnDefinition } from "../../events/event.ts";
import type { Expr, Name } from "../../events/tree.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { isMutable, refuseSubquery, usesUserDefined } from "../bind/allowed.ts";
import { boundExpr } from "../bind/query.ts";
import { castsOnAssignment } from "../bind/types.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, independent, usesOf } from "../depend.ts";
import type { Address, BoundExpr, Column, Oid, Relation, TypeRef } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { requireOnSchema } from "../permissions.ts";
import { emptyRelation, schemaOrAssumed, serialType } from "../resolve.ts";
import { newOid } from "../store.ts";
import { knownType } from "../types-by-name.ts";
import { chooseRelationName } from "./names.ts";

/** MaxHeapAttributeNumber; dropped ones count. */
export const MOST_COLUMNS = 1600;

/** A column with nothing but name and type. */
export function plainColumn(number: number, name: string, type: TypeRef, place: Place): Column {
  return {
    number,
    name,
    type,
    notNull: false,
    default: null,
    generated: null,
    identity: null,
    definition: null,
    acl: [],
    place,
    local: true,
    inheritCount: 0,
  };
}

/** A column as defined, without default and constraints. */
export function columnOf(context: Context, column: ColumnDefinition, number: number): Column {
  const type: TypeRef =
    column.type === null ? { base: "?", array: false } : knownType(context, column.type, column.type.span);
  return {
    number,
    name: column.name,
    type,
    notNull: column.notNull || serialType(column.type) !== null,
    default: null,
    generated: null,
    identity: column.identity,
    definition: column,
    acl: [],
    place: placeOf(context, column.span),
    local: true,
    inheritCount: 0,
  };
}

/** Since PostgreSQL 17 identity columns of a partitioned table are such in its partitions. */
export function partitionsTakeIdentity({ postgresVersion }: Context): boolean {
  return postgresVersion >= 17;
}

export function columnNamed(relation: Relation, name: string): Column | undefined {
  return relation.columns.find((column) => column.name === name);
}

/** The relation as it is now. */
export function current(context: Context, relation: Relation): Relation {
  return context.state.relations.get(relation.oid) ?? relation;
}

/** The column of this name; refused when there is none, except that columns of assumed relations are assumed too. */
export function requireColumn(context: Context, relation: Relation, name: string, span: Span): Column {
  const found = columnNamed(relation, name);
  if (found !== undefined) return found;
  if (!relation.assumed)
    refuse(context, span, `column "${name}" of relation "${relation.name}" does not exist`);
  const column = plainColumn(relation.nextColumn, name, { base: "?", array: false }, placeOf(context, span));
  context.state.relations.put({
    ...relation,
    columns: [...relation.columns, column],
    nextColumn: relation.nextColumn + 1,
  });
  return column;
}

export function changeColumn(context: Context, relation: Oid, number: number, change: Partial<Column>): void {
  const found = context.state.relations.get(relation);
  if (found === undefined) return;
  context.state.relations.put({
    ...found,
    columns: found.columns.map((column) => (column.number === number ? { ...column, ...change } : column)),
  });
}

/** Records that columns hang on their types. */
export function dependOnTypes(context: Context, relation: Oid, columns: readonly Column[]): void {
  for (const { number, type } of columns) {
    if (typeof type.base === "number" && type.base !== relation)
      dependOn(context.state, { oid: relation, column: number }, [{ oid: type.base }]);
  }
}

/** Sets or drops a column's default or generation expression. */
export function setDefault(
  context: Context,
  relation: Oid,
  number: number,
  value: BoundExpr | null,
  generated: Column["generated"] = null,
): void {
  const { state } = context;
  const own: Address = { oid: relation, column: number, part: "default" };
  independent(state, own);
  changeColumn(context, relation, number, { default: value, generated });
  if (value === null) return;
  // A generated column is nothing without its expression, so it goes with the columns that it reads.
  dependOn(
    state,
    generated === null ? own : { oid: relation, column: number },
    usesOf(value.bindings, relation),
  );
}

/** DEFAULT NULL is no default, unless something is called to fit it to the column's type. */
function isNoDefault(context: Context, relation: Relation, number: number, expr: Expr): boolean {
  const type = current(context, relation).columns.find((column) => column.number === number)?.type;
  return expr.kind === "null" && (type === undefined || isPlainType(context, type));
}

/** A type whose NULL needs no length coercion and no checks of a domain. */
export function isPlainType(context: Context, type: TypeRef): boolean {
  const isDomain = typeof type.base === "number" && context.state.types.get(type.base)?.kind === "domain";
  return type.modifier === undefined && (type.array || !isDomain);
}

/** A generated column reads no other one and calls nothing that changes. */
function checkGenerated(
  context: Context,
  relation: Relation,
  bound: BoundExpr,
  generated: "stored" | "virtual",
): void {
  const { span } = bound.expr;
  for (const { oid, column } of bound.bindings.values()) {
    const read = current(context, relation).columns.find(
      (each) => oid === relation.oid && each.number === column,
    );
    if (read !== undefined && read.generated !== null)
      refuse(context, span, `cannot use generated column "${read.name}" in column generation expression`);
  }
  const own = generated === "virtual" ? usesUserDefined(context, bound) : null;
  if (own !== null) refuse(context, span, `generation expression uses user-defined ${own}`);
  if (isMutable(context, bound)) refuse(context, span, "generation expression is not immutable");
}

/** Binds a written default to the relation and sets it. */
export function writeDefault(
  context: Context,
  relation: Relation,
  number: number,
  expr: Expr,
  generated: Column["generated"],
): void {
  if (generated !== null) refuseSubquery(context, expr, expr.span, "column generation expression");
  const { bound, type } = boundExpr(context, expr, generated === null ? null : current(context, relation));
  const column = current(context, relation).columns.find((each) => each.number === number);
  if (!context.assume && column !== undefined && !castsOnAssignment(context.state, type, column.type))
    refuse(context, expr.span, `column "${column.name}" is of another type than its default expression`);
  if (generated !== null && !context.assume) checkGenerated(context, relation, bound, generated);
  setDefault(
    context,
    relation.oid,
    number,
    isNoDefault(context, relation, number, expr) && generated === null ? null : bound,
    generated,
  );
}

export function requireIdentityType(context: Context, type: TypeRef, span: Span): void {
  const allowed = ["pg_catalog.int2", "pg_catalog.int4", "pg_catalog.int8"];
  if (context.assume || (typeof type.base === "string" && !type.array && allowed.includes(type.base))) return;
  refuse(context, span, "identity column type must be smallint, integer, or bigint");
}

/** The sequence behind a serial or identity column. */
export function ownSequence(
  context: Context,
  relation: Relation,
  column: Column,
  how: "serial" | "identity",
  name: Name | null,
): Relation {
  const { state } = context;
  const schema =
    name !== null && name.length > 1
      ? schemaOrAssumed(context, name.at(-2) ?? "", column.place.span).oid
      : relation.schema;
  const own = state.schemas.get(schema);
  if (own !== undefined) requireOnSchema(context, column.place.span, own, "create");
  const chosen = name?.at(-1) ?? chooseRelationName(state, relation.name, column.name, "seq", schema);
  if (name !== null && state.relations.by.member.has(schema, chosen)) {
    refuse(context, column.place.span, `relation "${chosen}" already exists`);
  }
  const sequence = state.relations.put({
    ...emptyRelation({
      oid: newOid(state),
      name: chosen,
      schema,
      kind: "sequence",
      owner: relation.owner,
      place: column.place,
      prelude: context.prelude,
      assumed: false,
    }),
    temporary: relation.temporary,
    unlogged: relation.unlogged,
    optionsWriter: relation.place,
    acl: newObjectAcl(context, "sequence", relation.owner, schema),
    sequenceType: { base: column.type.base, array: false },
    belongsTo: { relation: relation.oid, column: column.number, how },
  });
  if (how === "serial")
    setDefault(context, relation.oid, column.number, nextValue(context, sequence, column.place.span));
  return sequence;
}

/** `nextval('sequence')`, as serial makes it. */
function nextValue(context: Context, sequence: Relation, span: Span): BoundExpr {
  const name = { kind: "string" as const, value: sequence.name, map: [0, span.start], span };
  const expr: Expr = {
    kind: "call",
    name: ["pg_catalog", "nextval"],
    nameSpan: span,
    args: [{ name: null, value: name }],
    star: false,
    distinct: false,
    variadic: false,
    grammar: true,
    filter: null,
    order: [],
    window: null,
    span,
  };
  return {
    expr,
    bindings: new Map([[name, { oid: sequence.oid }]]),
    searchPath: [],
    place: placeOf(context, span),
  };
}
