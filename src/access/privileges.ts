/** Effective privileges of a principal: through PUBLIC, membership and ownership, with the statements that make it so. */
import type { Catalog } from "../catalog/catalog.ts";
import { isSuperuser, membersBelow, rolesOf } from "../catalog/membership.ts";
import {
  type Acl,
  type AclItem,
  type Oid,
  type Privilege,
  PUBLIC,
  type Relation,
  type Schema,
} from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import { databaseOf } from "../catalog/store.ts";
import type { ReachStep } from "./chain.ts";

/** Roles whose rights the principal has (or can take on with SET ROLE), itself first, PUBLIC last. */
function principalRoles(catalog: Catalog, principal: Oid): readonly Oid[] {
  if (principal === PUBLIC) return [PUBLIC];
  const { state, postgresVersion } = catalog;
  const inherited = rolesOf(state, principal, "inherit", postgresVersion);
  const settable = rolesOf(state, principal, "set", postgresVersion);
  return [...new Set([...inherited, ...settable, PUBLIC])];
}

/** Those among whose `principalRoles` is one of these roles; the roles themselves are among them. */
export function actorsOfAny(catalog: Catalog, roles: readonly Oid[]): ReadonlySet<Oid> {
  const { state, postgresVersion } = catalog;
  return new Set([
    ...roles,
    ...membersBelow(state, roles, "inherit", postgresVersion).keys(),
    ...membersBelow(state, roles, "set", postgresVersion).keys(),
  ]);
}

/** Whether a role is among `principalRoles`. */
export function canActAs(catalog: Catalog, principal: Oid, role: Oid): boolean {
  if (principal === role || role === PUBLIC) return true;
  return principal !== PUBLIC && memory(catalog).actors(role).has(principal);
}

/** The item that gives a principal a privilege, own grants first; `via` is the role that holds it. */
export function heldItem(
  catalog: Catalog,
  principal: Oid,
  acl: Acl,
  privilege: Privilege,
): { readonly item: AclItem; readonly via: Oid } | null {
  const byGrantee = itemsOf(acl, privilege);
  const held = (role: Oid) => {
    const item = byGrantee.get(role);
    return item === undefined ? null : { item, via: role };
  };
  const own = held(principal);
  if (own !== null || principal === PUBLIC) return own;
  if (!memory(catalog).isMember(principal)) return held(PUBLIC);
  const acted = [...byGrantee.keys()].filter((role) => role !== PUBLIC && canActAs(catalog, principal, role));
  // Which of several comes first is a matter of the order in which memberships are looked at.
  const first =
    acted.length > 1 ? principalRoles(catalog, principal).find((role) => acted.includes(role)) : acted[0];
  return held(first ?? PUBLIC);
}

/**
 * Those whom `heldItem` can give a privilege in one of the ACLs otherwise than through PUBLIC: the grantees and their members, in no
 * order. A grant to PUBLIC itself counts as none.
 */
export function possibleHolders(
  catalog: Catalog,
  acls: Iterable<Acl>,
  privilege: Privilege,
): ReadonlySet<Oid> {
  const grantees = new Set<Oid>();
  for (const acl of acls) for (const grantee of itemsOf(acl, privilege).keys()) grantees.add(grantee);
  grantees.delete(PUBLIC);
  return actorsOfAny(catalog, [...grantees]);
}

const items = new WeakMap<Acl, Map<Privilege, ReadonlyMap<Oid, AclItem>>>();

/** Who holds a privilege, with the first item that gives it. */
function itemsOf(acl: Acl, privilege: Privilege): ReadonlyMap<Oid, AclItem> {
  const known = remembered(items, acl, () => new Map<Privilege, ReadonlyMap<Oid, AclItem>>());
  return remembered(known, privilege, () => {
    const byGrantee = new Map<Oid, AclItem>();
    for (const item of acl)
      if (item.privilege === privilege && !byGrantee.has(item.grantee)) byGrantee.set(item.grantee, item);
    return byGrantee;
  });
}

/** Of more memberships than this in one chain, those in the middle say nothing that those at its ends do not say. */
const LONGEST_CHAIN = 6;

/** The chain of memberships from a principal to a role it acts as, as steps. */
export function membershipSteps(catalog: Catalog, principal: Oid, role: Oid): readonly ReachStep[] {
  if (principal === role || role === PUBLIC || principal === PUBLIC) return [];
  const chains = memory(catalog).chains(role);
  const own = chains.get(principal);
  if (own === undefined) return [];
  if (own.length <= LONGEST_CHAIN) return own.last;
  const first: ReachStep[] = [];
  for (let at: Chain | undefined = own; at !== undefined && first.length < LONGEST_CHAIN / 2; ) {
    first.push(at.step);
    at = chains.get(at.next);
  }
  const more = { place: null, text: `${own.length - LONGEST_CHAIN} further memberships` };
  return [...first, more, ...own.last.slice(-LONGEST_CHAIN / 2)];
}

