/** Domains whose CHECK leaves no text that could be SQL. */
import type { UserType } from "../catalog/model.ts";
import type { State } from "../catalog/store.ts";
import type { Expr } from "../events/tree.ts";
import { isSafePattern } from "../templates/index.ts";

/** Whether a check of the domain compares VALUE with constants, or with a pattern of harmless characters. */
export function isClosedDomain(state: State, domain: UserType): boolean {
  return state.constraints.by.relation
    .all(domain.oid)
    .some(({ kind, expression }) => kind === "check" && expression !== null && closes(expression.expr));
}

function closes(expr: Expr): boolean {
  if (expr.kind === "and") return expr.operands.some(closes);
  if (expr.kind === "or") return expr.operands.every(closes);
  if (expr.kind !== "operator") return false;
  const [left, ...others] = expr.operands;
  if (left === undefined || !isValue(left)) return false;
  const name = expr.name.at(-1) ?? "";
  if (expr.form === "plain" && name === "~") {
    const [pattern] = others;
    return pattern?.kind === "string" && isSafePattern(pattern.value);
  }
  const compares = expr.form === "in" || ((expr.form === "plain" || expr.form === "any") && name === "=");
  return compares && others.length > 0 && others.every(isConstant);
}

function isValue(expr: Expr): boolean {
  if (expr.kind === "cast") return isValue(expr.operand);
  return expr.kind === "column" && expr.name.length === 1 && expr.name[0] === "value";
}

function isConstant(expr: Expr): boolean {
  if (expr.kind === "cast") return isConstant(expr.operand);
  if (expr.kind === "array") return expr.operands.every(isConstant);
  return expr.kind === "string" || expr.kind === "number";
}
