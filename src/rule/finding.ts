import type { Reach, ReachStep } from "../access/chain.ts";
import {
  CONFIDENCES,
  type Confidence,
  PERSONAS,
  type Persona,
  SEVERITIES,
  type Severity,
} from "../config/severity.ts";
import type { Place } from "../text/source.ts";

export {
  CONFIDENCES,
  type Confidence,
  PERSONAS,
  type Persona,
  type Reach,
  type ReachStep,
  SEVERITIES,
  type Severity,
};

export interface Related {
  readonly place: Place;
  readonly message: string;
}

/** One reported problem. */
export interface Finding {
  readonly rule: string;
  readonly variant: string | null;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly persona: Persona;
  /** One sentence: what is wrong, with names. */
  readonly message: string;
  /** What the primary span is labelled with. */
  readonly label: string;
  readonly place: Place;
  /** Identity such as `public.f(integer)`, or null. */
  readonly object: string | null;
  readonly reach: readonly Reach[];
  /** How many roles reach it besides. */
  readonly reachMore: number;
  readonly related: readonly Related[];
  /** Why it matters: one or two sentences. */
  readonly why: string;
  /** What to do. */
  readonly help: string;
  /** Rule, object, normalised statement, ordinal: stable against line moves. Filled in by the engine. */
  readonly fingerprint: string;
}

/** Something pgvet saw and could not judge. */
export interface Unknown {
  readonly place: Place;
  readonly message: string;
}
