/** Tables that a routine reads and changes, and what its conditions compare their columns with. */
import type { Expr, Name, Statement } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { evaluate, truth } from "./evaluate.ts";
import type { Frame, RowSource } from "./frame.ts";
import { addCheck, checksOf, copyState, type State, withChecks } from "./state.ts";
import {
  allHoles,
  type Check,
  type Origin,
  originsAround,
  originsOf,
  singleHole,
  type Value,
} from "./value.ts";

/** A column compared by `=`, IN or `= ANY` in a condition that every row meets. */
export interface Comparison {
  readonly column: string;
  readonly relation: Name;
  /** Where what it is compared with comes from, and what decided that (`IN (SELECT … WHERE uid = auth.uid())`). */
  readonly origins: readonly Origin[];
  readonly span: Span;
}

/** A table that a statement reads or changes. */
export interface TableAccess {
  readonly command: Exclude<Statement["kind"], "utility">;
  readonly relation: Name;
  /** The table's name in the statement. */
  readonly span: Span;
  /** Of all tables of the statement; origins say which checks were passed before (`checks`). */
  readonly compared: readonly Comparison[];
  /** Columns given a value, with where it comes from. */
  readonly written: readonly { readonly column: string | null; readonly origins: readonly Origin[] }[];
  /** All checks passed on the way. */
  readonly checks: readonly Check[];
}

export function recordAccess(
  access: Omit<TableAccess, "checks" | "written"> & Partial<Pick<TableAccess, "written">>,
  frame: Frame,
): void {
  const { command, relation, span, compared, written = [] } = access;
  const key = `${command} ${span.start}-${span.end}`;
  const checks = checksOf(frame.state);
  frame.context.accesses.set(key, { command, relation, span, compared, written, checks });
}

/** Evaluates a condition once, and notes what its parts joined by AND compare. */
export function evaluateCondition(condition: Expr, frame: Frame, compared: Comparison[]): Value {
  if (condition.kind === "and") {
    return truth(
      condition,
      condition.operands.map((operand) => evaluateCondition(operand, frame, compared)),
    );
  }
  if (condition.kind === "operator" && isEquality(condition)) {
    const values = condition.operands.map((operand) => evaluate(operand, frame));
    values.forEach((value, i) => {
      const column = columnOf(value);
      if (column === null) return;
      const others = values.filter((_, k) => k !== i);
      compared.push(comparison(column, mentionedBy(others, frame.state), condition.span));
    });
    return truth(condition, values);
  }
  if (condition.kind === "subquery" && (condition.form === "in" || condition.form === "any")) {
    const value = evaluate(condition, frame);
    const column = condition.test === null ? null : columnOf(evaluate(condition.test, frame));
    if (column !== null) {
      compared.push(comparison(column, mentionedBy([value], frame.state), condition.span));
    }
    return value;
  }
  return evaluate(condition, frame);
}

function comparison(
  { column, relation }: Pick<Comparison, "column" | "relation">,
  origins: readonly Origin[],
  span: Span,
): Comparison {
  return { column, relation, origins, span };
}

function isEquality(operator: Extract<Expr, { kind: "operator" }>): boolean {
  const { form } = operator;
  return form === "in" || ((form === "plain" || form === "any") && operator.name.at(-1) === "=");
}

function columnOf(value: Value): Pick<Comparison, "column" | "relation"> | null {
  const origins = singleHole(value)?.origins ?? [];
  const [only] = origins;
  if (origins.length !== 1 || only?.kind !== "stored") return null;
  if (only.column === null || only.relation === null) return null;
  return { column: only.column, relation: only.relation };
}

function mentionedBy(values: readonly Value[], state: State): readonly Origin[] {
  const holes = values.flatMap((value) => allHoles(withChecks(value, state)));
  return originsAround(holes);
}

export function written(column: string | null, value: Value, state: State): TableAccess["written"][number] {
  return { column, origins: originsOf(withChecks(value, state)) };
}

/** The tables among the sources of a query. */
export function tablesOf(
  sources: readonly RowSource[],
): readonly { readonly name: Name; readonly span: Span }[] {
  return sources.map((source) => source.table).filter((table) => table !== null);
}

/** A state with the same values in which more can be known. */
export function narrowed(frame: Frame): Frame {
  return { ...frame, state: copyState(frame.state) };
}

/** Checks that a call passes on to the arguments it was made with. */
export function addToArgument(value: Value, check: Check, frame: Frame): void {
  for (const h of allHoles(value)) {
    addCheck(frame.state, h.key, check);
    for (const origin of h.origins) if (h.origins.length === 1) addCheck(frame.state, origin.key, check);
  }
}
