import type { EventOf } from "../../events/event.ts";
import { changeAclOwner } from "../acl.ts";
import { type Context, refuse } from "../context.ts";
import type { Oid, Relation } from "../model.ts";
import { findRelation, findRoutine, findType, relationOrAssumed, roleOid, schemaOrAssumed } from "../resolve.ts";

/** A relation's owner, with the sequences and indexes that belong to it (ATExecChangeOwner). */
export function setRelationOwner(context: Context, relation: Relation, owner: Oid): void {
  const acl = changeAclOwner(relation.acl, relation.owner, owner);
  const columns = relation.columns.map((column) =>
    column.acl.length === 0 ? column : { ...column, acl: changeAclOwner(column.acl, relation.owner, owner) },
  );
  context.state.relations.put({ ...relation, owner, acl, columns });
  for (const owned of context.state.relations.by(`of:${relation.oid}`)) setRelationOwner(context, owned, owner);
}

export function setRoutineOwner(context: Context, oid: Oid, owner: Oid): void {
  const routine = context.state.routines.get(oid);
  if (routine === undefined) return;
  context.state.routines.put({ ...routine, owner, acl: changeAclOwner(routine.acl, routine.owner, owner) });
}

export function setSchemaOwner(context: Context, oid: Oid, owner: Oid): void {
  const schema = context.state.schemas.get(oid);
  if (schema === undefined) return;
  context.state.schemas.put({ ...schema, owner, acl: changeAclOwner(schema.acl, schema.owner, owner) });
}

export function setTypeOwner(context: Context, oid: Oid, owner: Oid): void {
  const type = context.state.types.get(oid);
  if (type !== undefined) {
    context.state.types.put({ ...type, owner, acl: changeAclOwner(type.acl, type.owner, owner) });
  }
}

export function setOwner(context: Context, event: EventOf<"set-owner">): void {
  const owner = roleOid(context, event.owner);
  const { object } = event;
  const missing = (): void => refuse(context, event.span, `${event.objectKind} ${object.name.join(".")} does not exist`);
  switch (event.objectKind) {
    case "function":
    case "procedure":
    case "routine":
    case "aggregate": {
      const routine = findRoutine(context, object, event.objectKind);
      if (routine === undefined || routine === "ambiguous") missing();
      else setRoutineOwner(context, routine.oid, owner);
      return;
    }
    case "schema": {
      const schema = schemaOrAssumed(context, object.name[0] ?? "", object.span);
      setSchemaOwner(context, schema.oid, owner);
      return;
    }
    case "type":
    case "domain": {
      const type = findType(context, object.name);
      if (type === undefined) missing();
      else setTypeOwner(context, type.oid, owner);
      return;
    }
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "foreign-table": {
      const kind = event.objectKind;
      const relation = findRelation(context, object.name) ?? relationOrAssumed(context, object.name, object.span, kind);
      setRelationOwner(context, relation, owner);
      return;
    }
    case "event-trigger": {
      const trigger = context.state.eventTriggers.by(object.name[0] ?? "")[0];
      if (trigger !== undefined) context.state.eventTriggers.put({ ...trigger, owner });
      return;
    }
    default:
      return;
  }
}

export function reassignOwned(context: Context, event: EventOf<"reassign-owned">): void {
  const owner = roleOid(context, event.newOwner);
  const from = new Set(event.roles.map((role) => roleOid(context, role)));
  for (const schema of [...context.state.schemas.all()]) if (from.has(schema.owner)) setSchemaOwner(context, schema.oid, owner);
  for (const relation of [...context.state.relations.all()]) {
    if (from.has(relation.owner) && relation.belongsTo === null) setRelationOwner(context, relation, owner);
  }
  for (const routine of [...context.state.routines.all()]) if (from.has(routine.owner)) setRoutineOwner(context, routine.oid, owner);
  for (const type of [...context.state.types.all()]) if (from.has(type.owner)) setTypeOwner(context, type.oid, owner);
}

