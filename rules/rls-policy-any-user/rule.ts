import { ownerColumnsBesideKey } from "../../src/access/owner-columns.ts";
import { setToCaller } from "../../src/access/owner-triggers.ts";
import {
  admitsAnonymous,
  covers,
  type GuardedTable,
  guardedTables,
  placeOf,
  type RowCommand,
} from "../../src/access/policies.ts";
import { ANONYMOUS, ANYONE, alwaysTrue, alwaysTrueForAny, SIGNED_IN } from "../../src/access/predicates.ts";
import type { Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Policy that asks only whether somebody has signed in",
  severity: "high",
  category: "row-security",
  cwe: [639, 863],
  since: "0.1.0",
  variants: {},
  why: "Everybody can sign up. A condition that is true for every signed-in user gives each of them the rows of all others.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      const columns = ownerColumnsBesideKey(guarded);
      const [column] = columns;
      if (column === undefined) continue;
      const isSet = columns.some((each) => setToCaller(context, guarded.table, each));
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude) continue;
        const can = commandsForAnyUser(context, guarded, policy).filter(
          (command) => command !== "insert" || !isSet,
        );
        const bound = can.includes("insert") && policy.command === "insert" ? policy.withCheck : policy.using;
        if (can.length === 0 || bound === null) continue;
        const reach = guarded.users(policy, can);
        context.report({
          variant: null,
          severity: context.access.severity(severityOf(can), reach),
          confidence: can.some((command) => command !== "select") ? "high" : "medium",
          message: `policy ${policy.name} lets every signed-in user ${can.map((command) => command.toUpperCase()).join(", ")} every row of ${guarded.name}, whoever is in ${column}`,
          label: "true for every signed-in user and every row",
          place: placeOf(bound),
          object: guarded.name,
          reach,
          related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
          help: `tie the rows to the user as well: ${column} = auth.uid()`,
        });
      }
    }
  },
});

/** Commands that the policy leaves open to every signed-in user, and not to everybody anyway. */
function commandsForAnyUser(
  context: RuleContext<never>,
  guarded: GuardedTable,
  policy: Policy,
): readonly RowCommand[] {
  const can: RowCommand[] = [];
  for (const command of ["select", "update", "delete", "insert"] as const) {
    if (!covers(policy, command) || (command === "insert" && policy.command === "all")) continue;
    const node = command === "insert" ? guarded.newRows(policy, command) : guarded.oldRows(policy, command);
    if (alwaysTrue(node, SIGNED_IN) !== "yes" || alwaysTrue(node, ANYONE) === "yes") continue;
    if (admitsAnonymous(context.catalog, policy) && alwaysTrueForAny(node, ANONYMOUS) === "yes") continue;
    if (guarded.users(policy, [command]).length > 0) can.push(command);
  }
  return can;
}

function severityOf(can: readonly RowCommand[]): Severity {
  return can.some((command) => command !== "select") ? "high" : "medium";
}
