/** Expressions of a DO block, over its variables and the rows of the queries around. */
import type { Call, Expr, Name } from "../../events/tree.ts";
import { type Context, currentUser } from "../context.ts";
import { roleName, searchSchemas } from "../resolve.ts";
import { cast } from "./cast.ts";
import { callValue } from "./functions.ts";
import { among, binary, equal, every, like, negated } from "./operators.ts";
import { queryRows } from "./query.ts";
import { NotKnown, type Scope } from "./scope.ts";
import { entriesOf, isArray, isRow, made, type Row, UNKNOWN, type Value, valuesOf } from "./value.ts";

/** The value of an expression; never throws `NotKnown`. */
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
    case "parameter": {
      const given = scope.variables.get(`$${expr.number}`);
      return given === undefined ? UNKNOWN : given;
    }
    case "call":
      return call(expr, scope);
    case "operator":
      return operator(expr, scope);
    case "cast":
      return cast(scope.context, value(expr.operand), expr.type, at);
    case "and":
      return every(lazily(expr.operands, value));
    case "or":
      return negated(every(lazily(expr.operands, (operand) => negated(value(operand)))));
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

function* lazily(operands: readonly Expr[], value: (operand: Expr) => Value): Iterable<Value> {
  for (const operand of operands) yield value(operand);
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
        return whole.fields.size === 1
          ? (valuesOf(whole)[0] ?? UNKNOWN)
          : { kind: "row", fields: new Map(entriesOf(whole)) };
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
  const first = (row: Row | undefined): Value => (row === undefined ? null : (valuesOf(row)[0] ?? UNKNOWN));
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
