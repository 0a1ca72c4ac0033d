/** PL/pgSQL statements: how values and checks change from one to the next. */
import type { Declaration, Expr, PlBlock, PlStatement, Variable } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { assign, assignRows, declareVariable } from "./assign.ts";
import { assertedBy } from "./callees.ts";
import { recordCondition, refusalOf, swallow } from "./caller-checks.ts";
import { elementsOf } from "./calls.ts";
import { cursorRows, diagnostics, dynamicRows, runOpen } from "./cursors.ts";
import { evaluate, place } from "./evaluate.ts";
import { type Frame, type RowSet, withInfluences } from "./frame.ts";
import { MAX_DEPTH } from "./limits.ts";
import { runLoop, runOver, setLoopVariable } from "./loops.ts";
import { at, type Handled, type Leaving, remember, type Surroundings } from "./paths.ts";
import { evaluateStatement } from "./query.ts";
import { refine } from "./refine.ts";
import { assertedByQuery, ended, returnedParameters, returnedRows, returnedValue } from "./results.ts";
import { recordDynamic } from "./sinks.ts";
import { copyState, type Declared, giveUp, hasSteps, joinStates, type Scope, type State } from "./state.ts";
import { derive } from "./text.ts";
import { outcomes, placeKept } from "./truth.ts";
import { builtin } from "./types.ts";
import { hole, holeValue, type Value } from "./value.ts";

const NOWHERE: Span = { start: 0, end: 0 };

/** Runs the outermost block of a routine. */
export function runBody(block: PlBlock, frame: Frame): void {
  const { state, ...around } = frame;
  const end = runBlock(block, { ...around, flow: { leaving: [], handled: null, followed: false } }, state);
  if (end !== null) finished(end, block.span, frame);
}

/** RETURN without a value, or the end of the body. */
function finished(state: State, span: Span | null, frame: Frame): void {
  // RETURNS TABLE gives only the rows of RETURN NEXT and RETURN QUERY.
  if (frame.context.results.some(({ isColumn }) => !isColumn))
    returnedParameters(state, span ?? NOWHERE, frame);
  ended(state, frame);
}

/** Runs statements in order; null when no path reaches the end. */
function runAll(statements: readonly PlStatement[], around: Surroundings, start: State | null): State | null {
  let state = start;
  const lastEffect = statements.findLastIndex(hasEffect);
  for (const [i, statement] of statements.entries()) {
    if (state === null) return null;
    const followed = around.flow.followed || i < lastEffect;
    const inner =
      followed === around.flow.followed ? around : { ...around, flow: { ...around.flow, followed } };
    state = run(statement, inner, state);
    if (state !== null && around.flow.handled !== null) remember(state, around.flow.handled);
  }
  return state;
}

/** Whether a statement does anything for the caller: not NULL, RAISE, RETURN of nothing. */
function hasEffect(statement: PlStatement): boolean {
  if (statement.kind === "null" || statement.kind === "raise") return false;
  return statement.kind !== "return" || refusalOf([statement]) === null;
}

function runBlock(block: PlBlock, around: Surroundings, start: State): State | null {
  if (block.label === null) return runInside(block, around, start);
  const leaving: Leaving[] = [];
  let after = runInside(block, { ...around, flow: { ...around.flow, leaving } }, start);
  for (const one of leaving) {
    if (one.kind === "exit" && one.target === block.label) after = joinStates(after, one.state);
    else around.flow.leaving.push(one);
  }
  return after;
}

function runInside(block: PlBlock, around: Surroundings, start: State): State | null {
  const state = start;
  const scope = declareAll(block.declarations, block.label, at(around, state));
  const inner: Surroundings = { ...around, scope };
  if (block.handlers.length === 0) return runAll(block.body, inner, state);
  const first = block.body[0]?.span ?? null;
  const handled: Handled = { state: copyState(state), seen: new Map() };
  const end = runAll(block.body, { ...inner, flow: { ...around.flow, handled } }, copyState(state));
  if (around.flow.handled !== null) remember(handled.state, around.flow.handled);
  let after = end;
  for (const handler of block.handlers) {
    const errors = withErrorVariables(inner, handled.state);
    const end = runAll(handler.body, errors.around, errors.state);
    if (end !== null && first !== null && around.flow.followed) {
      swallow({ start: first.start, end: handler.span.start }, handler, at(inner, state));
    }
    after = joinStates(after, end);
  }
  return after;
}

