/**
 * ACL algebra as in PostgreSQL's aclchk.c and acl.c, on flattened items: one privilege of one grantee from one grantor.
 */
import type { RoleAttribute } from "../events/event.ts";
import { type Acl, type AclItem, type AclOrigin, type Oid, PUBLIC, type Privilege } from "./model.ts";

export type AclObject =
  | "table"
  | "sequence"
  | "routine"
  | "schema"
  | "type"
  | "language"
  | "database"
  | "column"
  | "foreign-server"
  | "foreign-data-wrapper"
  | "large-object"
  | "parameter"
  | "tablespace";

const TABLE: readonly Privilege[] = ["select", "insert", "update", "delete", "truncate", "references", "trigger"];

/** All privileges of an object kind (ACL_ALL_RIGHTS_…). MAINTAIN exists from PostgreSQL 17 on. */
export function allPrivileges(object: AclObject, postgresVersion: number): readonly Privilege[] {
  switch (object) {
    case "table":
      return postgresVersion >= 17 ? [...TABLE, "maintain"] : TABLE;
    case "column":
      return ["select", "insert", "update", "references"];
    case "sequence":
      return ["usage", "select", "update"];
    case "routine":
      return ["execute"];
    case "schema":
      return ["usage", "create"];
    case "database":
      return ["create", "temporary", "connect"];
    case "type":
    case "language":
    case "foreign-server":
    case "foreign-data-wrapper":
      return ["usage"];
    case "large-object":
      return ["select", "update"];
    case "parameter":
      return ["set", "alter-system"];
    case "tablespace":
      return ["create"];
  }
}

/** What PUBLIC holds on a new object without any GRANT. */
export function publicDefaults(object: AclObject): readonly Privilege[] {
  switch (object) {
    case "routine":
      return ["execute"];
    case "type":
    case "language":
      return ["usage"];
    case "database":
      return ["temporary", "connect"];
    default:
      return [];
  }
}

const BUILT_IN: AclOrigin = { kind: "built-in", place: null, prelude: false };
const OWNER: AclOrigin = { kind: "owner", place: null, prelude: false };

/** acldefault(): PUBLIC's built-in privileges and everything for the owner. */
export function defaultAcl(object: AclObject, owner: Oid, postgresVersion: number): Acl {
  const items: AclItem[] = [];
  for (const privilege of publicDefaults(object)) {
    items.push({ grantee: PUBLIC, grantor: owner, privilege, grantable: false, origin: BUILT_IN });
  }
  if (object === "column" || object === "parameter") return items;
  for (const privilege of allPrivileges(object, postgresVersion)) {
    items.push({ grantee: owner, grantor: owner, privilege, grantable: false, origin: OWNER });
  }
  return items;
}

/** Adds what a GRANT gives: existing items keep their origin unless the grant option is new. */
export function grantAcl(
  acl: Acl,
  change: {
    readonly grantees: readonly Oid[];
    readonly grantor: Oid;
    readonly privileges: readonly Privilege[];
    readonly grantable: boolean;
    readonly origin: AclOrigin;
  },
): Acl {
  const items = [...acl];
  for (const grantee of change.grantees) {
    for (const privilege of change.privileges) {
      const at = items.findIndex(
        (item) => item.grantee === grantee && item.grantor === change.grantor && item.privilege === privilege,
      );
      const before = items[at];
      const grantable = change.grantable && grantee !== PUBLIC;
      if (before === undefined) {
        items.push({ grantee, grantor: change.grantor, privilege, grantable, origin: change.origin });
      } else if (before.origin.kind !== "owner") {
        // Granting again restates: the later statement is what somebody must now take back.
        items[at] = { ...before, grantable: before.grantable || grantable, origin: change.origin };
      } else if (grantable && !before.grantable) {
        items[at] = { ...before, grantable: true };
      }
    }
  }
  return items;
}

/** The outcome of a REVOKE. `dependent`: RESTRICT refuses because grants depend on it. */
export interface Revoked {
  readonly acl: Acl;
  readonly dependent: boolean;
}

/** Takes away what a REVOKE names, with the grants that depend on lost grant options when `cascade`. */
export function revokeAcl(
  acl: Acl,
  change: {
    readonly grantees: readonly Oid[];
    readonly grantor: Oid;
    readonly privileges: readonly Privilege[];
    readonly grantOptionOnly: boolean;
    readonly cascade: boolean;
    readonly owner: Oid;
  },
): Revoked {
  let items = [...acl];
  let dependent = false;
  const lostOption: { readonly grantee: Oid; readonly privilege: Privilege }[] = [];
  for (const grantee of change.grantees) {
    for (const privilege of change.privileges) {
      const at = items.findIndex(
        (item) => item.grantee === grantee && item.grantor === change.grantor && item.privilege === privilege,
      );
      const before = items[at];
      if (before === undefined) continue;
      if (before.grantable) lostOption.push({ grantee, privilege });
      if (!change.grantOptionOnly) items.splice(at, 1);
      else items[at] = { ...before, grantable: false };
    }
  }
  // recursive_revoke(): who no longer holds the grant option cannot have granted it on.
  for (let lost = lostOption.pop(); lost !== undefined; lost = lostOption.pop()) {
    const { grantee, privilege } = lost;
    if (grantee === change.owner) continue;
    if (items.some((item) => item.grantee === grantee && item.privilege === privilege && item.grantable)) continue;
    const followers = items.filter((item) => item.grantor === grantee && item.privilege === privilege);
    if (followers.length === 0) continue;
    if (!change.cascade) {
      dependent = true;
      continue;
    }
    items = items.filter((item) => !followers.includes(item));
    for (const follower of followers) {
      if (follower.grantable) lostOption.push({ grantee: follower.grantee, privilege });
    }
  }
  return dependent ? { acl, dependent } : { acl: items, dependent };
}

/** aclnewowner(): the new owner takes the old one's place as grantor and grantee. */
export function changeAclOwner(acl: Acl, from: Oid, to: Oid): Acl {
  const items: AclItem[] = [];
  for (const item of acl) {
    const grantee = item.grantee === from ? to : item.grantee;
    const grantor = item.grantor === from ? to : item.grantor;
    const same = items.findIndex(
      (other) => other.grantee === grantee && other.grantor === grantor && other.privilege === item.privilege,
    );
    const before = items[same];
    if (before === undefined) items.push({ ...item, grantee, grantor });
    else if (item.grantable && !before.grantable) items[same] = { ...before, grantable: true };
  }
  return items;
}

/** Merges two ACLs (aclmerge), the first one's origins winning. */
export function mergeAcls(first: Acl, second: Acl): Acl {
  const items = [...first];
  for (const item of second) {
    const at = items.findIndex(
      (other) => other.grantee === item.grantee && other.grantor === item.grantor && other.privilege === item.privilege,
    );
    const before = items[at];
    if (before === undefined) items.push(item);
    else if (item.grantable && !before.grantable) items[at] = { ...before, grantable: true };
  }
  return items;
}

/** Drops a role from an ACL altogether (DROP OWNED, DROP ROLE). */
export function withoutRole(acl: Acl, role: Oid): Acl {
  return acl.filter((item) => item.grantee !== role && item.grantor !== role);
}

export const NO_ATTRIBUTES: Readonly<Record<RoleAttribute, boolean>> = {
  superuser: false,
  inherit: true,
  createrole: false,
  createdb: false,
  login: false,
  replication: false,
  bypassrls: false,
};
