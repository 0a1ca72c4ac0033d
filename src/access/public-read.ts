/** Policies that show a table of somebody's rows to everybody, without saying that this is meant. */
import type { Policy } from "../catalog/model.ts";
import { PUBLIC } from "../catalog/model.ts";
import { snakeCase } from "./name-words.ts";
import { ownerColumnsBesideKey } from "./owner-columns.ts";
import { admitsAnonymous, type GuardedTable, type PolicySource } from "./policies.ts";
import { ANONYMOUS, alwaysTrueForAny } from "./predicates.ts";

/** Names of policies that say who may read: somebody thought of it. */
const SAYS_PUBLIC =
  /public|anyone|anybody|every(?:one|body| ?user)|anon|visitor|guest|world|view|visible|browse|publish|open|authenticated|logged|signed|(?:^|[^a-z])(?:all|reads?|see|select|list)(?:[^a-z]|$)/i;

/** Names of policies that say whose the rows are. */
const SAYS_OWN = /(?:^|[^a-z])(?:own|owners?|owned|my|mine|self|their|private|personal)(?:[^a-z]|$)/i;

/** Whether a policy's name says that its rows are for everybody. */
export function saysPublic(policy: Policy): boolean {
  return SAYS_PUBLIC.test(policy.name) && !saysOwn(policy);
}

/** Whether a policy's name says that its rows are for whom they belong to: "Users can view their own orders". */
export function saysOwn(policy: Policy): boolean {
  return SAYS_OWN.test(snakeCase(policy.name));
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
  const anonymous = guarded.users(policy, ["select"]).some(({ role }) => role !== "authenticated");
  if (!anonymous || !admitsAnonymous(source.catalog, policy)) return null;
  const [column] = ownerColumnsBesideKey(guarded);
  if (column === undefined) return null;
  return alwaysTrueForAny(guarded.oldRows(policy, "select"), ANONYMOUS) === "yes" ? column : null;
}
