/** Variables of a DO block while it runs. */
import type { Event } from "../../events/event.ts";
import type { Expr, PlBlock, Statement, Variable } from "../../events/tree.ts";
import type { PostgresParser } from "../../parser/postgres.ts";
import type { Context } from "../context.ts";
import type { Routine } from "../model.ts";
import { cast } from "./cast.ts";
import { evaluate } from "./evaluate.ts";
import { queryRows } from "./query.ts";
import { NotKnown, type Scope } from "./scope.ts";
import { entriesOf, isRow, type Row, UNKNOWN, type Value, valuesOf } from "./value.ts";

/** Turns of loops, and statements executed, in one block. */
export const MOST_TURNS = 20_000;
/** In all blocks and calls, above which each other one has `LEAST_TURNS`. */
const MOST_TURNS_OF_ALL = 30_000;
const LEAST_TURNS = 20;
/** With those, above which calls are not followed. */
export const MOST_TURNS_WITH_LEAST = 40_000;

export interface Run {
  readonly context: Context;
  readonly parser: PostgresParser | null;
  readonly apply: (event: Event) => void;
  readonly variables: Map<string, Value>;
  /** Variables that hold rows. */
  readonly records: Set<string>;
  /** Routines whose code runs, the outermost first; none in a DO block. */
  readonly routines: readonly Routine[];
  /** Runs the code of another routine. */
  readonly enter: (block: PlBlock, variables: Map<string, Value>, routine: Routine) => void;
  /** What may have been left, by EXIT, CONTINUE or RETURN of which it is not known whether they are reached: the innermost loop, or more. */
  mayHaveLeft: "loop" | "more" | null;
  readonly budget: { steps: number };
  /** Of the block, and of all routines that it makes run. */
  readonly spent: Spent;
}

/** Turns that code has had. */
interface Spent {
  turns: number;
  /** Had more to do than is followed. */
  exhausted: boolean;
}

/** One more turn, or statement; false: there were too many. */
export function takeTurn({ context: { effort }, spent }: Run): boolean {
  spent.turns++;
  effort.turns++;
  const most = effort.turns > MOST_TURNS_OF_ALL ? LEAST_TURNS : MOST_TURNS;
  spent.exhausted ||= spent.turns > most;
  return !spent.exhausted;
}

const scopeOf = ({ context, variables, budget }: Run): Scope => ({
  context,
  variables,
  rows: [],
  budget,
});

export function value(run: Run, expr: Expr): Value {
  try {
    return evaluate(expr, scopeOf(run));
  } catch (error) {
    if (error instanceof NotKnown) return UNKNOWN;
    throw error;
  }
}

export function rowsOf(run: Run, query: Extract<Statement, { kind: "select" }>): readonly Row[] | null {
  try {
    return queryRows(query, scopeOf(run));
  } catch (error) {
    if (error instanceof NotKnown) return null;
    throw error;
  }
}

/** A value as a variable of that type holds it. */
export function assigned(
  run: Run,
  given: Value,
  from: Expr | null,
  type: NonNullable<PlBlock["declarations"][number]["type"]>,
): Value {
  if (given === UNKNOWN || given === null || type.of !== undefined) return given;
  if (isRow(given)) return given;
  return cast(run.context, given, type, from?.span.start ?? 0);
}

export function assign(run: Run, target: Variable | undefined, given: Value): void {
  const [name, field] = target?.name ?? [];
  if (name === undefined) return;
  if (field === undefined) {
    run.variables.set(name, given);
    return;
  }
  const before = run.variables.get(name);
  if (before !== undefined && isRow(before)) {
    run.variables.set(name, { kind: "row", fields: new Map([...entriesOf(before), [field, given]]) });
  }
}

/** INTO: one record variable takes the whole row, several take its fields in order. */
export function assignRow(run: Run, targets: readonly Variable[], row: Row | null | typeof UNKNOWN): void {
  if (row === UNKNOWN || row === null) {
    for (const target of targets) assign(run, target, row);
    return;
  }
  const fields = valuesOf(row);
  const [only] = targets;
  if (
    targets.length === 1 &&
    only !== undefined &&
    (fields.length > 1 || run.records.has(only.name[0] ?? ""))
  )
    assign(run, only, row);
  else for (const [i, target] of targets.entries()) assign(run, target, fields[i] ?? null);
}
