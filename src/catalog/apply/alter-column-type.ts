/** ALTER TABLE … ALTER COLUMN … TYPE. */
import type { AlterRelationAction } from "../../events/event.ts";
import { boundExpr } from "../bind/query.ts";
import { type Context, refuse } from "../context.ts";
import { dependOn, typeUses } from "../depend.ts";
import type { Column, Relation } from "../model.ts";
import { knownType, requireTypeUsage } from "../types-by-name.ts";
import { changeColumn, columnNamed, current, requireColumn, requireIdentityType } from "./columns.ts";
import { withDescendants } from "./descendants.ts";
import { recheckForeignKeys } from "./foreign-keys.ts";

type TypeAction = Extract<AlterRelationAction, { action: "alter-type" }>;

/** Changes the type of a column here and in the children, whose column it is as well. */
export function changeType(context: Context, relation: Relation, action: TypeAction, only: boolean): void {
  const column = requireColumn(context, relation, action.name, action.span);
  if (column.inheritCount > 0) refuse(context, action.span, `cannot alter inherited column "${action.name}"`);
  if (!context.assume && relation.ofType !== null)
    refuse(context, action.span, "cannot alter column type of typed table");
  const children = context.state.relations.by.parent.all(relation.oid);
  if (only && children.length > 0)
    refuse(
      context,
      action.span,
      `type of inherited column "${action.name}" must be changed in child tables too`,
    );
  const type = knownType(context, action.type, action.span);
  requireTypeUsage(context, type, action.span);
  if (action.using !== null) boundExpr(context, action.using, current(context, relation));
  if (column.identity !== null) requireIdentityType(context, type, action.span);
  const tree = withDescendants(context, current(context, relation));
  const inTree = new Set(tree.map((each) => each.oid));
  for (const each of tree) {
    const own = columnNamed(each, action.name);
    if (own === undefined) continue;
    if (each.partitionKey?.elements.some((element) => element.column === own.number) === true)
      refuse(
        context,
        action.span,
        `cannot alter column "${own.name}" because it is part of the partition key of relation "${each.name}"`,
      );
    // From a parent that this statement does not reach as well.
    if (own.inheritCount > each.parents.filter((parent) => inTree.has(parent)).length && !context.assume)
      refuse(context, action.span, `cannot alter inherited column "${own.name}" of relation "${each.name}"`);
    requireUnused(context, each, own, action);
    for (const row of context.state.dependencies.by.of.all(each.oid)) {
      if (
        row.dependent.column === own.number &&
        row.dependent.part === undefined &&
        row.on.column === undefined &&
        typeof own.type.base === "number" &&
        row.on.oid === own.type.base
      ) {
        context.state.dependencies.delete(row.oid);
      }
    }
    changeColumn(context, each.oid, own.number, { type });
    dependOn(context.state, { oid: each.oid, column: own.number }, typeUses([type]));
    for (const owned of context.state.relations.by.of.all(each.oid)) {
      if (owned.belongsTo?.column === own.number && owned.belongsTo.how === "identity") {
        context.state.relations.put({ ...owned, sequenceType: { base: type.base, array: false } });
      }
    }
  }
  for (const each of tree) {
    const own = columnNamed(each, action.name);
    if (own !== undefined) recheckForeignKeys(context, current(context, each), own.number, action.span);
  }
}

/** Views, rules, policies and triggers that use a column keep it from changing its type. */
function requireUnused(context: Context, relation: Relation, column: Column, action: TypeAction): void {
  const { state } = context;
  if (context.assume) return;
  for (const row of state.dependencies.by.on.all(relation.oid)) {
    if (row.on.column !== column.number) continue;
    const { oid } = row.dependent;
    const kind = state.relations.get(oid)?.kind;
    if (kind === "view" || kind === "materialized-view")
      refuse(context, action.span, "cannot alter type of a column used by a view or rule");
    if (state.rules.get(oid) !== undefined)
      refuse(context, action.span, "cannot alter type of a column used by a view or rule");
    if (state.policies.get(oid) !== undefined)
      refuse(context, action.span, "cannot alter type of a column used in a policy definition");
    if (state.published.get(oid) !== undefined)
      refuse(context, action.span, "cannot alter type of a column used by a publication WHERE clause");
    if (state.routines.get(oid) !== undefined)
      refuse(context, action.span, "cannot alter type of a column used by a function or procedure");
    if (state.triggers.get(oid) !== undefined)
      refuse(context, action.span, "cannot alter type of a column used in a trigger definition");
    if (
      row.dependent.oid === relation.oid &&
      row.dependent.column !== undefined &&
      row.dependent.column !== column.number
    ) {
      refuse(context, action.span, "cannot alter type of a column used by a generated column");
    }
  }
}
