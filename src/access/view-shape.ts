/**
 * What a view's own query hides, and whether a function that the reader brings can run before it hides it. Measured
 * shapes: WHERE, inner JOIN, EXISTS/IN, inlined CTE, sub-select, UNION legs, DISTINCT, GROUP BY keys and HAVING leak;
 * LIMIT/OFFSET, MATERIALIZED CTEs, aggregated columns and window output do not.
 */

import type { Expr, FromItem, Select } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { exprParts } from "./expr-parts.ts";
import { snakeCase } from "./name-words.ts";

export interface RowFilter {
  readonly span: Span;
  readonly kind: "where" | "join" | "having";
  /** The conditions that hide rows. */
  readonly conditions: readonly Expr[];
}

const AGGREGATES: ReadonlySet<string> = new Set([
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "array_agg",
  "string_agg",
  "json_agg",
  "jsonb_agg",
  "json_object_agg",
  "jsonb_object_agg",
  "bool_and",
  "bool_or",
  "every",
  "any_value",
  "percentile_cont",
  "percentile_disc",
  "stddev",
  "variance",
]);

/** An aggregate, a window function or a constant: not the value of one row. */
export function isAggregated(expr: Expr): boolean {
  if (expr.kind === "call") return expr.window !== null || AGGREGATES.has(expr.name.at(-1) ?? "");
  if (expr.kind === "cast") return isAggregated(expr.operand);
  return expr.kind === "string" || expr.kind === "number" || expr.kind === "null" || expr.kind === "boolean";
}

/** Row filters that a reader's function can overtake, outermost first; empty when nothing is hidden or nothing leaks. */
export function overtakenFilters(query: Select): readonly RowFilter[] {
  const filters: RowFilter[] = [];
  const open: Select[] = [query];
  const seen = new Set<Select>();
  for (let select = open.pop(); select !== undefined; select = open.pop()) {
    if (seen.has(select)) continue;
    seen.add(select);
    // The planner does not push conditions below LIMIT and OFFSET.
    if (select.limit !== null || select.offset !== null) continue;
    if (select.setOperation !== null) {
      // EXCEPT and INTERSECT push down as UNION does.
      open.push(select.setOperation.right, select.setOperation.left);
      continue;
    }
    if (select.values !== null) continue;
    const visible = select.targets.map((target) => target.value);
    // Without GROUP BY aggregates see only rows that passed; with it the keys themselves are visible.
    const grouped = select.groupBy.length > 0;
    const aggregates = visible.some(
      (value) => value.kind === "call" && value.window === null && isAggregated(value),
    );
    if (aggregates && !grouped) continue;
    if (visible.length > 0 && visible.every(isAggregated)) continue;
    // Window functions are computed over all rows of the partition: conditions stay above them.
    if (visible.some((value) => value.kind === "call" && value.window !== null)) continue;
    if (select.where !== null)
      filters.push({ span: select.where.span, kind: "where", conditions: [select.where] });
    if (select.having !== null)
      filters.push({ span: select.having.span, kind: "having", conditions: [select.having] });
    for (const item of select.from) collectFrom(item, select, filters, open);
  }
  return filters;
}

function collectFrom(item: FromItem, select: Select, filters: RowFilter[], open: Select[]): void {
  switch (item.kind) {
    case "relation": {
      if (!item.cte) return;
      const cte = select.ctes.find((candidate) => candidate.name === item.name[0]);
      // A WITH query that is materialized (or recursive) is an optimisation fence.
      if (cte === undefined || cte.materialized === "always" || cte.recursive || cte.query.kind !== "select")
        return;
      if (cte.materialized === "default" && timesUsed(select, cte.name) > 1) return;
      open.push(cte.query);
      return;
    }
    case "subquery":
      open.push(item.query);
      return;
    case "join": {
      collectFrom(item.left, select, filters, open);
      collectFrom(item.right, select, filters, open);
      if (item.join !== "inner") return;
      if (item.on !== null) {
        if (!isCrossJoin(item.on)) filters.push({ span: item.on.span, kind: "join", conditions: [item.on] });
      } else if (item.using !== null || item.natural) {
        filters.push({ span: item.span, kind: "join", conditions: [] });
      }
      return;
    }
    case "function":
    case "other":
      return;
  }
}

function isCrossJoin(on: Expr): boolean {
  return on.kind === "boolean" && on.value;
}

function timesUsed(select: Select, name: string): number {
  let count = 0;
  const open: FromItem[] = [...select.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "relation" && item.cte && item.name[0] === name) count++;
    if (item.kind === "join") open.push(item.left, item.right);
  }
  return count;
}

