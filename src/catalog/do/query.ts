/** Queries of a DO block over the system catalogs. */
import type { Expr, Select } from "../../events/tree.ts";
import { cast } from "./cast.ts";
import { evaluate } from "./evaluate.ts";
import { givesSet, joinedRows, rowsOfCall } from "./from.ts";
import { stringAggregate } from "./functions.ts";
import { binary, every } from "./operators.ts";
import { NotKnown, type Scope, withRows } from "./scope.ts";
import { compared, entriesOf, type Row, UNKNOWN, type Value } from "./value.ts";

/** The rows of a query; throws `NotKnown`. */
export function queryRows(query: Select, scope: Scope): readonly Row[] {
  if (query.ctes.length > 0 || query.groupBy.length > 0 || query.having !== null) throw new NotKnown();
  if (query.setOperation !== null) {
    if (query.setOperation.operator !== "union") throw new NotKnown();
    return [...queryRows(query.setOperation.left, scope), ...queryRows(query.setOperation.right, scope)];
  }
  if (query.values !== null) {
    return query.values.map((row) => ({
      kind: "row",
      fields: new Map(row.map((each, i) => [`column${i + 1}`, evaluate(each, scope)])),
    }));
  }
  const found: ReadonlyMap<string, Row>[] = [];
  joinedRows(query, scope, (rows) => {
    const holds = query.where === null ? true : every([evaluate(query.where, withRows(scope, rows))]);
    if (holds === UNKNOWN) throw new NotKnown();
    if (holds === true) found.push(rows);
  });
  if (query.targets.some((target) => isAggregate(target.value))) return [aggregated(query, found, scope)];
  const ordered = inOrder(query, found, scope);
  const limit = query.limit === null ? null : evaluate(query.limit, scope);
  const rows = ordered.flatMap((row) => outputs(query, row, scope));
  return typeof limit === "number" ? rows.slice(0, limit) : rows;
}

const AGGREGATES: ReadonlySet<string> = new Set([
  "count",
  "string_agg",
  "array_agg",
  "bool_or",
  "bool_and",
  "min",
  "max",
]);

function isAggregate(expr: Expr): boolean {
  if (expr.kind === "call") return expr.window === null && AGGREGATES.has(expr.name.at(-1) ?? "");
  return expr.kind === "operator" || expr.kind === "coalesce"
    ? expr.operands.some(isAggregate)
    : expr.kind === "cast" && isAggregate(expr.operand);
}

function aggregated(query: Select, rows: readonly ReadonlyMap<string, Row>[], scope: Scope): Row {
  const values = (expr: Expr): readonly Value[] => rows.map((row) => evaluate(expr, withRows(scope, row)));
  const compute = (expr: Expr): Value => {
    if (expr.kind === "coalesce") return expr.operands.map(compute).find((value) => value !== null) ?? null;
    if (expr.kind === "cast") return cast(scope.context, compute(expr.operand), expr.type, expr.span.start);
    if (expr.kind === "operator" && expr.form === "plain") {
      const [left, right] = expr.operands.map(compute);
      return left === undefined || right === undefined
        ? UNKNOWN
        : binary(expr.name.at(-1) ?? "", left, right, expr.span.start);
    }
    if (expr.kind !== "call" || !isAggregate(expr)) return evaluate(expr, scope);
    if (expr.distinct || expr.filter !== null) return UNKNOWN;
    const [first, second] = expr.args;
    switch (expr.name.at(-1)) {
      case "count":
        return first === undefined
          ? rows.length
          : values(first.value).filter((value) => value !== null).length;
      case "array_agg":
        return first === undefined || rows.length === 0 ? null : values(first.value);
      case "string_agg":
        if (first === undefined || second === undefined) return UNKNOWN;
        return stringAggregate(values(first.value), evaluate(second.value, scope), expr.span.start);
      default:
        return UNKNOWN;
    }
  };
  return {
    kind: "row",
    fields: new Map(query.targets.map((target, i) => [outputName(target, i), compute(target.value)])),
  };
}

function outputName(target: Select["targets"][number], i: number): string {
  if (target.name !== null) return target.name;
  const { value } = target;
  if (value.kind === "column") return value.name.at(-1) ?? "";
  if (value.kind === "call") return value.name.at(-1) ?? "";
  if (value.kind === "cast")
    return value.operand.kind === "column"
      ? (value.operand.name.at(-1) ?? "")
      : (value.type.name.at(-1) ?? "");
  return `?column${i}?`;
}

/** Rows of the result: more than one where the only column is a set. */
function outputs(query: Select, rows: ReadonlyMap<string, Row>, scope: Scope): readonly Row[] {
  const [only, ...more] = query.targets;
  if (only === undefined || more.length > 0 || !givesSet(only.value)) return [output(query, rows, scope)];
  // The order of values, and which of them are first, is the set's own only as long as nothing sorts it.
  if (query.orderBy.length > 0) throw new NotKnown();
  const name = outputName(only, 0);
  return rowsOfCall(only.value, withRows(scope, rows)).map(
    (value): Row => ({ kind: "row", fields: new Map([[name, value]]) }),
  );
}

function output(query: Select, rows: ReadonlyMap<string, Row>, scope: Scope): Row {
  const inner = withRows(scope, rows);
  const fields = new Map<string, Value>();
  query.targets.forEach((target, i) => {
    if (target.value.kind === "column" && target.value.name.at(-1) === "*") {
      const [alias] = target.value.name;
      for (const [name, row] of rows) {
        if (target.value.name.length === 1 || name === alias)
          for (const [key, value] of entriesOf(row)) fields.set(key, value);
      }
    } else fields.set(outputName(target, i), evaluate(target.value, inner));
  });
  return { kind: "row", fields };
}

function inOrder(
  query: Select,
  rows: readonly ReadonlyMap<string, Row>[],
  scope: Scope,
): readonly ReadonlyMap<string, Row>[] {
  const [key] = query.orderBy;
  if (key === undefined) return rows;
  const keyed = rows.map((row): { readonly row: ReadonlyMap<string, Row>; readonly value: Value } => ({
    row,
    value: evaluate(key, withRows(scope, row)),
  }));
  return keyed.sort((a, b) => compared(a.value, b.value) ?? 0).map(({ row }) => row);
}
