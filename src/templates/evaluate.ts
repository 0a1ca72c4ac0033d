/** The value of an expression. Every expression inside is evaluated too, so that no sink is missed. */
import type { Expr } from "../events/tree.ts";
import { toSource, verbatim } from "../text/mapped-text.ts";
import { evaluateCall, identityHole } from "./calls.ts";
import { placeholderValue } from "./dynamic-text.ts";
import { type Frame, fieldOf, findColumn, findSource, withInfluences } from "./frame.ts";
import { joinAll, joinValues } from "./join.ts";
import { mergeObjects } from "./json.ts";
import { MAX_DEPTH } from "./limits.ts";
import { evaluateOperator } from "./operators.ts";
import { evaluateSelect } from "./query.ts";
import { refine } from "./refine.ts";
import { recordCast } from "./sinks.ts";
import {
  copyState,
  findLabelled,
  findParameter,
  findVariable,
  giveUp,
  hasSteps,
  withChecks,
} from "./state.ts";
import { coerce, concatenate, derive, type Placed, placedAt } from "./text.ts";
import { builtin, classify } from "./types.ts";
import {
  constantText,
  countPieces,
  hole,
  holesOf,
  holeValue,
  literal,
  NULL_VALUE,
  singleHole,
  textValue,
  type Value,
} from "./value.ts";

type Column = Extract<Expr, { kind: "column" }>;
type Operator = Extract<Expr, { kind: "operator" }>;

export function evaluate(expr: Expr, frame: Frame): Value {
  const { context } = frame;
  if (!hasSteps(context) || context.depth >= MAX_DEPTH) {
    giveUp(context, expr.span, "expression not followed: too deep or too much");
    return holeValue(
      hole(expr.span, [
        { kind: "unknown", what: "expression", key: `?${expr.span.start}`, span: expr.span, checks: [] },
      ]),
    );
  }
  context.depth++;
  const value = placeholderValue(expr, frame) ?? evaluateKind(expr, frame);
  context.depth--;
  return value;
}

export function place(expr: Expr, frame: Frame): Placed {
  return { value: evaluate(expr, frame), span: expr.span };
}

function evaluateKind(expr: Expr, frame: Frame): Value {
  switch (expr.kind) {
    case "string":
      return textValue(expr.value === "" ? [] : [literal(expr.value, endedMap(expr.value, expr.map))]);
    case "number":
      return textValue(
        [literal(expr.value, verbatim(expr.value, expr.span.start).map)],
        builtin("numeric", expr.span),
      );
    case "boolean":
      return textValue([literal(String(expr.value), [0, expr.span.start])], builtin("bool", expr.span));
    case "null":
      return NULL_VALUE;
    case "column":
      return readAt(expr, readColumn(expr, frame), frame);
    case "parameter": {
      const declared = findParameter(frame.scope, `$${expr.number}`);
      const value = declared === null ? undefined : frame.state.values.get(declared.slot);
      return value === undefined ? unknown(expr, `$${expr.number}`) : readAt(expr, value, frame);
    }
    case "call":
      return evaluateCall(expr, frame);
    case "operator":
      return isConcatenation(expr) ? concatenation(expr, frame) : evaluateOperator(expr, frame);
    case "cast": {
      const operand = place(expr.operand, frame);
      recordCast(expr, operand, frame);
      return coerce(operand, expr.type, frame.context.lookup);
    }
    case "and":
    case "or":
    case "not":
      return truth(
        expr,
        expr.operands.map((operand) => evaluate(operand, frame)),
      );
    case "is":
      return truth(expr, [evaluate(expr.operand, frame)], true);
    case "case":
      return caseOf(expr, frame);
    case "coalesce": {
      const values = expr.operands.map((operand) => evaluate(operand, frame));
      const joined = joinAll(values.filter((value) => value.pieces !== null));
      const nullable = values.at(-1)?.nullable ?? false;
      return joined === null ? NULL_VALUE : { ...joined, nullable };
    }
    case "greatest":
    case "least":
      return joinAll(expr.operands.map((operand) => evaluate(operand, frame))) ?? NULL_VALUE;
    case "row": {
      const values = expr.operands.map((operand) => evaluate(operand, frame));
      const fields = new Map(values.map((value, i) => [`f${i + 1}`, value]));
      return { ...derive(expr.span, values, { type: builtin("record", expr.span) }), fields };
    }
    case "array": {
      const list = expr.operands.map((operand) => evaluate(operand, frame));
      const any = joinAll(list) ?? NULL_VALUE;
      return { ...derive(expr.span, list), elements: { list: list.length <= 64 ? list : null, any } };
    }
    case "session-value":
      return sessionValue(expr);
    case "subquery":
      return subquery(expr, frame);
    case "field": {
      const operand = evaluate(expr.operand, frame);
      return expr.field === undefined || expr.field === "*"
        ? operand
        : fieldOf(operand, expr.field, expr.span, frame.context.lookup);
    }
    case "subscript": {
      const operand = evaluate(expr.operand, frame);
      const subscripts = (expr.subscripts ?? []).map((subscript) => evaluate(subscript, frame));
      if (subscripts.length > 1) return operand;
      if (operand.elements !== null)
        return readAt(expr, elementAt(operand.elements.any, subscripts[0]), frame);
      return derive(expr.span, [operand]);
    }
    case "other": {
      const operands = expr.operands.map((operand) => evaluate(operand, frame));
      if (expr.what === "SetToDefault") return NULL_VALUE;
      if (expr.what === "unparsed" || expr.what === "missing") return unknown(expr, "expression");
      if (expr.what === "CollateClause") return operands[0] ?? NULL_VALUE;
      return derive(expr.span, operands);
    }
  }
}

