/** What a condition says about values on the paths where it holds or does not hold. */
import type { Expr } from "../events/tree.ts";
import { evaluate } from "./evaluate.ts";
import type { Frame } from "./frame.ts";
import { builtinFunction } from "./functions.ts";
import { isSafePattern } from "./patterns.ts";
import { addCheck, commonChecks, copyState, findVariable } from "./state.ts";
import { derive } from "./text.ts";
import {
  allHoles,
  type Check,
  constantText,
  type Hole,
  holesOf,
  isForeign,
  type Origin,
  originsAround,
  type Piece,
  type Value,
} from "./value.ts";

type Operator = Extract<Expr, { kind: "operator" }>;

/** Adds to the frame's state what is known when the condition is true, or when it is false or NULL. */
export function refine(condition: Expr, holds: boolean, frame: Frame): void {
  switch (condition.kind) {
    case "not": {
      const [operand] = condition.operands;
      if (operand !== undefined) refine(operand, !holds, frame);
      return;
    }
    case "and":
    case "or": {
      if ((condition.kind === "and") === holds) {
        for (const operand of condition.operands) refine(operand, holds, frame);
      } else refineAny(condition.operands, holds, frame);
      return;
    }
    case "is":
      refineIs(condition, holds, frame);
      return;
    case "coalesce": {
      // coalesce(p = x, false) that is true, coalesce(p <> x, true) that is not.
      const [operand, fallback] = condition.operands;
      if (operand !== undefined && fallback?.kind === "boolean" && fallback.value !== holds)
        refine(operand, holds, frame);
      return;
    }
    case "operator":
      refineOperator(condition, holds, frame);
      return;
    default:
      refineAsked(condition, holds, frame);
  }
}

/** What parts of a condition joined by AND say, where they hold no query of their own. */
export function refinePlain(condition: Expr, frame: Frame): void {
  if (condition.kind === "and") for (const operand of condition.operands) refinePlain(operand, frame);
  else if (isPlain(condition, 0)) refine(condition, true, frame);
}

function isPlain(expr: Expr, depth: number): boolean {
  if (depth > 8) return false;
  const inside = (operands: readonly Expr[]): boolean => operands.every((one) => isPlain(one, depth + 1));
  switch (expr.kind) {
    case "subquery":
    case "other":
      return false;
    case "call":
      return inside(expr.args.map((argument) => argument.value));
    case "case":
      return false;
    case "cast":
    case "is":
    case "field":
    case "subscript":
      return isPlain(expr.operand, depth + 1);
    case "operator":
    case "and":
    case "or":
    case "not":
    case "coalesce":
    case "greatest":
    case "least":
    case "row":
    case "array":
      return inside(expr.operands);
    default:
      return true;
  }
}

/** Only one of the operands is known to be so: what all of them say. */
function refineAny(operands: readonly Expr[], holds: boolean, frame: Frame): void {
  const states = operands.map((operand) => {
    const state = copyState(frame.state);
    refine(operand, holds, { ...frame, state });
    return state;
  });
  const [first, ...others] = states;
  if (first === undefined) return;
  const common = others.reduce((checks, state) => commonChecks(checks, state.checks), first.checks);
  for (const [key, checks] of common) for (const check of checks) addCheck(frame.state, key, check);
  for (const [slot, value] of first.values) {
    const before = frame.state.values.get(slot);
    if (states.every((state) => state.values.get(slot) !== before)) frame.state.values.set(slot, value);
  }
}

function refineIs(condition: Extract<Expr, { kind: "is" }>, holds: boolean, frame: Frame): void {
  const positive = holds !== condition.not;
  // x IS TRUE holds: x is true. x IS NOT TRUE does not hold: the same.
  if (condition.what === "null" && !positive) {
    const check: Check = { kind: "not-null", by: "IS NOT NULL", nullSafe: true, span: condition.span };
    for (const h of wholes(evaluate(condition.operand, frame).pieces)) addCheck(frame.state, h.key, check);
  }
  if (condition.what === "true" && positive) refine(condition.operand, true, frame);
  if (condition.what === "false" && positive) refine(condition.operand, false, frame);
}

/** Whether the comparison, when it holds, says that its sides are equal. */
function equality(operator: Operator, holds: boolean): boolean {
  const name = operator.name.at(-1) ?? "";
  const equal = name === "=";
  const different = name === "<>" || name === "!=";
  switch (operator.form) {
    case "plain":
      return holds ? equal : different;
    case "in":
    case "not-distinct":
      return holds;
    case "not-in":
    case "distinct":
      return !holds;
    case "any":
      return holds && equal;
    case "all":
      return !holds && different;
    default:
      return false;
  }
}

