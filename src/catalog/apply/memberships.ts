/** GRANT and REVOKE of roles, as user.c does them. */
import type { EventOf } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { adminOf, hasPrivilegesOf, isAdminOf, isMemberOf, isSuperuser } from "../membership.ts";
import { type Membership, type Oid, PUBLIC } from "../model.ts";
import { roleName, roleNamed, roleOid } from "../resolve.ts";
import { newOid } from "../store.ts";

/** The options that a statement states. */
export type MembershipOptions = EventOf<"grant-role">["options"];

export function grantRole(context: Context, event: EventOf<"grant-role">): void {
  const { span } = event;
  const grantor = event.grantedBy === null ? null : roleOid(context, event.grantedBy);
  const members = event.grantees.map((ref) => roleOid(context, ref));
  if (members.includes(PUBLIC)) refuse(context, span, 'role "public" does not exist');
  for (const { name, span: nameSpan } of event.roles) {
    const role = roleNamed(context, name, nameSpan).oid;
    checkMayGrant(context, role, event.grant, span);
    if (event.grant) addMembers(context, role, members, event.options, span, grantor);
    else removeMembers(context, role, members, event.options, { span, grantor, cascade: event.cascade });
  }
}

function isDatabaseOwnerRole(context: Context, role: Oid): boolean {
  return context.state.roles.by.name.first("pg_database_owner")?.oid === role;
}

/** check_role_membership_authorization() */
export function checkMayGrant(context: Context, role: Oid, grant: boolean, span: Span): void {
  const { state, postgresVersion } = context;
  const name = roleName(state, role);
  if (grant && isDatabaseOwnerRole(context, role))
    refuse(context, span, `role "${name}" cannot have explicit members`);
  const user = currentUser(context);
  if (context.assume || isSuperuser(state, user)) return;
  const creator = postgresVersion < 16 && state.roles.get(user)?.attributes.createrole === true;
  if (isSuperuser(state, role) || !(creator || isAdminOf(state, user, role, postgresVersion))) {
    refuse(context, span, `permission denied to grant or revoke role "${name}"`);
  }
}

/** check_role_grantor(): a superuser's grants are the bootstrap superuser's; others are the nearest role's that has ADMIN OPTION. */
function grantorFor(context: Context, role: Oid, grantedBy: Oid | null, grant: boolean, span: Span): Oid {
  const { state, postgresVersion } = context;
  const user = currentUser(context);
  if (postgresVersion < 16) return grantedBy ?? user;
  if (grantedBy === null) {
    if (isSuperuser(state, user)) return context.bootstrap;
    const admin = adminOf(state, user, role, "inherit", postgresVersion);
    return admin ?? (context.assume ? user : refuse(context, span, "no possible grantors"));
  }
  if (context.assume) return grantedBy;
  if (!hasPrivilegesOf(state, user, grantedBy, postgresVersion)) {
    refuse(
      context,
      span,
      `permission denied to ${grant ? "grant" : "revoke"} privileges granted by role "${roleName(state, grantedBy)}"`,
    );
  }
  const admin =
    grantedBy === context.bootstrap ? grantedBy : adminOf(state, grantedBy, role, "inherit", postgresVersion);
  if (grant && admin !== grantedBy) {
    refuse(context, span, `permission denied to grant privileges as role "${roleName(state, grantedBy)}"`);
  }
  return grantedBy;
}

/** AddRoleMems(): a membership per role, member and grantor; granting again changes the options that are stated. */
export function addMembers(
  context: Context,
  role: Oid,
  members: readonly Oid[],
  options: MembershipOptions,
  span: Span,
  grantedBy: Oid | null = null,
): void {
  if (members.length === 0) return;
  const { state, postgresVersion } = context;
  const grantor = grantorFor(context, role, grantedBy, true, span);
  for (const member of members) {
    if (isDatabaseOwnerRole(context, member))
      refuse(context, span, `role "${roleName(state, member)}" cannot be a member of any role`);
    if (isMemberOf(state, role, member)) {
      refuse(
        context,
        span,
        `role "${roleName(state, role)}" is a member of role "${roleName(state, member)}"`,
      );
    }
  }
  if (options.admin === true && grantor !== context.bootstrap && postgresVersion >= 16 && !context.assume) {
    const plan = startPlan(context, role);
    for (const member of members) {
      if (member === context.bootstrap)
        refuse(context, span, "ADMIN option cannot be granted back to your own grantor");
      for (const row of plan.rows)
        if (row.member === member) planRevoke(context, plan, row, false, { cascade: true, span });
    }
    if (!plan.rows.some((row) => row.member === grantor && row.admin && !plan.actions.has(row.oid))) {
      refuse(context, span, "ADMIN option cannot be granted back to your own grantor");
    }
  }
  for (const member of members) putMember(context, role, member, grantor, options, span);
}

