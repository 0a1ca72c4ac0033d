/** Loops: gone through until nothing new comes. */
import type { Variable } from "../events/tree.ts";
import type { Frame } from "./frame.ts";
import { MAX_ROUNDS } from "./limits.ts";
import { at, type Leaving, type Surroundings } from "./paths.ts";
import {
  copyState,
  type Declared,
  findVariable,
  giveUp,
  isStable,
  joinStates,
  type Scope,
  type State,
} from "./state.ts";
import type { Value } from "./value.ts";

type Round = (
  head: State,
  loop: Surroundings,
) => { readonly body: State | null; readonly over: State | null };

/** Goes round until nothing new comes. `over` is the state in which the loop ends by itself. */
export function runLoop(
  label: string | undefined,
  around: Surroundings,
  start: State,
  round: Round,
): State | null {
  let head = start;
  for (let i = 0; ; i++) {
    const leaving: Leaving[] = [];
    const loop: Surroundings = { ...around, flow: { ...around.flow, leaving } };
    const { body, over } = round(copyState(head), loop);
    const own = leaving.filter(({ target }) => target === null || target === label);
    const take = (kind: Leaving["kind"], state: State | null): State | null =>
      own.reduce((joined, one) => (one.kind === kind ? joinStates(joined, one.state) : joined), state);
    const next = joinStates(copyState(start), take("continue", body));
    const stable = next === null || isStable(next, head);
    if (!stable && i < MAX_ROUNDS && around.context.steps <= 20_000) {
      head = next;
      continue;
    }
    if (!stable) giveUp(around.context, null, "loop not followed to its end");
    around.flow.leaving.push(...leaving.filter((one) => !own.includes(one)));
    return take("exit", over);
  }
}

/** A loop over rows or elements: `begin` sets its variables. */
export function runOver(
  label: string | undefined,
  around: Surroundings,
  start: State,
  targets: readonly Variable[],
  begin: (frame: Frame) => void,
  runBody: (around: Surroundings, state: State) => State | null,
): State | null {
  const scope = withLoopVariables(targets, around);
  return runLoop(label, { ...around, scope }, start, (head, loop) => {
    begin(at(loop, head));
    // With no row at all the loop ends with the variables as they were.
    const over = copyState(head);
    return { body: runBody(loop, head), over };
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

export function setLoopVariable(name: string, value: Value, frame: Frame): void {
  const declared = findVariable(frame.scope, name);
  if (declared !== null) frame.state.values.set(declared.slot, value);
}
