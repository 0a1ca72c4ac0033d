import { grantees } from "../../src/access/actors.ts";
import { guardedByTrigger, mayUpdate } from "../../src/access/column-guards.ts";
import { saysWho } from "../../src/access/owner-columns.ts";
import { covers, type GuardedTable, guardedTables, newRowCheck, placeOf } from "../../src/access/policies.ts";
import { columnsOf, identityColumns } from "../../src/access/predicates.ts";
import { privilegeColumns } from "../../src/access/privilege-columns.ts";
import type { Policy } from "../../src/catalog/model.ts";
import { walkExpr } from "../../src/events/walk.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Users may change what says what they may do",
  severity: "high",
  category: "row-security",
  cwe: [915, 269],
  since: "0.1.0",
  variants: {},
  why: "Row-level security decides about rows, not about columns. Whoever may update the own row may write every column of it that the UPDATE privilege covers.",
  check(context) {
    const { catalog, access } = context;
    for (const guarded of guardedTables(context)) {
      const { table } = guarded;
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || policy.using === null || !covers(policy, "update"))
          continue;
        // A setting of the application's own says for whom it works: the statements are the application's.
        const [identity] = identityColumns(guarded.oldRows(policy, "update")).filter(
          ({ session }) => saysWho(session) && !session.startsWith("setting:"),
        );
        if (identity === undefined) continue;
        const users = guarded.users(policy, ["update"]);
        const looked = columnsLookedAt(guarded, policy);
        const columns = privilegeColumns(catalog, table, identity.column).filter(
          (column) =>
            !looked.has(column) &&
            users.some((user) => mayUpdate(catalog, user, table, column)) &&
            !guardedByTrigger(context, table, column),
        );
        const [column] = columns;
        if (column === undefined) continue;
        const reach = users.filter((user) => mayUpdate(catalog, user, table, column));
        const roles = reach.map(({ role }) => role).join(", ");
        const grant = reach[0]?.via.find(({ place }) => place !== null && !place.source.path.startsWith("<"));
        context.report({
          variant: null,
          severity: access.severity("high", reach),
          confidence: "medium",
          message: `policy ${policy.name} lets ${roles} set ${columns.join(", ")} in their own rows of ${guarded.name}`,
          label: "every column of the own row",
          place: placeOf(policy.using),
          object: guarded.name,
          reach,
          related: grant?.place == null ? [] : [{ place: grant.place, message: grant.text }],
          help: `REVOKE UPDATE ON ${guarded.name} FROM ${grantees(reach)}; and GRANT UPDATE (…) on the columns that users may set`,
        });
        break;
      }
    }
  },
});

/** Columns that some check on new rows names: what it does with them is the project's own decision. */
function columnsLookedAt(guarded: GuardedTable, policy: Policy): ReadonlySet<string> {
  const names = new Set(columnsOf(guarded.newRows(policy, "update")));
  for (const other of guarded.policies) {
    if (other !== policy && (other.permissive || !covers(other, "update"))) continue;
    const bound = newRowCheck(other);
    if (bound === null) continue;
    walkExpr(bound.expr, {
      expr: (expr) => void (expr.kind === "column" && names.add(expr.name.at(-1) ?? "")),
    });
  }
  return names;
}