function refineOperator(operator: Operator, holds: boolean, frame: Frame): void {
  const values = operator.operands.map((operand) => evaluate(operand, frame));
  const [left, ...others] = values;
  const [leftExpr] = operator.operands;
  if (left === undefined || leftExpr === undefined) return;
  const name = operator.name.at(-1) ?? "";
  if (operator.form === "plain" && others[0] !== undefined) {
    const matches = name === "~" || name === "~*" ? holds : name === "!~" || name === "!~*" ? !holds : false;
    const pattern = constantText(others[0]);
    if (matches && pattern !== null) {
      if (isSafePattern(pattern)) {
        const check: Check = { kind: "pattern", by: pattern, nullSafe: true, span: operator.span };
        clear(left, leftExpr, check, frame);
      }
      return;
    }
  }
  if (equality(operator, holds)) {
    const nullSafe = operator.form === "distinct" || operator.form === "not-distinct" || holds;
    const listed: Check = { kind: "allow-list", by: "constants", nullSafe: true, span: operator.span };
    if (others.every((other) => isConstant(other))) {
      clear(left, leftExpr, listed, frame);
    } else if (isConstant(left) && operator.form === "plain" && others[0] !== undefined) {
      clear(others[0], operator.operands[1] ?? leftExpr, listed, frame);
    } else {
      const common = { nullSafe, span: operator.span };
      for (const other of others) {
        if (isIdentity(other)) identify(left, other, common, frame);
        else if (isIdentity(left)) identify(other, left, common, frame);
      }
    }
  }
  authorise(values, { equal: equality(operator, holds), span: operator.span }, operator, frame);
}

function isConstant(value: Value): boolean {
  if (value.elements !== null) {
    return value.elements.list !== null
      ? value.elements.list.every(isConstant)
      : isConstant(value.elements.any);
  }
  return value.pieces !== null && holesOf(value.pieces).every((h) => !h.origins.some(isForeign));
}

function isIdentity(value: Value): boolean {
  const holes = allHoles(value);
  return (
    holes.length > 0 &&
    holes.every((h) => h.origins.length > 0 && h.origins.every((origin) => isCaller(origin)))
  );
}

/** An identity that tells callers apart: not the role that they share. */
function isCaller(origin: Origin): boolean {
  if (origin.kind !== "identity") return false;
  return origin.claim !== "role" && !/^(auth\.role\(\)|current_user|current_role|user)$/.test(origin.by);
}

/** The whole values that a value can be: a single hole, or a choice of holes and constants. */
function wholes(pieces: readonly Piece[] | null): readonly Hole[] {
  const [only] = pieces ?? [];
  if (pieces === null || pieces.length !== 1 || only === undefined) return [];
  if (only.kind === "hole") return [only];
  if (only.kind !== "choice") return [];
  const inner: Hole[] = [];
  for (const option of only.options) {
    if (holesOf(option).length === 0) continue;
    const found = wholes(option);
    if (found.length === 0) return [];
    inner.push(...found);
  }
  return inner;
}

function clear(value: Value, expr: Expr, check: Check, frame: Frame): void {
  const holes = wholes(value.pieces);
  for (const h of holes) addCheck(frame.state, h.key, check);
  if (holes.length > 0 || value.pieces === null) return;
  // A text of several parts has no key; where a variable holds it, that is clean on this path.
  const slot = slotOf(expr, frame);
  const held = slot === null ? undefined : frame.state.values.get(slot);
  if (slot === null || held === undefined || holesOf(held.pieces).length === 0) return;
  const guard = check.kind === "pattern" ? "pattern" : "allow-list";
  const clean = derive(expr.span, [held], { guard, by: check.by, type: held.type, escaped: false });
  frame.state.values.set(slot, { ...clean, nullable: held.nullable });
}

/** The variable that an expression reads, directly or in another case. */
function slotOf(expr: Expr, frame: Frame): string | null {
  switch (expr.kind) {
    case "column":
      return expr.name.length === 1 ? (findVariable(frame.scope, expr.name[0] ?? "")?.slot ?? null) : null;
    case "call": {
      const [only] = expr.args;
      const kept = /^(lower|upper|trim|btrim|ltrim|rtrim)$/.test(builtinFunction(expr.name) ?? "");
      return kept && expr.args.length === 1 && only !== undefined ? slotOf(only.value, frame) : null;
    }
    case "coalesce": {
      const [first] = expr.operands;
      return first === undefined ? null : slotOf(first, frame);
    }
    default:
      return null;
  }
}

function identify(
  value: Value,
  identity: Value,
  common: Pick<Check, "nullSafe" | "span">,
  frame: Frame,
): void {
  const by = allHoles(identity)
    .flatMap((h) => h.origins)
    .map((origin) => (origin.kind === "identity" ? identityText(origin) : ""))[0];
  const check: Check = { kind: "identity", by: by ?? "the caller's identity", ...common };
  for (const h of wholes(value.pieces)) {
    if (h.origins.every((origin) => origin.kind === "identity")) continue;
    addCheck(frame.state, h.key, check);
    // The row was looked up by a parameter: its owner is the caller.
    for (const origin of h.influences) {
      if (origin.kind === "parameter") addCheck(frame.state, origin.key, { ...check, kind: "authorised" });
    }
  }
}

