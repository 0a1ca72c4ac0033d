import type { Expr } from "./tree.ts";

/**
 * A condition that lets the same through, where NULL counts as false (IF, WHEN, WHERE): without `IS TRUE`, `= true`,
 * `coalesce(…, false)`, `CASE WHEN … THEN true END`, `AND true` and `OR false` around it.
 */
export function plainCondition(expr: Expr): Expr {
  switch (expr.kind) {
    case "is":
      return expr.what === "true" && !expr.not ? plainCondition(expr.operand) : expr;
    case "coalesce": {
      const [first, second, ...more] = expr.operands;
      return first !== undefined && isBoolean(second, false) && more.length === 0
        ? plainCondition(first)
        : expr;
    }
    case "case": {
      const [only, ...more] = expr.branches;
      const says =
        expr.subject === null &&
        more.length === 0 &&
        isBoolean(only?.then, true) &&
        (expr.otherwise === null || expr.otherwise.kind === "null" || isBoolean(expr.otherwise, false));
      return says && only !== undefined ? plainCondition(only.when) : expr;
    }
    case "operator": {
      const [left, right] = expr.operands;
      if (expr.form !== "plain" || expr.name.at(-1) !== "=" || left === undefined || right === undefined)
        return expr;
      if (isBoolean(right, true)) return plainCondition(left);
      return isBoolean(left, true) ? plainCondition(right) : expr;
    }
    case "and":
    case "or": {
      const neutral = expr.kind === "and";
      const left = expr.operands.filter((each) => !isBoolean(each, neutral)).map(plainCondition);
      const [only, ...more] = left;
      if (only !== undefined && more.length === 0) return only;
      return left.length === 0 ? expr : { ...expr, operands: left };
    }
    default:
      return expr;
  }
}

function isBoolean(expr: Expr | undefined, value: boolean): boolean {
  return expr?.kind === "boolean" && expr.value === value;
}
