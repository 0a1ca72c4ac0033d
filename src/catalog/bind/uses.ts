/** Functions and operators that code looks up by name alone, with the types of what each is given. */
import { operatorNames } from "../../events/operator-names.ts";
import type { Expr } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import type { TypeRef } from "../model.ts";
import type { Binder, ScopeItem } from "./scope.ts";
import { baseType, catalog, commonType, elementOf, isUnknown, UNDECIDED } from "./types.ts";

/** One argument; `literal`: the text of a string constant. */
export interface Operand {
  readonly type: TypeRef;
  readonly literal: string | null;
}

/** One name in the code. Several lists of arguments: it is looked up for each, as of rows column by column. */
export interface Use {
  readonly kind: "function" | "operator";
  readonly name: string;
  readonly span: Span;
  readonly given: readonly (readonly Operand[])[];
}

type TypeOf = (expr: Expr) => TypeRef;

export function operand(expr: Expr, type: TypeRef): Operand {
  return { type, literal: expr.kind === "string" ? expr.value : null };
}

const typed = (type: TypeRef): Operand => ({ type, literal: null });

/** Tells of a call that only its name and its arguments decide. */
export function noteCall(
  binder: Binder,
  call: Extract<Expr, { kind: "call" }>,
  types: readonly TypeRef[],
): void {
  const [name = ""] = call.name;
  if (binder.note === undefined || call.grammar || call.name.length > 1 || call.variadic) return;
  if (call.args.some((arg) => arg.name !== null)) return;
  // WITHIN GROUP: what it orders by is an argument.
  if (call.args.length === 0 && call.order.length > 0) return;
  const given = call.args.map(({ value }, i) => operand(value, types[i] ?? UNDECIDED));
  binder.note({ kind: "function", name, span: call.nameSpan, given: [given] });
}

/** Tells of the operators behind an expression. `typeOf` is asked for the parts of rows. */
export function noteOperators(
  binder: Binder,
  expr: Extract<Expr, { kind: "operator" }>,
  types: readonly TypeRef[],
  typeOf: TypeOf,
): void {
  const { note } = binder;
  if (note === undefined) return;
  const given = operatorArguments(binder, expr, types, typeOf);
  for (const name of operatorNames(expr)) {
    if (name.length === 1) note({ kind: "operator", name: name[0] ?? "", span: expr.span, given });
  }
}

function operatorArguments(
  binder: Binder,
  expr: Extract<Expr, { kind: "operator" }>,
  types: readonly TypeRef[],
  typeOf: TypeOf,
): readonly (readonly Operand[])[] {
  const [left, ...rest] = expr.operands.map((each, i) => ({ expr: each, type: types[i] ?? UNDECIDED }));
  if (left === undefined) return [[typed(UNDECIDED)]];
  switch (expr.form) {
    case "in":
    case "not-in":
      return listArguments(binder, left, rest, typeOf);
    case "any":
    case "all": {
      const [array] = rest;
      const type = array === undefined ? UNDECIDED : baseType(binder.context.state, array.type);
      const element = isUnknown(type) ? type : elementOf(type);
      return [[operand(left.expr, left.type), typed(element ?? UNDECIDED)]];
    }
    default:
      return rest.length === 0
        ? [[operand(left.expr, left.type)]]
        : rest.flatMap((right) => pairs(left, right, typeOf));
  }
}

interface Typed {
  readonly expr: Expr;
  readonly type: TypeRef;
}

/** Rows are compared column by column. */
function pairs(left: Typed, right: Typed, typeOf: TypeOf): readonly (readonly Operand[])[] {
  if (
    left.expr.kind === "row" &&
    right.expr.kind === "row" &&
    left.expr.operands.length === right.expr.operands.length
  ) {
    const others = right.expr.operands;
    return left.expr.operands.map((each, i) => {
      const other = others[i];
      return [
        operand(each, typeOf(each)),
        other === undefined ? typed(UNDECIDED) : operand(other, typeOf(other)),
      ];
    });
  }
  return [[operand(left.expr, left.type), operand(right.expr, right.type)]];
}

/** IN (…): several constants become one array of the type they have in common with the left side (transformAExprIn). */
function listArguments(
  { context }: Binder,
  left: Typed,
  items: readonly Typed[],
  typeOf: TypeOf,
): readonly (readonly Operand[])[] {
  const first = operand(left.expr, left.type);
  if (left.expr.kind !== "row" && items.length > 1 && items.every(({ expr }) => isConstant(expr))) {
    const common = commonType(context.state, [left.type, ...items.map(({ type }) => type)]);
    return [[first, typed(common)]];
  }
  const each = items.flatMap((item) => pairs(left, item, typeOf));
  // Which of them are columns is not looked at, so any of their types can be the common one.
  return items.length > 1 && left.expr.kind !== "row" ? [...each, [first, typed(left.type)]] : each;
}

function isConstant(expr: Expr): boolean {
  switch (expr.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return true;
    case "cast":
      return isConstant(expr.operand);
    default:
      return false;
  }
}

/** CASE x WHEN …: `=` for each branch. */
export function noteCase(binder: Binder, span: Span, subject: TypeRef, whens: readonly Operand[]): void {
  const left = typed(isUnknown(subject) ? catalog("text") : subject);
  binder.note?.({ kind: "operator", name: "=", span, given: whens.map((when) => [left, when]) });
}

/** `x IN (SELECT …)`, `x < ANY (SELECT …)`, `(a, b) = (SELECT …)`. */
export function noteSubquery(
  binder: Binder,
  expr: Extract<Expr, { kind: "subquery" }>,
  columns: readonly TypeRef[],
  typeOf: TypeOf,
): void {
  const [name] = operatorNames(expr);
  const { test } = expr;
  if (binder.note === undefined || name === undefined || name.length > 1 || test === null) return;
  const tests = test.kind === "row" ? test.operands : [test];
  if (tests.length !== columns.length) return;
  const given = tests.map((each, i) => {
    const column = columns[i] ?? UNDECIDED;
    return [operand(each, typeOf(each)), typed(isUnknown(column) ? catalog("text") : column)];
  });
  binder.note({ kind: "operator", name: name[0] ?? "", span: expr.span, given });
}

/** JOIN … USING and NATURAL JOIN: `=` for each column. Not told when a side's columns are not all known. */
export function noteJoin(
  binder: Binder,
  span: Span,
  using: readonly string[],
  left: readonly ScopeItem[],
  right: readonly ScopeItem[],
): void {
  if (binder.note === undefined || ![...left, ...right].every((item) => item.complete)) return;
  const typeIn = (items: readonly ScopeItem[], name: string): Operand =>
    typed(items.flatMap((item) => item.columns).find((column) => column.name === name)?.type ?? UNDECIDED);
  const given = using.map((name) => [typeIn(left, name), typeIn(right, name)]);
  binder.note({ kind: "operator", name: "=", span, given });
}
