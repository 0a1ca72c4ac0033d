import { type Catalog, quoteIdentifier } from "../catalog/catalog.ts";
import { type Oid, PUBLIC } from "../catalog/model.ts";
import type { Place } from "../text/source.ts";
import type { Access } from "./access.ts";
import type { Reach, ReachStep } from "./chain.ts";
import { APPLICATION } from "./unstated.ts";

/** Whoever gains from a right of `role`: the role and the untrusted roles that can act as it. Nobody, when it is an admin's. */
export function actorsOf(catalog: Catalog, access: Access, role: Oid, step: ReachStep): readonly Reach[] {
  if (access.trustOf(role) === "admin") return [];
  const reach: Reach[] = [{ role: catalog.roleName(role), via: [step] }];
  if (role === PUBLIC) return reach;
  const seen = new Set([role]);
  const queue: { readonly oid: Oid; readonly via: readonly ReachStep[] }[] = [{ oid: role, via: [step] }];
  for (const { oid, via } of queue) {
    for (const row of catalog.state.memberships.by.role.all(oid)) {
      if (seen.has(row.member) || access.trustOf(row.member) === "admin") continue;
      // Before PostgreSQL 16 every member may SET ROLE.
      if (catalog.postgresVersion >= 16 && !row.inherit && !row.set) continue;
      seen.add(row.member);
      const text = `${catalog.roleName(row.member)} is a member of ${catalog.roleName(oid)}`;
      const steps = [{ place: row.place, text }, ...via];
      queue.push({ oid: row.member, via: steps });
      if (access.trustOf(row.member) === "untrusted")
        reach.push({ role: catalog.roleName(row.member), via: steps });
    }
  }
  return reach;
}

/** What one statement gives to whom. */
export interface Given {
  readonly place: Place;
  readonly objects: readonly string[];
  readonly reach: readonly Reach[];
}

/** Collects rights by the statement that gives them: one statement is one finding. */
export class Gifts {
  readonly #byPlace = new Map<string, { place: Place; objects: string[]; reach: Reach[] }>();

  add(place: Place, object: string, reach: readonly Reach[], key = ""): void {
    const id = `${place.source.path}:${place.span.start}:${key}`;
    let found = this.#byPlace.get(id);
    if (found === undefined) {
      found = { place, objects: [], reach: [] };
      this.#byPlace.set(id, found);
    }
    if (!found.objects.includes(object)) found.objects.push(object);
    for (const one of reach) if (!found.reach.some((other) => other.role === one.role)) found.reach.push(one);
  }

  all(): Iterable<Given> {
    return this.#byPlace.values();
  }
}

/** `a, b, c and 4 more` */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

export function rolesIn(reach: readonly Reach[]): string {
  return listed(
    reach.map(({ role }) => role),
    4,
  );
}

/** Whom a REVOKE is to name; `…` stands for roles that no file names, and for a long list. */
export function grantees(reach: readonly Reach[]): string {
  if (reach.length > 8 || reach.some(({ role }) => role === APPLICATION)) return "…";
  return reach.map(({ role }) => (role === "PUBLIC" ? role : quoteIdentifier(role))).join(", ");
}

/** `pg_read_file` of `pg_catalog.pg_read_file(text)`. */
export function bareName(name: string): string {
  return name.replace(/\(.*$/s, "").replace(/^.*\./, "");
}
