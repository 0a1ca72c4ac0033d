/** The copies of a partitioned table's row triggers on its partitions, and the constraints of constraint triggers. */
import { columnMap, rebound } from "../bind/rebind.ts";
import { type Context, refuse } from "../context.ts";
import { dependOn, usesOf } from "../depend.ts";
import type { Constraint, Relation, Trigger } from "../model.ts";
import { newOid } from "../store.ts";
import { current } from "./columns.ts";
import { NOT_NULL } from "./constraints.ts";

/** The copy of a row trigger on a partition, and on its partitions. */
export function copyTrigger(context: Context, trigger: Trigger, from: Relation, to: Relation): void {
  const { state } = context;
  const partition = current(context, to);
  const columns = columnMap(from, partition);
  const existing = state.triggers.by.member.first(partition.oid, trigger.name);
  if (existing !== undefined && existing.parent !== trigger.oid) {
    refuse(
      context,
      trigger.place.span,
      `trigger "${trigger.name}" for relation "${partition.name}" already exists`,
    );
  }
  const copy = state.triggers.put({
    ...trigger,
    oid: existing?.oid ?? newOid(state),
    relation: partition.oid,
    parent: trigger.oid,
    columns: trigger.columns.flatMap((number) => columns.get(number) ?? []),
    when: trigger.when === null ? null : rebound(trigger.when, from.oid, partition.oid, columns),
  });
  dependOnTrigger(context, copy);
  if (trigger.event.constraint) putTriggerConstraint(context, partition, copy);
  if (partition.kind !== "partitioned-table") return;
  for (const below of state.relations.by.parent.all(partition.oid))
    copyTrigger(context, copy, partition, below);
}

export function dependOnTrigger(context: Context, trigger: Trigger): void {
  dependOn(context.state, { oid: trigger.oid }, [
    ...trigger.columns.map((column) => ({ oid: trigger.relation, column })),
    ...(trigger.when === null ? [] : usesOf(trigger.when.bindings, trigger.relation)),
  ]);
}

/** Drops a copy with those below it. */
export function dropTrigger(context: Context, trigger: Trigger): void {
  for (const below of context.state.triggers.by.parent.all(trigger.oid)) dropTrigger(context, below);
  for (const row of context.state.dependencies.by.of.all(trigger.oid))
    context.state.dependencies.delete(row.oid);
  for (const { dependent } of context.state.dependencies.by.on.all(trigger.oid))
    context.state.constraints.delete(dependent.oid);
  context.state.triggers.delete(trigger.oid);
}

export function putTriggerConstraint(context: Context, relation: Relation, trigger: Trigger): void {
  const { state } = context;
  const { event, name, place } = trigger;
  if (state.constraints.by.relation.all(relation.oid).some((each) => each.name === name))
    refuse(context, event.span, `constraint "${name}" for relation "${relation.name}" already exists`);
  const constraint: Constraint = state.constraints.put({
    oid: newOid(state),
    name,
    place,
    prelude: context.prelude,
    assumed: false,
    relation: relation.oid,
    kind: "trigger",
    columns: [],
    expression: null,
    references: null,
    index: null,
    definition: {
      ...NOT_NULL,
      type: "other",
      deferrable: event.deferrable,
      initiallyDeferred: event.initiallyDeferred,
      span: event.span,
    },
    local: true,
    inheritCount: 0,
    parent: null,
  });
  dependOn(state, { oid: constraint.oid }, [{ oid: trigger.oid }], "internal");
}
