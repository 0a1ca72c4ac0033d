/** Policies, triggers, event triggers and rules. */
import type { EventOf } from "../../events/event.ts";
import type { Expr } from "../../events/tree.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import { type BoundExpr, type Oid, PUBLIC, type Relation } from "../model.ts";
import { findRelation, relationOrAssumed, roleOid, routinesNamed } from "../resolve.ts";
import { newOid } from "../store.ts";

function bound(context: Context, expr: Expr | null): BoundExpr | null {
  return expr === null ? null : { expr, searchPath: searchPathOf(context), place: placeOf(context, expr.span) };
}

/** The table a policy or trigger is put on; one that nothing created is assumed, and said. */
function tableOf(context: Context, event: EventOf<"create-policy"> | EventOf<"create-trigger"> | EventOf<"create-rule">): Relation {
  const { table } = event;
  const found = findRelation(context, table.name);
  if (found !== undefined) return found;
  return relationOrAssumed(context, table.name, table.span, "table");
}

export function createPolicy(context: Context, event: EventOf<"create-policy">): void {
  const relation = tableOf(context, event);
  const existing = context.state.policies.by(`${relation.oid}`).find((policy) => policy.name === event.name);
  if (existing !== undefined && !existing.prelude) {
    refuse(context, event.span, `policy "${event.name}" for table "${relation.name}" already exists`);
    return;
  }
  context.state.policies.put({
    oid: existing?.oid ?? newOid(context.state),
    name: event.name,
    place: placeOf(context, event.nameSpan),
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    permissive: event.permissive,
    command: event.command,
    roles: event.roles.length === 0 ? [PUBLIC] : event.roles.map((role) => roleOid(context, role)),
    using: bound(context, event.using),
    withCheck: bound(context, event.withCheck),
  });
}

export function alterPolicy(context: Context, event: EventOf<"alter-policy">): void {
  const relation = findRelation(context, event.table.name);
  const policy =
    relation === undefined
      ? undefined
      : context.state.policies.by(`${relation.oid}`).find((candidate) => candidate.name === event.name);
  if (policy === undefined) {
    refuse(context, event.span, `policy "${event.name}" does not exist`);
    return;
  }
  context.state.policies.put({
    ...policy,
    roles: event.roles === null ? policy.roles : event.roles.map((role) => roleOid(context, role)),
    using: bound(context, event.using) ?? policy.using,
    withCheck: bound(context, event.withCheck) ?? policy.withCheck,
  });
}

/** A trigger function: no arguments. */
function triggerRoutine(context: Context, name: readonly string[]): Oid | null {
  return routinesNamed(context, name).find((routine) => routine.inputTypes.length === 0)?.oid ?? null;
}

export function createTrigger(context: Context, event: EventOf<"create-trigger">): void {
  const relation = tableOf(context, event);
  const existing = context.state.triggers.by(`${relation.oid}`).find((trigger) => trigger.name === event.name);
  if (existing !== undefined && !event.orReplace && !existing.prelude) {
    refuse(context, event.span, `trigger "${event.name}" for relation "${relation.name}" already exists`);
    return;
  }
  const place = placeOf(context, event.nameSpan);
  context.state.triggers.put({
    oid: existing?.oid ?? newOid(context.state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    routine: triggerRoutine(context, event.routine.name),
    event,
    enabled: { value: "origin", place },
  });
}

export function createEventTrigger(context: Context, event: EventOf<"create-event-trigger">): void {
  if (context.state.eventTriggers.by(event.name).length > 0) {
    refuse(context, event.span, `event trigger "${event.name}" already exists`);
    return;
  }
  const place = placeOf(context, event.nameSpan);
  context.state.eventTriggers.put({
    oid: newOid(context.state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    owner: currentUser(context),
    event: event.event,
    routine: triggerRoutine(context, event.routine.name),
    enabled: { value: "origin", place },
  });
}

export function alterEventTrigger(context: Context, event: EventOf<"alter-event-trigger">): void {
  const trigger = context.state.eventTriggers.by(event.name)[0];
  if (trigger === undefined) {
    refuse(context, event.span, `event trigger "${event.name}" does not exist`);
    return;
  }
  context.state.eventTriggers.put({ ...trigger, enabled: { value: event.enabled, place: placeOf(context, event.span) } });
}

export function createRule(context: Context, event: EventOf<"create-rule">): void {
  const relation = tableOf(context, event);
  const existing = context.state.rules.by(`${relation.oid}`).find((rule) => rule.name === event.name);
  if (existing !== undefined && !event.orReplace) {
    refuse(context, event.span, `rule "${event.name}" for relation "${relation.name}" already exists`);
    return;
  }
  const place = placeOf(context, event.span);
  context.state.rules.put({
    oid: existing?.oid ?? newOid(context.state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    event,
    enabled: { value: "origin", place },
  });
}
