import { saysWho } from "../../src/access/owner-columns.ts";
import {
  admitsAnonymous,
  type GuardedTable,
  guardedTables,
  placeOf,
  type RowCommand,
} from "../../src/access/policies.ts";
import {
  ANONYMOUS,
  alwaysTrue,
  comparedWithSession,
  describeRow,
  rowThatPasses,
} from "../../src/access/predicates.ts";
import type { BoundExpr, Policy } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Policy in which no identity matches rows without an owner",
  severity: "medium",
  category: "row-security",
  cwe: [863, 476],
  since: "0.1.0",
  variants: {},
  why: "Somebody who has not signed in has the identity NULL. `=` never matches it; IS NOT DISTINCT FROM and coalesce do, for rows whose owner is NULL.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || !admitsAnonymous(context.catalog, policy)) continue;
        for (const bound of [policy.using, policy.withCheck]) {
          const row = bound === null ? null : ownerlessRow(guarded, bound);
          if (bound === null || row === null) continue;
          const reach = guarded.users(policy, commandsOf(policy));
          context.report({
            variant: null,
            severity: context.access.severity("medium", reach),
            confidence: "high",
            message: `policy ${policy.name} of ${guarded.name} lets somebody who has not signed in pass for rows with ${row}`,
            label: "NULL matches NULL here",
            place: placeOf(bound),
            object: guarded.name,
            reach,
            related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
            help: "compare with =, which matches no NULL, or make the column NOT NULL",
          });
          break;
        }
      }
    }
  },
});

function commandsOf(policy: Policy): readonly RowCommand[] {
  return policy.command === "all" ? ["select", "insert", "update", "delete"] : [policy.command];
}

/** A row without owner that passes only because NULL is taken for an identity. */
function ownerlessRow({ conditions }: GuardedTable, bound: BoundExpr): string | null {
  const node = conditions.of(bound.expr);
  const owners = comparedWithSession(node).filter(({ session, nullable }) => nullable && saysWho(session));
  if (owners.length === 0) return null;
  const strict = conditions.strict(bound.expr);
  for (const asking of ANONYMOUS) {
    if (alwaysTrue(node, asking) === "yes") return null;
    for (const { column } of owners) {
      const row = rowThatPasses(node, [strict], asking, new Map([[column, null]]));
      if (row != null) return describeRow(row);
    }
  }
  return null;
}
