import { changesWithoutCaller } from "../../src/access/caller-free.ts";
import { cancelledBy } from "../../src/access/cancelled-policies.ts";
import { guardedTables, placeOf } from "../../src/access/policies.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Policy lets rows be changed whoever asks",
  severity: "high",
  category: "row-security",
  cwe: [639, 863],
  since: "0.1.0",
  variants: {},
  why: "A condition on the row alone says which rows, not whose: everybody whom the policy is for changes or deletes those of all others. A policy without FOR is for writing too.",
  check(context) {
    const { access } = context;
    for (const guarded of guardedTables(context)) {
      // Policies for buckets are judged by rls-policy-any-user.
      if (guarded.name === "storage.objects") continue;
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || policy.using === null) continue;
        const commands = changesWithoutCaller(guarded, policy).filter((command) => users(command).length > 0);
        function users(command: "update" | "delete") {
          return guarded.users(policy, [command]).filter(({ role }) => isUntrusted(role));
        }
        if (commands.length === 0 || cancelledBy(guarded, policy) !== null) continue;
        const reach = commands.flatMap(users).filter(first);
        const words = commands.map((command) => command.toUpperCase()).join(", ");
        context.report({
          variant: null,
          severity: access.severity("high", reach),
          confidence: policy.command === "all" || policy.withCheck === null ? "high" : "medium",
          message: `policy ${policy.name} lets ${reach.map(({ role }) => role).join(", ")} ${words} rows of ${guarded.name} whoever they belong to`,
          label: "asks about the row, not about who changes it",
          place: placeOf(policy.using),
          object: guarded.name,
          reach,
          related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
          help:
            policy.command === "all"
              ? "if the rows are there to be read, make it FOR SELECT; else ask who changes them as well"
              : "ask who changes the rows as well: owner = <the caller>",
        });
      }
    }

    function isUntrusted(name: string): boolean {
      return name === "PUBLIC" || access.trust.untrusted.includes(name);
    }
  },
});

function first(
  one: { readonly role: string },
  index: number,
  all: readonly { readonly role: string }[],
): boolean {
  return all.findIndex(({ role }) => role === one.role) === index;
}
