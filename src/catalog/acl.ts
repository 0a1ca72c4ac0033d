/**
 * ACL algebra as in PostgreSQL's aclchk.c and acl.c, on flattened items: one privilege of one grantee from one grantor.
 */

import type { RoleAttribute } from "../events/event.ts";
import { fitted } from "../text/shared.ts";
import { type Acl, type AclItem, type AclOrigin, type Oid, type Privilege, PUBLIC } from "./model.ts";
import { remembered } from "./remembered.ts";

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

const TABLE: readonly Privilege[] = [
  "select",
  "insert",
  "update",
  "delete",
  "truncate",
  "references",
  "trigger",
];

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
function publicDefaults(object: AclObject): readonly Privilege[] {
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

interface LastDefault {
  readonly owner: Oid;
  readonly postgresVersion: number;
  readonly acl: Acl;
}

/** The last one of each kind: one object after the other has the same owner. */
const lastDefaults = new Map<AclObject, LastDefault>();

/** acldefault(): PUBLIC's built-in privileges and everything for the owner. */
export function defaultAcl(object: AclObject, owner: Oid, postgresVersion: number): Acl {
  const last = lastDefaults.get(object);
  if (last?.owner === owner && last.postgresVersion === postgresVersion) return last.acl;
  const acl = makeDefaultAcl(object, owner, postgresVersion);
  lastDefaults.set(object, { owner, postgresVersion, acl });
  return acl;
}

function makeDefaultAcl(object: AclObject, owner: Oid, postgresVersion: number): Acl {
  const items: AclItem[] = [];
  for (const privilege of publicDefaults(object)) {
    items.push({ grantee: PUBLIC, grantor: owner, privilege, grantable: false, origin: BUILT_IN });
  }
  if (object === "column") return items;
  for (const privilege of allPrivileges(object, postgresVersion)) {
    items.push({ grantee: owner, grantor: owner, privilege, grantable: false, origin: OWNER });
  }
  return fitted(items);
}

/** Who acts for whom, where an ACL's own items do not say it. */
export interface AclRoles {
  readonly owner: Oid;
  /** has_privs_of_role() */
  actsAs(role: Oid, other: Oid): boolean;
}

/** aclmask() of a grant option: the owner always has it, others directly or through a role they act as. */
function holdsOption(acl: Acl, role: Oid, privilege: Privilege, roles: AclRoles): boolean {
  if (roles.actsAs(role, roles.owner)) return true;
  return acl.some(
    (item) =>
      item.grantable &&
      item.privilege === privilege &&
      (item.grantee === role || roles.actsAs(role, item.grantee)),
  );
}

/** check_circularity(): whether the grantor would hold its grant option without anything that comes from the grantee. */
function holdsWithout(acl: Acl, grantor: Oid, grantee: Oid, privilege: Privilege, roles: AclRoles): boolean {
  if (grantor === roles.owner) return true;
  let rest: Acl = acl;
  for (;;) {
    const item = rest.find(
      (each) => each.grantee === grantee && each.privilege === privilege && each.grantable,
    );
    if (item === undefined) return holdsOption(rest, grantor, privilege, roles);
    const next = revokeItem(rest, item, { roles, optionOnly: false, cascade: true });
    if (next === null) return false;
    rest = next;
  }
}

/** Adds what a GRANT gives; existing items keep their origin when the owner's own. Null: a grant option would go back to where it comes from. */
export function grantAcl(
  acl: Acl,
  change: {
    readonly grantees: readonly Oid[];
    readonly grantor: Oid;
    readonly privileges: readonly Privilege[];
    readonly grantable: boolean;
    readonly origin: AclOrigin;
  },
  roles: AclRoles,
): Acl | null {
  const items = [...acl];
  // With many grantees looking each up in the list would cost its square.
  const places = change.grantees.length > FEW ? placesByGrantee(items) : null;
  for (const grantee of change.grantees) {
    for (const privilege of change.privileges) {
      if (change.grantable && !holdsWithout(items, change.grantor, grantee, privilege, roles)) return null;
      const at =
        places === null
          ? items.findIndex((item) => isItem(item, grantee, change.grantor, privilege))
          : (places.get(grantee)?.find((place) => {
              const item = items[place];
              return item !== undefined && isItem(item, grantee, change.grantor, privilege);
            }) ?? -1);
      const before = items[at];
      if (before === undefined) {
        if (places !== null) remembered(places, grantee, () => []).push(items.length);
        items.push({
          grantee,
          grantor: change.grantor,
          privilege,
          grantable: change.grantable,
          origin: change.origin,
        });
      } else if (before.origin.kind !== "owner") {
        // Granting again restates: the later statement is what somebody must now take back.
        items[at] = { ...before, grantable: before.grantable || change.grantable, origin: change.origin };
      } else if (change.grantable && !before.grantable) {
        items[at] = { ...before, grantable: true };
      }
    }
  }
  return items;
}

const FEW = 16;

function placesByGrantee(items: readonly AclItem[]): Map<Oid, number[]> {
  const places = new Map<Oid, number[]>();
  items.forEach(({ grantee }, at) => {
    remembered(places, grantee, () => []).push(at);
  });
  return places;
}

function isItem(item: AclItem, grantee: Oid, grantor: Oid, privilege: Privilege): boolean {
  return item.grantee === grantee && item.grantor === grantor && item.privilege === privilege;
}

interface Revoking {
  readonly roles: AclRoles;
  /** GRANT OPTION FOR */
  readonly optionOnly: boolean;
  readonly cascade: boolean;
}

/** Takes away what a REVOKE names, with the grants that depend on lost grant options. Null: RESTRICT forbids it because there are such. */
export function revokeAcl(
  acl: Acl,
  change: {
    readonly grantees: readonly Oid[];
    readonly grantor: Oid;
    readonly privileges: readonly Privilege[];
  } & Revoking,
): Acl | null {
  let rest: Acl = acl;
  for (const grantee of change.grantees) {
    for (const privilege of change.privileges) {
      const item = rest.find((each) => isItem(each, grantee, change.grantor, privilege));
      const next = item === undefined ? rest : revokeItem(rest, item, change);
      if (next === null) return null;
      rest = next;
    }
  }
  return rest;
}

function revokeItem(acl: Acl, item: AclItem, how: Revoking): Acl | null {
  const rest = how.optionOnly
    ? acl.map((each) => (each === item ? { ...item, grantable: false } : each))
    : acl.filter((each) => each !== item);
  return item.grantable ? revokeFollowing(rest, item.grantee, item.privilege, how) : rest;
}

/** recursive_revoke(): who no longer holds the grant option cannot have granted it on. */
function revokeFollowing(acl: Acl, grantor: Oid, privilege: Privilege, how: Revoking): Acl | null {
  if (holdsOption(acl, grantor, privilege, how.roles)) return acl;
  let rest = acl;
  for (;;) {
    const following = rest.find((item) => item.grantor === grantor && item.privilege === privilege);
    if (following === undefined) return rest;
    if (!how.cascade) return null;
    const next = revokeItem(rest, following, { ...how, optionOnly: false });
    if (next === null) return null;
    rest = next;
  }
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
  if (second.length === 0) return first;
  const items = [...first];
  for (const item of second) {
    const at = items.findIndex(
      (other) =>
        other.grantee === item.grantee &&
        other.grantor === item.grantor &&
        other.privilege === item.privilege,
    );
    const before = items[at];
    if (before === undefined) items.push(item);
    else if (item.grantable && !before.grantable) items[at] = { ...before, grantable: true };
  }
  return items;
}

/** Whether two ACLs give the same. */
export function sameAcl(a: Acl, b: Acl): boolean {
  return (
    a.length === b.length &&
    a.every((item) =>
      b.some(
        (other) =>
          isItem(other, item.grantee, item.grantor, item.privilege) && other.grantable === item.grantable,
      ),
    )
  );
}

/** Whether a role has or gave anything in the ACL. */
export function mentions(acl: Acl, role: Oid): boolean {
  return acl.some((item) => item.grantee === role || item.grantor === role);
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
