/** ALTER TABLE … ADD, ALTER, VALIDATE and DROP CONSTRAINT. */
import type { AlterRelationAction } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { columnMap } from "../bind/rebind.ts";
import { type Context, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import type { Constraint, Relation } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { addConstraint } from "./add-constraint.ts";
import { constraintNamed, notNullOf } from "./constraints.ts";
import { withDescendants } from "./descendants.ts";

type ConstraintAction = Extract<
  AlterRelationAction,
  { action: "add-constraint" | "alter-constraint" | "validate-constraint" | "drop-constraint" }
>;

export function alterConstraint(
  context: Context,
  relation: Relation,
  action: ConstraintAction,
  only: boolean,
): void {
  if (action.action === "add-constraint") {
    addConstraint(context, relation, action.constraint, null, only, false);
    return;
  }
  const name = action.action === "alter-constraint" ? (action.constraint.name ?? "") : action.name;
  const constraint = constraintNamed(context, relation, name);
  if (constraint === undefined) {
    if (relation.assumed || (action.action === "drop-constraint" && action.ifExists)) return;
    refuse(context, action.span, `constraint "${name}" of relation "${relation.name}" does not exist`);
  }
  switch (action.action) {
    case "validate-constraint":
      validate(context, relation, constraint, action.span, only);
      return;
    case "alter-constraint": {
      if (constraint.parent !== null)
        refuse(context, action.span, `cannot alter constraint "${name}" on relation "${relation.name}"`);
      if (!action.changes.includes("inheritability") && constraint.kind !== "foreign-key") {
        refuse(
          context,
          action.span,
          `constraint "${name}" of relation "${relation.name}" is not a foreign key constraint`,
        );
      }
      const { deferrable, initiallyDeferred, enforced, noInherit } = action.constraint;
      for (const each of withCopies(context, constraint)) {
        put(context, each, {
          ...(action.changes.includes("deferrability") ? { deferrable, initiallyDeferred } : {}),
          ...(action.changes.includes("enforceability") ? { enforced, validated: enforced } : {}),
          ...(action.changes.includes("inheritability") ? { noInherit } : {}),
        });
      }
      return;
    }
    case "drop-constraint":
      if (constraint.inheritCount > 0)
        refuse(
          context,
          action.span,
          `cannot drop inherited constraint "${name}" of relation "${relation.name}"`,
        );
      dropInheritable(context, relation, constraint, action.span, action.cascade, only);
      return;
  }
}

/** ATExecValidateConstraint() */
function validate(
  context: Context,
  relation: Relation,
  constraint: Constraint,
  span: Span,
  only: boolean,
): void {
  const { kind, name, definition } = constraint;
  if (kind === "foreign-key") {
    for (const each of withCopies(context, constraint)) put(context, each, { validated: true });
    return;
  }
  if (kind !== "check" && kind !== "not-null")
    refuse(context, span, `cannot validate constraint "${name}" of relation "${relation.name}"`);
  if (definition.validated) return;
  const children = definition.noInherit ? [] : withDescendants(context, relation).slice(1);
  if (only && children.length > 0) refuse(context, span, "constraint must be validated on child tables too");
  put(context, constraint, { validated: true });
  for (const child of children) {
    const own =
      kind === "check"
        ? constraintNamed(context, child, name)
        : notNullOf(context, child, columnMap(relation, child).get(constraint.columns[0] ?? 0) ?? 0);
    if (own !== undefined) put(context, own, { validated: true });
  }
}

function put(context: Context, constraint: Constraint, change: Partial<Constraint["definition"]>): void {
  context.state.constraints.put({ ...constraint, definition: { ...constraint.definition, ...change } });
}

function withCopies(context: Context, constraint: Constraint): readonly Constraint[] {
  const found = [constraint];
  for (const { oid } of found) found.push(...context.state.constraints.by.parent.all(oid));
  return found;
}

/** Drops a constraint; a child's check or NOT NULL that came from it goes too, unless it is the child's own as well. */
export function dropInheritable(
  context: Context,
  relation: Relation,
  constraint: Constraint,
  span: Span,
  cascade: boolean,
  only: boolean,
): void {
  if (constraint.inheritCount > 0)
    refuse(
      context,
      span,
      `cannot drop inherited constraint "${constraint.name}" of relation "${relation.name}"`,
    );
  const roots = [{ oid: constraint.oid }];
  if (constraint.kind === "not-null") requireNullable(context, relation, constraint, span);
  if (constraint.kind === "check" || constraint.kind === "not-null")
    collectInherited(context, relation, constraint, only, roots, span);
  deleteObjects(context, roots, {
    cascade,
    span,
    what: `constraint ${constraint.name} on table ${relation.name}`,
  });
}

function requireNullable(context: Context, relation: Relation, constraint: Constraint, span: Span): void {
  const column = relation.columns.find((each) => constraint.columns.includes(each.number));
  if (column?.identity != null)
    refuse(context, span, `column "${column.name}" of relation "${relation.name}" is an identity column`);
  for (const key of context.state.constraints.by.relation.all(relation.oid)) {
    if (key.kind === "primary-key" && column !== undefined && key.columns.includes(column.number))
      refuse(context, span, `column "${column.name}" is in a primary key`);
  }
}

function collectInherited(
  context: Context,
  relation: Relation,
  constraint: Constraint,
  only: boolean,
  roots: { oid: number }[],
  span: Span,
): void {
  if (constraint.definition.noInherit) return;
  const { state } = context;
  for (const child of state.relations.by.parent.all(relation.oid)) {
    const own =
      constraint.kind === "not-null"
        ? notNullOf(context, child, columnMap(relation, child).get(constraint.columns[0] ?? 0) ?? 0)
        : constraintNamed(context, child, constraint.name);
    if (own === undefined) continue;
    const inheritCount = Math.max(0, own.inheritCount - 1);
    if (only || inheritCount > 0 || own.local) {
      state.constraints.put({ ...own, inheritCount, local: own.local || only });
      continue;
    }
    requireOwner(context, span, child.owner, `table ${child.name}`);
    roots.push({ oid: own.oid });
    collectInherited(context, child, own, only, roots, span);
  }
}
