/** Paths through a routine, and where they go that do not just run on. */
import type { Frame } from "./frame.ts";
import { joinValues } from "./join.ts";
import type { State } from "./state.ts";
import type { Value } from "./value.ts";

/** A path that EXIT or CONTINUE takes out of where it is. */
export interface Leaving {
  readonly kind: "exit" | "continue";
  /** The label it names; null: the innermost loop. */
  readonly target: string | null;
  readonly state: State;
}

/** What a handler can find when it is entered. */
export interface Handled {
  readonly state: State;
  /** Values that are in it, by slot. */
  readonly seen: Map<string, Set<Value>>;
}

/** A handler can be entered after any statement: it sees every value a variable had. */
export function remember(state: State, { state: handled, seen }: Handled): void {
  for (const [slot, value] of state.values) {
    const known = handled.values.get(slot);
    if (known === undefined || known === value) continue;
    const values = seen.get(slot);
    if (values?.has(value) === true) continue;
    if (values === undefined) seen.set(slot, new Set([value]));
    else values.add(value);
    handled.values.set(slot, joinValues(known, value));
  }
}

/** Where the paths of a routine go that do not just run on. */
export interface Flow {
  /** Paths that leave the innermost loop or labelled block. */
  readonly leaving: Leaving[];
  /** Values that variables have had since the block with a handler began. */
  readonly handled: Handled | null;
  /** Statements with an effect come after the one that is run. */
  readonly followed: boolean;
}

export type Surroundings = Omit<Frame, "state"> & { readonly flow: Flow };

export function at(around: Surroundings, state: State): Frame {
  const { context, scope, language, rows, ctes, placeholders } = around;
  // Field by field: `{ ...around, state }` makes a shape of its own for each object, in Node 20.
  return { context, state, scope, language, rows, ctes, placeholders };
}
