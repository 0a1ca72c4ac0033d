/** Constraints of tables: how they are kept, checks and NOT NULL, and how these come down to children and partitions. */
import type { TableConstraint } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { refuseSubquery } from "../bind/allowed.ts";
import { boundExpr } from "../bind/query.ts";
import { columnMap, rebound } from "../bind/rebind.ts";
import { sameBound } from "../bind/same.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, usesOf } from "../depend.ts";
import type { BoundExpr, Column, Constraint, Relation } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { newOid } from "../store.ts";
import { changeColumn, current, requireColumn } from "./columns.ts";
import { withDescendants } from "./descendants.ts";
import { chooseConstraintName } from "./names.ts";
import { requireCalls } from "./reads.ts";

export function constraintsOf(context: Context, relation: Relation): readonly Constraint[] {
  return context.state.constraints.by.relation.all(relation.oid);
}

export function constraintNamed(context: Context, relation: Relation, name: string): Constraint | undefined {
  return context.state.constraints.by.member.first(relation.oid, name);
}

export function putConstraint(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  name: string,
  details: Pick<Constraint, "kind" | "columns"> & Partial<Constraint>,
): Constraint {
  if (constraintNamed(context, relation, name) !== undefined) {
    refuse(context, written.span, `constraint "${name}" for relation "${relation.name}" already exists`);
  }
  const constraint = context.state.constraints.put({
    oid: newOid(context.state),
    name,
    place: placeOf(context, written.span),
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    expression: null,
    references: null,
    index: null,
    definition: written,
    local: true,
    inheritCount: 0,
    parent: null,
    ...details,
  });
  const own = constraint.columns.map((column) => ({ oid: relation.oid, column }));
  dependOn(context.state, { oid: constraint.oid }, own, "auto");
  if (constraint.expression !== null) {
    dependOn(context.state, { oid: constraint.oid }, usesOf(constraint.expression.bindings, relation.oid));
  }
  return constraint;
}

/** NOT NULL as a key makes it, somewhere. */
export const NOT_NULL: TableConstraint = {
  name: null,
  type: "not-null",
  expression: null,
  columns: [],
  references: null,
  referencedColumns: [],
  onUpdate: "no action",
  onDelete: "no action",
  deleteColumns: [],
  match: "simple",
  deferrable: false,
  initiallyDeferred: false,
  noInherit: false,
  validated: true,
  enforced: true,
  nullsNotDistinct: false,
  including: [],
  usingIndex: null,
  withoutOverlaps: false,
  period: false,
  method: null,
  exclusions: [],
  where: null,
  span: { start: 0, end: 0 },
};

export function addCheck(
  context: Context,
  relation: Relation,
  stated: TableConstraint,
  only: boolean,
  merges: boolean,
): void {
  // What a new table has is valid.
  const written = merges ? { ...stated, validated: true } : stated;
  const { expression } = written;
  if (expression === null) return;
  if (written.noInherit && relation.kind === "partitioned-table")
    refuse(context, written.span, `cannot add NO INHERIT constraint to partitioned table "${relation.name}"`);
  refuseSubquery(context, expression, written.span, "check constraint");
  const { bound, type } = boundExpr(context, expression, relation);
  if (
    !context.assume &&
    typeof type.base === "string" &&
    !type.base.startsWith("?") &&
    !["pg_catalog.bool", "pg_catalog.unknown"].includes(type.base)
  ) {
    refuse(context, written.span, "argument of CHECK must be type boolean");
  }
  const columns = ownColumns(bound.bindings, relation);
  const [only1] = columns;
  const single =
    columns.length === 1 ? (relation.columns.find((column) => column.number === only1)?.name ?? null) : null;
  const name =
    written.name ?? chooseConstraintName(context.state, relation.name, single, "check", relation.schema);
  const inherited = constraintNamed(context, relation, name);
  if (merges && inherited?.kind === "check" && inherited.inheritCount > 0 && !inherited.local) {
    requireSame(context, inherited, relation, bound, relation, written.span, false);
    context.state.constraints.put({ ...inherited, local: true });
    return;
  }
  // A table that was there before is looked through.
  if (!merges && written.validated && relation.kind === "table")
    requireCalls(context, bound.bindings, written.span);
  const constraint = putConstraint(context, relation, written, name, {
    kind: "check",
    columns,
    expression: bound,
  });
  const children = context.state.relations.by.parent.all(relation.oid);
  if (written.noInherit || children.length === 0) return;
  if (only) refuse(context, written.span, "constraint must be added to child tables too");
  for (const child of children) inheritConstraint(context, child, constraint, relation, true);
}

/** A check of one name says the same in parent and child. */
export function requireSame(
  context: Context,
  own: Constraint,
  table: Relation,
  expression: BoundExpr,
  from: Relation,
  span: Span,
  validated: boolean,
): void {
  if (context.assume || own.expression === null) return;
  if (!sameBound(own.expression, expression, table, from))
    refuse(context, span, `constraint "${own.name}" for relation "${table.name}" already exists`);
  if (validated && own.definition.enforced && !own.definition.validated)
    refuse(
      context,
      span,
      `constraint "${own.name}" conflicts with NOT VALID constraint on relation "${table.name}"`,
    );
  if (own.definition.noInherit)
    refuse(
      context,
      span,
      `constraint "${own.name}" conflicts with non-inherited constraint on relation "${table.name}"`,
    );
}

