/** Parents and children: INHERITS, partitions, ATTACH and DETACH, and what comes down with them. */
import type { ColumnDefinition, PartitionBound } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { columnMap } from "../bind/rebind.ts";
import { sameBound } from "../bind/same.ts";
import { type Context, refuse } from "../context.ts";
import type { Column, Constraint, Relation } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { serialType } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { current, partitionsTakeIdentity } from "./columns.ts";
import { constraintsOf, inheritConstraint, isNotNullBelow, requireSame } from "./constraints.ts";
import { withDescendants } from "./descendants.ts";
import { copyForeignKey, referencePartition } from "./foreign-keys.ts";
import { attachIndex, copyIndex, matching } from "./indexes.ts";
import { addKey } from "./keys.ts";
import { requireBoundFits } from "./partition-bounds.ts";
import { copyTrigger, dropTrigger } from "./trigger-copies.ts";

/** A column as a child gets it from its parent. */
export function inheritedColumn(column: Column, number: number): Column {
  return {
    ...column,
    number,
    acl: [],
    default: null,
    generated: null,
    identity: null,
    local: false,
    inheritCount: 1,
  };
}

/** Checks or NOT NULL of a parent, for a child that has just got it. */
export function inheritConstraints(
  context: Context,
  child: Relation,
  parent: Relation,
  kind: "check" | "not-null",
): void {
  for (const constraint of constraintsOf(context, parent)) {
    if (constraint.kind === kind && !constraint.definition.noInherit)
      inheritConstraint(context, child, constraint, parent);
  }
}

/** Indexes, keys, foreign keys and row triggers that a new partition gets from its partitioned table. */
export function equipPartition(context: Context, partition: Relation, parent: Relation): void {
  const { state } = context;
  const keys = new Set<number>();
  for (const constraint of constraintsOf(context, parent)) {
    if (constraint.index !== null && constraint.kind !== "foreign-key") {
      keys.add(constraint.index);
      equipWithKey(context, partition, parent, constraint);
    }
  }
  for (const index of state.relations.by.of.all(parent.oid)) {
    if (index.kind === "index" && !keys.has(index.oid))
      copyIndex(context, parent, index, current(context, partition));
  }
  for (const trigger of state.triggers.by.relation.all(parent.oid))
    if (trigger.event.row) copyTrigger(context, trigger, parent, partition);
  for (const constraint of constraintsOf(context, parent)) {
    if (constraint.kind === "foreign-key" && !isReferencedCopy(context, constraint))
      copyForeignKey(context, partition, constraint, parent);
  }
  for (const constraint of state.constraints.by.references.all(parent.oid)) {
    const referencing = state.relations.get(constraint.relation);
    if (referencing === undefined || referencing.partition) continue;
    const names = constraint.columns.flatMap(
      (number) => referencing.columns.find((column) => column.number === number)?.name ?? [],
    );
    referencePartition(context, referencing, constraint, parent, current(context, partition), names);
  }
}

/** A constraint for one partition of the referenced table, which hangs on another constraint of the same table. */
function isReferencedCopy(context: Context, constraint: Constraint): boolean {
  return (
    constraint.parent !== null &&
    context.state.constraints.get(constraint.parent)?.relation === constraint.relation
  );
}

function equipWithKey(context: Context, partition: Relation, parent: Relation, constraint: Constraint): void {
  const { state } = context;
  const names = constraint.columns.flatMap(
    (number) => parent.columns.find((column) => column.number === number)?.name ?? [],
  );
  const index = constraint.index === null ? undefined : state.relations.get(constraint.index);
  const own = index === undefined ? undefined : matching(context, current(context, partition), index, parent);
  const key =
    own === undefined
      ? undefined
      : state.constraints.by.index
          .all(own.oid)
          .find((each) => each.kind === constraint.kind && each.relation === partition.oid);
  if (own === undefined || index === undefined || key === undefined) {
    addKey(context, current(context, partition), constraint.definition, names, { constraint, unasked: true });
    return;
  }
  attachIndex(context, own, index.oid);
  state.constraints.put({ ...key, parent: constraint.oid, local: false, inheritCount: key.inheritCount + 1 });
}

