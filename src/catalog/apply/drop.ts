import type { EventOf } from "../../events/event.ts";
import { withoutRole } from "../acl.ts";
import { type Context, refuse } from "../context.ts";
import type { Oid } from "../model.ts";
import { findRelation, findRoutine, findType, roleOid, schemaNamed } from "../resolve.ts";

/** Removes a relation with everything that cannot be without it: policies, triggers, rules, indexes, sequences, partitions. */
export function dropRelation(context: Context, oid: Oid): void {
  const { state } = context;
  if (state.relations.get(oid) === undefined) return;
  for (const policy of state.policies.by(`${oid}`)) state.policies.delete(policy.oid);
  for (const trigger of state.triggers.by(`${oid}`)) state.triggers.delete(trigger.oid);
  for (const rule of state.rules.by(`${oid}`)) state.rules.delete(rule.oid);
  for (const owned of state.relations.by(`of:${oid}`)) dropRelation(context, owned.oid);
  for (const child of state.relations.by(`parent:${oid}`)) {
    if (child.partition) dropRelation(context, child.oid);
    else state.relations.put({ ...child, parents: child.parents.filter((parent) => parent !== oid) });
  }
  for (const dependent of state.dependents.by(`on:${oid}`)) {
    state.dependents.delete(dependent.oid);
    dropDependent(context, dependent.oid);
  }
  state.relations.delete(oid);
}

export function dropRoutine(context: Context, oid: Oid): void {
  const { state } = context;
  for (const trigger of state.triggers.by(`routine:${oid}`)) state.triggers.delete(trigger.oid);
  for (const trigger of state.eventTriggers.by(`routine:${oid}`)) state.eventTriggers.delete(trigger.oid);
  for (const dependent of state.dependents.by(`on:${oid}`)) {
    state.dependents.delete(dependent.oid);
    dropDependent(context, dependent.oid);
  }
  state.routines.delete(oid);
}

/** What DROP … CASCADE takes along: views and policies that were bound to the dropped object. */
function dropDependent(context: Context, oid: Oid): void {
  if (context.state.relations.get(oid) !== undefined) dropRelation(context, oid);
  else if (context.state.policies.get(oid) !== undefined) context.state.policies.delete(oid);
}

/** Whether views or policies hang on the object, so that DROP without CASCADE is refused. */
function hasDependents(context: Context, oid: Oid): boolean {
  return context.state.dependents
    .by(`on:${oid}`)
    .some((row) => context.state.relations.get(row.oid) !== undefined || context.state.policies.get(row.oid) !== undefined);
}

function dropSchema(context: Context, oid: Oid): void {
  const { state } = context;
  for (const relation of state.relations.by(`schema:${oid}`)) dropRelation(context, relation.oid);
  for (const routine of state.routines.by(`schema:${oid}`)) dropRoutine(context, routine.oid);
  for (const type of state.types.by(`schema:${oid}`)) state.types.delete(type.oid);
  for (const row of [...state.defaultAcls.all()]) if (row.schema === oid) state.defaultAcls.delete(row.oid);
  state.schemas.delete(oid);
}

export function drop(context: Context, event: EventOf<"drop">): void {
  for (const object of event.objects) {
    const { state } = context;
    const name = object.name.join(".");
    const missing = (): void => {
      if (!event.ifExists) refuse(context, event.span, `${event.objectKind} "${name}" does not exist`);
    };
    const last = object.name.at(-1) ?? "";
    switch (event.objectKind) {
      case "table":
      case "view":
      case "materialized-view":
      case "sequence":
      case "index":
      case "foreign-table": {
        const relation = findRelation(context, object.name);
        if (relation === undefined) missing();
        else if (!event.cascade && hasDependents(context, relation.oid)) {
          refuse(context, event.span, `cannot drop ${event.objectKind} ${name} because other objects depend on it`);
        } else dropRelation(context, relation.oid);
        break;
      }
      case "function":
      case "procedure":
      case "routine":
      case "aggregate": {
        const routine = findRoutine(context, object, event.objectKind);
        if (routine === undefined) missing();
        else if (routine === "ambiguous") refuse(context, event.span, `function name "${name}" is not unique`);
        else if (!event.cascade && (hasDependents(context, routine.oid) || state.triggers.by(`routine:${routine.oid}`).length > 0)) {
          refuse(context, event.span, `cannot drop function ${name} because other objects depend on it`);
        } else dropRoutine(context, routine.oid);
        break;
      }
      case "schema": {
        const schema = schemaNamed(state, last);
        if (schema === undefined) missing();
        else {
          const full =
            state.relations.by(`schema:${schema.oid}`).length > 0 || state.routines.by(`schema:${schema.oid}`).length > 0;
          if (full && !event.cascade) {
            refuse(context, event.span, `cannot drop schema ${name} because other objects depend on it`);
          } else dropSchema(context, schema.oid);
        }
        break;
      }
      case "type":
      case "domain": {
        const type = findType(context, object.name);
        if (type === undefined) missing();
        else state.types.delete(type.oid);
        break;
      }
      case "policy":
      case "trigger":
      case "rule": {
        const table = findRelation(context, object.of ?? []);
        const rows =
          event.objectKind === "policy" ? state.policies : event.objectKind === "trigger" ? state.triggers : state.rules;
        const row = table === undefined ? undefined : rows.by(`${table.oid}`).find((candidate) => candidate.name === last);
        if (row === undefined) missing();
        else rows.delete(row.oid);
        break;
      }
      case "event-trigger": {
        const trigger = state.eventTriggers.by(last)[0];
        if (trigger === undefined) missing();
        else state.eventTriggers.delete(trigger.oid);
        break;
      }
      case "extension": {
        const extension = state.extensions.by(last)[0];
        if (extension !== undefined) state.extensions.delete(extension.oid);
        break;
      }
      default:
        break;
    }
  }
}

/** DROP OWNED: the roles' objects go, and every privilege granted to them. */
export function dropOwned(context: Context, event: EventOf<"drop-owned">): void {
  const { state } = context;
  for (const ref of event.roles) {
    const role = roleOid(context, ref);
    for (const relation of [...state.relations.all()]) if (relation.owner === role) dropRelation(context, relation.oid);
    for (const routine of [...state.routines.all()]) if (routine.owner === role) dropRoutine(context, routine.oid);
    for (const type of [...state.types.all()]) if (type.owner === role) state.types.delete(type.oid);
    for (const schema of [...state.schemas.all()]) if (schema.owner === role) dropSchema(context, schema.oid);
    for (const row of [...state.defaultAcls.all()]) if (row.role === role) state.defaultAcls.delete(row.oid);
    for (const relation of [...state.relations.all()]) {
      state.relations.put({
        ...relation,
        acl: withoutRole(relation.acl, role),
        columns: relation.columns.map((column) => ({ ...column, acl: withoutRole(column.acl, role) })),
      });
    }
    for (const routine of [...state.routines.all()]) state.routines.put({ ...routine, acl: withoutRole(routine.acl, role) });
    for (const schema of [...state.schemas.all()]) state.schemas.put({ ...schema, acl: withoutRole(schema.acl, role) });
    for (const type of [...state.types.all()]) state.types.put({ ...type, acl: withoutRole(type.acl, role) });
  }
}
