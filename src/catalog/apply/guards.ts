/** Policies, triggers and rules. */
import type { EventOf } from "../../events/event.ts";
import type { Expr } from "../../events/tree.ts";
import { refuseSubquery } from "../bind/allowed.ts";
import { bindStatement, boundExpr } from "../bind/query.ts";
import { baseType, catalog, isUndecided, isUnknown, sameKind } from "../bind/types.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, independent, usesOf } from "../depend.ts";
import { type Address, type BoundExpr, type Oid, type Policy, PUBLIC, type Relation } from "../model.ts";
import { mayUse, requireOwner } from "../permissions.ts";
import { findRelation, relationOrAssumed, roleOid, routinesNamed } from "../resolve.ts";
import { newOid } from "../store.ts";
import { requireColumn } from "./columns.ts";
import { copyTrigger, dependOnTrigger, putTriggerConstraint } from "./trigger-copies.ts";

/** An expression about the rows of a relation; `others`: NEW and OLD. */
function bound(
  context: Context,
  expr: Expr | null,
  relation: Relation,
  others: readonly string[] | null = null,
): BoundExpr | null {
  if (expr === null) return null;
  const { bound, type } = boundExpr(context, expr, relation, others);
  const truth =
    isUndecided(type) || isUnknown(type) || sameKind(baseType(context.state, type), catalog("bool"));
  if (!truth && !context.assume) refuse(context, expr.span, "argument must be type boolean");
  return bound;
}

/** The table a policy or trigger is put on; one that nothing created is assumed, and said. */
function tableOf(
  context: Context,
  event: EventOf<"create-policy"> | EventOf<"create-trigger"> | EventOf<"create-rule">,
): Relation {
  const { table } = event;
  const found = findRelation(context, table.name);
  if (found !== undefined) return found;
  return relationOrAssumed(context, table.name, table.span, "table");
}

/** PUBLIC makes the other roles of a policy moot. A role named twice is kept twice. */
function policyRoles(context: Context, roles: EventOf<"create-policy">["roles"]): readonly Oid[] {
  const oids = roles.map((role) => roleOid(context, role));
  return oids.length === 0 || oids.includes(PUBLIC) ? [PUBLIC] : oids;
}

function dependOnUses(context: Context, policy: Policy): void {
  independent(context.state, { oid: policy.oid });
  for (const each of [policy.using, policy.withCheck]) {
    if (each !== null) dependOn(context.state, { oid: policy.oid }, usesOf(each.bindings, policy.relation));
  }
}

export function createPolicy(context: Context, event: EventOf<"create-policy">): void {
  const relation = tableOf(context, event);
  if (relation.kind !== "table" && relation.kind !== "partitioned-table")
    refuse(context, event.span, `"${relation.name}" is not a table`);
  requireOwner(context, event.span, relation.owner, `relation ${relation.name}`);
  const existing = context.state.policies.by.member.first(relation.oid, event.name);
  if (existing !== undefined && !existing.prelude) {
    refuse(context, event.span, `policy "${event.name}" for table "${relation.name}" already exists`);
  }
  requireFittingExpressions(context, event.command, event);
  const policy = context.state.policies.put({
    oid: existing?.oid ?? newOid(context.state),
    name: event.name,
    place: placeOf(context, event.nameSpan),
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    permissive: event.permissive,
    command: event.command,
    roles: policyRoles(context, event.roles),
    using: bound(context, event.using, relation),
    withCheck: bound(context, event.withCheck, relation),
  });
  dependOnUses(context, policy);
}

function requireFittingExpressions(
  context: Context,
  command: Policy["command"],
  event: EventOf<"create-policy"> | EventOf<"alter-policy">,
): void {
  if ((command === "select" || command === "delete") && event.withCheck !== null) {
    refuse(context, event.span, "WITH CHECK cannot be applied to SELECT or DELETE");
  }
  if (command === "insert" && event.using !== null)
    refuse(context, event.span, "only WITH CHECK expression allowed for INSERT");
}

export function alterPolicy(context: Context, event: EventOf<"alter-policy">): void {
  const relation = findRelation(context, event.table.name);
  const policy =
    relation === undefined ? undefined : context.state.policies.by.member.first(relation.oid, event.name);
  if (policy === undefined || relation === undefined)
    refuse(context, event.span, `policy "${event.name}" does not exist`);
  requireOwner(context, event.span, relation.owner, `relation ${relation.name}`);
  requireFittingExpressions(context, policy.command, event);
  const altered = context.state.policies.put({
    ...policy,
    roles: event.roles === null ? policy.roles : policyRoles(context, event.roles),
    using: bound(context, event.using, relation) ?? policy.using,
    withCheck: bound(context, event.withCheck, relation) ?? policy.withCheck,
  });
  dependOnUses(context, altered);
}

/** A trigger function: no arguments. */
function triggerRoutine(context: Context, name: readonly string[]): Oid | null {
  return routinesNamed(context, name).find((routine) => routine.inputTypes.length === 0)?.oid ?? null;
}

