/** PRIMARY KEY, UNIQUE and EXCLUDE constraints. */
import type { IndexKey, TableConstraint } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import { dependOn } from "../depend.ts";
import type { Constraint, Oid, Relation } from "../model.ts";
import { current, requireColumn } from "./columns.ts";
import { addNotNull, constraintsOf, NOT_NULL, putConstraint } from "./constraints.ts";
import { makeIndex, requireIndexable, requirePartitionKey } from "./indexes.ts";
import { indexColumnNames, joinedNames } from "./names.ts";

/** PRIMARY KEY, UNIQUE and EXCLUDE: an index and the constraint of its name; `copied`: the index that it is a copy of; `unasked`: it comes with a new partition. */
export function addKey(
  context: Context,
  table: Relation,
  written: TableConstraint,
  names: readonly string[],
  inherited: { readonly constraint: Constraint; readonly unasked: boolean } | null,
  copied: Oid | null = inherited?.constraint.index ?? null,
  only = false,
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
  if (inherited?.unasked !== true) requireIndexable(context, relation, written.span);
  const keys =
    kind === "exclusion"
      ? excludedKeys(written, names)
      : names.map((column) => ({ column, expression: null }));
  for (const key of keys) if (key.column !== null) requireColumn(context, relation, key.column, written.span);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined && kind !== "exclusion")
    refuse(context, written.span, `column "${twice}" appears twice in ${kind.replace("-", " ")} constraint`);
  for (const name of written.including) requireColumn(context, relation, name, written.span);
  if (kind === "primary-key") {
    if (only) requireNotNullBelow(context, relation, names, written.span);
    for (const name of names)
      addNotNull(context, current(context, relation), { ...NOT_NULL, span: written.span }, name, false);
  }
  relation = current(context, relation);
  const including = written.including.map((column) => ({ column, expression: null }));
  const label = kind === "primary-key" ? "pkey" : kind === "unique" ? "key" : "excl";
  const original = copied === null ? undefined : state.relations.get(copied);
  const columnNames = original?.index?.columnNames ?? indexColumnNames([...keys, ...including]);
  const index = makeIndex(context, relation, {
    name: inherited === null ? written.name : null,
    columnNames,
    chosen: { second: kind === "primary-key" ? null : joinedNames(columnNames), label, constraint: true },
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
  if (kind === "exclusion") requirePartitionKey(context, relation, columns, written.span);
  const readBeside = (index.index?.expressions ?? [])
    .flatMap(({ bindings }) => [...bindings.values()])
    .filter(({ oid, column }) => oid === relation.oid && column !== undefined && !columns.includes(column));
  const constraint = putConstraint(context, relation, written, index.name, {
    kind,
    columns,
    index: index.oid,
    ...(inherited === null ? {} : { parent: inherited.constraint.oid, local: false, inheritCount: 1 }),
  });
  // Columns in its expressions and its condition alone are not given up with the constraint.
  dependOn(state, { oid: constraint.oid }, readBeside);
  if (relation.kind === "partitioned-table" && !only) {
    for (const partition of state.relations.by.parent.all(relation.oid))
      addKey(context, partition, written, names, { constraint, unasked: inherited?.unasked === true });
  }
  return constraint;
}

/** `names`: what the columns are called now, when the constraint is the copy of another; otherwise none. */
function excludedKeys({ exclusions }: TableConstraint, names: readonly string[]): readonly IndexKey[] {
  let columns = 0;
  return exclusions.map(({ column, expression }) => ({
    column: column === null ? null : (names[columns++] ?? column),
    expression,
  }));
}

/** Of a primary key on a parent alone: its children must have the NOT NULL constraints already. */
function requireNotNullBelow(
  context: Context,
  relation: Relation,
  names: readonly string[],
  span: Span,
): void {
  if (context.assume) return;
  for (const child of context.state.relations.by.parent.all(relation.oid)) {
    for (const name of names) {
      if (child.columns.some((column) => column.name === name && !column.notNull))
        refuse(context, span, `column "${name}" of table "${child.name}" is not marked NOT NULL`);
    }
  }
}

function addKeyUsingIndex(
  context: Context,
  relation: Relation,
  written: TableConstraint,
  kind: Constraint["kind"],
): Constraint {
  const { state } = context;
  const index = state.relations.by.of
    .all(relation.oid)
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
  return putConstraint(context, relation, written, name, { kind, columns, index: index.oid });
}
