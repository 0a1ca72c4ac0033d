/** Runs a DO block over the model: what it would execute, as far as that can be known without a database. */
import type { Event } from "../../events/event.ts";
import type { Expr, PlBlock, PlStatement, Statement, Variable } from "../../events/tree.ts";
import type { PostgresParser } from "../../parser/postgres.ts";
import type { Span } from "../../text/span.ts";
import { attempt, type Context, refuse, unknown } from "../context.ts";
import type { Routine } from "../model.ts";
import { runCalls, runCallsOf, runUncalled } from "./calls.ts";
import { parsed, runDynamic, runSql } from "./execute.ts";
import { isArray, isRow, UNKNOWN, type Value } from "./value.ts";
import {
  assign,
  assigned,
  assignRow,
  MOST_TURNS,
  MOST_TURNS_WITH_LEAST,
  type Run,
  rowsOf,
  takeTurn,
  value,
} from "./variables.ts";

/** How a list of statements ended; `target`: the label of the loop or block that is left, null: the innermost loop. */
type Outcome =
  | { readonly kind: "next" }
  | { readonly kind: "return" }
  | { readonly kind: "exit" | "continue"; readonly target: string | null };

const NEXT: Outcome = { kind: "next" };

/**
 * Replays what the block does. Conditions that can be told from the model decide; under those that cannot, all branches are replayed as if
 * they let their statements through. EXECUTE whose text is not known is said to be unknown.
 */
export function runDoBlock(
  context: Context,
  { block, span }: { readonly block: PlBlock; readonly span: Span },
  parser: PostgresParser | null,
  apply: (event: Event) => void,
): void {
  const run = newRun(context, parser, apply, outermost());
  follow(run, block);
  if (run.spent.exhausted)
    unknown(context, span, "DO block: its loops take too many turns to follow them all");
}

/** Replays what routines do that a statement outside of any code calls. */
export function runCalled(
  context: Context,
  statement: Statement,
  parser: PostgresParser | null,
  apply: (event: Event) => void,
): void {
  const { effort } = context;
  if (effort.callsLeftOut) return;
  const run = newRun(context, parser, apply, outermost());
  runCalls(run, statement);
  if (run.spent.exhausted) {
    unknown(context, statement.span, "what it calls takes too many turns to follow them all");
    effort.callsLeftOut = effort.turns > MOST_TURNS_WITH_LEAST;
  }
}

/** Replays what the function of an event trigger does; what is not known of it is not said at each statement that it is about. */
export function runFired(
  context: Context,
  routine: Routine,
  variables: Map<string, Value>,
  apply: (event: Event) => void,
): void {
  const { parser, guarded, state } = context;
  const said = state.unknowns.length;
  context.guarded = true;
  attempt(context, () => runUncalled(newRun(context, parser, apply, outermost()), routine, variables));
  context.guarded = guarded;
  state.unknowns.length = said;
}

/** What a routine takes over from the code that calls it. */
type Inherited = Pick<Run, "variables" | "routines" | "budget" | "spent">;

function outermost(): Inherited {
  const spent = { turns: 0, exhausted: false };
  return { variables: new Map(), routines: [], budget: { steps: 0 }, spent };
}

function newRun(
  context: Context,
  parser: PostgresParser | null,
  apply: (event: Event) => void,
  inherited: Inherited,
): Run {
  return {
    context,
    parser,
    apply,
    ...inherited,
    records: new Set(),
    mayHaveLeft: null,
    enter: (block, variables, routine) => {
      const routines = [...inherited.routines, routine];
      follow(newRun(context, parser, apply, { ...inherited, variables, routines }), block);
    },
  };
}

function follow(run: Run, block: PlBlock): void {
  const { context } = run;
  const before = context.guarded;
  context.guarded = before || context.assume;
  context.nested++;
  try {
    runBlock(run, block);
  } finally {
    context.nested--;
    context.guarded = before;
  }
}

function runBlock(run: Run, block: PlBlock): Outcome {
  for (const declaration of block.declarations) {
    const initial = declaration.default === null ? null : value(run, declaration.default);
    const { type } = declaration;
    if (type?.of === "rowtype" || type?.name.at(-1) === "record") run.records.add(declaration.name);
    else run.records.delete(declaration.name);
    const typed =
      type === null || initial === null ? initial : assigned(run, initial, declaration.default, type);
    run.variables.set(declaration.name, declaration.cursor === null ? typed : UNKNOWN);
  }
  const outcome = runGuarded(run, block);
  return outcome.kind === "exit" && outcome.target !== null && outcome.target === block.label
    ? NEXT
    : outcome;
}

