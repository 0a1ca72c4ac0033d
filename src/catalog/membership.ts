/** Who can act as whom: acl.c's roles_is_member_of on the static catalog. */
import type { Oid } from "./model.ts";
import type { State } from "./store.ts";

/** Which memberships count: those that pass privileges on, those that allow SET ROLE, or any. */
export type MembershipVia = "inherit" | "set" | "any";

/** Roles that `role` is a member of through memberships of this kind, itself first. Cycles are harmless. */
export function rolesOf(state: State, role: Oid, via: MembershipVia, postgresVersion: number): readonly Oid[] {
  const found: Oid[] = [role];
  const seen = new Set(found);
  for (let i = 0; i < found.length; i++) {
    const member = found[i] ?? role;
    for (const membership of state.memberships.by(`member:${member}`)) {
      if (seen.has(membership.role)) continue;
      if (via === "inherit") {
        // Before 16 the member's own INHERIT attribute decides, at any time; from 16 on the grant does.
        const inherits =
          postgresVersion >= 16 ? membership.inherit : state.roles.get(member)?.attributes.inherit !== false;
        if (!inherits) continue;
      } else if (via === "set" && postgresVersion >= 16 && !membership.set) continue;
      seen.add(membership.role);
      found.push(membership.role);
    }
  }
  return found;
}

export function isSuperuser(state: State, role: Oid): boolean {
  return state.roles.get(role)?.attributes.superuser === true;
}

/** has_privs_of_role() */
export function hasPrivilegesOf(state: State, member: Oid, role: Oid, postgresVersion: number): boolean {
  return member === role || isSuperuser(state, member) || rolesOf(state, member, "inherit", postgresVersion).includes(role);
}
