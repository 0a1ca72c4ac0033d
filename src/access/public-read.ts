/** Policies that show a table of somebody's rows to everybody, without saying that this is meant. */
import type { Policy } from "../catalog/model.ts";
import { PUBLIC } from "../catalog/model.ts";
import { ownerColumnsBesideKey } from "./owner-columns.ts";
import { admitsAnonymous, type GuardedTable, type PolicySource } from "./policies.ts";
import { ANONYMOUS, alwaysTrueForAny } from "./predicates.ts";

/** Names of policies that say who may read: somebody thought of it. */
const SAYS_PUBLIC =
  /public|anyone|anybody|every(?:one|body| user)|\ball\b|_all_|all_|anon|visitor|guest|world|\bread\b|view|visible|see\b|select|browse|list\b|publish|open|authenticated|logged|signed/i;

/** Whether a policy's name says that its rows are for everybody. */
export function saysPublic(policy: Policy): boolean {
  return SAYS_PUBLIC.test(policy.name);
}

/** The column that says whose the rows are, for a policy FOR SELECT that shows them all to clients that never signed in. */
export function showsEveryRowToEveryone(
  source: PolicySource,
  guarded: GuardedTable,
  policy: Policy,
): string | null {
  if (
    policy.command !== "select" ||
    !policy.permissive ||
    !policy.roles.includes(PUBLIC) ||
    saysPublic(policy)
  )
    return null;
  if (!admitsAnonymous(source.catalog, policy)) return null;
  const [column] = ownerColumnsBesideKey(guarded);
  if (column === undefined) return null;
  return alwaysTrueForAny(guarded.oldRows(policy, "select"), ANONYMOUS) === "yes" ? column : null;
}
