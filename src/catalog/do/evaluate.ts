/** Expressions and queries of a DO block, over its variables and the system catalogs. */
import type { Call, Expr, FromItem, Name, Select, TypeName } from "../../events/tree.ts";
import { type Context, currentUser } from "../context.ts";
import { findRelation, findType, roleName, routinesNamed, schemaNamed, searchSchemas } from "../resolve.ts";
import { callValue, stringAggregate } from "./functions.ts";
import { argumentTypes, registered, systemRows } from "./system-catalogs.ts";
import { compared, isArray, isText, joined, made, type Row, textOf, UNKNOWN, type Value } from "./value.ts";

/** What names mean: variables of the block, and the rows of the queries around. */
export interface Scope {
  readonly context: Context;
  readonly variables: ReadonlyMap<string, Value>;
  /** Rows by alias, innermost query last. */
  readonly rows: readonly ReadonlyMap<string, Row>[];
  /** Values of the call's work: the bound of nested loops. */
  readonly budget: { steps: number };
}

/** What a query gives cannot be known. */
export class NotKnown extends Error {}

const MOST_STEPS = 2_000_000;

export function evaluate(expr: Expr, scope: Scope): Value {
  const value = (inner: Expr): Value => evaluate(inner, scope);
  const at = expr.span.start;
  switch (expr.kind) {
    case "string":
      return { kind: "text", text: expr.value, map: expr.map };
    case "number":
      return Number(expr.value);
    case "boolean":
      return expr.value;
    case "null":
      return null;
    case "column":
      return column(expr.name, scope);
    case "call":
      return call(expr, scope);
    case "operator":
      return operator(expr, scope);
    case "cast":
      return cast(scope, value(expr.operand), expr.type, at);
    case "and":
      return every(expr.operands.map(value));
    case "or":
      return negated(every(expr.operands.map((operand) => negated(value(operand)))));
    case "not":
      return expr.operands[0] === undefined ? UNKNOWN : negated(value(expr.operands[0]));
    case "is": {
      const operand = value(expr.operand);
      if (operand === UNKNOWN) return UNKNOWN;
      const holds =
        expr.what === "null"
          ? operand === null
          : expr.what === "unknown"
            ? operand === null
            : operand === (expr.what === "true");
      return holds !== expr.not;
    }
    case "case":
      for (const { when, then } of expr.branches) {
        const condition = expr.subject === null ? value(when) : equal(value(expr.subject), value(when));
        if (condition === UNKNOWN) return UNKNOWN;
        if (condition === true) return value(then);
      }
      return expr.otherwise === null ? null : value(expr.otherwise);
    case "coalesce":
      for (const operand of expr.operands) {
        const each = value(operand);
        if (each !== null) return each;
      }
      return null;
    case "array":
      return expr.operands.map(value);
    case "row":
      return {
        kind: "row",
        fields: new Map(expr.operands.map((operand, i) => [`f${i + 1}`, value(operand)])),
      };
    case "session-value":
      return sessionValue(scope.context, expr.name, at);
    case "subquery":
      return subquery(expr, scope);
    case "field": {
      const operand = value(expr.operand);
      return isRow(operand) ? (operand.fields.get(expr.field ?? "") ?? UNKNOWN) : UNKNOWN;
    }
    case "subscript": {
      const list = value(expr.operand);
      const index = expr.subscripts?.[0] === undefined ? UNKNOWN : value(expr.subscripts[0]);
      return isArray(list) && typeof index === "number" ? (list[index - 1] ?? null) : UNKNOWN;
    }
    case "other":
      return expr.what.toLowerCase() === "collate" && expr.operands[0] !== undefined
        ? value(expr.operands[0])
        : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function isRow(value: Value): value is Row {
  return typeof value === "object" && value !== null && !isArray(value) && value.kind === "row";
}

function negated(value: Value): Value {
  return typeof value === "boolean" ? !value : value === null ? null : UNKNOWN;
}

function every(values: readonly Value[]): Value {
  if (values.includes(false)) return false;
  if (values.includes(UNKNOWN)) return UNKNOWN;
  return values.includes(null) ? null : values.every((value) => value === true) ? true : UNKNOWN;
}

function equal(a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  const order = compared(a, b);
  return order === undefined ? UNKNOWN : order === 0;
}

function column(name: Name, scope: Scope): Value {
  const [first = "", second] = name;
  for (let i = scope.rows.length - 1; i >= 0; i--) {
    const rows = scope.rows[i];
    if (second !== undefined) {
      const row = rows?.get(first);
      if (row !== undefined) return row.fields.get(second) ?? UNKNOWN;
    } else {
      for (const row of rows?.values() ?? []) {
        const value = row.fields.get(first);
        if (value !== undefined) return value;
      }
      const whole = rows?.get(first);
      if (whole !== undefined)
        return whole.fields.size === 1 ? ([...whole.fields.values()][0] ?? UNKNOWN) : whole;
    }
  }
  const variable = scope.variables.get(first);
  if (second === undefined) return variable ?? UNKNOWN;
  return variable !== undefined && isRow(variable) ? (variable.fields.get(second) ?? UNKNOWN) : UNKNOWN;
}

function sessionValue(context: Context, name: string, at: number): Value {
  switch (name) {
    case "current_user":
    case "current_role":
    case "user":
      return made(roleName(context.state, currentUser(context)), at);
    case "session_user":
      return made(roleName(context.state, context.session.sessionUser), at);
    case "current_schema":
      return made(searchSchemas(context).find((schema) => !schema.name.startsWith("pg_"))?.name ?? "", at);
    default:
      return UNKNOWN;
  }
}

function operator(expr: Extract<Expr, { kind: "operator" }>, scope: Scope): Value {
  const [left, right] = expr.operands.map((operand) => evaluate(operand, scope));
  if (left === undefined) return UNKNOWN;
  const name = expr.name.at(-1) ?? "";
  switch (expr.form) {
    case "in":
    case "not-in": {
      const found = among(
        left,
        expr.operands.slice(1).map((operand) => evaluate(operand, scope)),
      );
      return expr.form === "in" ? found : negated(found);
    }
    case "any":
    case "all":
      if (right === undefined || !isArray(right) || (name !== "=" && name !== "<>")) return UNKNOWN;
      if (expr.form === "any" && name === "=") return among(left, right);
      return expr.form === "all" && name === "<>" ? negated(among(left, right)) : UNKNOWN;
    case "distinct":
    case "not-distinct": {
      if (right === undefined || left === UNKNOWN || right === UNKNOWN) return UNKNOWN;
      const same = left === null || right === null ? left === right : equal(left, right);
      return expr.form === "distinct" ? negated(same) : same;
    }
    case "like":
    case "ilike":
      return right === undefined ? UNKNOWN : like(left, right, expr.form === "ilike", name.startsWith("!"));
    case "plain":
      return right === undefined ? UNKNOWN : binary(name, left, right, expr.span.start);
    default:
      return UNKNOWN;
  }
}

function among(value: Value, list: readonly Value[]): Value {
  const flat = list.length === 1 && list[0] !== undefined && isArray(list[0]) ? list[0] : list;
  const results = flat.map((each) => equal(value, each));
  if (results.includes(true)) return true;
  return results.includes(UNKNOWN) ? UNKNOWN : results.includes(null) ? null : false;
}

function like(value: Value, pattern: Value, fold: boolean, not: boolean): Value {
  if (value === null || pattern === null) return null;
  if (!isText(value) || !isText(pattern)) return UNKNOWN;
  const source = pattern.text.replace(/\\?[\s\S]/g, (part) =>
    part === "%"
      ? "[\\s\\S]*"
      : part === "_"
        ? "[\\s\\S]"
        : part.slice(-1).replace(/[.*+?^${}()|[\]\\]/, "\\$&"),
  );
  return new RegExp(`^${source}$`, fold ? "i" : "").test(value.text) !== not;
}

function binary(name: string, left: Value, right: Value, at: number): Value {
  if (left === null || right === null) return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : null;
  switch (name) {
    case "||": {
      if (isArray(left) && isArray(right)) return [...left, ...right];
      const parts = [textOf(left, at), textOf(right, at)];
      const known = parts.filter((part) => part !== undefined && part !== null);
      return known.length === 2 ? joined(known) : UNKNOWN;
    }
    case "~":
    case "~*":
    case "!~":
    case "!~*": {
      if (!isText(left) || !isText(right) || /\\[^\w]|\(\?|\[\[/.test(right.text)) return UNKNOWN;
      try {
        return new RegExp(right.text, name.endsWith("*") ? "i" : "").test(left.text) !== name.startsWith("!");
      } catch {
        return UNKNOWN;
      }
    }
    case "~~":
    case "!~~":
      return like(left, right, false, name.startsWith("!"));
    case "+":
    case "-":
    case "*":
      if (typeof left !== "number" || typeof right !== "number") return UNKNOWN;
      return name === "+" ? left + right : name === "-" ? left - right : left * right;
    default: {
      const order = compared(left, right);
      if (order === undefined) return UNKNOWN;
      const holds = COMPARISONS.get(name);
      return holds === undefined ? UNKNOWN : holds(order);
    }
  }
}

const COMPARISONS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["=", (order: number) => order === 0],
  ["<>", (order: number) => order !== 0],
  ["!=", (order: number) => order !== 0],
  ["<", (order: number) => order < 0],
  [">", (order: number) => order > 0],
  ["<=", (order: number) => order <= 0],
  [">=", (order: number) => order >= 0],
]);

/** A cast: oids to names and back; text types keep the text with its place. */
export function cast(scope: Scope, value: Value, type: TypeName, at: number): Value {
  if (value === null || value === UNKNOWN) return value;
  const name = type.name.at(-1) ?? "";
  const { context } = scope;
  if (name.startsWith("reg") && !type.array) {
    const oid =
      typeof value === "number"
        ? value
        : isText(value)
          ? named(context, name, value.text)
          : isArray(value) || typeof value === "boolean"
            ? null
            : value.kind === "registered"
              ? value.oid
              : null;
    return oid === null ? UNKNOWN : (registered(context, name, oid) ?? UNKNOWN);
  }
  if (type.array) return isArray(value) ? value : isText(value) ? arrayOf(value.text, at) : UNKNOWN;
  if (name === "oid")
    return typeof value === "object" && !isArray(value) && value.kind === "registered" ? value.oid : value;
  if (["text", "varchar", "name", "bpchar", "char"].includes(name)) return textOf(value, at) ?? UNKNOWN;
  if (["int4", "int8", "int2", "numeric"].includes(name)) {
    return typeof value === "number"
      ? value
      : isText(value) && /^-?\d+$/.test(value.text)
        ? Number(value.text)
        : UNKNOWN;
  }
  if (name === "bool" && isText(value)) return ["t", "true", "on", "yes", "1"].includes(value.text);
  return isText(value) ? value : UNKNOWN;
}

/** `{a,b}` without quotes or nesting. */
function arrayOf(text: string, at: number): Value {
  const match = /^\{([^{}"]*)\}$/.exec(text);
  if (match === null) return UNKNOWN;
  return match[1] === "" ? [] : (match[1] ?? "").split(",").map((each) => made(each.trim(), at));
}

/** The object of a name given as text: `'app.t'::regclass`. */
export function named(context: Context, type: string, text: string): number | null {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^".()\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const name = parts.slice(0, 2);
  switch (type) {
    case "regclass":
      return findRelation(context, name)?.oid ?? null;
    case "regtype":
      return findType(context, name)?.oid ?? null;
    case "regrole":
      return context.state.roles.by(parts[0] ?? "")[0]?.oid ?? null;
    case "regnamespace":
      return schemaNamed(context.state, parts[0] ?? "")?.oid ?? null;
    case "regproc":
      return routinesNamed(context, name)[0]?.oid ?? null;
    case "regprocedure": {
      const open = text.indexOf("(");
      const args = text
        .slice(open + 1, text.lastIndexOf(")"))
        .replace(/\s*,\s*/g, ", ")
        .trim();
      const base = [...text.slice(0, open).matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(
        ([, quoted, plain]) => quoted ?? (plain ?? "").toLowerCase(),
      );
      return (
        routinesNamed(context, base).find((routine) => argumentTypes(context, routine) === args)?.oid ?? null
      );
    }
    default:
      return null;
  }
}

function call(expr: Call, scope: Scope): Value {
  const args = expr.args.map((arg) => evaluate(arg.value, scope));
  return callValue(scope.context, expr.name.at(-1) ?? "", args, expr.span.start);
}

function subquery(expr: Extract<Expr, { kind: "subquery" }>, scope: Scope): Value {
  let rows: readonly Row[];
  try {
    rows = queryRows(expr.query, scope);
  } catch (error) {
    if (error instanceof NotKnown) return UNKNOWN;
    throw error;
  }
  const first = (row: Row | undefined): Value =>
    row === undefined ? null : ([...row.fields.values()][0] ?? UNKNOWN);
  switch (expr.form) {
    case "exists":
      // What is not in the files may be in the database all the same.
      return rows.length > 0 ? true : scope.context.assume ? UNKNOWN : false;
    case "scalar":
      return rows.length === 0 && scope.context.assume ? UNKNOWN : first(rows[0]);
    case "array":
      return rows.map(first);
    case "in":
    case "any": {
      const test = expr.test === null ? UNKNOWN : evaluate(expr.test, scope);
      const found = test === UNKNOWN ? UNKNOWN : among(test, rows.map(first));
      return found === false && scope.context.assume ? UNKNOWN : found;
    }
    default:
      return UNKNOWN;
  }
}

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
  const conditions =
    query.where === null ? [] : query.where.kind === "and" ? query.where.operands : [query.where];
  join(query.from, 0, new Map(), scope, (rows) => {
    const inner = { ...scope, rows: [...scope.rows, rows] };
    const holds = every(conditions.map((condition) => evaluate(condition, inner)));
    if (holds === UNKNOWN) throw new NotKnown();
    if (holds === true) found.push(rows);
  });
  if (query.targets.some((target) => isAggregate(target.value))) return [aggregated(query, found, scope)];
  const ordered = inOrder(query, found, scope);
  const limit = query.limit === null ? null : evaluate(query.limit, scope);
  const rows = ordered.map((row) => output(query, row, scope));
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
  const values = (expr: Expr): readonly Value[] =>
    rows.map((row) => evaluate(expr, { ...scope, rows: [...scope.rows, row] }));
  const compute = (expr: Expr): Value => {
    if (expr.kind === "coalesce") return expr.operands.map(compute).find((value) => value !== null) ?? null;
    if (expr.kind === "cast") return cast(scope, compute(expr.operand), expr.type, expr.span.start);
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

function output(query: Select, rows: ReadonlyMap<string, Row>, scope: Scope): Row {
  const inner = { ...scope, rows: [...scope.rows, rows] };
  const fields = new Map<string, Value>();
  query.targets.forEach((target, i) => {
    if (target.value.kind === "column" && target.value.name.at(-1) === "*") {
      const [alias] = target.value.name;
      for (const [name, row] of rows) {
        if (target.value.name.length === 1 || name === alias)
          for (const [key, value] of row.fields) fields.set(key, value);
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
    value: evaluate(key, { ...scope, rows: [...scope.rows, row] }),
  }));
  return keyed.sort((a, b) => compared(a.value, b.value) ?? 0).map(({ row }) => row);
}

/** All combinations of the rows of FROM. */
function join(
  from: readonly FromItem[],
  at: number,
  rows: ReadonlyMap<string, Row>,
  scope: Scope,
  found: (rows: ReadonlyMap<string, Row>) => void,
): void {
  const item = from[at];
  if (item === undefined) {
    found(rows);
    return;
  }
  itemRows(item, rows, scope, (more) => join(from, at + 1, more, scope, found));
}

function itemRows(
  item: FromItem,
  rows: ReadonlyMap<string, Row>,
  scope: Scope,
  found: (rows: ReadonlyMap<string, Row>) => void,
): void {
  const each = (alias: string, list: Iterable<Row>): void => {
    for (const row of list) {
      if (++scope.budget.steps > MOST_STEPS) throw new NotKnown();
      found(new Map([...rows, [alias, row]]));
    }
  };
  switch (item.kind) {
    case "relation": {
      const last = item.name.at(-1) ?? "";
      const schema = item.name.at(-2) ?? "pg_catalog";
      const list = systemRows(
        scope.context,
        schema === "pg_catalog" ? last : `${schema}.${last}`,
        item.span.start,
      );
      if (list === null || item.cte) throw new NotKnown();
      each(item.alias ?? last, list);
      return;
    }
    case "join": {
      if (item.join !== "inner" || item.natural) throw new NotKnown();
      itemRows(item.left, rows, scope, (left) =>
        itemRows(item.right, left, scope, (both) => {
          const inner = { ...scope, rows: [...scope.rows, both] };
          let holds = item.on === null ? true : evaluate(item.on, inner);
          for (const name of item.using ?? []) {
            const sides = [...both.values()].flatMap((row) => row.fields.get(name) ?? []);
            holds = every([holds, equal(sides[0] ?? UNKNOWN, sides[1] ?? UNKNOWN)]);
          }
          if (holds === UNKNOWN) throw new NotKnown();
          if (holds === true) found(both);
        }),
      );
      return;
    }
    case "subquery":
      each(item.alias ?? "", queryRows(item.query, { ...scope, rows: [...scope.rows, rows] }));
      return;
    case "function": {
      const [only] = item.calls;
      if (item.calls.length !== 1 || only?.kind !== "call") throw new NotKnown();
      const list = rowsOfCall(only, { ...scope, rows: [...scope.rows, rows] });
      const alias = item.alias ?? only.name.at(-1) ?? "";
      each(
        alias,
        list.map((value): Row => ({ kind: "row", fields: new Map<string, Value>([[alias, value]]) })),
      );
      return;
    }
    default:
      throw new NotKnown();
  }
}

function rowsOfCall(expr: Call, scope: Scope): readonly Value[] {
  const [first, second] = expr.args.map((arg) => evaluate(arg.value, scope));
  switch (expr.name.at(-1)) {
    case "unnest":
      if (first !== undefined && isArray(first)) return first;
      break;
    case "generate_series":
      if (typeof first === "number" && typeof second === "number" && second - first < 10_000) {
        return Array.from({ length: Math.max(0, second - first + 1) }, (_, i) => first + i);
      }
      break;
    default:
      break;
  }
  throw new NotKnown();
}
