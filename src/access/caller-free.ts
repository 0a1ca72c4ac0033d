/** Policies that let rows be changed for what is in them, whoever asks. */
import type { Policy } from "../catalog/model.ts";
import type { Expr } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { covers, type GuardedTable } from "./policies.ts";
import {
  ANYONE,
  alwaysTrue,
  columnsOf,
  implies,
  type Node,
  opaqueExpressions,
  sessionsOf,
} from "./predicates.ts";
import { sessionValue } from "./session-values.ts";

const FALSE: Node = { kind: "constant", value: false };

/** Calls that say nothing of the caller, and take nothing from it. */
const IMPERSONAL =
  /^(?:now|(?:transaction|statement|clock)_timestamp|current_(?:date|time|timestamp)|local(?:time|timestamp)|date_trunc|date_part|extract|age|lower|upper|length|char_length|trim|btrim|abs|round|cardinality|array_length|jsonb?_array_length)$/;

/** UPDATE and DELETE where the policy decides by columns and constants alone, though not for every row. */
export function changesWithoutCaller(
  guarded: GuardedTable,
  policy: Policy,
): readonly ("update" | "delete")[] {
  return (["update", "delete"] as const).filter(
    (command) => covers(policy, command) && isImpersonal(guarded.oldRows(policy, command)),
  );
}

function isImpersonal(node: Node): boolean {
  if (sessionsOf(node).length > 0 || !opaqueExpressions(node).every(saysNothingOfCaller)) return false;
  const names = columnsOf(node).length + opaqueExpressions(node).length;
  // True for every row is the business of rls-policy-always-true.
  return names > 0 && alwaysTrue(node, ANYONE) !== "yes" && implies(node, FALSE, ANYONE) === "no";
}

function saysNothingOfCaller(expr: Expr): boolean {
  let impersonal = true;
  walkExpr(expr, {
    expr(part) {
      if (part.kind === "subquery" || part.kind === "other" || sessionValue(part) !== null)
        impersonal = false;
      if (part.kind === "call" && !IMPERSONAL.test(part.name.at(-1) ?? "")) impersonal = false;
      if (part.kind === "session-value" && !IMPERSONAL.test(part.name)) impersonal = false;
      return impersonal;
    },
  });
  return impersonal;
}
