/** Constraints of tables: checks, NOT NULL, keys, foreign keys, and how they come down to children and partitions. */
import type { TableConstraint } from "../../events/event.ts";
import { boundExpr } from "../bind/query.ts";
import { columnMap, rebound } from "../bind/rebind.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, usesOf } from "../depend.ts";
import type { Constraint, Relation } from "../model.ts";
import { mayUse } from "../permissions.ts";
import { relationOrAssumed } from "../resolve.ts";
import { newOid } from "../store.ts";
import { changeColumn, current, requireColumn } from "./columns.ts";
import { makeIndex } from "./indexes.ts";
import { chooseConstraintName, indexColumnNames, joinedNames } from "./names.ts";

export function constraintsOf(context: Context, relation: Relation): readonly Constraint[] {
  return context.state.constraints.by(`${relation.oid}`);
}

export function constraintNamed(context: Context, relation: Relation, name: string): Constraint | undefined {
  return constraintsOf(context, relation).find((constraint) => constraint.name === name);
}

function put(
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

/** Where a constraint comes from when no statement about this relation wrote it. */
export interface Inherited {
  readonly parent: Constraint;
  /** A partition's copy hangs on the partitioned table's constraint. */
  readonly partition: boolean;
}

/** Adds a written constraint; `column`: the column at whose definition it stands. Children get what they inherit. */
export function addConstraint(
  context: Context,
  table: Relation,
  written: TableConstraint,
  column: string | null,
  only = false,
): void {
  const relation = current(context, table);
  const names = column === null ? written.columns : [column];
  switch (written.type) {
    case "check":
      addCheck(context, relation, written, only);
      return;
    case "not-null":
      addNotNull(context, relation, written, names[0] ?? "", only);
      return;
    case "primary":
    case "unique":
    case "exclude":
      addKey(context, relation, written, names, null);
      return;
    case "foreign":
      addForeignKey(context, relation, written, names);
      return;
    case "other":
      return;
  }
}

function addCheck(context: Context, relation: Relation, written: TableConstraint, only: boolean): void {
  const { expression } = written;
  if (expression === null) return;
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
  if (inherited?.kind === "check" && inherited.inheritCount > 0 && !inherited.local) {
    context.state.constraints.put({ ...inherited, local: true });
    return;
  }
  const constraint = put(context, relation, written, name, { kind: "check", columns, expression: bound });
  const children = context.state.relations.by(`parent:${relation.oid}`);
  if (written.noInherit || children.length === 0) return;
  if (only) refuse(context, written.span, "constraint must be added to child tables too");
  for (const child of children) inheritConstraint(context, child, constraint, relation);
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
function addNotNull(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  name: string,
  only: boolean,
): void {
  const column = requireColumn(context, relation, name, written.span);
  if (context.postgresVersion < 18) {
    for (const each of only ? [relation] : [relation, ...descendantsOf(context, relation)]) {
      const own = each.columns.find((candidate) => candidate.name === name);
      if (own !== undefined) changeColumn(context, each.oid, own.number, { notNull: true });
    }
    return;
  }
  const existing = notNullOf(context, relation, column.number);
  if (existing !== undefined) {
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
  const constraint = put(context, relation, written, chosen, { kind: "not-null", columns: [column.number] });
  changeColumn(context, relation.oid, column.number, { notNull: true });
  if (written.noInherit) return;
  for (const child of context.state.relations.by(`parent:${relation.oid}`)) {
    if (only) refuse(context, written.span, "constraint must be added to child tables too");
    inheritConstraint(context, child, constraint, relation);
  }
}

export function notNullOf(context: Context, relation: Relation, column: number): Constraint | undefined {
  return constraintsOf(context, relation).find(
    (constraint) => constraint.kind === "not-null" && constraint.columns.includes(column),
  );
}

function descendantsOf(context: Context, relation: Relation): readonly Relation[] {
  const found: Relation[] = [];
  const open = [...context.state.relations.by(`parent:${relation.oid}`)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (found.includes(child)) continue;
    found.push(child);
    open.push(...context.state.relations.by(`parent:${child.oid}`));
  }
  return found;
}

/** A child gets its parent's check or NOT NULL, or has the same already. */
export function inheritConstraint(
  context: Context,
  table: Relation,
  parent: Constraint,
  from: Relation,
): void {
  const relation = current(context, table);
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
  const constraint = put(context, relation, parent.definition, name, {
    kind: parent.kind,
    columns: numbers,
    expression,
    local: false,
    inheritCount: 1,
  });
  if (parent.kind === "not-null")
    for (const number of numbers) changeColumn(context, relation.oid, number, { notNull: true });
  for (const child of context.state.relations.by(`parent:${relation.oid}`))
    inheritConstraint(context, child, constraint, relation);
}

/** PRIMARY KEY, UNIQUE and EXCLUDE: an index and the constraint of its name. */
export function addKey(
  context: Context,
  table: Relation,
  written: TableConstraint,
  names: readonly string[],
  inherited: { readonly constraint: Constraint } | null,
): Constraint {
  const { state } = context;
  let relation = current(context, table);
  const kind =
    written.type === "primary" ? "primary-key" : written.type === "unique" ? "unique" : "exclusion";
  if (
    kind === "primary-key" &&
    constraintsOf(context, relation).some((constraint) => constraint.kind === "primary-key")
  ) {
    refuse(context, written.span, `multiple primary keys for table "${relation.name}" are not allowed`);
  }
  if (written.usingIndex !== null) return addKeyUsingIndex(context, relation, written, kind);
  const keys =
    kind === "exclusion"
      ? written.exclusions.map((each) => ({ column: each.column, expression: each.expression }))
      : names.map((column) => ({ column, expression: null }));
  for (const key of keys) if (key.column !== null) requireColumn(context, relation, key.column, written.span);
  for (const name of written.including) requireColumn(context, relation, name, written.span);
  if (kind === "primary-key") {
    for (const name of names)
      addNotNull(context, current(context, relation), { ...NOT_NULL, span: written.span }, name, false);
  }
  relation = current(context, relation);
  const including = written.including.map((column) => ({ column, expression: null }));
  const label = kind === "primary-key" ? "pkey" : kind === "unique" ? "key" : "excl";
  const columnNames = kind === "primary-key" ? null : joinedNames(indexColumnNames([...keys, ...including]));
  const index = makeIndex(context, relation, {
    name: inherited === null ? written.name : null,
    chosen: { second: columnNames, label, constraint: true },
    keys,
    including: written.including,
    unique: kind !== "exclusion" || written.withoutOverlaps,
    primary: kind === "primary-key",
    where: written.where,
    parent: inherited?.constraint.index ?? null,
    span: written.span,
  });
  const columns = keys.flatMap(
    (key) => relation.columns.find((column) => column.name === key.column)?.number ?? [],
  );
  const constraint = put(context, relation, written, index.name, {
    kind,
    columns,
    index: index.oid,
    ...(inherited === null ? {} : { parent: inherited.constraint.oid, local: false, inheritCount: 1 }),
  });
  if (relation.kind === "partitioned-table") {
    for (const partition of state.relations.by(`parent:${relation.oid}`))
      addKey(context, partition, written, names, { constraint });
  }
  return constraint;
}

function addKeyUsingIndex(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  kind: Constraint["kind"],
): Constraint {
  const { state } = context;
  const index = state.relations
    .by(`of:${relation.oid}`)
    .find((each) => each.kind === "index" && each.name === written.usingIndex);
  if (index?.index == null) refuse(context, written.span, `index "${written.usingIndex}" does not exist`);
  if (!index.index.unique || index.index.keys.includes(null))
    refuse(context, written.span, `"${index.name}" is not a unique index`);
  const columns = index.index.keys.flatMap((key) => key ?? []);
  if (kind === "primary-key") {
    for (const column of relation.columns) {
      if (columns.includes(column.number))
        addNotNull(
          context,
          current(context, relation),
          { ...NOT_NULL, span: written.span },
          column.name,
          false,
        );
    }
  }
  const name = written.name ?? index.name;
  state.relations.put({ ...index, name, index: { ...index.index, primary: kind === "primary-key" } });
  return put(context, relation, written, name, { kind, columns, index: index.oid });
}

/** NOT NULL as a key makes it. */
export const NOT_NULL: Omit<TableConstraint, "span"> = {
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
};

function addForeignKey(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  names: readonly string[],
): void {
  const { references } = written;
  if (references === null) return;
  const target = relationOrAssumed(context, references.name, references.span, "table");
  if (target.kind !== "table" && target.kind !== "partitioned-table") {
    refuse(context, written.span, `referenced relation "${target.name}" is not a table`);
  }
  if (relation.temporary !== target.temporary && !context.assume) {
    refuse(
      context,
      written.span,
      `constraints on ${relation.temporary ? "temporary" : "permanent"} tables may reference only tables of the same kind`,
    );
  }
  const columns = names.map(
    (name) => requireColumn(context, current(context, relation), name, written.span).number,
  );
  requireReferences(context, current(context, target), written);
  const key = referencedKey(context, current(context, target), written);
  const wanted = key.columns;
  if (!context.assume && wanted.length !== columns.length)
    refuse(context, written.span, "number of referencing and referenced columns for foreign key disagree");
  putForeignKey(
    context,
    current(context, relation),
    written,
    names,
    { relation: target.oid, columns: wanted },
    key.index,
    null,
  );
}

/** REFERENCES on the table or on each of the columns. */
function requireReferences(context: Context, target: Relation, written: TableConstraint): void {
  if (mayUse(context, target.acl, "references")) return;
  const names =
    written.referencedColumns.length > 0
      ? written.referencedColumns
      : target.columns
          .filter((column) =>
            constraintsOf(context, target).some(
              (each) => each.kind === "primary-key" && each.columns.includes(column.number),
            ),
          )
          .map((column) => column.name);
  const allowed =
    names.length > 0 &&
    names.every((name) => {
      const column = target.columns.find((each) => each.name === name);
      return column !== undefined && mayUse(context, column.acl, "references");
    });
  if (!allowed) refuse(context, written.span, `permission denied for table ${target.name}`);
}

function putForeignKey(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  names: readonly string[],
  references: NonNullable<Constraint["references"]>,
  index: number | null,
  parent: Constraint | null,
): void {
  const { state } = context;
  const wanted = parent?.name ?? written.name;
  const name =
    wanted !== null && (parent === null || constraintNamed(context, relation, wanted) === undefined)
      ? wanted
      : chooseConstraintName(state, relation.name, joinedNames(names), "fkey", relation.schema);
  const columns = names.flatMap(
    (each) => relation.columns.find((column) => column.name === each)?.number ?? [],
  );
  const constraint = put(context, relation, written, name, {
    kind: "foreign-key",
    columns,
    references,
    index,
    ...(parent === null ? {} : { parent: parent.oid, local: false, inheritCount: 1 }),
  });
  dependOn(
    state,
    { oid: constraint.oid },
    references.columns.map((column) => ({ oid: references.relation, column })),
  );
  referencedPartitions(context, relation, constraint, names);
  if (relation.kind !== "partitioned-table") return;
  for (const partition of state.relations.by(`parent:${relation.oid}`))
    putForeignKey(context, partition, written, names, references, index, constraint);
}

/** Foreign keys of a partitioned table, for a new partition. */
export function copyForeignKey(
  context: Context,
  partition: Relation,
  parent: Constraint,
  from: Relation,
): void {
  if (parent.references === null) return;
  const names = parent.columns.flatMap(
    (number) => from.columns.find((column) => column.number === number)?.name ?? [],
  );
  putForeignKey(
    context,
    current(context, partition),
    parent.definition,
    names,
    parent.references,
    parent.index,
    parent,
  );
}

/** A foreign key to a partitioned table has one more constraint for each of its partitions. */
function referencedPartitions(
  context: Context,
  relation: Relation,
  constraint: Constraint,
  names: readonly string[],
): void {
  const target =
    constraint.references === null ? undefined : context.state.relations.get(constraint.references.relation);
  if (target?.kind !== "partitioned-table") return;
  for (const partition of context.state.relations.by(`parent:${target.oid}`))
    referencePartition(context, relation, constraint, target, partition, names);
}

export function referencePartition(
  context: Context,
  relation: Relation,
  constraint: Constraint,
  target: Relation,
  partition: Relation,
  names: readonly string[],
): void {
  const { state } = context;
  const map = columnMap(target, partition);
  const columns = (constraint.references?.columns ?? []).flatMap((number) => map.get(number) ?? []);
  const index =
    state.relations.by(`of:${partition.oid}`).find((each) => each.index?.parent === constraint.index)?.oid ??
    null;
  const name = chooseConstraintName(state, relation.name, joinedNames(names), "fkey", relation.schema);
  const copy = put(context, relation, constraint.definition, name, {
    kind: "foreign-key",
    columns: constraint.columns,
    references: { relation: partition.oid, columns },
    index,
    parent: constraint.oid,
    local: false,
    inheritCount: 1,
  });
  dependOn(
    state,
    { oid: copy.oid },
    columns.map((column) => ({ oid: partition.oid, column })),
  );
  referencedPartitions(context, relation, copy, names);
}

/** The columns and the unique index that a foreign key references; refused when there is no such key. */
function referencedKey(
  context: Context,
  target: Relation,
  written: TableConstraint,
): { readonly columns: readonly number[]; readonly index: number | null } {
  const { state } = context;
  if (written.referencedColumns.length === 0) {
    const primary = constraintsOf(context, target).find((constraint) => constraint.kind === "primary-key");
    if (primary !== undefined) return { columns: primary.columns, index: primary.index };
    if (!context.assume)
      refuse(context, written.span, `there is no primary key for referenced table "${target.name}"`);
    return { columns: [], index: null };
  }
  const columns = written.referencedColumns.map(
    (name) => requireColumn(context, current(context, target), name, written.span).number,
  );
  const wanted = [...columns].sort().join();
  for (const index of state.relations.by(`of:${target.oid}`)) {
    if (index.index?.unique !== true || index.index.expressions.length > 0) continue;
    const keys = index.index.keys.flatMap((key) => key ?? []);
    if ([...keys].sort().join() === wanted) return { columns, index: index.oid };
  }
  if (!context.assume)
    refuse(
      context,
      written.span,
      `there is no unique constraint matching given keys for referenced table "${target.name}"`,
    );
  return { columns, index: null };
}
