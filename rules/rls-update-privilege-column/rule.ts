import { tablesOfAccounts } from "../../src/access/account-triggers.ts";
import { grantees } from "../../src/access/actors.ts";
import { guardedByTrigger, mayWrite } from "../../src/access/column-guards.ts";
import { isKey } from "../../src/access/keys.ts";
import { snakeCase } from "../../src/access/name-words.ts";
import { saysWho } from "../../src/access/owner-columns.ts";
import {
  columnsChecked,
  covers,
  type GuardedTable,
  guardedTables,
  newRowCheck,
  placeOf,
} from "../../src/access/policies.ts";
import { columnsOf, identityColumns, rowThatPasses, SIGNED_IN } from "../../src/access/predicates.ts";
import { privilegeColumns } from "../../src/access/privilege-columns.ts";
import type { BoundExpr, Oid, Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "Users may change what says what they may do",
  severity: "high",
  category: "row-security",
  cwe: [915, 269],
  since: "0.1.0",
  variants: {},
  why: "Row-level security decides about rows, not about columns. Whoever may insert or update the own row may write every column of it that the privilege covers.",
  check(context) {
    let ofAccounts: ReadonlySet<Oid> | null = null;
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude) continue;
        if (policy.using !== null && judge(context, guarded, policy, "update", policy.using)) break;
        const check = newRowCheck(policy);
        if (check === null || !covers(policy, "insert")) continue;
        ofAccounts ??= tablesOfAccounts(context);
        if (judge(context, guarded, policy, "insert", check, ofAccounts)) break;
      }
    }
  },
});

/** Whether it was reported. */
function judge(
  context: RuleContext<never>,
  guarded: GuardedTable,
  policy: Policy,
  command: "insert" | "update",
  condition: BoundExpr,
  ofAccounts: ReadonlySet<Oid> = new Set(),
): boolean {
  if (!covers(policy, command)) return false;
  const { catalog, access } = context;
  const { table } = guarded;
  const rows = command === "update" ? guarded.oldRows(policy, "update") : guarded.newRows(policy, "insert");
  // A setting of the application's own says for whom it works: the statements are the application's.
  const [identity] = identityColumns(rows).filter(
    ({ session }) => saysWho(session) && !session.startsWith("setting:"),
  );
  if (identity === undefined) return false;
  const owner = identity.column;
  if (command === "insert") {
    const single = isKey(catalog, table, owner);
    // The one row of the user is there already.
    if (single && ofAccounts.has(table.oid)) return false;
    // Whoever makes a group is its first administrator: elsewhere new rows count where rights are all they are about.
    if (!single && !RIGHTS_TABLE.test(snakeCase(table.name))) return false;
    if (rowThatPasses(rows, [], SIGNED_IN) == null) return false;
  }
  const users = guarded.users(policy, [command]);
  const looked = new Set([
    ...columnsOf(guarded.newRows(policy, command)),
    ...columnsChecked(guarded, policy, command),
  ]);
  const columns = privilegeColumns(catalog, table, owner).filter(
    (column) =>
      !looked.has(column) &&
      users.some((user) => mayWrite(catalog, user, table, column, command)) &&
      !guardedByTrigger(context, table, column, command),
  );
  const [column] = columns;
  if (column === undefined) return false;
  const reach = users.filter((user) => mayWrite(catalog, user, table, column, command));
  const roles = reach.map(({ role }) => role).join(", ");
  const grant = reach[0]?.via.find(({ place }) => place !== null && !place.source.path.startsWith("<"));
  const verb = command.toUpperCase();
  context.report({
    variant: null,
    severity: access.severity("high", reach),
    confidence: "medium",
    message:
      command === "update"
        ? `policy ${policy.name} lets ${roles} set ${columns.join(", ")} in their own rows of ${guarded.name}`
        : `policy ${policy.name} lets ${roles} choose ${columns.join(", ")} when they insert their own rows of ${guarded.name}`,
    label: command === "update" ? "every column of the own row" : "every column of a new row",
    place: placeOf(condition),
    object: guarded.name,
    reach,
    related: grant?.place == null ? [] : [{ place: grant.place, message: grant.text }],
    help: `REVOKE ${verb} ON ${guarded.name} FROM ${grantees(reach)}; and GRANT ${verb} (…) on the columns that users may set`,
  });
  return true;
}

/** Tables of nothing but what users may do. */
const RIGHTS_TABLE = /(?:^|_)(?:roles?|admins?|permissions?|privileges?)$/;
