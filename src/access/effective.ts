/** What a role may do with an object at once, without SET ROLE: has_…_privilege() and pg_has_role() on the replayed catalog. */
import type { AclObject } from "../catalog/acl.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { hasPrivilegesOf, isMemberOf, isSuperuser } from "../catalog/membership.ts";
import { type Acl, type Oid, type Privilege, PUBLIC } from "../catalog/model.ts";
import { canSetRole, holdsPrivilege } from "../catalog/permissions.ts";

/** Whether a role (PUBLIC: everybody) holds a privilege on an object of this kind with this ACL. */
export function hasPrivilege(
  catalog: Catalog,
  role: Oid,
  kind: AclObject,
  acl: Acl,
  privilege: Privilege,
): boolean {
  return holdsPrivilege(catalog.state, role, acl, privilege, catalog.postgresVersion, kind);
}

/** has_column_privilege(): a privilege on the table is one on all its columns. */
export function hasColumnPrivilege(
  catalog: Catalog,
  role: Oid,
  table: { readonly acl: Acl },
  column: { readonly acl: Acl },
  privilege: Privilege,
): boolean {
  return (
    hasPrivilege(catalog, role, "table", table.acl, privilege) ||
    hasPrivilege(catalog, role, "column", column.acl, privilege)
  );
}

/** pg_has_role(): `member` through any grants, `usage` with its privileges at once, `set` to become it with SET ROLE. */
export function hasRole(catalog: Catalog, member: Oid, role: Oid, how: "member" | "usage" | "set"): boolean {
  const { state, postgresVersion } = catalog;
  if (member === PUBLIC) return false;
  switch (how) {
    case "member":
      return isSuperuser(state, member) || isMemberOf(state, member, role);
    case "usage":
      return hasPrivilegesOf(state, member, role, postgresVersion);
    case "set":
      return canSetRole(state, member, role, postgresVersion);
  }
}
