import type { Catalog } from "../catalog/catalog.ts";
import { isSuperuser } from "../catalog/membership.ts";
import { type Oid, PUBLIC } from "../catalog/model.ts";
import { SEVERITIES, type Severity } from "../config/severity.ts";
import type { TrustModel } from "../config/types.ts";

/** How far a role is trusted. */
export type TrustLevel = "untrusted" | "application" | "admin";

/** The trust of a role: superusers and named admins are admins; named untrusted wins; PUBLIC is always untrusted. */
export function trustOf(catalog: Catalog, trust: TrustModel, oid: Oid): TrustLevel {
  if (oid === PUBLIC) return "untrusted";
  const role = catalog.role(oid);
  if (role === undefined) return "application";
  if (trust.untrusted.includes(role.name)) return "untrusted";
  if (trust.admins.includes(role.name) || isSuperuser(catalog.state, oid)) return "admin";
  // Nobody is a predefined role; who is granted one is what matters.
  if (role.builtIn) return "admin";
  return "application";
}

/** So many steps down, never below `floor`. */
export function lower(severity: Severity, steps: number, floor: Severity = "low"): Severity {
  const at = SEVERITIES.indexOf(severity);
  const bottom = Math.min(at, SEVERITIES.indexOf(floor));
  return SEVERITIES[Math.max(bottom, at - steps)] ?? severity;
}