const PIECES_OF_A_STEP = 8;

/** A variable's value where it is read, with what is known on the path. */
function readAt(expr: Expr, value: Value, frame: Frame): Value {
  // Each part is gone through: reading a long text again and again is work, too.
  frame.context.steps += Math.floor(countPieces(value.pieces ?? []) / PIECES_OF_A_STEP);
  return withChecks(placedAt(value, expr.span), frame.state);
}

/** One element of an array: not the same value as another. */
function elementAt(any: Value, subscript: Value | undefined): Value {
  const single = singleHole(any);
  if (single === null || subscript === undefined) return any;
  const which = constantText(subscript) ?? singleHole(subscript)?.key ?? "?";
  return { ...any, pieces: [{ ...single, key: `${single.key}[${which}]` }] };
}

/** The map of a constant with its end, so that what is built from it knows where it ends. */
function endedMap(text: string, map: readonly number[]): readonly number[] {
  const length = Buffer.byteLength(text, "utf8");
  return map.at(-2) === length ? map : [...map, length, toSource(map, length)];
}

/** A boolean made of the operands: it cannot carry SQL, but its origins tell what was asked. */
export function truth(expr: Expr, operands: readonly Value[], notNull = false): Value {
  return derive(expr.span, operands, {
    notNull,
    guard: "type",
    by: "boolean",
    type: builtin("bool", expr.span),
    object: null,
  });
}

function unknown(expr: Expr, what: string): Value {
  const key = `?${what}`;
  return holeValue(hole(expr.span, [{ kind: "unknown", what, key, span: expr.span, checks: [] }], { key }));
}

function readColumn(expr: Column, frame: Frame): Value {
  const { name, span } = expr;
  const { values } = frame.state;
  const [first = "", second, third] = name;
  if (name.at(-1) === "*") {
    const source = name.length > 1 ? findSource(frame.rows, name.at(-2) ?? "") : frame.rows?.sources[0];
    if (source !== undefined && source !== null)
      return source.other?.(null, span) ?? derive(span, [...source.columns.values()]);
    const record = name.length > 1 ? findVariable(frame.scope, first) : null;
    return (record === null ? undefined : values.get(record.slot)) ?? unknown(expr, "*");
  }
  const variable = findVariable(frame.scope, first);
  if (second === undefined) {
    // In SQL functions columns hide parameters, in PL/pgSQL a name that could be both is an error.
    const certain = frame.language === "sql" ? findColumn(frame.rows, first, span, true) : null;
    if (certain !== null) return certain;
    const own = variable === null ? undefined : values.get(variable.slot);
    return own ?? findColumn(frame.rows, first, span, false) ?? unknown(expr, first);
  }
  const source =
    findSource(frame.rows, first) ?? (third === undefined ? null : findSource(frame.rows, second));
  if (source !== null) {
    const column = source.name === first || third === undefined ? second : third;
    const found = source.columns.get(column) ?? source.other?.(column, span);
    if (found !== undefined) return found;
  }
  const record = variable === null ? undefined : values.get(variable.slot);
  if (record !== undefined) {
    const { lookup } = frame.context;
    const field = fieldOf(record, second, span, lookup);
    return third === undefined ? field : fieldOf(field, third, span, lookup);
  }
  // `label.variable`, or the routine's own name in front of a parameter.
  const qualified = findLabelled(frame.scope, first, second) ?? findParameter(frame.scope, second);
  const value = qualified === null ? undefined : values.get(qualified.slot);
  if (value === undefined) return unknown(expr, name.join("."));
  return third === undefined ? value : fieldOf(value, third, span, frame.context.lookup);
}

