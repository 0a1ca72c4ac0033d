/** CREATE SEQUENCE and ALTER SEQUENCE. */
import type { EventOf } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import type { Relation } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { findRelation, relationOrAssumed, typeRef } from "../resolve.ts";
import { current, requireColumn } from "./columns.ts";
import { newRelation } from "./relations.ts";

export function createSequence(context: Context, event: EventOf<"create-sequence">): void {
  const relation = newRelation(context, event.name, "sequence", event);
  if (relation === null) return;
  const sequenceType =
    event.type === null ? { base: "pg_catalog.int8", array: false } : typeRef(context, event.type);
  context.state.relations.put({
    ...relation,
    sequenceType,
    belongsTo: ownedBy(context, relation, event.ownedBy, event.span),
  });
}

function ownedBy(
  context: Context,
  sequence: Relation,
  name: readonly string[] | null,
  span: Span,
): Relation["belongsTo"] {
  if (name === null) return null;
  const table = findRelation(context, name.slice(0, -1));
  if (table === undefined) {
    if (context.assume) return null;
    refuse(context, span, `relation "${name.slice(0, -1).join(".")}" does not exist`);
  }
  if (!context.assume && table.owner !== sequence.owner)
    refuse(context, span, "sequence must have same owner as table it is linked to");
  if (!context.assume && table.schema !== sequence.schema)
    refuse(context, span, "sequence must be in same schema as table it is linked to");
  const column = requireColumn(context, table, name.at(-1) ?? "", span);
  return { relation: table.oid, column: column.number, how: "serial" };
}

export function alterSequence(context: Context, event: EventOf<"alter-sequence">): void {
  const found = findRelation(context, event.name.name);
  if (found === undefined && event.ifExists) return;
  const relation = found ?? relationOrAssumed(context, event.name.name, event.name.span, "sequence");
  if (relation.kind !== "sequence") refuse(context, event.span, `"${relation.name}" is not a sequence`);
  requireOwner(context, event.span, relation.owner, `sequence ${relation.name}`);
  if (event.ownedBy !== undefined) {
    if (relation.belongsTo?.how === "identity")
      refuse(context, event.span, "cannot change ownership of identity sequence");
    context.state.relations.put({
      ...relation,
      belongsTo: ownedBy(context, relation, event.ownedBy, event.span),
    });
  }
  if (event.type !== null)
    context.state.relations.put({
      ...current(context, relation),
      sequenceType: typeRef(context, event.type),
    });
}