/** Names of the columns whose values a query shows, also in sub-selects; null for all (`*`). */
export function shownColumns(query: Select): ReadonlySet<string> | null {
  const names = new Set<string>();
  const open: Select[] = [query];
  const seen = new Set<Select>();
  for (let select = open.pop(); select !== undefined; select = open.pop()) {
    if (seen.has(select)) continue;
    seen.add(select);
    if (select.setOperation !== null) open.push(select.setOperation.left, select.setOperation.right);
    for (const cte of select.ctes) if (cte.query.kind === "select") open.push(cte.query);
    const items: FromItem[] = [...select.from];
    for (let item = items.pop(); item !== undefined; item = items.pop()) {
      if (item.kind === "subquery") open.push(item.query);
      if (item.kind === "join") items.push(item.left, item.right);
    }
    const parts: Expr[] = select.targets.map(({ value }) => value);
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const name = part.kind === "column" ? part.name.at(-1) : undefined;
      if (name === "*") return null;
      if (name !== undefined) names.add(name);
      if (part.kind === "subquery") open.push(part.query);
      parts.push(...exprParts(part));
    }
  }
  return names;
}

/** Functions that say who is asking. */
const IDENTITY_CALLS: ReadonlySet<string> = new Set([
  "auth.uid",
  "auth.jwt",
  "auth.role",
  "auth.email",
  "current_setting",
  "pg_has_role",
  "has_table_privilege",
]);
const IDENTITY_VALUES: ReadonlySet<string> = new Set([
  "current_user",
  "session_user",
  "user",
  "current_role",
]);

/** Whether an expression depends on who is asking. */
function namesIdentity(expr: Expr): boolean {
  const open: Expr[] = [expr];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "session-value" && IDENTITY_VALUES.has(next.name)) return true;
    if (next.kind === "call") {
      const name = next.name.filter((part) => part !== "pg_catalog").join(".");
      if (IDENTITY_CALLS.has(name)) return true;
    }
    open.push(...exprParts(next));
  }
  return false;
}

/** Column names of conditions that are there to keep others out. */
const SECRET_COLUMN =
  /(?:^|_)(?:tenant|owner|user|account|org|organi[sz]ation|team|member|customer|private|secret|hidden|confidential|internal|visible|visibility|public|shared|permission|acl)(?:_|s?$)/;
/** Column names of conditions that only tidy up. */
const HOUSEKEEPING_COLUMN =
  /(?:^|_)(?:deleted|archived|active|enabled|disabled|removed|valid|expired|expires|current|latest|status|state|type|kind)(?:_|$)/;

/** How likely a filter is a security rule: identity or tenant columns high, housekeeping and plain joins low. */
export function filterConfidence(filter: RowFilter): "low" | "medium" | "high" {
  if (asksWhoReads(filter)) return "high";
  const names = new Set<string>();
  const open = [...filter.conditions];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "column") names.add(snakeCase(next.name.at(-1) ?? ""));
    if (next.kind === "subquery" && filter.kind === "where") return "medium";
    open.push(...exprParts(next));
  }
  if (filter.kind === "join") return "low";
  const list = [...names];
  if (list.some((name) => SECRET_COLUMN.test(name))) return "high";
  if (list.length > 0 && list.every((name) => HOUSEKEEPING_COLUMN.test(name))) return "low";
  return list.length === 0 ? "low" : "medium";
}

/** Whether a filter asks who reads. */
function asksWhoReads(filter: RowFilter): boolean {
  return filter.conditions.some(namesIdentity);
}

/** Column names that say that rows are not for everybody. */
const HIDING_COLUMN = /(?:^|_)(?:private|secret|hidden|confidential|internal)(?:_|s?$)/;

/** Whether a filter asks who reads, or names rows that are not for everybody: it keeps others out, whoever they are. */
export function isMeantToHide(filter: RowFilter): boolean {
  const open = [...filter.conditions];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "column" && HIDING_COLUMN.test(snakeCase(next.name.at(-1) ?? ""))) return true;
    open.push(...exprParts(next));
  }
  return asksWhoReads(filter);
}

/** Whether the query's own outermost condition ties every row to who is asking (as a policy would). */
export function filtersByIdentity(query: Select): boolean {
  if (query.setOperation !== null) {
    return filtersByIdentity(query.setOperation.left) && filtersByIdentity(query.setOperation.right);
  }
  return query.where !== null && tiesToIdentity(query.where);
}

/** AND: one operand does; OR: all do that are not false. */
function tiesToIdentity(condition: Expr): boolean {
  switch (condition.kind) {
    case "and":
      return condition.operands.some(tiesToIdentity);
    case "or":
      return condition.operands.every((each) => isFalse(each) || tiesToIdentity(each));
    default:
      return namesIdentity(condition);
  }
}

function isFalse(expr: Expr): boolean {
  return expr.kind === "boolean" && !expr.value;
}
