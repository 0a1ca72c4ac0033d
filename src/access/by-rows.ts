/** Conditions that rows of tables decide: membership, roles kept in a table. */
import type { Expr, FromItem, Query } from "../events/tree.ts";
import { sessionValue } from "./session-values.ts";

/** What a name inside of a routine's body can be, and which of the calls are conditions of this kind themselves. */
export interface RowScope {
  readonly parameters: ReadonlySet<string>;
  readonly decides: (call: Expr) => boolean;
}

const DEPTH = 50;

/**
 * Whether the condition is false while no row says otherwise: a query of a table for the rows of who asks, of the row that is
 * judged or of a parameter decides it. What is not of that form may still be one.
 */
export function decidedByRows(expr: Expr, scope: RowScope, depth = 0): boolean {
  const isOne = (part: Expr): boolean => depth < DEPTH && decidedByRows(part, scope, depth + 1);
  switch (expr.kind) {
    case "subquery": {
      const { query, form } = expr;
      const [only, ...others] = query.targets;
      const plain = form === "scalar" && query.setOperation === null && query.from.length === 0;
      if (plain && query.where === null)
        return others.length === 0 && only !== undefined && isOne(only.value);
      return (
        (form === "exists" || form === "scalar" || form === "in" || form === "any") &&
        asksFor(query, scope, depth)
      );
    }
    case "operator":
      return expr.form === "plain" || expr.form === "any" || expr.form === "in"
        ? expr.operands.some(isOne)
        : false;
    case "and":
      return expr.operands.some(isOne);
    case "or":
      return expr.operands.length > 0 && expr.operands.every(isOne);
    case "not":
      return expr.operands.every(isOne);
    case "cast":
      return isOne(expr.operand);
    case "coalesce": {
      const [first, second] = expr.operands;
      return first !== undefined && isOne(first) && second?.kind === "boolean" && !second.value;
    }
    case "case": {
      const results = [
        ...expr.branches.map(({ then }) => then),
        ...(expr.otherwise === null ? [] : [expr.otherwise]),
      ];
      const isFalse = (part: Expr): boolean =>
        part.kind === "null" || (part.kind === "boolean" && !part.value);
      const others = results.filter((part) => !isFalse(part));
      return others.length > 0 && others.every(isOne);
    }
    case "call":
      return scope.decides(expr);
    default:
      return false;
  }
}

function asksFor(query: Query, scope: RowScope, depth: number): boolean {
  if (query.setOperation !== null || query.where === null || query.groupBy.length > 0) return false;
  const inner = new Set<string>();
  const conditions: Expr[] = [query.where];
  let reads = false;
  const open: FromItem[] = [...query.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "join") {
      if (item.join === "inner" && item.on !== null) conditions.push(item.on);
      open.push(item.left, item.right);
      continue;
    }
    const name = item.alias ?? (item.kind === "relation" ? item.name.at(-1) : undefined);
    if (name !== undefined) inner.add(name);
    if (item.kind === "relation" && !item.cte) reads = true;
  }
  return reads && conditions.some((condition) => narrows(condition, inner, scope, depth));
}

function narrows(condition: Expr, inner: ReadonlySet<string>, scope: RowScope, depth: number): boolean {
  if (depth > DEPTH) return false;
  const isOne = (part: Expr): boolean => narrows(part, inner, scope, depth + 1);
  if (condition.kind === "and") return condition.operands.some(isOne);
  if (condition.kind === "or") return condition.operands.every(isOne);
  return ties(condition, inner, scope) || decidedByRows(condition, scope, depth + 1);
}

/** `column = auth.uid()`, `member.team_id = teams.id`, `column = parameter`. */
function ties(condition: Expr, inner: ReadonlySet<string>, scope: RowScope): boolean {
  if (condition.kind !== "operator" || condition.form !== "plain" || condition.name.at(-1) !== "=")
    return false;
  const [left, right] = condition.operands.map(uncast);
  if (left === undefined || right === undefined) return false;
  const fromOutside = (side: Expr): boolean => {
    if (side.kind === "parameter" || sessionValue(asValue(side)) !== null) return true;
    if (side.kind !== "column") return false;
    const qualifier = side.name.at(-2);
    return qualifier === undefined ? scope.parameters.has(side.name[0] ?? "") : !inner.has(qualifier);
  };
  const isColumn = (side: Expr): boolean => side.kind === "column" && !fromOutside(side);
  return (isColumn(left) && fromOutside(right)) || (isColumn(right) && fromOutside(left));
}

function uncast(expr: Expr): Expr {
  let inner = expr;
  while (inner.kind === "cast") inner = inner.operand;
  return inner;
}

/** `(SELECT auth.uid())` is `auth.uid()`. */
function asValue(expr: Expr): Expr {
  if (expr.kind !== "subquery" || expr.form !== "scalar" || expr.query.from.length > 0) return expr;
  return expr.query.targets[0]?.value ?? expr;
}
