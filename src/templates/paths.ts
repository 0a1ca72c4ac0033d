/** Paths through a routine, and where they go that do not just run on. */
import type { Frame } from "./frame.ts";
import type { State } from "./state.ts";

/** A path that EXIT or CONTINUE takes out of where it is. */
export interface Leaving {
  readonly kind: "exit" | "continue";
  /** The label it names; null: the innermost loop. */
  readonly target: string | null;
  readonly state: State;
}

/** Where the paths of a routine go that do not just run on. */
export interface Flow {
  /** Paths that leave the innermost loop or labelled block. */
  readonly leaving: Leaving[];
  /** Values that variables have had since the block with a handler began. */
  readonly handled: State | null;
  /** Statements with an effect come after the one that is run. */
  readonly followed: boolean;
}

export type Surroundings = Omit<Frame, "state"> & { readonly flow: Flow };

export function at(around: Surroundings, state: State): Frame {
  const { flow: _, ...frame } = around;
  return { ...frame, state };
}