function putMember(
  context: Context,
  role: Oid,
  member: Oid,
  grantor: Oid,
  options: MembershipOptions,
  span: Span,
): void {
  const { state } = context;
  const before = state.memberships.by.member
    .all(member)
    .find((row) => row.role === role && (context.postgresVersion < 16 || row.grantor === grantor));
  state.memberships.put({
    oid: before?.oid ?? newOid(state),
    role,
    member,
    grantor: before?.grantor ?? grantor,
    admin: options.admin ?? before?.admin ?? false,
    inherit: options.inherit ?? before?.inherit ?? state.roles.get(member)?.attributes.inherit !== false,
    set: options.set ?? before?.set ?? true,
    place: placeOf(context, span),
    prelude: context.prelude,
  });
}

/** CREATE ROLE by somebody who is no superuser: they administer the role and cannot lose that. */
export function addCreator(context: Context, role: Oid, span: Span): void {
  putMember(
    context,
    role,
    currentUser(context),
    context.bootstrap,
    { admin: true, inherit: false, set: false },
    span,
  );
}

/** What REVOKE will do to a role's memberships: `admin` takes ADMIN OPTION away. */
interface Plan {
  readonly rows: readonly Membership[];
  readonly actions: Map<Oid, "delete" | "admin" | "inherit" | "set">;
}

function startPlan(context: Context, role: Oid): Plan {
  return { rows: context.state.memberships.by.role.all(role), actions: new Map() };
}

/** plan_recursive_revoke(): without ADMIN OPTION a member's own grants go too. */
function planRevoke(
  context: Context,
  plan: Plan,
  row: Membership,
  adminOnly: boolean,
  how: { readonly cascade: boolean; readonly span: Span },
): void {
  const { rows, actions } = plan;
  const planned = actions.get(row.oid);
  if (planned === "delete" || (planned === "admin" && adminOnly)) return;
  if (!adminOnly) actions.set(row.oid, "delete");
  else if (row.admin) actions.set(row.oid, "admin");
  if (!row.admin) return;
  if (rows.some((other) => other.member === row.member && other.admin && !actions.has(other.oid))) return;
  for (const following of rows) {
    if (following.grantor !== row.member || actions.get(following.oid) === "delete") continue;
    if (!how.cascade) refuse(context, how.span, "dependent privileges exist");
    planRevoke(context, plan, following, false, how);
  }
}

/** DelRoleMems() */
export function removeMembers(
  context: Context,
  role: Oid,
  members: readonly Oid[],
  options: MembershipOptions,
  how: { readonly span: Span; readonly grantor: Oid | null; readonly cascade: boolean },
): void {
  if (members.length === 0) return;
  const { state } = context;
  const plan = startPlan(context, role);
  // Before 16, and for who reads without knowing every grantor, a REVOKE is about the membership, whoever granted it.
  const anyGrantor = context.postgresVersion < 16 || (context.assume && how.grantor === null);
  const grantor = anyGrantor ? null : grantorFor(context, role, how.grantor, false, how.span);
  for (const member of members) {
    for (const row of plan.rows) {
      if (row.member !== member || (grantor !== null && row.grantor !== grantor)) continue;
      if (options.inherit !== undefined) plan.actions.set(row.oid, "inherit");
      else if (options.set !== undefined) plan.actions.set(row.oid, "set");
      else if (anyGrantor) plan.actions.set(row.oid, options.admin === undefined ? "delete" : "admin");
      else planRevoke(context, plan, row, options.admin !== undefined, how);
    }
  }
  for (const row of plan.rows) {
    const action = plan.actions.get(row.oid);
    if (action === "delete") state.memberships.delete(row.oid);
    else if (action !== undefined) state.memberships.put({ ...row, [action]: false });
  }
}
