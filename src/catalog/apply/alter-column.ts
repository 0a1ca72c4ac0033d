/** ALTER TABLE on columns, and how it goes down to children. */
import type { AlterRelationAction } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { columnMap, rebound } from "../bind/rebind.ts";
import { type Context, refuse } from "../context.ts";
import { deleteObjects, independent } from "../depend.ts";
import type { Column, Oid, Relation } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { sameType } from "../same-type.ts";
import { requireTypeUsage } from "../types-by-name.ts";
import { addConstraint } from "./add-constraint.ts";
import { changeType } from "./alter-column-type.ts";
import { dropInheritable } from "./alter-constraint.ts";
import {
  changeColumn,
  columnNamed,
  columnOf,
  current,
  dependOnTypes,
  MOST_COLUMNS,
  ownSequence,
  partitionsTakeIdentity,
  requireColumn,
  requireIdentityType,
  setDefault,
  writeDefault,
} from "./columns.ts";
import { NOT_NULL, notNullOf } from "./constraints.ts";
import { withDescendants } from "./descendants.ts";
import { inheritedColumn } from "./inheritance.ts";
import { defineColumn } from "./tables.ts";

export type ColumnAction = Extract<
  AlterRelationAction,
  {
    action:
      | "add-column"
      | "drop-column"
      | "alter-type"
      | "column-default"
      | "column-not-null"
      | "add-identity"
      | "set-identity"
      | "drop-identity"
      | "set-expression"
      | "drop-expression";
  }
>;

const IDENTITY: ReadonlySet<ColumnAction["action"]> = new Set([
  "add-identity",
  "set-identity",
  "drop-identity",
]);

export function alterColumn(context: Context, relation: Relation, action: ColumnAction, only: boolean): void {
  switch (action.action) {
    case "add-column":
      addColumn(context, relation, action, only);
      return;
    case "drop-column":
      dropColumn(context, relation, action, only);
      return;
    case "alter-type":
      changeType(context, relation, action, only);
      return;
    default:
      break;
  }
  const column = requireColumn(context, relation, action.name, action.span);
  if (IDENTITY.has(action.action) && partitionsTakeIdentity(context)) {
    if (only && relation.kind === "partitioned-table")
      refuse(context, action.span, "cannot change identity of a column of only the partitioned table");
    if (relation.partition) refuse(context, action.span, "cannot change identity of a column of a partition");
  }
  const all = only ? [relation] : withDescendants(context, current(context, relation));
  switch (action.action) {
    case "column-default":
      for (const each of all) {
        const own = columnNamed(each, action.name);
        if (own === undefined) continue;
        const other = own.generated !== null ? "a generated" : own.identity !== null ? "an identity" : null;
        if (other !== null)
          refuse(context, action.span, `column "${own.name}" of relation "${each.name}" is ${other} column`);
        if (action.default === null) setDefault(context, each.oid, own.number, null);
        else writeDefault(context, each, own.number, action.default, null);
      }
      return;
    case "column-not-null":
      if (action.notNull) setNotNull(context, relation, action, only);
      else dropNotNull(context, relation, column, action, all);
      return;
    case "add-identity":
      if (column.identity !== null)
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" is already an identity column`,
        );
      if (!column.notNull && !relation.assumed)
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" must be declared NOT NULL before identity can be added`,
        );
      if (column.default !== null)
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" already has a default value`,
        );
      requireIdentityType(context, column.type, action.span);
      setIdentity(context, relation, action.name, action.identity);
      ownSequence(context, current(context, relation), column, "identity", action.sequence);
      return;
    case "set-identity":
      if (column.identity === null && !relation.assumed)
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" is not an identity column`,
        );
      if (action.identity !== null) setIdentity(context, relation, action.name, action.identity);
      return;
    case "drop-identity":
      if (column.identity === null && !relation.assumed) {
        if (action.ifExists) return;
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" is not an identity column`,
        );
      }
      setIdentity(context, relation, action.name, null);
      for (const owned of context.state.relations.by.of.all(relation.oid)) {
        if (owned.belongsTo?.column === column.number && owned.belongsTo.how === "identity")
          context.state.relations.delete(owned.oid);
      }
      return;
    case "set-expression":
      for (const each of all) {
        const own = columnNamed(each, action.name);
        if (own !== undefined)
          writeDefault(context, each, own.number, action.expression, own.generated ?? "stored");
      }
      return;
    case "drop-expression":
      if (only && withDescendants(context, relation).length > 1)
        refuse(context, action.span, "ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
      if (column.inheritCount > 0)
        refuse(context, action.span, "cannot drop generation expression from inherited column");
      if (column.generated === "virtual")
        refuse(
          context,
          action.span,
          "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns",
        );
      if (column.generated === null) {
        if (action.ifExists) return;
        refuse(
          context,
          action.span,
          `column "${column.name}" of relation "${relation.name}" is not a generated column`,
        );
      }
      for (const each of all) {
        const own = columnNamed(each, action.name);
        if (own === undefined) continue;
        independent(context.state, { oid: each.oid, column: own.number });
        setDefault(context, each.oid, own.number, null);
        dependOnTypes(context, each.oid, [own]);
      }
      return;
  }
}

