import type { EventOf, RoleAttribute, RoleOptions } from "../../events/event.ts";
import { NO_ATTRIBUTES } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { isSuperuser } from "../membership.ts";
import { type Oid, PUBLIC, type Role, type Settings } from "../model.ts";
import { roleNamed, roleOid } from "../resolve.ts";
import { newOid } from "../store.ts";
import { storedSettings } from "./settings.ts";

export function createRole(context: Context, event: EventOf<"create-role">): void {
  const existing = context.state.roles.by(event.name)[0];
  if (existing !== undefined && !existing.assumed && !existing.prelude) {
    refuse(context, event.span, `role "${event.name}" already exists`);
    return;
  }
  const place = placeOf(context, event.nameSpan);
  const role: Role = {
    oid: existing?.oid ?? newOid(context.state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    builtIn: existing?.builtIn ?? false,
    attributes: { ...NO_ATTRIBUTES, login: event.login },
    attributePlaces: {},
    settings: existing?.settings ?? new Map(),
  };
  context.state.roles.put(withOptions(context, role, event.options));
  const { inRoles, members, adminMembers } = event.options;
  for (const parent of inRoles) addMember(context, roleOid(context, parent), role.oid, {}, event.span);
  for (const child of members) addMember(context, role.oid, roleOid(context, child), {}, event.span);
  for (const child of adminMembers) addMember(context, role.oid, roleOid(context, child), { admin: true }, event.span);
  // From 16 on who creates a role without being superuser administers it.
  const creator = currentUser(context);
  if (context.postgresVersion >= 16 && !isSuperuser(context.state, creator)) {
    context.state.memberships.put({
      oid: newOid(context.state),
      role: role.oid,
      member: creator,
      grantor: context.bootstrap,
      admin: true,
      inherit: false,
      set: false,
      place,
      prelude: context.prelude,
    });
  }
}

function withOptions(context: Context, role: Role, options: RoleOptions): Role {
  const attributes: Record<RoleAttribute, boolean> = { ...role.attributes };
  const attributePlaces = { ...role.attributePlaces };
  for (const option of options.attributes) {
    attributes[option.attribute] = option.value;
    attributePlaces[option.attribute] = placeOf(context, option.span);
  }
  return { ...role, attributes, attributePlaces };
}

export function alterRole(context: Context, event: EventOf<"alter-role">): void {
  const oid = roleOid(context, event.role);
  const role = context.state.roles.get(oid);
  if (role === undefined) return;
  context.state.roles.put(withOptions(context, role, event.options));
  if (event.addMembers === null) return;
  for (const child of event.options.members) {
    if (event.addMembers) addMember(context, oid, roleOid(context, child), {}, event.span);
    else removeMember(context, oid, roleOid(context, child), null);
  }
}

export function alterRoleSet(context: Context, event: EventOf<"alter-role-set">): void {
  const place = placeOf(context, event.setting.span);
  if (event.role === null) {
    const settings = storedSettings(context, context.state.databaseSettings, [event.setting]);
    setDatabaseSettings(context, settings);
    return;
  }
  const role = context.state.roles.get(roleOid(context, event.role));
  // Settings for one database only (IN DATABASE) are kept together with the others: there is one database here.
  if (role !== undefined) {
    context.state.roles.put({ ...role, settings: storedSettings(context, role.settings, [event.setting], place) });
  }
}

export function setDatabaseSettings(context: Context, settings: Settings): void {
  const before = context.state.databaseSettings;
  context.state.journal.steps?.push(() => {
    context.state.databaseSettings = before;
  });
  context.state.databaseSettings = settings;
}

export function grantRole(context: Context, event: EventOf<"grant-role">): void {
  for (const { name, span } of event.roles) {
    const role = roleNamed(context, name, span).oid;
    for (const ref of event.grantees) {
      const grantee = roleOid(context, ref);
      if (grantee === PUBLIC) continue;
      const grantor = event.grantedBy === null ? null : roleOid(context, event.grantedBy);
      if (event.grant) addMember(context, role, grantee, event.options, event.span, grantor);
      else if (Object.keys(event.options).length === 0) removeMember(context, role, grantee, grantor);
      else changeOptions(context, role, grantee, event.options);
    }
  }
}

interface MembershipOptions {
  readonly admin?: boolean;
  readonly inherit?: boolean;
  readonly set?: boolean;
}

/** AddRoleMems(): a membership per (role, member, grantor); granting again changes the options that are stated. */
function addMember(
  context: Context,
  role: Oid,
  member: Oid,
  options: MembershipOptions,
  span: EventOf<"grant-role">["span"],
  grantedBy: Oid | null = null,
): void {
  const { state } = context;
  if (isMemberOf(context, role, member)) {
    refuse(context, span, "a role cannot be a member of itself, directly or through others");
    return;
  }
  const grantor = grantedBy ?? (isSuperuser(state, currentUser(context)) ? context.bootstrap : currentUser(context));
  const before = state.memberships
    .by(`member:${member}`)
    .find((row) => row.role === role && (context.postgresVersion < 16 || row.grantor === grantor));
  if (before !== undefined) {
    state.memberships.put({
      ...before,
      admin: options.admin ?? before.admin,
      inherit: options.inherit ?? before.inherit,
      set: options.set ?? before.set,
      place: placeOf(context, span),
      prelude: context.prelude,
    });
    return;
  }
  state.memberships.put({
    oid: newOid(state),
    role,
    member,
    grantor,
    admin: options.admin ?? false,
    inherit: options.inherit ?? state.roles.get(member)?.attributes.inherit !== false,
    set: options.set ?? true,
    place: placeOf(context, span),
    prelude: context.prelude,
  });
}

/** Whether `role` is already a member of `member`, so that the other direction would close a circle. */
function isMemberOf(context: Context, role: Oid, member: Oid): boolean {
  if (role === member) return true;
  const seen = new Set([role]);
  const queue = [role];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const row of context.state.memberships.by(`member:${next}`)) {
      if (row.role === member) return true;
      if (!seen.has(row.role)) {
        seen.add(row.role);
        queue.push(row.role);
      }
    }
  }
  return false;
}

function removeMember(context: Context, role: Oid, member: Oid, grantor: Oid | null): void {
  for (const row of context.state.memberships.by(`member:${member}`)) {
    if (row.role === role && (grantor === null || row.grantor === grantor)) context.state.memberships.delete(row.oid);
  }
}

/** REVOKE {ADMIN | INHERIT | SET} OPTION FOR */
function changeOptions(context: Context, role: Oid, member: Oid, options: MembershipOptions): void {
  for (const row of context.state.memberships.by(`member:${member}`)) {
    if (row.role !== role) continue;
    context.state.memberships.put({
      ...row,
      admin: options.admin === undefined ? row.admin : false,
      inherit: options.inherit === undefined ? row.inherit : false,
      set: options.set === undefined ? row.set : false,
    });
  }
}

export function dropRole(context: Context, event: EventOf<"drop-role">): void {
  for (const ref of event.roles) {
    if (ref.kind !== "role") continue;
    const role = context.state.roles.by(ref.name)[0];
    if (role === undefined) {
      if (!event.ifExists) refuse(context, event.span, `role "${ref.name}" does not exist`);
      continue;
    }
    for (const row of context.state.memberships.by(`member:${role.oid}`)) context.state.memberships.delete(row.oid);
    for (const row of context.state.memberships.by(`role:${role.oid}`)) context.state.memberships.delete(row.oid);
    context.state.roles.delete(role.oid);
  }
}
