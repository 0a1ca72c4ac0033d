import { guardedByTrigger, mayUpdate } from "../../src/access/column-guards.ts";
import { saysWho } from "../../src/access/owner-columns.ts";
import { covers, type GuardedTable, guardedTables, placeOf } from "../../src/access/policies.ts";
import {
  ANYONE,
  alwaysTrue,
  describeRow,
  identityColumns,
  rowOfSomebodyElse,
  SIGNED_IN,
} from "../../src/access/predicates.ts";
import { sessionValuesIn } from "../../src/access/session-values.ts";
import type { Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

/** What a caller can make of a row of its own. */
interface Gap {
  readonly column: string | null;
  readonly row: string;
}

export default defineRule({
  title: "WITH CHECK is weaker than USING",
  severity: "high",
  category: "row-security",
  cwe: [863, 285],
  since: "0.1.0",
  variants: {},
  why: "USING says which rows may be changed, WITH CHECK what they may become. A check that is weaker lets users write rows that belong to somebody else.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        // Without WITH CHECK the USING condition is checked for new rows as well.
        if (!policy.permissive || policy.prelude || policy.using === null || policy.withCheck === null)
          continue;
        if (!covers(policy, "update")) continue;
        const users = guarded.users(policy, ["update"]);
        const gap = users.length === 0 ? null : gapOf(context, guarded, policy);
        if (gap === null) continue;
        const { column } = gap;
        const reach =
          column === null
            ? users
            : users.filter((user) => mayUpdate(context.catalog, user, guarded.table, column));
        if (reach.length === 0) continue;
        context.report({
          variant: null,
          // A platform's own table is written by its service, which fills the column itself.
          severity: context.access.severity(guarded.table.prelude ? "medium" : "high", reach),
          confidence: "high",
          message: `policy ${policy.name} lets ${reach.map(({ role }) => role).join(", ")} turn their own rows of ${guarded.name} into rows that they could not change: ${gap.row}`,
          label: "lets new rows pass that USING does not",
          place: placeOf(policy.withCheck),
          object: guarded.name,
          reach,
          related: [{ place: placeOf(policy.using), message: "rows that may be changed" }],
          help: "leave WITH CHECK out, so that USING is checked for new rows too, or repeat the condition on the owner in it",
        });
      }
    }
  },
});

function gapOf(context: RuleContext<never>, guarded: GuardedTable, policy: Policy): Gap | null {
  const { using } = policy;
  if (using === null) return null;
  const old = guarded.oldRows(policy, "update");
  const written = guarded.newRows(policy, "update");
  const identities = identityColumns(old).filter(({ session }) => saysWho(session));
  for (const identity of identities) {
    const row = rowOfSomebodyElse(written, identity);
    if (row === null || guardedByTrigger(context, guarded.table, identity.column)) continue;
    const described = describeRow(row);
    return {
      column: identity.column,
      row: described === "any row" ? `any other ${identity.column}` : described,
    };
  }
  if (identities.length > 0) return null;
  // Who may change a row is decided where nothing can be seen; that new rows are free can be seen.
  const asks = [...sessionValuesIn(using.expr)].some(saysWho);
  if (asks && alwaysTrue(old, SIGNED_IN) !== "yes" && alwaysTrue(written, ANYONE) === "yes")
    return { column: null, row: "any row" };
  return null;
}
