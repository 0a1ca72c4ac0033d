/**
 * Who may do what, as PostgreSQL checks it before a statement (aclchk.c, acl.c). Replay that assumes what it does not see does not
 * check: a role that nothing created may well be a superuser.
 */
import type { Span } from "../text/span.ts";
import type { AclObject } from "./acl.ts";
import { type Context, currentUser, refuse } from "./context.ts";
import { hasPrivilegesOf, isSuperuser, rolesOf } from "./membership.ts";
import { type Acl, type Oid, type Privilege, PUBLIC, type Schema } from "./model.ts";
import { databaseOf, type State } from "./store.ts";

/** Predefined roles that hold a privilege on every relation or schema without any ACL. */
function predefinedHolders(kind: AclObject | null, privilege: Privilege): readonly string[] {
  if (kind === "schema") return privilege === "usage" ? ["pg_read_all_data", "pg_write_all_data"] : [];
  if (kind !== "table" && kind !== "sequence") return [];
  switch (privilege) {
    case "select":
      return ["pg_read_all_data"];
    case "insert":
    case "update":
    case "delete":
      return ["pg_write_all_data"];
    case "maintain":
      return ["pg_maintain"];
    default:
      return [];
  }
}

/**
 * Whether a role holds one privilege (aclmask): superusers hold all, others what the ACL gives them, the roles they inherit from, and
 * PUBLIC. Of a relation or schema (`kind`) predefined roles hold more than its ACL says.
 */
export function holdsPrivilege(
  state: State,
  role: Oid,
  acl: Acl,
  privilege: Privilege,
  postgresVersion: number,
  kind: AclObject | null = null,
): boolean {
  if (role !== PUBLIC && isSuperuser(state, role)) return true;
  const candidates = acl.filter((item) => item.privilege === privilege);
  if (candidates.some((item) => item.grantee === PUBLIC || item.grantee === role)) return true;
  if (role === PUBLIC) return false;
  const predefined = predefinedHolders(kind, privilege);
  if (candidates.length + predefined.length === 0) return false;
  const roles = rolesOf(state, role, "inherit", postgresVersion);
  if (candidates.some((item) => roles.includes(item.grantee))) return true;
  return predefined.some((name) => {
    const holder = state.roles.by.name.first(name);
    return holder !== undefined && roles.includes(holder.oid);
  });
}

/** Whether the current user holds the privilege; always when not checking. */
export function mayUse(
  context: Context,
  acl: Acl,
  privilege: Privilege,
  kind: AclObject | null = null,
): boolean {
  return (
    context.assume ||
    holdsPrivilege(context.state, currentUser(context), acl, privilege, context.postgresVersion, kind)
  );
}

/** Whether the current user may act as the owner (object_ownercheck); always when not checking. */
export function ownsAs(context: Context, owner: Oid): boolean {
  return (
    context.assume || hasPrivilegesOf(context.state, currentUser(context), owner, context.postgresVersion)
  );
}

/** Refuses unless the current user owns the object. `what` is like `table t`. */
export function requireOwner(context: Context, span: Span, owner: Oid, what: string): void {
  if (!ownsAs(context, owner)) refuse(context, span, `must be owner of ${what}`);
}

/** Whether the current user may look into (`usage`) or create in (`create`) the schema; always when not checking. */
export function mayUseSchema(context: Context, schema: Schema, privilege: "usage" | "create"): boolean {
  return context.assume || holdsOnSchema(context, currentUser(context), schema, privilege);
}

function holdsOnSchema(
  { state, postgresVersion }: Context,
  role: Oid,
  schema: Schema,
  privilege: "usage" | "create",
): boolean {
  if (schema.name !== "pg_temp")
    return holdsPrivilege(state, role, schema.acl, privilege, postgresVersion, "schema");
  // Everybody who may create temporary objects may do so in the session's own schema.
  const database = databaseOf(state);
  return (
    privilege === "usage" ||
    database === undefined ||
    holdsPrivilege(state, role, database.acl, "temporary", postgresVersion)
  );
}

/** Refuses unless the current user may look into (`usage`) or create in (`create`) the schema. */
export function requireOnSchema(
  context: Context,
  span: Span,
  schema: Schema,
  privilege: "usage" | "create",
): void {
  if (!mayUseSchema(context, schema, privilege))
    refuse(context, span, `permission denied for schema ${schema.name}`);
}

/** check_can_set_role(): who gives an object away must be able to become the new owner. */
export function requireSetRole(context: Context, span: Span, role: Oid): void {
  if (context.assume || canSetRole(context.state, currentUser(context), role, context.postgresVersion))
    return;
  refuse(context, span, `must be able to SET ROLE "${context.state.roles.get(role)?.name}"`);
}

/** member_can_set_role(); before PostgreSQL 16 every membership will do. */
export function canSetRole(state: State, member: Oid, role: Oid, postgresVersion: number): boolean {
  return (
    member === role ||
    isSuperuser(state, member) ||
    rolesOf(state, member, "set", postgresVersion).includes(role)
  );
}

/** The new owner of an object in a schema must be allowed to create there, unless a superuser gives it. */
export function requireOwnerCreates(context: Context, span: Span, owner: Oid, schema: Schema): void {
  if (context.assume || isSuperuser(context.state, currentUser(context))) return;
  if (!holdsOnSchema(context, owner, schema, "create"))
    refuse(context, span, `permission denied for schema ${schema.name}`);
}

/** Refuses unless the current user may create in the database. */
export function requireDatabaseCreate(context: Context, span: Span): void {
  const database = databaseOf(context.state);
  if (database !== undefined && !mayUse(context, database.acl, "create"))
    refuse(context, span, `permission denied for database ${database.name}`);
}
