import type { EventOf, QualifiedName } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import type { UserType } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { targetName, typeRef } from "../resolve.ts";
import { member, newOid } from "../store.ts";

function put(
  context: Context,
  name: QualifiedName,
  span: Span,
  details: Pick<UserType, "kind" | "baseType" | "columns" | "labels">,
): void {
  const target = targetName(context, name.name, name.span);
  if (target === null) {
    refuse(context, span, "no schema has been selected to create in");
    return;
  }
  const existing = context.state.types.by(member(target.schema.oid, target.name))[0];
  if (existing !== undefined && existing.kind !== "shell" && !existing.prelude) {
    refuse(context, span, `type "${target.name}" already exists`);
    return;
  }
  const owner = currentUser(context);
  context.state.types.put({
    oid: existing?.oid ?? newOid(context.state),
    name: target.name,
    place: placeOf(context, name.span),
    prelude: context.prelude,
    assumed: false,
    schema: target.schema.oid,
    owner,
    acl: newObjectAcl(context, "type", owner, target.schema.oid),
    extension: null,
    ...details,
  });
}

export function createType(context: Context, event: EventOf<"create-type">): void {
  put(context, event.name, event.span, {
    kind: event.typeKind,
    baseType: null,
    columns: event.columns,
    labels: event.labels,
  });
}

export function createDomain(context: Context, event: EventOf<"create-domain">): void {
  put(context, event.name, event.span, {
    kind: "domain",
    baseType: typeRef(context, event.base),
    columns: [],
    labels: [],
  });
}
