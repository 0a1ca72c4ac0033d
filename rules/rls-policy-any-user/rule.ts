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
import {
  ANONYMOUS,
  ANYONE,
  alwaysTrue,
  alwaysTrueForAny,
  implies,
  SIGNED_IN,
} from "../../src/access/predicates.ts";
import type { Policy } from "../../src/catalog/model.ts";
import type { Expr } from "../../src/events/tree.ts";
import { walkExpr } from "../../src/events/walk.ts";
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
        const inBucket = bucketOf(guarded, policy) !== null;
        context.report({
          variant: null,
          severity: context.access.severity(inBucket ? "medium" : severityOf(can), reach),
          confidence: inBucket ? "medium" : can.some((command) => command !== "select") ? "high" : "medium",
          message: `policy ${policy.name} lets every signed-in user ${can.map((command) => command.toUpperCase()).join(", ")} every row of ${guarded.name}${inBucket ? " in the bucket" : ""}, whoever is in ${column}`,
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
    // Anybody may be meant to upload and to read; changing other people's files is another matter.
    if (command === "update" || command === "delete") {
      const bucket = bucketOf(guarded, policy);
      if (bucket !== null && implies(guarded.conditions.of(bucket), node, SIGNED_IN) === "yes") {
        if (guarded.users(policy, [command]).length > 0) can.push(command);
        continue;
      }
    }
    if (alwaysTrue(node, SIGNED_IN) !== "yes" || alwaysTrue(node, ANYONE) === "yes") continue;
    if (admitsAnonymous(context.catalog, policy) && alwaysTrueForAny(node, ANONYMOUS) === "yes") continue;
    if (guarded.users(policy, [command]).length > 0) can.push(command);
  }
  return can;
}

/** On Supabase's table of files: the condition that names the bucket, `bucket_id = 'avatars'`. */
function bucketOf(guarded: GuardedTable, policy: Policy): Expr | null {
  if (guarded.name !== "storage.objects" || policy.using === null) return null;
  let found: Expr | null = null;
  walkExpr(policy.using.expr, {
    expr(expr) {
      if (expr.kind === "subquery") return false;
      const names = expr.kind === "operator" && expr.name.at(-1) === "=" && expr.operands.some(isBucket);
      if (names) found ??= expr;
      return true;
    },
  });
  return found;
}

function isBucket(expr: Expr): boolean {
  if (expr.kind === "cast") return isBucket(expr.operand);
  return expr.kind === "column" && expr.name.at(-1) === "bucket_id";
}

function severityOf(can: readonly RowCommand[]): Severity {
  return can.some((command) => command !== "select") ? "high" : "medium";
}