function runGuarded(run: Run, block: PlBlock): Outcome {
  if (block.handlers.length === 0) return runAll(run, block.body);
  // What the block did before it failed is undone, and the handler goes on from there.
  let outcome: Outcome = NEXT;
  const { guarded } = run.context;
  run.context.guarded = true;
  const done = attempt(run.context, () => {
    outcome = runAll(run, block.body);
  });
  run.context.guarded = guarded;
  if (done) return outcome;
  return runAll(run, block.handlers[0]?.body ?? []);
}

function runAll(run: Run, statements: readonly PlStatement[]): Outcome {
  for (const statement of statements) {
    const outcome = runStatement(run, statement);
    if (outcome.kind !== "next") return outcome;
  }
  return NEXT;
}

/** Statements that may or may not be reached: replayed, and nothing they fail at is said. */
function perhaps(run: Run, statements: readonly PlStatement[]): void {
  const { guarded } = run.context;
  run.context.guarded = true;
  attempt(run.context, () => {
    mayLeave(run, runAll(run, statements));
  });
  run.context.guarded = guarded;
}

function runStatement(run: Run, statement: PlStatement): Outcome {
  switch (statement.kind) {
    case "block":
      return runBlock(run, statement);
    case "assign":
      assign(run, statement.target, done(run, statement.value));
      return NEXT;
    case "if":
      return branch(
        run,
        statement.branches.map(({ condition, body }) => ({ holds: () => done(run, condition), body })),
        statement.otherwise,
      );
    case "case": {
      const subject = statement.subject === null ? null : statement.subject;
      return branch(
        run,
        statement.branches.map(({ when, body }) => ({ holds: () => anyOf(run, subject, when), body })),
        statement.otherwise ?? [],
      );
    }
    case "loop":
      return loop(run, () => true, statement);
    case "while":
      return loop(run, () => done(run, statement.condition), statement);
    case "for-integer": {
      const [from, to, step] = statement.bounds.map((bound) => value(run, bound));
      if (
        typeof from !== "number" ||
        typeof to !== "number" ||
        (step !== undefined && typeof step !== "number")
      ) {
        return unknownLoop(run, [statement.variable], statement.body);
      }
      const values: Value[] = [];
      const by = step ?? 1;
      for (let i = from; by > 0 && i <= to && values.length < MOST_TURNS; i += by) values.push(i);
      return counted(run, statement.variable, values, statement);
    }
    case "foreach": {
      const array = value(run, statement.array);
      if (!isArray(array)) return unknownLoop(run, namesOf(statement.targets), statement.body);
      return each(run, array, (each) => assign(run, statement.targets[0], each), statement);
    }
    case "for-query":
      return loopOver(run, statement.query, statement.targets, statement);
    case "for-execute": {
      const [query] = parsed(run, statement.dynamic) ?? [];
      return loopOver(run, query ?? null, statement.targets, statement);
    }
    case "for-cursor":
      return unknownLoop(run, namesOf(statement.targets), statement.body);
    case "sql":
      runSql(run, statement);
      return NEXT;
    case "execute":
      runDynamic(run, statement);
      return NEXT;
    case "call":
      runCallsOf(run, statement.call);
      return NEXT;
    case "return":
      if (statement.value !== null) runCallsOf(run, statement.value);
      return { kind: "return" };
    case "return-query":
      runCalls(run, statement.query);
      return NEXT;
    case "exit":
    case "continue": {
      const { kind, target, condition } = statement;
      const holds = condition === null ? true : value(run, condition);
      if (holds === true) return { kind, target };
      if (holds === UNKNOWN) mayLeave(run, { kind, target });
      return NEXT;
    }
    case "raise":
      if (statement.level !== "exception") return NEXT;
      if (run.context.assume && run.context.guarded) return { kind: "return" };
      return refuse(
        run.context,
        statement.span ?? { start: 0, end: 0 },
        statement.message ?? "exception raised",
      );
    case "get-diagnostics":
      for (const { target } of statement.items) assign(run, target, UNKNOWN);
      return NEXT;
    case "fetch":
      for (const target of statement.into) assign(run, target, UNKNOWN);
      return NEXT;
    default:
      return NEXT;
  }
}

