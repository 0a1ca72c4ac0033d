/**
 * Projects that do not speak of privileges on tables or schemas: somebody has them all the same, or the SQL would serve nobody. They
 * are given elsewhere, by hand or by another tool.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { Reach, ReachStep } from "./chain.ts";

/** Stands for a role that no file names. */
export const APPLICATION = "the application";

const NO_GRANT: ReachStep = {
  place: null,
  text: "no file grants anything on tables or schemas; taken to be granted elsewhere",
};

/** Said instead of who has USAGE on a schema, where a privilege in it is granted. */
export const USAGE_ELSEWHERE: ReachStep = {
  place: null,
  text: "no file grants USAGE on a schema; taken to be granted elsewhere",
};

/** Stands for the roles that a project without any GRANT is used by. */
export const UNSTATED_REACH: readonly Reach[] = [{ role: APPLICATION, via: [NO_GRANT] }];

/** Whether everybody in a reach is there because no file says otherwise. */
export function isUnstated(reach: readonly Reach[]): boolean {
  return (
    reach.length > 0 &&
    reach.every(({ via }) => via.some((step) => step === NO_GRANT || step === USAGE_ELSEWHERE))
  );
}

/** Without what stands for roles nobody names, where there are some that are named. */
export function statedFirst(reach: readonly Reach[]): readonly Reach[] {
  const named = reach.filter(({ role }) => role !== APPLICATION);
  return named.length === 0 ? reach : named;
}

/** What the project's files, and the default privileges of its platform, speak of. */
export interface Spoken {
  /** Privileges on tables, or on schemas. */
  readonly privileges: boolean;
  /** GRANT … ON SCHEMA. */
  readonly usage: boolean;
}

/** A REVOKE on a schema is usually hardening, and says nothing about who uses what. */
export function spokenOf({ state }: Catalog): Spoken {
  let privileges = [...state.defaultAcls.all()].some(
    ({ role, objects, acl }) => objects === "tables" && acl.some(({ grantee }) => grantee !== role),
  );
  let usage = false;
  for (const { event, prelude } of state.statements.all()) {
    if (event.kind !== "grant" || prelude) continue;
    const { kind } = event.target;
    if (kind === "schemas" && event.grant) usage = true;
    if (kind === "relations" || kind === "all-in-schema") privileges = true;
  }
  return { privileges: privileges || usage, usage };
}

/** By the name of a schema, of those asked about, the roles from which a REVOKE took USAGE by name. */
export function usageRevoked(
  { state }: Catalog,
  schemas: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map(schemas.map((name) => [name, new Set<string>()]));
  for (const { event, prelude } of state.statements.all()) {
    if (event.kind !== "grant" || prelude || event.grant || event.grantOption) continue;
    if (event.target.kind !== "schemas") continue;
    if (!event.privileges.some(({ privilege }) => privilege === "usage" || privilege === "all")) continue;
    for (const name of event.target.names) {
      const roles = found.get(name);
      if (roles === undefined) continue;
      for (const grantee of event.grantees) if (grantee.kind === "role") roles.add(grantee.name);
    }
  }
  return found;
}
