/** Foreign keys: what they reference, and their copies for partitions on either side. */
import type { TableConstraint } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { columnMap } from "../bind/rebind.ts";
import { baseType, castsImplicitly, catalogName } from "../bind/types.ts";
import { type Context, refuse } from "../context.ts";
import { dependOn } from "../depend.ts";
import type { Constraint, Relation } from "../model.ts";
import { mayUse } from "../permissions.ts";
import { relationOrAssumed } from "../resolve.ts";
import { current, requireColumn } from "./columns.ts";
import { constraintNamed, constraintsOf, putConstraint } from "./constraints.ts";
import { chooseConstraintName, joinedNames } from "./names.ts";

export function addForeignKey(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  names: readonly string[],
  only = false,
): void {
  const { references } = written;
  if (references === null) return;
  if (only && relation.kind === "partitioned-table")
    refuse(context, written.span, `cannot use ONLY for foreign key on partitioned table "${relation.name}"`);
  const target = relationOrAssumed(context, references.name, references.span, "table");
  if (target.kind !== "table" && target.kind !== "partitioned-table") {
    refuse(context, written.span, `referenced relation "${target.name}" is not a table`);
  }
  if (!context.assume && !relation.temporary && !relation.unlogged && target.unlogged)
    refuse(context, written.span, "constraints on permanent tables may reference only permanent tables");
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
  if (!context.assume)
    requireComparable(
      context,
      current(context, relation),
      current(context, target),
      columns,
      wanted,
      written.span,
    );
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

/** Each pair of columns needs an operator between their types: the same type, one cast to the other, or integers. */
function requireComparable(
  context: Context,
  relation: Relation,
  target: Relation,
  columns: readonly number[],
  wanted: readonly number[],
  span: Span,
): void {
  for (const [i, number] of columns.entries()) {
    const type = relation.columns.find((column) => column.number === number)?.type;
    const other = target.columns.find((column) => column.number === wanted[i])?.type;
    if (type === undefined || other === undefined) continue;
    const [a, b] = [baseType(context.state, type), baseType(context.state, other)];
    const integers = [a, b].every((each) => INTEGERS.has(catalogName(each) ?? ""));
    if (integers || castsImplicitly(context.state, a, b)) continue;
    refuse(context, span, "foreign key constraint cannot be implemented");
  }
}

/** Foreign keys from and to a column are put together again when its type changes. */
export function recheckForeignKeys(context: Context, table: Relation, column: number, span: Span): void {
  if (context.assume) return;
  const { state } = context;
  const keys = [
    ...state.constraints.by.relation.all(table.oid),
    ...state.constraints.by.references.all(table.oid),
  ];
  for (const { kind, relation, columns, references } of keys) {
    if (kind !== "foreign-key" || references === null) continue;
    const own = relation === table.oid && columns.includes(column);
    if (!own && !(references.relation === table.oid && references.columns.includes(column))) continue;
    const [from, to] = [state.relations.get(relation), state.relations.get(references.relation)];
    if (from === undefined || to === undefined) continue;
    requireComparable(context, from, to, columns, references.columns, span);
  }
}

const INTEGERS: ReadonlySet<string> = new Set(["int2", "int4", "int8"]);

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
  const constraint = putConstraint(context, relation, written, name, {
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
  for (const partition of state.relations.by.parent.all(relation.oid))
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
  for (const partition of context.state.relations.by.parent.all(target.oid))
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
    state.relations.by.of.all(partition.oid).find((each) => each.index?.parent === constraint.index)?.oid ??
    null;
  const name = chooseConstraintName(state, relation.name, joinedNames(names), "fkey", relation.schema);
  const copy = putConstraint(context, relation, constraint.definition, name, {
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
    if (primary?.definition.deferrable === true && !context.assume)
      refuse(
        context,
        written.span,
        `cannot use a deferrable primary key for referenced table "${target.name}"`,
      );
    if (primary !== undefined) return { columns: primary.columns, index: primary.index };
    if (!context.assume)
      refuse(context, written.span, `there is no primary key for referenced table "${target.name}"`);
    return { columns: [], index: null };
  }
  const columns = written.referencedColumns.map(
    (name) => requireColumn(context, current(context, target), name, written.span).number,
  );
  const wanted = [...columns].sort().join();
  for (const index of state.relations.by.of.all(target.oid)) {
    if (index.index?.unique !== true || index.index.expressions.length > 0) continue;
    const constraint = state.constraints.by.index.all(index.oid).find(({ kind }) => kind !== "foreign-key");
    if (constraint?.definition.deferrable === true && !context.assume) continue;
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