/** The value, after what the routines do that give it. */
function done(run: Run, expr: Expr): Value {
  runCallsOf(run, expr);
  return value(run, expr);
}

function namesOf(targets: readonly Variable[]): readonly string[] {
  return targets.map((target) => target.name[0] ?? "");
}

function anyOf(run: Run, subject: Expr | null, when: readonly Expr[]): Value {
  const results = when.map((expr) => {
    if (subject === null) return value(run, expr);
    const span = expr.span;
    return value(run, { kind: "operator", name: ["="], form: "plain", operands: [subject, expr], span });
  });
  return results.includes(true) ? true : results.includes(UNKNOWN) ? UNKNOWN : false;
}

function branch(
  run: Run,
  branches: readonly { readonly holds: () => Value; readonly body: readonly PlStatement[] }[],
  otherwise: readonly PlStatement[],
): Outcome {
  let open = false;
  for (const { holds, body } of branches) {
    const condition = holds();
    if (condition === UNKNOWN) {
      open = true;
      perhaps(run, body);
    } else if (condition === true) {
      if (!open) return runAll(run, body);
      perhaps(run, body);
      return NEXT;
    }
  }
  if (!open) return runAll(run, otherwise);
  perhaps(run, otherwise);
  return NEXT;
}

interface Loop {
  readonly body: readonly PlStatement[];
  readonly label?: string;
}

/** How the loop itself ended with what one turn of its body came to; null: it goes on. */
function ended(outcome: Outcome, { label }: Loop): Outcome | null {
  if (outcome.kind === "next") return null;
  if (outcome.kind === "return") return outcome;
  if (outcome.target !== null && outcome.target !== label) return outcome;
  return outcome.kind === "exit" ? NEXT : null;
}

/** Notes an end of which it is not known whether it is reached. */
function mayLeave(run: Run, outcome: Outcome): void {
  if (outcome.kind === "next") return;
  const own = outcome.kind !== "return" && outcome.target === null;
  if (!own) run.mayHaveLeft = "more";
  else run.mayHaveLeft ??= "loop";
}

/** What the loop inside may have left is not the one around it. */
function inside(run: Run, goThrough: () => Outcome): Outcome {
  const around = run.mayHaveLeft;
  const outcome = goThrough();
  if (run.mayHaveLeft !== "more") run.mayHaveLeft = around;
  return outcome;
}

function each(run: Run, values: readonly Value[], set: (value: Value) => void, loop: Loop): Outcome {
  return inside(run, () => {
    for (const value of values) {
      if (!takeTurn(run)) return NEXT;
      set(value);
      const end = ended(runAll(run, loop.body), loop);
      if (end !== null) return end;
    }
    return NEXT;
  });
}

/** The loop's variable is its own and hides one of the same name. */
function counted(run: Run, variable: string, values: readonly Value[], loop: Loop): Outcome {
  const outer = run.variables.get(variable);
  const outcome = each(
    run,
    values,
    (value) => {
      run.variables.set(variable, value);
    },
    loop,
  );
  if (outer === undefined) run.variables.delete(variable);
  else run.variables.set(variable, outer);
  return outcome;
}

/** Nothing but its own statements ends it: where it is not known whether one of them has, it is taken to have ended. */
function loop(run: Run, condition: () => Value, loop: Loop): Outcome {
  return inside(run, () => {
    for (;;) {
      const holds = condition();
      if (holds === UNKNOWN) {
        perhaps(run, loop.body);
        return NEXT;
      }
      if (holds !== true || !takeTurn(run)) return NEXT;
      run.mayHaveLeft = null;
      const end = ended(runAll(run, loop.body), loop);
      if (end !== null) return end;
      if (run.mayHaveLeft !== null) return NEXT;
    }
  });
}

/** Once, with variables that could be anything. */
function unknownLoop(run: Run, variables: readonly string[], body: readonly PlStatement[]): Outcome {
  for (const name of variables) run.variables.set(name, UNKNOWN);
  perhaps(run, body);
  return NEXT;
}

function loopOver(run: Run, query: Statement | null, targets: readonly Variable[], loop: Loop): Outcome {
  const rows = query?.kind === "select" ? rowsOf(run, query) : null;
  if (query !== null) runCalls(run, query);
  if (rows === null) return unknownLoop(run, namesOf(targets), loop.body);
  return each(run, rows, (row) => assignRow(run, targets, isRow(row) ? row : UNKNOWN), loop);
}
