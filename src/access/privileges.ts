/** Effective privileges of a principal: through PUBLIC, membership and ownership, with the statements that make it so. */
import type { Catalog } from "../catalog/catalog.ts";
import { isSuperuser, rolesOf } from "../catalog/membership.ts";
import {
  type Acl,
  type AclItem,
  type Oid,
  type Privilege,
  PUBLIC,
  type Relation,
  type Schema,
} from "../catalog/model.ts";
import type { ReachStep } from "./chain.ts";

/** Roles whose rights the principal has (or can take on with SET ROLE), itself first, PUBLIC last. */
export function principalRoles(catalog: Catalog, principal: Oid): readonly Oid[] {
  if (principal === PUBLIC) return [PUBLIC];
  const { state, postgresVersion } = catalog;
  const inherited = rolesOf(state, principal, "inherit", postgresVersion);
  const settable = rolesOf(state, principal, "set", postgresVersion);
  return [...new Set([...inherited, ...settable, PUBLIC])];
}

/** The item that gives a principal a privilege, own grants first; `via` is the role that holds it. */
export function heldItem(
  catalog: Catalog,
  principal: Oid,
  acl: Acl,
  privilege: Privilege,
): { readonly item: AclItem; readonly via: Oid } | null {
  for (const role of principalRoles(catalog, principal)) {
    const item = acl.find((candidate) => candidate.grantee === role && candidate.privilege === privilege);
    if (item !== undefined) return { item, via: role };
  }
  return null;
}

/** The chain of memberships from a principal to a role it acts as, as steps. */
export function membershipSteps(catalog: Catalog, principal: Oid, role: Oid): readonly ReachStep[] {
  if (principal === role || role === PUBLIC || principal === PUBLIC) return [];
  const { state } = catalog;
  const queue: { readonly oid: Oid; readonly steps: readonly ReachStep[] }[] = [
    { oid: principal, steps: [] },
  ];
  const seen = new Set([principal]);
  for (const entry of queue) {
    for (const row of state.memberships.by(`member:${entry.oid}`)) {
      const steps = [
        ...entry.steps,
        {
          place: row.place,
          text: `${catalog.roleName(entry.oid)} is a member of ${catalog.roleName(row.role)}`,
        },
      ];
      if (row.role === role) return steps;
      if (seen.has(row.role)) continue;
      seen.add(row.role);
      queue.push({ oid: row.role, steps });
    }
  }
  return [];
}

/** Says where an ACL item comes from. `what` is like "EXECUTE on public.f()". */
function itemStep(catalog: Catalog, item: AclItem, what: string): ReachStep {
  const grantee = catalog.roleName(item.grantee);
  switch (item.origin.kind) {
    case "built-in":
      return { place: null, text: `${what}: PostgreSQL's default for ${grantee}` };
    case "owner":
      return { place: null, text: `${what}: ${grantee} owns it` };
    case "default-privileges":
      return { place: item.origin.place, text: `${what}: default privileges for ${grantee}` };
    case "grant":
      return { place: item.origin.place, text: `${what}: granted to ${grantee}` };
  }
}

export interface Held {
  readonly steps: readonly ReachStep[];
  /** The item that gives it; null for superusers and the like. */
  readonly item: AclItem | null;
}

/** Whether and how a principal holds a privilege on an object; superusers hold all, owners what the ACL leaves them. */
export function holds(
  catalog: Catalog,
  principal: Oid,
  acl: Acl,
  privilege: Privilege,
  what: string,
): Held | null {
  if (principal !== PUBLIC && isSuperuser(catalog.state, principal)) return { steps: [], item: null };
  const held = heldItem(catalog, principal, acl, privilege);
  if (held === null) return null;
  return {
    steps: [...membershipSteps(catalog, principal, held.via), itemStep(catalog, held.item, what)],
    item: held.item,
  };
}

/** A table privilege, on the whole table or on any of its columns. */
export function holdsOnRelation(
  catalog: Catalog,
  principal: Oid,
  relation: Relation,
  privilege: Privilege,
): Held | null {
  const what = `${privilege.toUpperCase()} on ${catalog.relationName(relation)}`;
  const whole = holds(catalog, principal, relation.acl, privilege, what);
  if (whole !== null) return whole;
  for (const column of relation.columns) {
    if (column.acl.length === 0) continue;
    const held = holds(catalog, principal, column.acl, privilege, `${what} (${column.name})`);
    if (held !== null) return held;
  }
  return null;
}

/** USAGE on a schema; exposed schemas count as usable by untrusted roles (the caller says which). */
export function holdsSchemaUsage(catalog: Catalog, principal: Oid, schema: Schema): Held | null {
  return holds(catalog, principal, schema.acl, "usage", `USAGE on schema ${schema.name}`);
}