/** How a member comes to a role. */
interface Chain {
  /** Its own membership, and the role that it is a member of by that. */
  readonly step: ReachStep;
  readonly next: Oid;
  /** Of the whole chain. */
  readonly length: number;
  /** At most `LONGEST_CHAIN`; many members share them. */
  readonly last: readonly ReachStep[];
}

/** For each of a role's members the chain that leads to it: nearer members come first, so that theirs are known. */
function chainsTo(catalog: Catalog, role: Oid): ReadonlyMap<Oid, Chain> {
  const chains = new Map<Oid, Chain>();
  const hops = membersBelow(catalog.state, [role], "any", catalog.postgresVersion);
  for (const [member, row] of hops) {
    const rest = row === null ? undefined : chains.get(row.role);
    // What leads to the database's owner is no membership that somebody granted.
    if (row === null || (rest === undefined && row.role !== role)) continue;
    const step = {
      place: row.place,
      text: `${catalog.roleName(row.member)} is a member of ${catalog.roleName(row.role)}`,
    };
    const length = (rest?.length ?? 0) + 1;
    const last = length > LONGEST_CHAIN ? (rest?.last ?? []) : [step, ...(rest?.last ?? [])];
    chains.set(member, { step, next: row.role, length, last });
  }
  return chains;
}

/** What is asked of the roles again and again: in long chains of them each answer takes a walk through all. */
interface Memory {
  readonly changes: number;
  /** Who can act as a role. */
  actors(role: Oid): ReadonlySet<Oid>;
  /** How each of a role's members comes to it. */
  chains(role: Oid): ReadonlyMap<Oid, Chain>;
  /** Whether a role is a member of any. */
  isMember(role: Oid): boolean;
}

const MOST_KEPT = 500_000;

const memories = new WeakMap<Catalog, Memory>();

function memory(catalog: Catalog): Memory {
  const { state } = catalog;
  const { changes } = state.journal;
  const known = memories.get(catalog);
  if (known?.changes === changes) return known;
  const actors = new Map<Oid, ReadonlySet<Oid>>();
  let kept = 0;
  const chains = new Map<Oid, ReadonlyMap<Oid, Chain>>();
  const databaseOwner = databaseOf(state)?.owner;
  const made: Memory = {
    changes,
    actors: (role) => {
      let found = actors.get(role);
      if (found === undefined) {
        found = actorsOfAny(catalog, [role]);
        kept += found.size;
        // In long chains of roles each has nearly all others.
        if (kept > MOST_KEPT) actors.clear();
        if (kept > MOST_KEPT) kept = found.size;
        actors.set(role, found);
      }
      return found;
    },
    chains: (role) => remembered(chains, role, () => chainsTo(catalog, role)),
    isMember: (role) => role === databaseOwner || state.memberships.by.member.has(role),
  };
  memories.set(catalog, made);
  return made;
}

/** Says where an ACL item comes from. `what` is like "EXECUTE on public.f()". */
function itemStep(catalog: Catalog, item: AclItem, what: string): ReachStep {
  const grantee = catalog.roleName(item.grantee);
  switch (item.origin.kind) {
    case "built-in":
      return { place: null, text: `${what}: PostgreSQL's default for ${grantee}` };
    case "owner":
      return { place: null, text: `${what}: ${grantee} owns it` };
    case "default-privileges":
      return { place: item.origin.place, text: `${what}: default privileges for ${grantee}` };
    case "grant":
      return { place: item.origin.place, text: `${what}: granted to ${grantee}` };
  }
}

export interface Held {
  readonly steps: readonly ReachStep[];
  /** The item that gives it; null for superusers and the like. */
  readonly item: AclItem | null;
}

/**
 * Whether and how a principal holds a privilege on an object; superusers hold all, owners what the ACL leaves them. `what` is only
 * asked for when it does: most do not.
 */
export function holds(
  catalog: Catalog,
  principal: Oid,
  acl: Acl,
  privilege: Privilege,
  what: () => string,
): Held | null {
  if (principal !== PUBLIC && isSuperuser(catalog.state, principal)) return { steps: [], item: null };
  const held = heldItem(catalog, principal, acl, privilege);
  if (held === null) return null;
  return {
    steps: [...membershipSteps(catalog, principal, held.via), itemStep(catalog, held.item, what())],
    item: held.item,
  };
}

/** A table privilege, on the whole table or on any of its columns. */
export function holdsOnRelation(
  catalog: Catalog,
  principal: Oid,
  relation: Relation,
  privilege: Privilege,
): Held | null {
  const what = () => `${privilege.toUpperCase()} on ${catalog.relationName(relation)}`;
  const whole = holds(catalog, principal, relation.acl, privilege, what);
  if (whole !== null) return whole;
  for (const column of relation.columns) {
    if (column.acl.length === 0) continue;
    const held = holds(catalog, principal, column.acl, privilege, () => `${what()} (${column.name})`);
    if (held !== null) return held;
  }
  return null;
}

/** USAGE on a schema; exposed schemas count as usable by untrusted roles (the caller says which). */
export function holdsSchemaUsage(catalog: Catalog, principal: Oid, schema: Schema): Held | null {
  return holds(catalog, principal, schema.acl, "usage", () => `USAGE on schema ${schema.name}`);
}