function ownColumns(
  bindings: ReadonlyMap<object, { readonly oid: number; readonly column?: number }>,
  relation: Relation,
): readonly number[] {
  const numbers = new Set<number>();
  for (const address of bindings.values())
    if (address.oid === relation.oid && address.column !== undefined) numbers.add(address.column);
  return [...numbers];
}

/** NOT NULL on a column: a constraint of its own from PostgreSQL 18 on, before that a mark on the column. */
export function addNotNull(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  name: string,
  only: boolean,
): void {
  const column = requireColumn(context, relation, name, written.span);
  if (written.noInherit && relation.kind === "partitioned-table")
    refuse(context, written.span, "not-null constraints on partitioned tables cannot be NO INHERIT");
  if (context.postgresVersion < 18) {
    for (const each of only ? [relation] : withDescendants(context, relation)) {
      const own = each.columns.find((candidate) => candidate.name === name);
      if (own !== undefined) changeColumn(context, each.oid, own.number, { notNull: true });
    }
    return;
  }
  const existing = notNullOf(context, relation, column.number);
  if (existing !== undefined) {
    requireInheritability(context, existing, written.noInherit, relation, written.span);
    if (written.name !== null && written.name !== existing.name) {
      refuse(
        context,
        written.span,
        `cannot create not-null constraint "${written.name}" on column "${name}" of table "${relation.name}"`,
      );
    }
    if (!existing.local) context.state.constraints.put({ ...existing, local: true });
    return;
  }
  const chosen =
    written.name ?? chooseConstraintName(context.state, relation.name, name, "not_null", relation.schema);
  const constraint = putConstraint(context, relation, written, chosen, {
    kind: "not-null",
    columns: [column.number],
  });
  if (!column.notNull) changeColumn(context, relation.oid, column.number, { notNull: true });
  if (written.noInherit) return;
  for (const child of context.state.relations.by.parent.all(relation.oid)) {
    if (only) refuse(context, written.span, "constraint must be added to child tables too");
    inheritConstraint(context, child, constraint, relation, true);
  }
}

/** Whether children take no NULL either. */
export function isNotNullBelow(context: Context, relation: Relation, column: Column): boolean {
  return column.notNull && notNullOf(context, relation, column.number)?.definition.noInherit !== true;
}

/** Whether a NOT NULL is inherited does not change by saying it again. */
function requireInheritability(
  context: Context,
  existing: Constraint,
  noInherit: boolean,
  relation: Relation,
  span: Span,
): void {
  if (existing.definition.noInherit !== noInherit && !context.assume)
    refuse(
      context,
      span,
      `cannot change NO INHERIT status of NOT NULL constraint "${existing.name}" on relation "${relation.name}"`,
    );
}

export function notNullOf(context: Context, relation: Relation, column: number): Constraint | undefined {
  return constraintsOf(context, relation).find(
    (constraint) => constraint.kind === "not-null" && constraint.columns.includes(column),
  );
}

/** A child gets its parent's check or NOT NULL, or has the same already. `asks`: in a statement about the parent. */
export function inheritConstraint(
  context: Context,
  table: Relation,
  parent: Constraint,
  from: Relation,
  asks = false,
): void {
  const relation = current(context, table);
  if (asks) requireOwner(context, parent.definition.span, relation.owner, `table ${relation.name}`);
  const columns = columnMap(from, relation);
  const numbers = parent.columns.flatMap((number) => columns.get(number) ?? []);
  const existing =
    parent.kind === "not-null"
      ? notNullOf(context, relation, numbers[0] ?? 0)
      : constraintNamed(context, relation, parent.name);
  if (existing !== undefined) {
    if (existing.kind !== parent.kind)
      refuse(
        context,
        parent.definition.span,
        `constraint "${parent.name}" for relation "${relation.name}" already exists`,
      );
    if (parent.kind === "not-null")
      requireInheritability(context, existing, false, relation, parent.definition.span);
    if (parent.expression !== null)
      requireSame(
        context,
        existing,
        relation,
        parent.expression,
        from,
        parent.definition.span,
        parent.definition.validated,
      );
    context.state.constraints.put({
      ...existing,
      inheritCount: existing.inheritCount + 1,
      local: existing.local && !relation.partition,
    });
    return;
  }
  const expression =
    parent.expression === null ? null : rebound(parent.expression, from.oid, relation.oid, columns);
  const name =
    parent.kind === "not-null" && constraintNamed(context, relation, parent.name) !== undefined
      ? chooseConstraintName(
          context.state,
          relation.name,
          relation.columns.find((column) => column.number === numbers[0])?.name ?? null,
          "not_null",
          relation.schema,
        )
      : parent.name;
  const definition = asks ? parent.definition : { ...parent.definition, validated: true };
  const constraint = putConstraint(context, relation, definition, name, {
    kind: parent.kind,
    columns: numbers,
    expression,
    local: false,
    inheritCount: 1,
  });
  if (parent.kind === "not-null")
    for (const number of numbers) changeColumn(context, relation.oid, number, { notNull: true });
  for (const child of context.state.relations.by.parent.all(relation.oid))
    inheritConstraint(context, child, constraint, relation, asks);
}