function withErrorVariables(
  around: Surroundings,
  handled: State,
): { readonly around: Surroundings; readonly state: State } {
  const state = copyState(handled);
  const variables = new Map<string, Declared>();
  for (const name of ["sqlerrm", "sqlstate"]) {
    const slot = `${name}!`;
    variables.set(name, { slot, type: null, cursor: null });
    state.values.set(
      slot,
      holeValue(
        hole(NOWHERE, [{ kind: "unknown", what: name, key: slot, span: null, checks: [] }], { key: slot }),
      ),
    );
  }
  return { around: { ...around, scope: { outer: around.scope, label: null, variables } }, state };
}

function declareAll(declarations: readonly Declaration[], label: string | null, frame: Frame): Scope {
  const variables = new Map<string, Declared>();
  const scope: Scope = { outer: frame.scope, label, variables };
  for (const declaration of declarations) declareVariable(declaration, variables, { ...frame, scope });
  return scope;
}

function run(statement: PlStatement, around: Surroundings, state: State): State | null {
  const { context } = around;
  if (!hasSteps(context) || context.depth >= MAX_DEPTH) {
    giveUp(context, statement.span, "statement not followed: too deep or too much");
    return state;
  }
  context.depth++;
  const after = runKind(statement, around, state);
  context.depth--;
  return after;
}

function runKind(statement: PlStatement, around: Surroundings, state: State): State | null {
  const frame = at(around, state);
  switch (statement.kind) {
    case "block":
      return runBlock(statement, around, state);
    case "assign":
      assign(statement.target, placeKept(statement.value, frame), frame);
      assertedBy(statement.value, frame);
      return state;
    case "if":
      return runIf(statement, around, state);
    case "case":
      return runCase(statement, around, state);
    case "loop":
      return runLoop(statement.label, around, state, (head, loop) => ({
        body: runAll(statement.body, loop, head),
        over: null,
      }));
    case "while":
      return runLoop(statement.label, around, state, (head, loop) => {
        const left = copyState(head);
        evaluate(statement.condition, at(loop, head));
        refine(statement.condition, true, at(loop, head));
        refine(statement.condition, false, at(loop, left));
        return { body: runAll(statement.body, loop, head), over: left };
      });
    case "for-integer": {
      for (const bound of statement.bounds) evaluate(bound, frame);
      const span = statement.span ?? NOWHERE;
      const number = derive(span, [], { guard: "type", by: "integer", type: builtin("int4", span) });
      return over(statement, around, state, [{ name: [statement.variable], span: null }], (inner) => {
        setLoopVariable(statement.variable, number, inner);
      });
    }
    case "for-query": {
      return over(statement, around, state, statement.targets, (inner) => {
        assignRows(statement.targets, evaluateStatement(statement.query, inner), inner);
      });
    }
    case "for-execute": {
      return over(statement, around, state, statement.targets, (inner) => {
        const value = recordDynamic("for-execute", statement.dynamic, statement.span, inner);
        assignRows(statement.targets, dynamicRows(value, statement.dynamic.query.span, inner), inner);
      });
    }
    case "for-cursor": {
      for (const arg of statement.args) evaluate(arg, frame);
      return over(statement, around, state, statement.targets, (inner) => {
        assignRows(statement.targets, cursorRows(statement.cursor, statement.span, inner), inner);
      });
    }
    case "foreach": {
      return over(statement, around, state, [], (inner) => {
        const array = place(statement.array, inner);
        const element = { value: elementsOf(array.value, array.span).any, span: array.span };
        for (const target of statement.targets) assign(target, element, inner);
      });
    }
    case "exit":
    case "continue": {
      const leaving = copyState(state);
      const { kind, target } = statement;
      around.flow.leaving.push({ kind, target, state: leaving });
      if (statement.condition === null) return null;
      evaluate(statement.condition, frame);
      refine(statement.condition, true, at(around, leaving));
      refine(statement.condition, false, frame);
      return state;
    }
    case "return":
    case "return-next":
      if (statement.value !== null) returned(statement.value, frame);
      else if (statement.kind === "return-next") returnedParameters(state, statement.span ?? NOWHERE, frame);
      if (statement.kind === "return-next") return state;
      if (statement.value === null) finished(state, statement.span, frame);
      else ended(state, frame);
      return null;
    case "return-query": {
      returnedRows(evaluateStatement(statement.query, frame), statement.query.span, frame);
      return state;
    }
    case "return-query-execute": {
      const value = recordDynamic("return-query-execute", statement.dynamic, statement.span, frame);
      const { span } = statement.dynamic.query;
      returnedRows(dynamicRows(value, statement.dynamic.query.span, frame), span, frame);
      return state;
    }
    case "raise":
      for (const param of statement.params) evaluate(param, frame);
      for (const option of statement.options) evaluate(option.value, frame);
      return statement.level === "exception" ? null : state;
    case "assert":
      // Any role can turn assertions off (plpgsql.check_asserts), so they check nothing.
      evaluate(statement.condition, frame);
      if (statement.message !== null) evaluate(statement.message, frame);
      return state;
    case "sql": {
      const rows = evaluateStatement(statement.statement, frame);
      if (statement.into.length > 0) assignRows(statement.into, rows, frame);
      setFound(rows, statement.statement.span, frame);
      if (statement.statement.kind === "select") assertedByQuery(statement.statement, frame);
      return state;
    }
    case "call":
      evaluate(statement.call, frame);
      assertedBy(statement.call, frame);
      return state;
    case "execute": {
      const value = recordDynamic("execute", statement.dynamic, statement.span, frame);
      if (statement.into.length > 0)
        assignRows(statement.into, dynamicRows(value, statement.dynamic.query.span, frame), frame);
      return state;
    }
    case "open":
      return runOpen(statement, frame);
    case "fetch":
      if (statement.into.length > 0)
        assignRows(statement.into, cursorRows(statement.cursor, statement.span, frame), frame);
      return state;
    case "get-diagnostics":
      for (const { target, item } of statement.items)
        assign(target, diagnostics(item, statement.span ?? target.span), frame);
      return state;
    case "close":
    case "commit":
    case "rollback":
    case "null":
      return state;
  }
}

