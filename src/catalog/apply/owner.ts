import type { EventOf } from "../../events/event.ts";
import { changeAclOwner } from "../acl.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import { isSuperuser } from "../membership.ts";
import type { Oid, Relation } from "../model.ts";
import { requireOwner, requireOwnerCreates, requireSetRole } from "../permissions.ts";
import { findRelation, relationOrAssumed, roleOid } from "../resolve.ts";

/** A relation's owner, with the sequences and indexes that belong to it (ATExecChangeOwner). */
export function setRelationOwner(context: Context, relation: Relation, owner: Oid): void {
  const acl = changeAclOwner(relation.acl, relation.owner, owner);
  const columns = relation.columns.map((column) =>
    column.acl.length === 0 ? column : { ...column, acl: changeAclOwner(column.acl, relation.owner, owner) },
  );
  context.state.relations.put({ ...relation, owner, acl, columns });
  for (const owned of context.state.relations.by(`of:${relation.oid}`)) setRelationOwner(context, owned, owner);
}

/** Refuses what somebody who is no superuser may not give away, or not to this role. */
export function checkRelationOwner(context: Context, relation: Relation, owner: Oid, span: EventOf<"set-owner">["span"]): void {
  if (relation.owner === owner || isSuperuser(context.state, currentUser(context))) return;
  requireOwner(context, span, relation.owner, `relation ${relation.name}`);
  requireSetRole(context, span, owner);
  const schema = context.state.schemas.get(relation.schema);
  if (schema !== undefined) requireOwnerCreates(context, span, owner, schema);
}

/** ALTER … OWNER TO of relations. */
export function setOwner(context: Context, event: EventOf<"set-owner">): void {
  const { object, objectKind: kind, span } = event;
  const owner = roleOid(context, event.owner);
  switch (kind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "foreign-table": {
      const relation = findRelation(context, object.name) ?? relationOrAssumed(context, object.name, object.span, kind);
      if (relation.belongsTo !== null && relation.owner !== owner) {
        refuse(context, span, `cannot change owner of sequence "${relation.name}"`);
      }
      checkRelationOwner(context, relation, owner, span);
      setRelationOwner(context, relation, owner);
      return;
    }
    default:
      return;
  }
}
