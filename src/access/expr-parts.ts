import type { Expr } from "../events/tree.ts";

/** The direct parts of an expression; the query of a sub-select is not one of them, what it is compared with is. */
export function exprParts(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "column":
    case "parameter":
    case "session-value":
      return [];
    case "call":
      return [...expr.args.map((arg) => arg.value), ...(expr.filter === null ? [] : [expr.filter])];
    case "operator":
    case "and":
    case "or":
    case "not":
    case "coalesce":
    case "greatest":
    case "least":
    case "row":
    case "array":
    case "other":
      return expr.operands;
    case "cast":
    case "is":
      return [expr.operand];
    case "case":
      return [
        ...(expr.subject === null ? [] : [expr.subject]),
        ...expr.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(expr.otherwise === null ? [] : [expr.otherwise]),
      ];
    case "subquery":
      // A scalar `(SELECT auth.uid())` is the value it selects.
      return [
        ...(expr.test === null ? [] : [expr.test]),
        ...(expr.form === "scalar" ? expr.query.targets.map((target) => target.value) : []),
      ];
    case "field":
    case "subscript":
      return [expr.operand, ...(expr.subscripts ?? [])];
  }
}
