/** Roles of the project's own services, as its policies tell them from its users. */
import { type Oid, type Policy, PUBLIC } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Access } from "./access.ts";
import { covers, type GuardedTable, guardedTables, type PolicySource } from "./policies.ts";
import { ANYONE, alwaysTrue } from "./predicates.ts";
import { canActAs } from "./privileges.ts";

const heldByAccess = new WeakMap<Access, ReadonlySet<Oid>>();

/**
 * Whether a policy lets roles through that no policy of the project holds back, while policies hold others back by name: `TO worker
 * USING (true)` beside `TO web USING (owner = …)`. That the former see everything is then what the policies are there to say.
 */
export function isForServices(source: PolicySource, policy: Policy): boolean {
  const { catalog, access } = source;
  const { roles } = policy;
  if (roles.includes(PUBLIC) || roles.some((role) => access.trustOf(role) !== "application")) return false;
  const held = remembered(heldByAccess, access, () => heldBack(source));
  if (held.size === 0 || roles.some((role) => held.has(role))) return false;
  return [...held].every((user) => !roles.some((role) => canActAs(catalog, user, role)));
}

/** The roles that permissive policies name and let see or write some rows only. */
function heldBack(source: PolicySource): ReadonlySet<Oid> {
  const held = new Set<Oid>();
  for (const guarded of guardedTables(source)) {
    for (const policy of guarded.policies) {
      if (!policy.permissive || policy.roles.includes(PUBLIC) || isOpen(guarded, policy)) continue;
      for (const role of policy.roles) held.add(role);
    }
  }
  return held;
}

function isOpen(guarded: GuardedTable, policy: Policy): boolean {
  return (["select", "update", "delete", "insert"] as const).every((command) => {
    if (!covers(policy, command)) return true;
    const node = command === "insert" ? guarded.newRows(policy, command) : guarded.oldRows(policy, command);
    return alwaysTrue(node, ANYONE) === "yes";
  });
}