/** INHERIT and ATTACH PARTITION: an existing table becomes a child; its columns and constraints must fit. */
export function addParent(
  context: Context,
  table: Relation,
  parent: Relation,
  span: Span,
  bound: PartitionBound | null,
): void {
  const { state } = context;
  requireOwner(context, span, table.owner, `table ${table.name}`);
  requireOwner(context, span, parent.owner, `table ${parent.name}`);
  if (table.parents.includes(parent.oid))
    refuse(context, span, `relation "${parent.name}" would be inherited from more than once`);
  if (withDescendants(context, table).some((each) => each.oid === parent.oid))
    refuse(context, span, "circular inheritance not allowed");
  const partition = bound !== null;
  if (!context.assume && parent.temporary !== table.temporary && (partition || parent.temporary)) {
    const [own, other] = table.temporary ? ["temporary", "permanent"] : ["permanent", "temporary"];
    refuse(
      context,
      span,
      `cannot attach a ${own} relation as partition of ${other} relation "${parent.name}"`,
    );
  }
  if (bound !== null) requireBoundFits(context, parent, bound, table.name, span);
  if (partition && table.partition) refuse(context, span, `"${table.name}" is already a partition`);
  if (partition && !context.assume) requireAttachable(context, table, span);
  if (!table.assumed && !parent.assumed) requireFittingColumns(context, table, parent, span, partition);
  const inherited = new Set(parent.columns.map((column) => column.name));
  const takes = partition && partitionsTakeIdentity(context);
  state.relations.put({
    ...current(context, table),
    parents: [...table.parents, parent.oid],
    partition,
    partitionBound: bound,
    columns: table.columns.map((column) =>
      inherited.has(column.name)
        ? {
            ...column,
            inheritCount: column.inheritCount + 1,
            local: column.local && !partition,
            identity: takes
              ? (parent.columns.find((other) => other.name === column.name)?.identity ?? null)
              : column.identity,
          }
        : column,
    ),
  });
  mergeConstraints(context, table, parent, span);
  if (partition) equipPartition(context, current(context, table), parent);
}

/** ATExecAttachPartition() */
function requireAttachable(context: Context, table: Relation, span: Span): void {
  if (table.parents.length > 0) refuse(context, span, "cannot attach inheritance child as partition");
  if (table.kind !== "partitioned-table" && context.state.relations.by.parent.has(table.oid))
    refuse(context, span, "cannot attach inheritance parent as partition");
  if (table.ofType !== null) refuse(context, span, "cannot attach a typed table as partition");
  if (!partitionsTakeIdentity(context)) return;
  const identity = table.columns.find((column) => column.identity !== null);
  if (identity !== undefined)
    refuse(
      context,
      span,
      `table "${table.name}" being attached contains an identity column "${identity.name}"`,
    );
}

function requireFittingColumns(
  context: Context,
  table: Relation,
  parent: Relation,
  span: Span,
  partition: boolean,
): void {
  for (const column of parent.columns) {
    const own = table.columns.find((candidate) => candidate.name === column.name);
    if (own === undefined) refuse(context, span, `child table is missing column "${column.name}"`);
    if (!sameType(own.type, column.type) || own.type.modifier !== column.type.modifier) {
      refuse(context, span, `child table "${table.name}" has different type for column "${column.name}"`);
    }
    if (isNotNullBelow(context, parent, column) && !own.notNull)
      refuse(context, span, `column "${column.name}" in child table "${table.name}" must be marked NOT NULL`);
    if ((column.generated === null) !== (own.generated === null))
      refuse(context, span, `column "${column.name}" in child table must be a generated column`);
  }
  if (!partition) return;
  const names = new Set(parent.columns.map((column) => column.name));
  for (const column of table.columns) {
    if (!names.has(column.name))
      refuse(
        context,
        span,
        `table "${table.name}" contains column "${column.name}" not found in parent "${parent.name}"`,
      );
  }
}

