import { guardedTables, placeOf } from "../../src/access/policies.ts";
import { showsEveryRowToEveryone } from "../../src/access/public-read.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Policy without TO shows every row to everybody",
  severity: "medium",
  category: "row-security",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "A policy without TO is for PUBLIC: clients that never signed in are let in as well, unless its condition asks who they are.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (policy.prelude || policy.using === null) continue;
        const column = showsEveryRowToEveryone(context, guarded, policy);
        if (column === null) continue;
        const reach = guarded.users(policy, ["select"]);
        context.report({
          variant: null,
          severity: context.access.severity("medium", reach),
          confidence: "medium",
          message: `policy ${policy.name} shows every row of ${guarded.name} to ${reach.map(({ role }) => role).join(", ")}: it names no role, and its condition does not ask who reads`,
          label: "true for every row and every reader",
          place: placeOf(policy.using),
          object: guarded.name,
          reach,
          related: [{ place: policy.place, message: "for PUBLIC" }],
          help: `ALTER POLICY ${policy.name} ON ${guarded.name} TO <role>; or a condition on ${column}`,
        });
      }
    }
  },
});