/** What was asked, as messages write it: `auth.jwt() ->> 'role'`; a setting that holds one claim stands by itself. */
export function identityText(origin: Extract<Origin, { kind: "identity" }>): string {
  return origin.claim === null || origin.by.endsWith(`.${origin.claim}')`)
    ? origin.by
    : `${origin.by} ->> '${origin.claim}'`;
}

/** A condition that asks about parameters and the caller's identity together. */
function authorise(
  values: readonly Value[],
  condition: { readonly equal: boolean; readonly span: Check["span"] },
  operator: Operator,
  frame: Frame,
): void {
  // count(*) = 0, n > 0 and the like decide on what was counted.
  const counted =
    values.some((value) => constantText(value) !== null) &&
    !["like", "ilike", "similar"].includes(operator.form);
  if (!condition.equal && !counted) return;
  const mentioned = mentions(values);
  if (!mentioned.some(isCaller)) return;
  const by = mentioned.find(isCaller);
  const name = by?.kind === "identity" ? identityText(by) : "the caller's identity";
  for (const origin of mentioned) {
    if (origin.kind !== "parameter") continue;
    const known = frame.state.checks.get(origin.key) ?? [];
    if (known.some((check) => check.kind === "identity" && check.by === name)) continue;
    addCheck(frame.state, origin.key, { kind: "authorised", by: name, nullSafe: true, span: condition.span });
  }
}

function mentions(values: readonly Value[]): readonly Origin[] {
  const holes = values.flatMap(allHoles);
  return originsAround(holes);
}

/** A function that is asked (`is_member(p_org)`), EXISTS over a query, a boolean variable that holds such an answer. */
function refineAsked(condition: Expr, holds: boolean, frame: Frame): void {
  if (!holds) {
    evaluate(condition, frame);
    return;
  }
  const value = evaluate(condition, frame);
  if (condition.kind === "subquery") refineListed(condition, frame);
  const holes = allHoles(value);
  const mentioned = mentions([value]);
  const caller = mentioned.find(isCaller);
  const asked = holes.flatMap((h) => h.through)[0];
  const through =
    condition.kind === "call" && builtinFunction(condition.name) === null ? condition.name : asked;
  const privilege =
    condition.kind === "call" && /^(has_.+_privilege|pg_has_role)$/.test(condition.name.at(-1) ?? "");
  const identity = caller?.kind === "identity" ? identityText(caller) : null;
  const by =
    through?.join(".") ??
    identity ??
    (privilege && condition.kind === "call" ? condition.name.join(".") : null);
  if (by === null) return;
  for (const origin of mentioned) {
    if (origin.kind !== "parameter") continue;
    addCheck(frame.state, origin.key, { kind: "authorised", by, nullSafe: true, span: condition.span });
  }
}

const PLAIN_TARGETS: ReadonlySet<string> = new Set(["number", "string", "boolean", "null", "column"]);

/** EXISTS (SELECT FROM t WHERE t.name = p), p IN (SELECT name FROM t): the value is that of a row of the table. */
function refineListed(condition: Extract<Expr, { kind: "subquery" }>, frame: Frame): void {
  const { query, form, test, span } = condition;
  const [item, ...others] = query.from;
  if (item?.kind !== "relation" || item.cte || others.length > 0 || query.setOperation !== null) return;
  const check: Check = { kind: "listed", by: item.name.join("."), nullSafe: true, span, relation: item.name };
  const alias = item.alias ?? item.name.at(-1);
  const isColumn = (expr: Expr | undefined): boolean =>
    expr?.kind === "column" &&
    (expr.name.length === 1
      ? findVariable(frame.scope, expr.name[0] ?? "") === null
      : expr.name.length === 2 && expr.name[0] === alias);
  const note = (expr: Expr): void => {
    for (const h of wholes(evaluate(expr, frame).pieces)) addCheck(frame.state, h.key, check);
  };
  if (form === "in" && test !== null && isColumn(query.targets[0]?.value)) note(test);
  // A query that counts always has a row.
  const isPlainRow = query.targets.every(({ value }) => PLAIN_TARGETS.has(value.kind));
  if (form !== "exists" || query.groupBy.length > 0 || !isPlainRow) return;
  const conditions =
    query.where?.kind === "and" ? query.where.operands : query.where === null ? [] : [query.where];
  for (const each of conditions) {
    if (each.kind !== "operator" || each.form !== "plain" || each.name.at(-1) !== "=") continue;
    const [left, right] = each.operands;
    if (left === undefined || right === undefined) continue;
    if (isColumn(left) && !isColumn(right) && isPlain(right, 0)) note(right);
    else if (isColumn(right) && !isColumn(left) && isPlain(left, 0)) note(left);
  }
}
