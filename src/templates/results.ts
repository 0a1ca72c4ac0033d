/** What a routine gives to its callers: results, and checks that hold when it comes back. */
import type { Select, TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { assertedBy } from "./callees.ts";
import type { Frame, RowSet } from "./frame.ts";
import { joinAll, joinValues } from "./join.ts";
import { commonChecks, type State, withChecks } from "./state.ts";
import { coerce, derive } from "./text.ts";
import { builtin, type TypeLookup } from "./types.ts";
import { NULL_VALUE, type Value } from "./value.ts";

export function returnedValue(value: Value, frame: Frame): void {
  const { context } = frame;
  context.returns = context.returns === null ? value : joinValues(context.returns, value);
}

/** Rows that are returned: columns go to OUT parameters and those of RETURNS TABLE by their place. */
export function returnedRows(rows: RowSet, span: Span, frame: Frame): void {
  const { results, lookup } = frame.context;
  const [star] = rows.stars;
  const any = star?.other?.(null, span) ?? null;
  if (results.length <= 1) {
    const [only] = results;
    const own = rows.columns.length > 0 ? rows.columns.map(({ value }) => value) : any === null ? [] : [any];
    for (const value of own)
      returnedValue(only === undefined ? value : typed(value, only.type, span, lookup), frame);
    return;
  }
  const ordered = rows.columns.length === 0 ? star?.ordered : rows.columns.map(({ value }) => value);
  const listed = rows.stars.length > 0 && rows.columns.length > 0 ? undefined : ordered;
  const whole = joinAll([...rows.columns.map(({ value }) => value), ...(any === null ? [] : [any])]);
  const values = results.map(({ type }, i) => typed(listed?.[i] ?? whole ?? NULL_VALUE, type, span, lookup));
  returnedValue(
    rowOf(
      results.map(({ name }) => name),
      values,
      span,
    ),
    frame,
  );
}

/** RETURN or RETURN NEXT without a value: what the OUT parameters hold. */
export function returnedParameters(state: State, span: Span, frame: Frame): void {
  const { results } = frame.context;
  const values = results.map(({ slot }) => {
    const value = state.values.get(slot) ?? NULL_VALUE;
    return withChecks(value, state);
  });
  const [only, ...others] = values;
  if (only === undefined) return;
  returnedValue(
    others.length === 0
      ? only
      : rowOf(
          results.map(({ name }) => name),
          values,
          span,
        ),
    frame,
  );
}

function typed(value: Value, type: TypeName | null, span: Span, lookup: TypeLookup | null): Value {
  return type === null ? value : coerce({ value, span }, type, lookup);
}

/** A row of values. */
function rowOf(names: readonly string[], values: readonly Value[], span: Span): Value {
  const fields = new Map(values.map((value, i) => [names[i] ?? `f${i + 1}`, value]));
  return { ...derive(span, values, { type: builtin("record", span) }), fields };
}

/** A path ends without an error. */
export function ended(state: State, frame: Frame): void {
  const { context } = frame;
  context.ended = context.ended === null ? new Map(state.checks) : commonChecks(context.ended, state.checks);
}

/** `SELECT app.require_admin()`, which is what PERFORM does. */
export function assertedByQuery(select: Select, frame: Frame): void {
  const [target, ...others] = select.targets;
  const plain = select.from.length === 0 && select.where === null && select.setOperation === null;
  if (plain && target !== undefined && others.length === 0) assertedBy(target.value, frame);
}
