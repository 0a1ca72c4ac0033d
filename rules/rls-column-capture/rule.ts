import { capturedColumns } from "../../src/access/column-capture.ts";
import { guardedTables } from "../../src/access/policies.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Column in a policy's sub-select means a column of the sub-select",
  severity: "critical",
  category: "row-security",
  cwe: [863, 697],
  since: "0.1.0",
  variants: {},
  why: "An unqualified name in a sub-select means a column of the sub-select's own tables first. The condition then does not look at the row it is to protect at all.",
  check(context) {
    const { catalog, access } = context;
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (policy.prelude) continue;
        for (const bound of [policy.using, policy.withCheck]) {
          if (bound === null) continue;
          const { captures, undecided } = capturedColumns(catalog, guarded.table, bound);
          const { source } = bound.place;
          for (const span of undecided)
            context.unknown(
              { source, span },
              `whose column is compared here in policy ${policy.name}: columns of the other relation are not known`,
            );
          const capture = captures.find(({ tautology }) => tautology) ?? captures[0];
          if (capture === undefined) continue;
          const reach = guarded.users(policy, ["select", "insert", "update", "delete"]);
          context.report({
            variant: null,
            severity: access.severity(capture.tautology ? "critical" : "high", reach),
            confidence: capture.tautology ? "high" : "medium",
            message: `in policy ${policy.name} of ${guarded.name}, ${capture.text} compares ${capture.meaning}${capture.tautology ? ", which is always true" : `, not ${capture.meant}`}`,
            label: "does not look at the row",
            place: { source, span: capture.span },
            object: guarded.name,
            reach,
            related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
            help: `qualify the column: ${capture.meant}`,
          });
          break;
        }
      }
    }
  },
});