/** ATExecSetNotNull(): of a parent alone it is as if NO INHERIT stood there, which partitioned tables do not have. */
function setNotNull(
  context: Context,
  relation: Relation,
  action: Extract<ColumnAction, { action: "column-not-null" }>,
  only: boolean,
): void {
  const column = columnNamed(relation, action.name);
  const existing = column === undefined ? undefined : notNullOf(context, relation, column.number);
  if (existing !== undefined && only) {
    if (!existing.local) context.state.constraints.put({ ...existing, local: true });
    return;
  }
  const alone =
    only && relation.kind !== "partitioned-table" && context.state.relations.by.parent.has(relation.oid);
  const written = { ...NOT_NULL, noInherit: alone, span: action.span };
  addConstraint(context, relation, written, action.name, only);
}

function setIdentity(context: Context, relation: Relation, name: string, identity: Column["identity"]): void {
  // Partitions share the identity of the partitioned table, but not before PostgreSQL 17.
  const all = partitionsTakeIdentity(context) ? withDescendants(context, relation) : [relation];
  for (const each of all) {
    const own = each.oid === relation.oid || each.partition ? columnNamed(each, name) : undefined;
    if (own !== undefined) changeColumn(context, each.oid, own.number, { identity });
  }
}

function addColumn(
  context: Context,
  relation: Relation,
  action: Extract<ColumnAction, { action: "add-column" }>,
  only: boolean,
): void {
  const { column: definition } = action;
  if (relation.partition) refuse(context, action.span, "cannot add column to a partition");
  if (columnNamed(relation, definition.name) !== undefined) {
    if (action.ifNotExists) return;
    refuse(context, action.span, `column "${definition.name}" of relation "${relation.name}" already exists`);
  }
  if (relation.ofType !== null) refuse(context, action.span, "cannot add column to typed table");
  const children = context.state.relations.by.parent.all(relation.oid);
  if (only && children.length > 0) refuse(context, action.span, "column must be added to child tables too");
  if (
    definition.identity !== null &&
    relation.kind !== "partitioned-table" &&
    children.length > 0 &&
    !context.assume
  )
    refuse(context, action.span, "cannot recursively add identity column to table that has child tables");
  if (relation.nextColumn > MOST_COLUMNS)
    refuse(context, action.span, `tables can have at most ${MOST_COLUMNS} columns`);
  const column = columnOf(context, definition, relation.nextColumn);
  requireTypeUsage(context, column.type, action.span);
  context.state.relations.put({
    ...relation,
    columns: [...relation.columns, column],
    nextColumn: relation.nextColumn + 1,
  });
  dependOnTypes(context, relation.oid, [column]);
  const added = new Set<Oid>();
  for (const child of children) addToChild(context, child, column, added);
  defineColumn(context, relation, definition, column.number);
  for (const constraint of definition.constraints)
    addConstraint(context, relation, constraint, definition.name);
  const made = columnNamed(current(context, relation), definition.name);
  if (made?.identity != null) setIdentity(context, current(context, relation), made.name, made.identity);
  if (made?.default != null)
    for (const child of children) giveDefault(context, child, current(context, relation), made, added);
}

/** `added`: the tables that had no such column before. */
function addToChild(context: Context, child: Relation, column: Column, added: Set<Oid>): void {
  const { relations } = context.state;
  requireOwner(context, column.place.span, child.owner, `table ${child.name}`);
  const existing = columnNamed(child, column.name);
  if (existing !== undefined) {
    if (!sameType(existing.type, column.type))
      refuse(
        context,
        column.place.span,
        `child table "${child.name}" has different type for column "${column.name}"`,
      );
    changeColumn(context, child.oid, existing.number, { inheritCount: existing.inheritCount + 1 });
    return;
  }
  const own = inheritedColumn(column, child.nextColumn);
  relations.put({ ...child, columns: [...child.columns, own], nextColumn: child.nextColumn + 1 });
  dependOnTypes(context, child.oid, [own]);
  added.add(child.oid);
  for (const below of relations.by.parent.all(child.oid)) addToChild(context, below, own, added);
}

