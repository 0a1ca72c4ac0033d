import type { Catalog } from "../catalog/catalog.ts";
import type { Role } from "../catalog/model.ts";
import type { Access } from "./access.ts";

/** A login that switches to the role of a request: named so, or one that can become several of the roles that clients have. */
export function isAuthenticator(
  { catalog, access }: { readonly catalog: Catalog; readonly access: Access },
  role: Role,
): boolean {
  if (role.builtIn || role.assumed) return false;
  if (role.name === "authenticator") return true;
  if (!role.attributes.login || access.trustOf(role.oid) !== "application") return false;
  const memberships = catalog.state.memberships.by.member.all(role.oid);
  return memberships.filter((row) => access.trustOf(row.role) === "untrusted").length >= 2;
}
