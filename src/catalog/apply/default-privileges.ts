import type { EventOf } from "../../events/event.ts";
import { type AclObject, defaultAcl, sameAcl } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { type GrantChange, mergedAcl } from "../granting.ts";
import { hasPrivilegesOf } from "../membership.ts";
import type { DefaultAcl, Oid, Privilege } from "../model.ts";
import { roleOid, schemaOrAssumed } from "../resolve.ts";
import { defaultAclKey, newOid } from "../store.ts";
import { privilegesFor } from "./privileges.ts";

export const DEFAULT_ACL_OBJECT = {
  tables: "table",
  sequences: "sequence",
  functions: "routine",
  types: "type",
  schemas: "schema",
  "large-objects": "large-object",
} as const satisfies Record<DefaultAcl["objects"], AclObject>;

/** ALTER DEFAULT PRIVILEGES */
export function alterDefaultPrivileges(context: Context, event: EventOf<"alter-default-privileges">): void {
  const { span, objects } = event;
  const user = currentUser(context);
  const roles = event.forRoles.length === 0 ? [user] : event.forRoles.map((ref) => roleOid(context, ref));
  const change: GrantChange = {
    grant: event.grant,
    grantees: event.grantees.map((ref) => roleOid(context, ref)),
    grantOption: event.grantOption,
    cascade: event.cascade,
    span,
    origin: { kind: "default-privileges", place: placeOf(context, span), prelude: context.prelude },
  };
  const privileges = privilegesFor(context, event.privileges, DEFAULT_ACL_OBJECT[objects], span);
  const inSchemas = objects !== "schemas" && objects !== "large-objects";
  if (event.schemas.length > 0 && !inSchemas)
    refuse(context, span, `cannot use IN SCHEMA clause on ${objects}`);
  for (const role of roles) {
    if (!context.assume && !hasPrivilegesOf(context.state, user, role, context.postgresVersion)) {
      refuse(context, span, "permission denied to change default privileges");
    }
    const schemas =
      event.schemas.length === 0
        ? [null]
        : event.schemas.map((name) => schemaOrAssumed(context, name, span).oid);
    for (const schema of schemas) setDefaultAcl(context, { role, schema, objects }, change, privileges);
  }
}

/**
 * SetDefaultACL(): a global entry starts from the built-in defaults, a schema's from nothing. An entry that says no more than what it
 * starts from does not exist.
 */
export function setDefaultAcl(
  context: Context,
  entry: { readonly role: Oid; readonly schema: Oid | null; readonly objects: DefaultAcl["objects"] },
  change: GrantChange,
  privileges: readonly Privilege[],
): void {
  const { defaultAcls } = context.state;
  const { role, schema, objects } = entry;
  const existing = defaultAcls.by.role.first(role, defaultAclKey(schema, objects));
  const initial =
    schema === null ? defaultAcl(DEFAULT_ACL_OBJECT[objects], role, context.postgresVersion) : [];
  const acl = mergedAcl(context, change, { owner: role, acl: existing?.acl ?? initial }, privileges, role);
  if (!sameAcl(acl, initial))
    defaultAcls.put({ oid: existing?.oid ?? newOid(context.state), role, schema, objects, acl });
  else if (existing !== undefined) defaultAcls.delete(existing.oid);
}
