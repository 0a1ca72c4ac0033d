/** What a routine gives to its callers: results, and checks that hold when it comes back. */
import type { Select } from "../events/tree.ts";
import { assertedBy } from "./callees.ts";
import type { Frame } from "./frame.ts";
import { joinValues } from "./join.ts";
import { commonChecks, type State } from "./state.ts";
import type { Value } from "./value.ts";

export function returnedValue(value: Value, frame: Frame): void {
  const { context } = frame;
  context.returns = context.returns === null ? value : joinValues(context.returns, value);
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