/** MergeConstraintsIntoExisting(): the child must have the parent's checks. */
function mergeConstraints(context: Context, table: Relation, parent: Relation, span: Span): void {
  const partition = parent.kind === "partitioned-table";
  const columns = columnMap(parent, table);
  for (const constraint of constraintsOf(context, parent)) {
    if (constraint.definition.noInherit || (constraint.kind !== "check" && constraint.kind !== "not-null"))
      continue;
    const own = constraintsOf(context, table).find((candidate) =>
      constraint.kind === "not-null"
        ? candidate.kind === "not-null" && candidate.columns[0] === columns.get(constraint.columns[0] ?? 0)
        : candidate.kind === "check" && candidate.name === constraint.name,
    );
    if (own === undefined) {
      if (table.assumed || parent.assumed) continue;
      refuse(context, span, `child table is missing constraint "${constraint.name}"`);
    }
    if (own.definition.noInherit && !context.assume)
      refuse(
        context,
        span,
        `constraint "${own.name}" conflicts with non-inherited constraint on child table "${table.name}"`,
      );
    if (constraint.expression !== null)
      requireSame(context, own, table, constraint.expression, parent, span, constraint.definition.validated);
    context.state.constraints.put({
      ...own,
      inheritCount: own.inheritCount + 1,
      local: own.local && !partition,
    });
  }
}

/** NO INHERIT and DETACH PARTITION: what came from the parent stays, as the table's own. */
export function removeParent(context: Context, table: Relation, parent: Relation, span: Span): void {
  const { state } = context;
  if (!table.parents.includes(parent.oid)) {
    if (table.assumed || parent.assumed) return;
    refuse(context, span, `relation "${parent.name}" is not a parent of relation "${table.name}"`);
  }
  const inherited = new Set(parent.columns.map((column) => column.name));
  const less = (count: number): number => Math.max(0, count - 1);
  state.relations.put({
    ...table,
    parents: table.parents.filter((oid) => oid !== parent.oid),
    partition: false,
    partitionBound: null,
    columns: table.columns.map((column) => {
      if (!inherited.has(column.name)) return column;
      const inheritCount = less(column.inheritCount);
      return {
        ...column,
        inheritCount,
        local: column.local || inheritCount === 0,
        identity: table.partition && partitionsTakeIdentity(context) ? null : column.identity,
      };
    }),
  });
  const columns = columnMap(parent, table);
  for (const constraint of constraintsOf(context, parent)) {
    if (constraint.kind !== "check" && constraint.kind !== "not-null") continue;
    const own = constraintsOf(context, table).find((candidate) =>
      constraint.kind === "not-null"
        ? candidate.kind === "not-null" && candidate.columns[0] === columns.get(constraint.columns[0] ?? 0)
        : candidate.kind === "check" && candidate.name === constraint.name,
    );
    if (own === undefined) continue;
    const inheritCount = less(own.inheritCount);
    state.constraints.put({ ...own, inheritCount, local: own.local || inheritCount === 0 });
  }
  if (table.partition) detach(context, table);
}

/** A detached partition keeps its indexes and keys as its own and loses the copies of triggers. */
function detach(context: Context, table: Relation): void {
  const { state } = context;
  for (const index of state.relations.by.of.all(table.oid))
    if (index.index?.parent != null) attachIndex(context, index, null);
  for (const constraint of constraintsOf(context, table)) {
    if (constraint.parent === null || isReferencedCopy(context, constraint)) continue;
    state.constraints.put({ ...constraint, parent: null, local: true, inheritCount: 0 });
  }
  for (const constraint of state.constraints.by.references.all(table.oid)) {
    if (isReferencedCopy(context, constraint)) state.constraints.delete(constraint.oid);
  }
  for (const trigger of state.triggers.by.relation.all(table.oid))
    if (trigger.parent !== null) dropTrigger(context, trigger);
}

/** Of parents that give a column different defaults none is taken: the new table must say its own (MergeAttributes). */
export function requireSameDefaults(
  context: Context,
  table: Relation,
  parents: readonly Relation[],
  written: readonly { readonly definition: ColumnDefinition }[],
): void {
  if (context.assume || parents.length < 2) return;
  const own = new Set(
    written.flatMap(({ definition }) =>
      definition.default !== null || serialType(definition.type) !== null ? [definition.name] : [],
    ),
  );
  for (const { name } of table.columns) {
    if (own.has(name)) continue;
    const defaults = parents.flatMap((parent) => {
      const value = parent.columns.find((column) => column.name === name)?.default ?? null;
      return value === null ? [] : [{ parent, value }];
    });
    const [first] = defaults;
    for (const { parent, value } of defaults) {
      if (first !== undefined && !sameBound(first.value, value, first.parent, parent))
        refuse(context, table.place.span, `column "${name}" inherits conflicting default values`);
    }
  }
}