/** A column that is merged with an inherited one keeps what it has. */
function giveDefault(
  context: Context,
  table: Relation,
  parent: Relation,
  column: Column,
  added: ReadonlySet<Oid>,
): void {
  const child = current(context, table);
  const own = columnNamed(child, column.name);
  if (own === undefined || column.default === null) return;
  if (!added.has(child.oid)) return;
  setDefault(
    context,
    child.oid,
    own.number,
    rebound(column.default, parent.oid, child.oid, columnMap(parent, child)),
    column.generated,
  );
  for (const below of context.state.relations.by.parent.all(child.oid))
    giveDefault(context, below, current(context, child), column, added);
}

function dropColumn(
  context: Context,
  relation: Relation,
  action: Extract<ColumnAction, { action: "drop-column" }>,
  only: boolean,
): void {
  const column = columnNamed(relation, action.name);
  if (column === undefined) {
    if (action.ifExists || relation.assumed) return;
    refuse(context, action.span, `column "${action.name}" of relation "${relation.name}" does not exist`);
  }
  if (column.inheritCount > 0) refuse(context, action.span, `cannot drop inherited column "${action.name}"`);
  if (relation.ofType !== null) refuse(context, action.span, "cannot drop column from typed table");
  if (relation.kind === "view" || relation.kind === "materialized-view")
    refuse(context, action.span, `"${relation.name}" is not a table`);
  if (relation.partitionKey?.elements.some((element) => element.column === column.number) === true) {
    refuse(context, action.span, `cannot drop column "${action.name}" named in partition key`);
  }
  const roots = [{ oid: relation.oid, column: column.number }];
  const children = context.state.relations.by.parent.all(relation.oid);
  if (only && relation.kind === "partitioned-table" && children.length > 0)
    refuse(context, action.span, "cannot drop column from only the partitioned table when partitions exist");
  for (const child of children) dropFromChild(context, child, action.name, only, roots, action.span);
  deleteObjects(context, roots, {
    cascade: action.cascade,
    span: action.span,
    what: `column ${action.name} of table ${relation.name}`,
  });
}

/** A child loses a column that came from nowhere else; otherwise it keeps it. */
function dropFromChild(
  context: Context,
  table: Relation,
  name: string,
  only: boolean,
  roots: { oid: number; column: number }[],
  span: Span,
): void {
  // It may have lost one of its parents' columns on the way here.
  const child = current(context, table);
  const own = columnNamed(child, name);
  if (own === undefined) return;
  if (only || own.inheritCount > 1 || own.local) {
    const inheritCount = own.inheritCount - 1;
    changeColumn(context, child.oid, own.number, { inheritCount, local: own.local || only });
    return;
  }
  requireOwner(context, span, child.owner, `table ${child.name}`);
  roots.push({ oid: child.oid, column: own.number });
  for (const below of context.state.relations.by.parent.all(child.oid))
    dropFromChild(context, below, name, only, roots, span);
}

function dropNotNull(
  context: Context,
  relation: Relation,
  column: Column,
  action: ColumnAction,
  all: readonly Relation[],
): void {
  if (!column.notNull) return;
  const { state } = context;
  if (column.identity !== null)
    refuse(
      context,
      action.span,
      `column "${column.name}" of relation "${relation.name}" is an identity column`,
    );
  for (const constraint of state.constraints.by.relation.all(relation.oid)) {
    if (constraint.kind === "primary-key" && constraint.columns.includes(column.number))
      refuse(context, action.span, `column "${column.name}" is in a primary key`);
  }
  if (context.postgresVersion < 18) {
    for (const each of all) {
      const own = columnNamed(each, column.name);
      if (own !== undefined) changeColumn(context, each.oid, own.number, { notNull: false });
    }
    return;
  }
  const constraint = notNullOf(context, relation, column.number);
  if (constraint === undefined) changeColumn(context, relation.oid, column.number, { notNull: false });
  else dropInheritable(context, relation, constraint, action.span, false, all.length === 1);
}
