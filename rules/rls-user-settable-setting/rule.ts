import { saysWho } from "../../src/access/owner-columns.ts";
import { guardedTables, placeOf } from "../../src/access/policies.ts";
import { sessionValuesIn } from "../../src/access/session-values.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Policy whose only identity is a setting that callers can set",
  severity: "low",
  category: "row-security",
  cwe: [807],
  since: "0.1.0",
  variants: {},
  why: "Every role may SET a custom setting to any value. It says who is asking only as long as nobody but the application sends SQL.",
  check(context) {
    // Where clients send no SQL of their own, the application in front sets it.
    if (!context.access.trust.directSql) return;
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (policy.prelude || !policy.permissive) continue;
        for (const bound of [policy.using, policy.withCheck]) {
          if (bound === null) continue;
          const sessions = [...sessionValuesIn(bound.expr)].filter(saysWho);
          const [setting] = sessions;
          if (setting === undefined || !sessions.every((name) => /^setting:.+\./.test(name))) continue;
          const reach = guarded.users(policy, ["select", "insert", "update", "delete"]);
          const name = setting.slice("setting:".length);
          context.report({
            variant: null,
            severity: context.access.severity("low", reach),
            confidence: "medium",
            message: `policy ${policy.name} of ${guarded.name} knows callers only by ${name}, which every role may SET`,
            label: `whoever sends SQL chooses ${name}`,
            place: placeOf(bound),
            object: guarded.name,
            reach,
            related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
            help: "where clients connect themselves, use session_user or a token that a function verifies",
          });
          break;
        }
      }
    }
  },
});
