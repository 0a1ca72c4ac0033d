import { tablesOfAccounts } from "../../src/access/account-triggers.ts";
import { guardedByTrigger, mayWrite } from "../../src/access/column-guards.ts";
import { isKey } from "../../src/access/keys.ts";
import { askedMemberships } from "../../src/access/member-tables.ts";
import { saysWho } from "../../src/access/owner-columns.ts";
import {
  columnsChecked,
  covers,
  type GuardedTable,
  guardedTables,
  newRowCheck,
  placeOf,
} from "../../src/access/policies.ts";
import { identityColumns, rowThatPasses, SIGNED_IN } from "../../src/access/predicates.ts";
import type { Oid, Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Users may make themselves members",
  severity: "high",
  category: "row-security",
  cwe: [863, 285],
  since: "0.1.0",
  variants: {},
  why: "Policies of other tables ask this one who belongs where. Whoever may insert a row of their own for any group belongs to every group.",
  check(context) {
    let asked: Asked | null = null;
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || newRowCheck(policy) === null) continue;
        if (!covers(policy, "insert")) continue;
        const users = guarded.users(policy, ["insert"]);
        if (users.length === 0) continue;
        asked ??= { memberships: askedMemberships(context), ofAccounts: tablesOfAccounts(context) };
        if (judge(context, guarded, policy, users, asked)) break;
      }
    }
  },
});

interface Asked {
  readonly memberships: ReturnType<typeof askedMemberships>;
  readonly ofAccounts: ReadonlySet<Oid>;
}

/** Whether it was reported. */
function judge(
  context: RuleContext<never>,
  guarded: GuardedTable,
  policy: Policy,
  users: readonly Reach[],
  { memberships, ofAccounts }: Asked,
): boolean {
  const { catalog, access } = context;
  const { table } = guarded;
  const questions = memberships.get(table.oid) ?? [];
  if (questions.length === 0) return false;
  const check = newRowCheck(policy);
  const written = guarded.newRows(policy, "insert");
  const members = new Set(
    identityColumns(written)
      // A setting of the application's own says for whom it works: the statements are the application's.
      .filter(({ session }) => saysWho(session) && !session.startsWith("setting:"))
      .map(({ column }) => column),
  );
  if (check === null || members.size === 0 || rowThatPasses(written, [], SIGNED_IN) == null) return false;
  const looked = columnsChecked(guarded, policy, "insert");
  for (const { member, group, others, by, place } of questions) {
    if (!members.has(member) || [group, ...others].some((column) => looked.has(column))) continue;
    if (guardedByTrigger(context, table, group, "insert")) continue;
    const reach = users.filter((user) =>
      [member, group].every((column) => mayWrite(catalog, user, table, column, "insert")),
    );
    if (reach.length === 0) continue;
    // Where rows have a key, a new one is not that of another group; the one that a user can have may be there already.
    if (isKey(catalog, table, group) || (isKey(catalog, table, member) && ofAccounts.has(table.oid)))
      continue;
    context.report({
      variant: null,
      severity: access.severity("high", reach),
      confidence: "medium",
      message: `policy ${policy.name} lets ${reach.map(({ role }) => role).join(", ")} insert themselves into ${guarded.name} with any ${group}: policies of ${catalog.relationName(by)} believe it`,
      label: `asks for ${member}, not for ${group}`,
      place: placeOf(check),
      object: guarded.name,
      reach,
      related: [{ place, message: `asks ${guarded.name} who may` }],
      help: `ask in WITH CHECK who may join that ${group} (an invitation, its owner, a member who may invite), or have a function insert members that checks it`,
    });
    return true;
  }
  return false;
}
