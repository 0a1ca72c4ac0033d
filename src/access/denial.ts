/** Whether a piece of code turns the caller away. */
import type { Body, Expr, PlStatement } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";

/** Whether statements end in an error, or in an answer that holds nothing: what comes after them is not done. */
export function denies(statements: readonly PlStatement[]): boolean {
  const last = statements.at(-1);
  if (last === undefined) return false;
  switch (last.kind) {
    case "raise":
      return last.level === "exception";
    case "return":
      return last.value === null || isRefusal(last.value);
    case "block":
      return last.handlers.length === 0 && denies(last.body);
    case "if":
      return (
        last.otherwise.length > 0 &&
        denies(last.otherwise) &&
        last.branches.every((branch) => denies(branch.body))
      );
    default:
      return false;
  }
}

/** NULL, false, or an object made of constants such as `{"error": "forbidden"}`. */
function isRefusal(value: Expr): boolean {
  if (value.kind === "boolean") return !value.value;
  if (value.kind === "null") return true;
  let constant = true;
  let yes = false;
  walkExpr(value, {
    expr(expr) {
      if (expr.kind === "column" || expr.kind === "parameter" || expr.kind === "subquery") constant = false;
      if (expr.kind === "boolean" && expr.value) yes = true;
    },
  });
  return constant && !yes;
}

/** Whether code raises an error of its own anywhere. */
export function raises(body: Body): boolean {
  let found = false;
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "raise" && statement.level === "exception") found = true;
    },
  });
  return found;
}
