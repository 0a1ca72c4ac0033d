import type { EventOf } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
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
  for (const owned of context.state.relations.by.of.all(relation.oid))
    setRelationOwner(context, owned, owner);
}

/** ALTER … OWNER TO; refuses what somebody who is no superuser may not give away, or not to this role. */
export function changeRelationOwner(context: Context, relation: Relation, owner: Oid, span: Span): void {
  const { state } = context;
  if (relation.owner === owner) return;
  if (relation.belongsTo !== null)
    refuse(context, span, `cannot change owner of ${relation.kind} "${relation.name}"`);
  if (!isSuperuser(state, currentUser(context))) {
    requireOwner(context, span, relation.owner, `relation ${relation.name}`);
    requireSetRole(context, span, owner);
    const schema = state.schemas.get(relation.schema);
    if (schema !== undefined) requireOwnerCreates(context, span, owner, schema);
  }
  setRelationOwner(context, relation, owner);
}

export function setOwner(context: Context, event: EventOf<"set-owner">): void {
  const { object, objectKind: kind, span } = event;
  const owner = roleOid(context, event.owner);
  switch (kind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "foreign-table": {
      const relation =
        findRelation(context, object.name) ?? relationOrAssumed(context, object.name, object.span, kind);
      changeRelationOwner(context, relation, owner, span);
      return;
    }
    default:
      return;
  }
}