function isConcatenation(expr: Expr): expr is Operator {
  return (
    expr.kind === "operator" &&
    expr.form === "plain" &&
    expr.operands.length === 2 &&
    expr.name.at(-1) === "||"
  );
}

/** A chain of `||`, which hangs to the left and may be long. */
function concatenation(top: Operator, frame: Frame): Value {
  const reversed: Expr[] = [];
  let at: Expr = top;
  while (isConcatenation(at)) {
    const [left, right]: readonly Expr[] = at.operands;
    if (left === undefined || right === undefined) break;
    reversed.push(right);
    at = left;
  }
  reversed.push(at);
  const parts = reversed.reverse().map((operand) => place(operand, frame));
  const { lookup } = frame.context;
  const arrays = parts.filter(({ value }) => value.elements !== null && !isText(value, frame));
  if (arrays.length > 0) return appended(top, parts);
  const objects = parts.some(({ value }) => holesOf(value.pieces).some((h) => h.object !== null));
  if (objects || parts.every(({ value }) => classify(value.type, lookup) === "json")) {
    return mergeObjects(
      top.span,
      parts.map((part) => part.value),
    );
  }
  return concatenate(parts, null);
}

function isText(value: Value, frame: Frame): boolean {
  return classify(value.type, frame.context.lookup) === "text";
}

/** `array || array`, `array || element`, `element || array`. */
function appended(expr: Operator, parts: readonly Placed[]): Value {
  const lists = parts.map(({ value }) => value.elements ?? { list: [value], any: value });
  const any = joinAll(lists.map((list) => list.any)) ?? NULL_VALUE;
  const complete = lists.every((list) => list.list !== null);
  const list = complete ? lists.flatMap((one) => one.list ?? []) : null;
  const type = parts.map((part) => part.value.type).find((one) => one?.array === true) ?? null;
  return {
    ...derive(
      expr.span,
      parts.map((part) => part.value),
      { type },
    ),
    elements: { list: list !== null && list.length <= 64 ? list : null, any },
  };
}

function caseOf(expr: Extract<Expr, { kind: "case" }>, frame: Frame): Value {
  if (expr.subject !== null) evaluate(expr.subject, frame);
  const results: Value[] = [];
  let state = copyState(frame.state);
  for (const branch of expr.branches) {
    evaluate(branch.when, { ...frame, state });
    const condition: Expr =
      expr.subject === null
        ? branch.when
        : {
            kind: "operator",
            form: "plain",
            name: ["="],
            operands: [expr.subject, branch.when],
            span: branch.when.span,
          };
    const met = { ...frame, state: copyState(state) };
    refine(condition, true, met);
    results.push(evaluate(branch.then, met));
    const unmet = { ...frame, state: copyState(state) };
    refine(condition, false, unmet);
    state = unmet.state;
  }
  results.push(expr.otherwise === null ? NULL_VALUE : evaluate(expr.otherwise, { ...frame, state }));
  let joined = results[0] ?? NULL_VALUE;
  for (const result of results.slice(1)) joined = joinValues(joined, result);
  return joined;
}

function sessionValue(expr: Extract<Expr, { kind: "session-value" }>): Value {
  switch (expr.name) {
    case "current_user":
    case "session_user":
    case "user":
    case "current_role":
      return holeValue(identityHole(expr.span, expr.name, builtin("name", expr.span)));
    case "current_catalog":
    case "current_schema":
      return unknown(expr, expr.name);
    default:
      return derive(expr.span, [], { guard: "type", by: expr.name, type: builtin("timestamptz", expr.span) });
  }
}

function subquery(expr: Extract<Expr, { kind: "subquery" }>, frame: Frame): Value {
  const test = expr.test === null ? null : evaluate(expr.test, frame);
  const rows = evaluateSelect(expr.query, frame);
  const first = rows.columns[0]?.value ?? rows.stars[0]?.other?.(null, expr.span) ?? NULL_VALUE;
  switch (expr.form) {
    case "scalar":
      return withInfluences(first, rows.influences);
    case "array":
      return {
        ...derive(expr.span, [first]),
        elements: { list: null, any: withInfluences(first, rows.influences) },
      };
    case "exists":
    case "in":
    case "any":
    case "all": {
      const parts = [...(test === null ? [] : [test]), first];
      return withInfluences(truth(expr, parts, expr.form === "exists"), rows.influences);
    }
  }
}
