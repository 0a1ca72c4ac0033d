import { cancelledBy } from "../../src/access/cancelled-policies.ts";
import { guardedTables, placeOf } from "../../src/access/policies.ts";
import { showsEveryRowToEveryone } from "../../src/access/public-read.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Permissive policy that cancels the filter of another one",
  severity: "high",
  category: "row-security",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "Permissive policies are joined with OR: a second one that only sorts out rows does not narrow the first, it opens every row that it leaves.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || policy.using === null) continue;
        // rls-policy-to-public says so.
        if (showsEveryRowToEveryone(context, guarded, policy) !== null) continue;
        const pair = cancelledBy(guarded, policy);
        if (pair === null || pair.narrow.using === null) continue;
        const reach = guarded.users(policy, [pair.command]);
        context.report({
          variant: null,
          severity: context.access.severity(pair.sortsOut ? "high" : "medium", reach),
          confidence: "medium",
          message: `policy ${policy.name} of ${guarded.name} cancels the filter of policy ${pair.narrow.name}: either is enough, so ${pair.row} passes`,
          label: "enough on its own",
          place: placeOf(policy.using),
          object: guarded.name,
          reach,
          related: [{ place: placeOf(pair.narrow.using), message: "does not narrow it" }],
          help: `create policy ${policy.name} AS RESTRICTIVE, so that both conditions must hold`,
        });
      }
    }
  },
});
