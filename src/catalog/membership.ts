/** Who can act as whom: acl.c's roles_is_member_of on the static catalog. */
import type { Membership, Oid } from "./model.ts";
import { databaseOf, type State } from "./store.ts";

/** Which memberships count: those that pass privileges on, those that allow SET ROLE, or any. */
export type MembershipVia = "inherit" | "set" | "any";

/** A member's memberships in the order in which PostgreSQL looks at them. */
function membershipsOf(state: State, member: Oid): readonly Membership[] {
  const rows = state.memberships.by.member.all(member);
  return rows.length < 2 ? rows : [...rows].sort((a, b) => a.role - b.role || a.grantor - b.grantor);
}

function counts(state: State, membership: Membership, via: MembershipVia, postgresVersion: number): boolean {
  switch (via) {
    case "any":
      return true;
    case "set":
      return postgresVersion < 16 || membership.set;
    case "inherit":
      // Before 16 the member's own INHERIT attribute decides, at any time; from 16 on the grant does.
      return postgresVersion >= 16
        ? membership.inherit
        : state.roles.get(membership.member)?.attributes.inherit !== false;
  }
}

/**
 * Roles that `role` is a member of through memberships of this kind, itself first, nearer ones before farther ones. Cycles are
 * harmless. The database's owner is a member of pg_database_owner without any grant.
 */
export function rolesOf(
  state: State,
  role: Oid,
  via: MembershipVia,
  postgresVersion: number,
): readonly Oid[] {
  const found: Oid[] = [role];
  const seen = new Set(found);
  const databaseOwner = databaseOf(state)?.owner;
  const add = (oid: Oid | undefined): void => {
    if (oid === undefined || seen.has(oid)) return;
    seen.add(oid);
    found.push(oid);
  };
  for (let i = 0; i < found.length; i++) {
    const member = found[i] ?? role;
    for (const membership of membershipsOf(state, member)) {
      if (counts(state, membership, via, postgresVersion)) add(membership.role);
    }
    if (member === databaseOwner) add(state.roles.by.name.first("pg_database_owner")?.oid);
  }
  return found;
}

export function isSuperuser(state: State, role: Oid): boolean {
  return state.roles.get(role)?.attributes.superuser === true;
}

/** has_privs_of_role() */
export function hasPrivilegesOf(state: State, member: Oid, role: Oid, postgresVersion: number): boolean {
  return isSuperuser(state, member) || isMemberVia(state, member, role, "inherit", postgresVersion);
}

/** is_member_of_role_nosuper() */
export function isMemberOf(state: State, member: Oid, role: Oid): boolean {
  return isMemberVia(state, member, role, "any", 16);
}

/**
 * Whether `rolesOf(member)` has the role. Looked for from both ends, a step at a time: the answer is no when one end has
 * nowhere left to go, and long chains of roles have an end.
 */
function isMemberVia(
  state: State,
  member: Oid,
  role: Oid,
  via: MembershipVia,
  postgresVersion: number,
): boolean {
  if (member === role) return true;
  const owner = databaseOf(state)?.owner;
  const databaseOwners = state.roles.by.name.first("pg_database_owner")?.oid;
  const up = [member];
  const down = [role];
  const above = new Set(up);
  const below = new Set(down);
  const passing = (rows: readonly Membership[]): readonly Membership[] =>
    rows.filter((row) => counts(state, row, via, postgresVersion));
  for (let step = 0; step < up.length && step < down.length; step++) {
    const lower = up[step] ?? member;
    const upper = down[step] ?? role;
    const granted = passing(state.memberships.by.member.all(lower)).map((membership) => membership.role);
    const members = passing(state.memberships.by.role.all(upper)).map((membership) => membership.member);
    if (lower === owner && databaseOwners !== undefined) granted.push(databaseOwners);
    if (upper === databaseOwners && owner !== undefined) members.push(owner);
    for (const oid of granted) {
      if (below.has(oid)) return true;
      if (!above.has(oid)) up.push(oid);
      above.add(oid);
    }
    for (const oid of members) {
      if (above.has(oid)) return true;
      if (!below.has(oid)) down.push(oid);
      below.add(oid);
    }
  }
  return false;
}

/**
 * All members of some roles, directly and through others, nearest first, each with the membership that leads one step towards
 * them; null for what the database's owner is without any. The roles themselves are left out.
 */
export function membersBelow(
  state: State,
  roles: readonly Oid[],
  via: MembershipVia,
  postgresVersion: number,
): ReadonlyMap<Oid, Membership | null> {
  const hop = new Map<Oid, Membership | null>();
  const databaseOwners = state.roles.by.name.first("pg_database_owner")?.oid;
  const databaseOwner = databaseOf(state)?.owner;
  const open = [...roles];
  const seen = new Set(roles);
  const add = (member: Oid, row: Membership | null): void => {
    if (seen.has(member)) return;
    seen.add(member);
    hop.set(member, row);
    open.push(member);
  };
  for (const upper of open) {
    for (const row of state.memberships.by.role.all(upper))
      if (counts(state, row, via, postgresVersion)) add(row.member, row);
    if (upper === databaseOwners && databaseOwner !== undefined) add(databaseOwner, null);
  }
  return hop;
}

/** The nearest role that `member` is (through memberships of this kind) and that has ADMIN OPTION on `role`; nobody has it on themselves. */
export function adminOf(
  state: State,
  member: Oid,
  role: Oid,
  via: "inherit" | "any",
  postgresVersion: number,
): Oid | null {
  if (member === role) return null;
  const admins = new Set(
    state.memberships.by.role
      .all(role)
      .flatMap((membership) => (membership.admin ? [membership.member] : [])),
  );
  return rolesOf(state, member, via, postgresVersion).find((oid) => admins.has(oid)) ?? null;
}

/** is_admin_of_role() */
export function isAdminOf(state: State, member: Oid, role: Oid, postgresVersion: number): boolean {
  return isSuperuser(state, member) || adminOf(state, member, role, "any", postgresVersion) !== null;
}
