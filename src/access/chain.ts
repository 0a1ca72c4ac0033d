import type { Place } from "../text/source.ts";

/** One step of a privilege chain: a statement (or a built-in default, without place) that makes it so. */
export interface ReachStep {
  readonly place: Place | null;
  readonly text: string;
}

/** Who can reach a weakness, and through which statements. */
export interface Reach {
  /** A role's name, or `PUBLIC`. */
  readonly role: string;
  readonly via: readonly ReachStep[];
}
