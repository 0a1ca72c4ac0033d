/** Who holds what on an object, and through what: for people who read a catalog. */
import type { AclObject } from "../catalog/acl.ts";
import { allPrivileges } from "../catalog/acl.ts";
import { type Catalog, quoteIdentifier } from "../catalog/catalog.ts";
import {
  type Acl,
  type AclItem,
  type Oid,
  type Privilege,
  PUBLIC,
  type Relation,
  type Routine,
} from "../catalog/model.ts";
import type { Access } from "./access.ts";
import type { ReachStep } from "./chain.ts";
import { heldItem, membershipSteps } from "./privileges.ts";

/** Roles with privileges that come to them in the same way. */
export interface Holders {
  readonly roles: readonly Oid[];
  /** In PostgreSQL's order and spelling, columns in parentheses: `SELECT`, `UPDATE (name, email)`; `ALL` for all there are. */
  readonly privileges: readonly string[];
  readonly through: readonly ReachStep[];
}

/** An ACL and what may be asked of it. */
interface Guarded {
  readonly kind: AclObject;
  readonly acl: Acl;
  readonly columns?: readonly { readonly name: string; readonly acl: Acl }[];
  /** Who has the privilege: PUBLIC, untrusted and application roles, in this order. */
  readonly who: (privilege: Privilege) => readonly Oid[];
}

/** PUBLIC, untrusted and application roles that can use a relation: the privilege, and USAGE on its schema. */
export function holdersOfRelation(catalog: Catalog, access: Access, relation: Relation): readonly Holders[] {
  return holders(catalog, {
    kind: relation.kind === "sequence" ? "sequence" : "table",
    acl: relation.acl,
    columns: relation.columns,
    who: (privilege) => oidsOf(catalog, access.users(relation, privilege)),
  });
}

/** Who can call a routine directly. */
export function holdersOfRoutine(catalog: Catalog, access: Access, routine: Routine): readonly Holders[] {
  return holders(catalog, {
    kind: "routine",
    acl: routine.acl,
    who: () => oidsOf(catalog, access.callers(routine)),
  });
}

/** Who holds privileges on an object of another kind by its ACL alone. Roles that have one only as PUBLIC are left out. */
export function holdersOfAcl(
  catalog: Catalog,
  access: Access,
  kind: AclObject,
  acl: Acl,
): readonly Holders[] {
  return holders(catalog, {
    kind,
    acl,
    who: (privilege) =>
      access.principals.filter((role) => {
        const held = heldItem(catalog, role, acl, privilege);
        return held !== null && (role === PUBLIC || held.via !== PUBLIC);
      }),
  });
}

function oidsOf(catalog: Catalog, reach: readonly { readonly role: string }[]): readonly Oid[] {
  return reach.flatMap(({ role }) => {
    const oid = role === "PUBLIC" ? PUBLIC : catalog.roleNamed(role)?.oid;
    return oid === undefined ? [] : [oid];
  });
}

function holders(catalog: Catalog, { kind, acl, columns = [], who }: Guarded): readonly Holders[] {
  const every = allPrivileges(kind, catalog.postgresVersion);
  const guardedColumns = columns.filter((column) => column.acl.length > 0);
  const ways = new Map<string, { role: Oid; privileges: string[]; through: readonly ReachStep[] }>();
  for (const privilege of every) {
    const name = privilege.replace("-", " ").toUpperCase();
    for (const role of who(privilege)) {
      const add = (text: string, through: readonly ReachStep[]): void => {
        const way = entry(ways, `${role} ${keyOf(through)}`, () => ({ role, privileges: [], through }));
        way.privileges.push(text);
      };
      const whole = throughOf(catalog, role, acl, privilege);
      if (whole !== null) {
        add(name, whole);
        continue;
      }
      const byWay = new Map<string, { names: string[]; through: readonly ReachStep[] }>();
      for (const column of guardedColumns) {
        const through = throughOf(catalog, role, column.acl, privilege);
        if (through !== null)
          entry(byWay, keyOf(through), () => ({ names: [], through })).names.push(
            quoteIdentifier(column.name),
          );
      }
      for (const { names, through } of byWay.values()) add(`${name} (${names.join(", ")})`, through);
    }
  }
  const found = new Map<
    string,
    { roles: Oid[]; privileges: readonly string[]; through: readonly ReachStep[] }
  >();
  for (const { role, privileges, through } of ways.values()) {
    const all =
      every.length > 1 &&
      privileges.length === every.length &&
      !privileges.some((text) => text.includes("("));
    const same = { roles: [], privileges: all ? ["ALL"] : privileges, through };
    entry(found, JSON.stringify([same.privileges, keyOf(through)]), () => same).roles.push(role);
  }
  return [...found.values()];
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function keyOf(through: readonly ReachStep[]): string {
  return JSON.stringify(through.map(({ place, text }) => [text, place?.source.path, place?.span.start]));
}

/** How a privilege comes to a role; null when it does not. */
function throughOf(catalog: Catalog, role: Oid, acl: Acl, privilege: Privilege): readonly ReachStep[] | null {
  const held = heldItem(catalog, role, acl, privilege);
  if (held === null) return null;
  const { item, via } = held;
  return [...membershipSteps(catalog, role, via), { place: item.origin.place, text: originText(item) }];
}

function originText({ origin }: AclItem): string {
  switch (origin.kind) {
    case "built-in":
      return "PostgreSQL's default";
    case "owner":
      return "ownership";
    case "default-privileges":
      return "default privileges";
    case "grant":
      return "GRANT";
  }
}
