/** PL/pgSQL statements: how values and checks change from one to the next. */
import type { Declaration, Expr, PlBlock, PlStatement, Variable } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { assign, assignRows, declareVariable } from "./assign.ts";
import { elementsOf } from "./calls.ts";
import { cursorRows, diagnostics, dynamicRows, runOpen } from "./cursors.ts";
import { evaluate, place } from "./evaluate.ts";
import { type Frame, type RowSet, withInfluences } from "./frame.ts";
import { joinValues } from "./join.ts";
import { MAX_DEPTH, MAX_ROUNDS } from "./limits.ts";
import { evaluateStatement } from "./query.ts";
import { refine } from "./refine.ts";
import { recordDynamic } from "./sinks.ts";
import {
  copyState,
  type Declared,
  findVariable,
  giveUp,
  hasSteps,
  isStable,
  joinStates,
  type Scope,
  type State,
} from "./state.ts";
import { derive } from "./text.ts";
import { builtin } from "./types.ts";
import { hole, holeValue, type Value } from "./value.ts";

/** Where the paths of a routine go that do not just run on. */
interface Flow {
  /** States at EXIT and CONTINUE of the innermost loop. */
  readonly exits: State[];
  readonly continues: State[];
  /** Values that variables have had since the block with a handler began. */
  readonly handled: State | null;
}

const NOWHERE: Span = { start: 0, end: 0 };

type Surroundings = Omit<Frame, "state"> & { readonly flow: Flow };

const NO_FLOW: Flow = { exits: [], continues: [], handled: null };

/** Runs the outermost block of a routine. */
export function runBody(block: PlBlock, frame: Frame): void {
  const { state, ...around } = frame;
  runBlock(block, { ...around, flow: NO_FLOW }, state);
}

function at(around: Surroundings, state: State): Frame {
  const { flow: _, ...frame } = around;
  return { ...frame, state };
}

/** Runs statements in order; null when no path reaches the end. */
function runAll(statements: readonly PlStatement[], around: Surroundings, start: State | null): State | null {
  let state = start;
  for (const statement of statements) {
    if (state === null) return null;
    state = run(statement, around, state);
    if (state !== null && around.flow.handled !== null) remember(state, around.flow.handled);
  }
  return state;
}

/** A handler can be entered after any statement: it sees every value a variable had. */
function remember(state: State, handled: State): void {
  for (const [slot, value] of state.values) {
    const known = handled.values.get(slot);
    if (known !== undefined && known !== value) handled.values.set(slot, joinValues(known, value));
  }
}