export function createTrigger(context: Context, event: EventOf<"create-trigger">): void {
  const { state } = context;
  const relation = tableOf(context, event);
  const routine = triggerRoutine(context, event.routine.name);
  if (!context.assume) requireTriggerFits(context, relation, routine, event);
  const existing = state.triggers.by.member.first(relation.oid, event.name);
  if (existing !== undefined && !existing.prelude) {
    if (!event.orReplace)
      refuse(context, event.span, `trigger "${event.name}" for relation "${relation.name}" already exists`);
    if (existing.parent !== null)
      refuse(
        context,
        event.span,
        `trigger "${event.name}" for relation "${relation.name}" is an internal or a child trigger`,
      );
    if (existing.event.constraint || event.constraint)
      refuse(
        context,
        event.span,
        `trigger "${event.name}" for relation "${relation.name}" is a constraint trigger`,
      );
  }
  const place = placeOf(context, event.nameSpan);
  if (existing !== undefined) {
    independent(state, { oid: existing.oid });
    for (const copy of state.triggers.by.parent.all(existing.oid)) independent(state, { oid: copy.oid });
  }
  if (event.when !== null) refuseSubquery(context, event.when, event.span, "trigger WHEN condition");
  const trigger = state.triggers.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    routine,
    event,
    columns: event.columns.map((name) => requireColumn(context, relation, name, event.span).number),
    when: bound(context, event.when, relation, rowsOf(event)),
    parent: null,
    enabled: { value: "origin", place },
  });
  dependOnTrigger(context, trigger);
  if (event.constraint) putTriggerConstraint(context, relation, trigger);
  if (event.row && relation.kind === "partitioned-table") {
    for (const partition of state.relations.by.parent.all(relation.oid))
      copyTrigger(context, trigger, relation, partition);
  }
}

/** The rows that WHEN can speak of. */
function rowsOf(event: EventOf<"create-trigger">): readonly string[] {
  if (!event.row) return [];
  return [
    ...(event.events.includes("insert") ? [] : ["old"]),
    ...(event.events.includes("delete") ? [] : ["new"]),
  ];
}

function requireTriggerFits(
  context: Context,
  relation: Relation,
  routine: Oid | null,
  event: EventOf<"create-trigger">,
): void {
  if (!mayUse(context, relation.acl, "trigger"))
    refuse(context, event.span, `permission denied for table ${relation.name}`);
  const called = routine === null ? undefined : context.state.routines.get(routine);
  if (called !== undefined && !mayUse(context, called.acl, "execute"))
    refuse(context, event.span, `permission denied for function ${called.name}`);
  const view = relation.kind === "view";
  const table =
    relation.kind === "table" || relation.kind === "partitioned-table" || relation.kind === "foreign-table";
  if (!view && !table) refuse(context, event.span, `relation "${relation.name}" cannot have triggers`);
  if (view && (event.row ? event.timing !== "instead-of" : event.timing === "instead-of"))
    refuse(context, event.span, `"${relation.name}" is a view`);
  if (view && event.events.includes("truncate")) refuse(context, event.span, `"${relation.name}" is a view`);
  if (table && event.timing === "instead-of") refuse(context, event.span, `"${relation.name}" is a table`);
  if (event.timing === "instead-of" && (event.when !== null || event.columns.length > 0))
    refuse(context, event.span, "INSTEAD OF triggers cannot have WHEN conditions or column lists");
  if (event.row && event.events.includes("truncate"))
    refuse(context, event.span, "TRUNCATE FOR EACH ROW triggers are not supported");
  if (routine === null) {
    if (event.routine.name.length <= 2 && !BUILT_IN_TRIGGERS.has(event.routine.name.at(-1) ?? "")) {
      refuse(context, event.span, `function ${event.routine.name.join(".")}() does not exist`);
    }
  } else if (context.state.routines.get(routine)?.returnsTrigger !== "trigger") {
    refuse(context, event.span, `function ${event.routine.name.join(".")} must return type trigger`);
  }
}

const BUILT_IN_TRIGGERS: ReadonlySet<string> = new Set([
  "suppress_redundant_updates_trigger",
  "tsvector_update_trigger",
  "tsvector_update_trigger_column",
]);

export function createRule(context: Context, event: EventOf<"create-rule">): void {
  const { state } = context;
  const relation = tableOf(context, event);
  requireOwner(context, event.span, relation.owner, `relation ${relation.name}`);
  if (!context.assume && !["table", "partitioned-table", "view"].includes(relation.kind))
    refuse(context, event.span, `relation "${relation.name}" cannot have rules`);
  if (event.event === "select" && event.name !== "_RETURN" && !context.assume) {
    refuse(context, event.span, `relation "${relation.name}" cannot have ON SELECT rules`);
  }
  const existing = state.rules.by.relation.all(relation.oid).find((rule) => rule.name === event.name);
  if (existing !== undefined && !event.orReplace) {
    refuse(context, event.span, `rule "${event.name}" for relation "${relation.name}" already exists`);
  }
  const place = placeOf(context, event.span);
  const uses: Address[] = [
    ...usesOf(bound(context, event.where, relation, ["new", "old"])?.bindings ?? new Map(), relation.oid),
  ];
  for (const action of event.actions)
    uses.push(...usesOf(bindStatement(context, action, relation), relation.oid));
  if (existing !== undefined) independent(state, { oid: existing.oid });
  const rule = state.rules.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    event,
    enabled: existing?.enabled ?? { value: "origin", place },
  });
  dependOn(state, { oid: rule.oid }, uses);
}
