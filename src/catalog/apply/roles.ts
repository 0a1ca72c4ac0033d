/** CREATE, ALTER and DROP ROLE, as user.c does them. */
import type { EventOf, RoleAttribute, RoleOptions, RoleRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { NO_ATTRIBUTES } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { isAdminOf, isSuperuser } from "../membership.ts";
import type { Oid, Role } from "../model.ts";
import { roleOid } from "../resolve.ts";
import { newOid } from "../store.ts";
import { addCreator, addMembers, checkMayGrant, removeMembers } from "./memberships.ts";
import { roleIsUsed } from "./role-uses.ts";

/** Names that only initdb gives. */
const isReserved = (name: string): boolean => name.startsWith("pg_");

function has(context: Context, attribute: RoleAttribute): boolean {
  const user = currentUser(context);
  return isSuperuser(context.state, user) || context.state.roles.get(user)?.attributes[attribute] === true;
}

/** Nobody gives what they do not have. */
const OWN_ATTRIBUTES = ["createdb", "replication", "bypassrls"] as const;

export function createRole(context: Context, event: EventOf<"create-role">): void {
  const { state } = context;
  const { span, options } = event;
  const existing = state.roles.by.name.first(event.name);
  if (!context.assume) {
    if (!has(context, "createrole")) refuse(context, span, "permission denied to create role");
    const wanted = new Set(options.attributes.flatMap(({ attribute, value }) => (value ? [attribute] : [])));
    if (wanted.has("superuser") && !has(context, "superuser"))
      refuse(context, span, "permission denied to create role");
    const given = context.postgresVersion >= 16 ? OWN_ATTRIBUTES : (["replication", "bypassrls"] as const);
    if (given.some((attribute) => wanted.has(attribute) && !has(context, attribute))) {
      refuse(context, span, "permission denied to create role");
    }
  }
  if (isReserved(event.name)) refuse(context, span, `role name "${event.name}" is reserved`);
  if (existing !== undefined && !existing.assumed && !existing.prelude) {
    refuse(context, span, `role "${event.name}" already exists`);
  }
  // Made anew, it is a member of what the project says, in the way it says.
  if (existing?.prelude === true && !context.prelude) {
    for (const row of state.memberships.by.member.all(existing.oid))
      if (row.prelude) state.memberships.delete(row.oid);
  }
  const role: Role = {
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place: placeOf(context, event.nameSpan),
    prelude: context.prelude,
    assumed: false,
    builtIn: existing?.builtIn ?? false,
    attributes: { ...NO_ATTRIBUTES, login: event.login },
    attributePlaces: {},
    connectionLimit: -1,
    password: "none",
    validUntil: null,
  };
  state.roles.put(withOptions(context, role, options));
  for (const ref of options.inRoles) {
    const parent = roleOid(context, ref);
    checkMayGrant(context, parent, true, span);
    addMembers(context, parent, [role.oid], {}, span);
  }
  // From 16 on who creates a role without being superuser administers it.
  if (context.postgresVersion >= 16 && !isSuperuser(state, currentUser(context)))
    addCreator(context, role.oid, event.nameSpan);
  const oids = (refs: readonly RoleRef[]): readonly Oid[] => refs.map((ref) => roleOid(context, ref));
  addMembers(context, role.oid, oids(options.members), {}, span);
  addMembers(context, role.oid, oids(options.adminMembers), { admin: true }, span);
}

function withOptions(context: Context, role: Role, options: RoleOptions): Role {
  const attributes: Record<RoleAttribute, boolean> = { ...role.attributes };
  const attributePlaces = { ...role.attributePlaces };
  for (const option of options.attributes) {
    attributes[option.attribute] = option.value;
    attributePlaces[option.attribute] = placeOf(context, option.span);
  }
  return {
    ...role,
    attributes,
    attributePlaces,
    connectionLimit: options.connectionLimit ?? role.connectionLimit,
    password: options.password === null ? role.password : storedPassword(context, options.password.value),
    validUntil: options.validUntil ?? role.validUntil,
  };
}

/** How a password is stored: as given when it is encrypted already, none when empty. */
function storedPassword(context: Context, password: string | null): Role["password"] {
  if (password === null || password === "") return "none";
  if (/^md5[0-9a-f]{32}$/.test(password)) return "md5";
  if (password.startsWith("SCRAM-SHA-256$")) return "scram";
  return context.session.settings.get("password_encryption") === "md5" ? "md5" : "scram";
}

function refuseReserved(context: Context, ref: RoleRef, span: Span): void {
  if (ref.kind === "role" && isReserved(ref.name))
    refuse(context, span, `role name "${ref.name}" is reserved`);
}

export function alterRole(context: Context, event: EventOf<"alter-role">): void {
  const { state } = context;
  const { span, options } = event;
  refuseReserved(context, event.role, span);
  const role = state.roles.get(roleOid(context, event.role));
  if (role === undefined) return;
  checkMayAlter(context, role, event);
  const altered = withOptions(context, role, options);
  if (role.oid === context.bootstrap && !altered.attributes.superuser) {
    refuse(context, span, "the bootstrap superuser must have the SUPERUSER attribute");
  }
  state.roles.put(altered);
  if (event.addMembers === null) return;
  const members = options.members.map((ref) => roleOid(context, ref));
  if (event.addMembers) addMembers(context, role.oid, members, {}, span);
  else removeMembers(context, role.oid, members, {}, { span, grantor: null, cascade: false });
}

function checkMayAlter(context: Context, role: Role, event: EventOf<"alter-role">): void {
  const { state, postgresVersion } = context;
  const { options } = event;
  const user = currentUser(context);
  if (context.assume || isSuperuser(state, user)) return;
  const denied = (): never => refuse(context, event.span, "permission denied to alter role");
  const changed = new Set(options.attributes.map(({ attribute }) => attribute));
  if (role.attributes.superuser || changed.has("superuser")) denied();
  const admin = isAdminOf(state, user, role.oid, postgresVersion);
  if (!has(context, "createrole") || (postgresVersion >= 16 && !admin)) {
    if (changed.size > 0 || options.connectionLimit !== null || options.validUntil !== null) denied();
    if (options.password !== null && role.oid !== user) denied();
  } else if (postgresVersion >= 16) {
    if (OWN_ATTRIBUTES.some((attribute) => changed.has(attribute) && !has(context, attribute))) denied();
  } else if (changed.has("replication") || changed.has("bypassrls")) denied();
  if (event.addMembers !== null && postgresVersion >= 16 && !admin) denied();
}

/** ALTER ROLE … RENAME TO */
export function renameRole(context: Context, role: Role, name: string, span: Span): void {
  const { state } = context;
  const user = currentUser(context);
  if (role.oid === context.session.sessionUser) refuse(context, span, "session user cannot be renamed");
  if (role.oid === user) refuse(context, span, "current user cannot be renamed");
  if (isReserved(role.name) || isReserved(name))
    refuse(context, span, "role names that begin with pg_ are reserved");
  if (state.roles.by.name.has(name)) refuse(context, span, `role "${name}" already exists`);
  if (!context.assume && !isSuperuser(state, user)) {
    const admin = context.postgresVersion < 16 || isAdminOf(state, user, role.oid, context.postgresVersion);
    if (role.attributes.superuser || !has(context, "createrole") || !admin)
      refuse(context, span, "permission denied to rename role");
  }
  // An MD5 password has the role's name in it.
  state.roles.put({ ...role, name, password: role.password === "md5" ? "none" : role.password });
}

export function dropRole(context: Context, event: EventOf<"drop-role">): void {
  const { state } = context;
  const { span } = event;
  if (!context.assume && !has(context, "createrole")) refuse(context, span, "permission denied to drop role");
  const dropped: Role[] = [];
  for (const ref of event.roles) {
    if (ref.kind !== "role") refuse(context, span, "cannot use special role specifier in DROP ROLE");
    const role = state.roles.by.name.first(ref.name);
    if (role === undefined) {
      if (!event.ifExists && !context.assume) refuse(context, span, `role "${ref.name}" does not exist`);
      continue;
    }
    checkMayDrop(context, role, span);
    // A member of it or in it may be; who granted something may not.
    for (const row of state.memberships.by.member.all(role.oid)) state.memberships.delete(row.oid);
    for (const row of state.memberships.by.role.all(role.oid)) state.memberships.delete(row.oid);
    dropped.push(role);
  }
  for (const role of dropped) {
    if (!context.assume && roleIsUsed(state, role.oid)) {
      refuse(context, span, `role "${role.name}" cannot be dropped because some objects depend on it`);
    }
    for (const row of state.roleSettings.by.role.all(role.oid)) state.roleSettings.delete(row.oid);
    state.roles.delete(role.oid);
  }
}

function checkMayDrop(context: Context, role: Role, span: Span): void {
  const { state } = context;
  const user = currentUser(context);
  if (role.oid === user) refuse(context, span, "current user cannot be dropped");
  if (role.oid === context.session.sessionUser) refuse(context, span, "session user cannot be dropped");
  if (role.builtIn)
    refuse(context, span, `cannot drop role ${role.name} because it is required by the database system`);
  if (context.assume || isSuperuser(state, user)) return;
  const admin = context.postgresVersion < 16 || isAdminOf(state, user, role.oid, context.postgresVersion);
  if (role.attributes.superuser || !admin) refuse(context, span, "permission denied to drop role");
}