function runBlock(block: PlBlock, around: Surroundings, start: State): State | null {
  const state = start;
  const scope = declareAll(block.declarations, block.label, at(around, state));
  const inner: Surroundings = { ...around, scope };
  if (block.handlers.length === 0) return runAll(block.body, inner, state);
  const handled = copyState(state);
  const end = runAll(block.body, { ...inner, flow: { ...around.flow, handled } }, copyState(state));
  if (around.flow.handled !== null) remember(handled, around.flow.handled);
  let after = end;
  for (const handler of block.handlers) {
    const errors = withErrorVariables(inner, handled);
    after = joinStates(after, runAll(handler.body, errors.around, errors.state));
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
      assign(statement.target, place(statement.value, frame), frame);
      return state;
    case "if":
      return runIf(statement, around, state);
    case "case":
      return runCase(statement, around, state);
    case "loop":
      return runLoop(around, state, (head, loop) => ({
        body: runAll(statement.body, loop, head),
        over: null,
      }));
    case "while":
      return runLoop(around, state, (head, loop) => {
        const over = copyState(head);
        evaluate(statement.condition, at(loop, head));
        refine(statement.condition, true, at(loop, head));
        refine(statement.condition, false, at(loop, over));
        return { body: runAll(statement.body, loop, head), over };
      });
    case "for-integer": {
      for (const bound of statement.bounds) evaluate(bound, frame);
      const span = statement.span ?? NOWHERE;
      const number = derive(span, [], { guard: "type", by: "integer", type: builtin("int4", span) });
      return runOver(statement.body, around, state, [{ name: [statement.variable], span: null }], (inner) => {
        setLoopVariable(statement.variable, number, inner);
      });
    }
    case "for-query": {
      return runOver(statement.body, around, state, statement.targets, (inner) => {
        assignRows(statement.targets, evaluateStatement(statement.query, inner), inner);
      });
    }
    case "for-execute": {
      return runOver(statement.body, around, state, statement.targets, (inner) => {
        const value = recordDynamic("for-execute", statement.dynamic, statement.span, inner);
        assignRows(statement.targets, dynamicRows(value, statement.dynamic.query.span, inner), inner);
      });
    }
    case "for-cursor": {
      for (const arg of statement.args) evaluate(arg, frame);
      return runOver(statement.body, around, state, statement.targets, (inner) => {
        assignRows(statement.targets, cursorRows(statement.cursor, statement.span, inner), inner);
      });
    }
    case "foreach": {
      return runOver(statement.body, around, state, [], (inner) => {
        const array = place(statement.array, inner);
        const element = { value: elementsOf(array.value, array.span).any, span: array.span };
        for (const target of statement.targets) assign(target, element, inner);
      });
    }
    case "exit":
    case "continue": {
      const leaving = copyState(state);
      const list = statement.kind === "exit" ? around.flow.exits : around.flow.continues;
      if (statement.condition === null) {
        list.push(leaving);
        return null;
      }
      evaluate(statement.condition, frame);
      refine(statement.condition, true, at(around, leaving));
      list.push(leaving);
      refine(statement.condition, false, frame);
      return state;
    }
    case "return":
    case "return-next":
      if (statement.value !== null) returned(evaluate(statement.value, frame), frame);
      return statement.kind === "return" ? null : state;
    case "return-query": {
      const rows = evaluateStatement(statement.query, frame);
      for (const column of rows.columns) returned(column.value, frame);
      return state;
    }
    case "return-query-execute":
      recordDynamic("return-query-execute", statement.dynamic, statement.span, frame);
      return state;
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
      return state;
    }
    case "call":
      evaluate(statement.call, frame);
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

function returned(value: Value, frame: Frame): void {
  const { context } = frame;
  context.returns = context.returns === null ? value : joinValues(context.returns, value);
}

/** FOUND tells whether the last statement met its conditions. */
function setFound(rows: RowSet, span: Span, frame: Frame): void {
  const found = derive(span, [], { guard: "type", by: "boolean", type: builtin("bool", span) });
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
    evaluate(branch.condition, at(around, rest));
    const met = copyState(rest);
    refine(branch.condition, true, at(around, met));
    after = joinStates(after, runAll(branch.body, around, met));
    refine(branch.condition, false, at(around, rest));
  }
  return joinStates(runAll(statement.otherwise, around, rest), after);
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

type Round = (
  head: State,
  loop: Surroundings,
) => { readonly body: State | null; readonly over: State | null };

/** Goes round until nothing new comes. `over` is the state in which the loop ends by itself. */
function runLoop(around: Surroundings, start: State, round: Round): State | null {
  let head = start;
  for (let i = 0; ; i++) {
    const exits: State[] = [];
    const continues: State[] = [];
    const loop: Surroundings = { ...around, flow: { ...around.flow, exits, continues } };
    const { body, over } = round(copyState(head), loop);
    const again = continues.reduce<State | null>(joinStates, body);
    const next = joinStates(copyState(start), again);
    const out = exits.reduce<State | null>(joinStates, over);
    if (next === null || isStable(next, head)) return out;
    if (i >= MAX_ROUNDS || around.context.steps > 20_000) {
      giveUp(around.context, null, "loop not followed to its end");
      return out;
    }
    head = next;
  }
}

/** A loop over rows or elements: `begin` sets its variables. */
function runOver(
  body: readonly PlStatement[],
  around: Surroundings,
  start: State,
  targets: readonly Variable[],
  begin: (frame: Frame) => void,
): State | null {
  const scope = withLoopVariables(targets, around);
  return runLoop({ ...around, scope }, start, (head, loop) => {
    begin(at(loop, head));
    // With no row at all the loop ends with the variables as they were.
    const over = copyState(head);
    return { body: runAll(body, loop, head), over };
  });
}

/** FOR declares its variable itself when it is not declared, an integer always. */
function withLoopVariables(targets: readonly Variable[], around: Surroundings): Scope | null {
  const variables = new Map<string, Declared>();
  for (const target of targets) {
    const [name] = target.name;
    if (name !== undefined && (target.span === null || findVariable(around.scope, name) === null)) {
      variables.set(name, { slot: `${name}~${target.span?.start ?? -1}`, type: null, cursor: null });
    }
  }
  return variables.size === 0 ? around.scope : { outer: around.scope, label: null, variables };
}

function setLoopVariable(name: string, value: Value, frame: Frame): void {
  const declared = findVariable(frame.scope, name);
  if (declared !== null) frame.state.values.set(declared.slot, value);
}
