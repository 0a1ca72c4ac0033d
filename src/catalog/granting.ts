/** What one GRANT or REVOKE does to one ACL: who grants, with which grant options, and what follows (aclchk.c). */
import type { Span } from "../text/span.ts";
import { type AclObject, type AclRoles, allPrivileges, grantAcl, revokeAcl } from "./acl.ts";
import { type Context, currentUser, refuse } from "./context.ts";
import { hasPrivilegesOf, isSuperuser, rolesOf } from "./membership.ts";
import { type Acl, type AclOrigin, type Oid, type Privilege, PUBLIC } from "./model.ts";
import { holdsPrivilege } from "./permissions.ts";

/** A GRANT or REVOKE with its roles found. */
export interface GrantChange {
  readonly grant: boolean;
  readonly grantees: readonly Oid[];
  /** WITH GRANT OPTION, or GRANT OPTION FOR. */
  readonly grantOption: boolean;
  readonly cascade: boolean;
  readonly span: Span;
  readonly origin: AclOrigin;
}

/** What is granted on. */
export interface GrantObject {
  readonly kind: AclObject;
  readonly owner: Oid;
  readonly acl: Acl;
  /** Of a column: the ACL of its table. */
  readonly tableAcl?: Acl;
  /** A table of pg_catalog, which only superusers may change. */
  readonly systemTable?: boolean;
  /** For messages: `table t`. */
  readonly what: string;
}

function rolesFor(context: Context, owner: Oid): AclRoles {
  return {
    owner,
    actsAs: (role, other) => hasPrivilegesOf(context.state, role, other, context.postgresVersion),
  };
}

/**
 * select_best_grantor(): the owner when the user is the owner or a superuser; else of the roles whose rights the user has the nearest
 * that holds all the grant options, or the one that holds most.
 */
function bestGrantor(
  context: Context,
  owner: Oid,
  acl: Acl,
  privileges: readonly Privilege[],
): { readonly grantor: Oid; readonly available: readonly Privilege[] } {
  const user = currentUser(context);
  if (user === owner || isSuperuser(context.state, user)) return { grantor: owner, available: privileges };
  let best: { grantor: Oid; available: readonly Privilege[] } = { grantor: user, available: [] };
  for (const role of rolesOf(context.state, user, "inherit", context.postgresVersion)) {
    const available =
      role === owner
        ? privileges
        : privileges.filter((privilege) =>
            acl.some((item) => item.grantee === role && item.privilege === privilege && item.grantable),
          );
    if (available.length === privileges.length) return { grantor: role, available };
    if (available.length > best.available.length) best = { grantor: role, available };
  }
  return best;
}

/** Who has nothing at all on the object may not even try (restrict_and_check_grant). */
function holdsAnything(context: Context, role: Oid, acl: Acl, { kind, systemTable }: GrantObject): boolean {
  const changes: readonly Privilege[] =
    systemTable === true ? ["insert", "update", "delete", "truncate"] : [];
  const privileges = allPrivileges(kind, context.postgresVersion).filter(
    (privilege) => !changes.includes(privilege),
  );
  return privileges.some((privilege) =>
    holdsPrivilege(
      context.state,
      role,
      acl,
      privilege,
      context.postgresVersion,
      kind === "column" ? "table" : kind,
    ),
  );
}

/** The object's ACL afterwards. Privileges that the grantor may not grant are left out, as PostgreSQL's warning says. */
export function changedAcl(
  context: Context,
  change: GrantChange,
  object: GrantObject,
  privileges: readonly Privilege[],
): Acl {
  if (privileges.length === 0) return object.acl;
  const known = object.tableAcl === undefined ? object.acl : [...object.tableAcl, ...object.acl];
  const { grantor, available } = bestGrantor(context, object.owner, known, privileges);
  if (available.length === 0 && !holdsAnything(context, grantor, known, object)) {
    refuse(context, change.span, `permission denied for ${object.what}`);
  }
  return mergedAcl(context, change, object, available, grantor);
}

/** merge_acl_with_grant() */
export function mergedAcl(
  context: Context,
  change: GrantChange,
  object: { readonly owner: Oid; readonly acl: Acl },
  privileges: readonly Privilege[],
  grantor: Oid,
): Acl {
  const { grantees, span } = change;
  const roles = rolesFor(context, object.owner);
  if (!change.grant) {
    const how = {
      grantees,
      grantor,
      privileges,
      optionOnly: change.grantOption,
      cascade: change.cascade,
      roles,
    };
    return revokeAcl(object.acl, how) ?? refuse(context, span, "dependent privileges exist");
  }
  if (change.grantOption && grantees.includes(PUBLIC)) {
    refuse(context, span, "grant options can only be granted to roles");
  }
  const what = { grantees, grantor, privileges, grantable: change.grantOption, origin: change.origin };
  return (
    grantAcl(object.acl, what, roles) ??
    refuse(context, span, "grant options cannot be granted back to your own grantor")
  );
}