function returned(expr: Expr, frame: Frame): void {
  returnedValue(evaluate(expr, frame), frame);
  frame.context.whenAnonymous |= outcomes(expr, "values", frame);
}

/** A loop over rows or elements. */
function over(
  loop: { readonly body: readonly PlStatement[]; readonly label?: string },
  around: Surroundings,
  state: State,
  targets: readonly Variable[],
  begin: (frame: Frame) => void,
): State | null {
  const runBody = (inner: Surroundings, head: State): State | null => runAll(loop.body, inner, head);
  return runOver(loop.label, around, state, targets, begin, runBody);
}

/** FOUND tells whether the last statement met its conditions. */
function setFound(rows: RowSet, span: Span, frame: Frame): void {
  const found = derive(span, [], {
    guard: "type",
    by: "boolean",
    type: builtin("bool", span),
    notNull: true,
  });
  frame.state.values.set("found!", withInfluences(found, rows.influences));
}

function runIf(
  statement: Extract<PlStatement, { kind: "if" }>,
  around: Surroundings,
  start: State,
): State | null {
  let after: State | null = null;
  const rest = start;
  for (const branch of statement.branches) {
    const frame = at(around, rest);
    judgeBranch(branch, evaluate(branch.condition, frame), statement, frame);
    const met = copyState(rest);
    refine(branch.condition, true, at(around, met));
    after = joinStates(after, runAll(branch.body, around, met));
    refine(branch.condition, false, frame);
  }
  return joinStates(runAll(statement.otherwise, around, rest), after);
}

type If = Extract<PlStatement, { kind: "if" }>;

/** Whether a branch, or ELSE, refuses callers. */
function judgeBranch(branch: If["branches"][number], value: Value, statement: If, frame: Frame): void {
  const { condition } = branch;
  const refusal = refusalOf(branch.body);
  const otherwise = statement.branches.length === 1 ? refusalOf(statement.otherwise) : null;
  if (refusal !== null && otherwise === null) recordCondition(condition, value, true, refusal, frame);
  else if (refusal === null && otherwise !== null) recordCondition(condition, value, false, otherwise, frame);
  else if (refusal === null && statement.branches.length === 1 && statement.otherwise.length === 0)
    recordCondition(condition, value, false, null, frame);
}

function runCase(
  statement: Extract<PlStatement, { kind: "case" }>,
  around: Surroundings,
  start: State,
): State | null {
  let after: State | null = null;
  const rest = start;
  if (statement.subject !== null) evaluate(statement.subject, at(around, rest));
  for (const branch of statement.branches) {
    const met = copyState(rest);
    const condition = caseCondition(statement.subject, branch.when);
    if (condition !== null) {
      evaluate(condition, at(around, rest));
      refine(condition, true, at(around, met));
    }
    after = joinStates(after, runAll(branch.body, around, met));
    if (condition !== null) refine(condition, false, at(around, rest));
  }
  // Without ELSE a CASE that meets none raises an error.
  return statement.otherwise === null ? after : joinStates(runAll(statement.otherwise, around, rest), after);
}

/** `CASE x WHEN a, b` is `x IN (a, b)`; `CASE WHEN a` is `a`. */
function caseCondition(subject: Expr | null, when: readonly Expr[]): Expr | null {
  const [first] = when;
  if (first === undefined) return null;
  if (subject !== null) {
    return { kind: "operator", form: "in", name: ["="], operands: [subject, ...when], span: first.span };
  }
  return when.length === 1 ? first : { kind: "or", operands: when, span: first.span };
}
