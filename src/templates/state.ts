/** What is known at one point of a routine: the values of its variables and the checks that were passed. */
import type { EventOf } from "../events/event.ts";
import type { Call, PlBlock, Query, Statement, TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import type { TableAccess } from "./accesses.ts";
import type { RecordedCheck } from "./caller-checks.ts";
import { bringsNothing, joinValues } from "./join.ts";
import { MAX_CHECKED, MAX_CHECKS, MAX_STEPS } from "./limits.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import type { ArgumentRole } from "./sink-functions.ts";
import type { Step, Summary } from "./summary.ts";
import type { TypeLookup } from "./types.ts";
import {
  type Check,
  choice,
  type Hole,
  holesOf,
  isHarmless,
  type Origin,
  type Piece,
  sameCheck,
  type Value,
} from "./value.ts";

/** Values by variable slot, checks by the key of a hole or origin. Changed in place; copied where paths part. */
export interface State {
  readonly values: Map<string, Value>;
  readonly checks: Map<string, readonly Check[]>;
}

export function copyState(state: State): State {
  return { values: new Map(state.values), checks: new Map(state.checks) };
}

/** The state where two paths meet; null is a path that ended. */
export function joinStates(a: State | null, b: State | null): State | null {
  if (a === null || a === b) return b;
  if (b === null) return a;
  const checks = commonChecks(a.checks, b.checks);
  // What only one path knows is written onto the values that only this path has.
  const onlyA = { values: a.values, checks: lostChecks(a.checks, checks) };
  const onlyB = { values: b.values, checks: lostChecks(b.checks, checks) };
  const values = new Map<string, Value>();
  for (const [slot, value] of a.values) {
    const other = b.values.get(slot);
    // A variable of a block that one path never entered is not visible afterwards.
    if (other === undefined) continue;
    values.set(
      slot,
      value === other ? value : joinValues(withChecks(value, onlyA), withChecks(other, onlyB)),
    );
  }
  return { values, checks };
}

function lostChecks(all: State["checks"], kept: State["checks"]): Map<string, readonly Check[]> {
  const lost = new Map<string, readonly Check[]>();
  for (const [key, checks] of all) if (!kept.has(key)) lost.set(key, checks);
  return lost;
}

export function commonChecks(a: State["checks"], b: State["checks"]): Map<string, readonly Check[]> {
  const common = new Map<string, readonly Check[]>();
  for (const [key, checks] of a) {
    const others = b.get(key);
    if (others === undefined) continue;
    const both = checks.filter((check) => others.some((other) => sameCheck(check, other)));
    // Two different allow lists on two paths are still an allow list.
    const merged =
      both.length > 0 ? both : checks.filter((check) => others.some((other) => other.kind === check.kind));
    if (merged.length > 0) common.set(key, merged);
  }
  return common;
}

/** Whether a round of a loop that began with `next` would find nothing that the round from `known` did not. */
export function isStable(next: State, known: State): boolean {
  for (const [slot, value] of next.values) {
    const before = known.values.get(slot);
    if (before === undefined || !bringsNothing(value, before)) return false;
  }
  for (const [key, checks] of known.checks) {
    if ((next.checks.get(key)?.length ?? 0) < checks.length) return false;
  }
  return true;
}

/** All checks that hold on the path. */
export function checksOf(state: State): readonly Check[] {
  const all: Check[] = [];
  for (const checks of state.checks.values()) {
    for (const check of checks) if (!all.some((known) => sameCheck(known, check))) all.push(check);
  }
  return all;
}

/** Notes a check. One that was passed before says nothing new when it is passed again. */
export function addCheck(state: State, key: string, check: Check): void {
  const known = state.checks.get(key);
  if (known === undefined && state.checks.size >= MAX_CHECKED) return;
  const isKnown = ({ kind, by, nullSafe }: Check): boolean =>
    kind === check.kind && by === check.by && nullSafe === check.nullSafe;
  if (known?.some(isKnown) !== true) state.checks.set(key, [...(known ?? []), check].slice(0, MAX_CHECKS));
}

/** The value as it stands on this path: holes that were checked say so. */
export function withChecks(value: Value, state: State): Value {
  if (state.checks.size === 0) return value;
  const concerned = holesOf(value.pieces).some((h) => isConcerned(h, state.checks));
  const pieces =
    !concerned || value.pieces === null ? value.pieces : mapHoles(value.pieces, (h) => checkedHole(h, state));
  const elements =
    value.elements === null
      ? null
      : {
          list: value.elements.list?.map((element) => withChecks(element, state)) ?? null,
          any: withChecks(value.elements.any, state),
        };
  if (pieces === value.pieces && elements === value.elements) return value;
  return { ...value, pieces, elements };
}

/** Changes the holes of a template; the same list when none changed. */
export function mapHoles(pieces: readonly Piece[], change: (h: Hole) => Hole): readonly Piece[] {
  let changed = false;
  const result = pieces.map((piece): Piece => {
    if (piece.kind === "hole") {
      const next = insideQuotes(change(piece), change);
      if (next !== piece) changed = true;
      return next;
    }
    if (piece.kind !== "choice") return piece;
    let inside = false;
    const options = piece.options.map((option) => {
      const next = mapHoles(option, change);
      if (next !== option) inside = true;
      return next;
    });
    if (!inside) return piece;
    changed = true;
    return choice(options);
  });
  return changed ? result : pieces;
}

function insideQuotes(h: Hole, change: (h: Hole) => Hole): Hole {
  if (h.text === null) return h;
  const pieces = mapHoles(h.text.pieces, change);
  return pieces === h.text.pieces ? h : { ...h, text: { ...h.text, pieces } };
}

const clears = (check: Check): boolean => check.kind === "allow-list" || check.kind === "pattern";

/** Whether a check is about the hole, one of its origins, or may be about a value inside it. */
function isConcerned(h: Hole, checks: State["checks"]): boolean {
  return h.object !== null || checks.has(h.key) || h.origins.some((origin) => checks.has(origin.key));
}

function checkedHole(h: Hole, state: State): Hole {
  const own = state.checks.get(h.key) ?? [];
  let changed = false;
  const origins = h.origins.map((origin): Origin => {
    const more = [...own, ...(origin.key === h.key ? [] : (state.checks.get(origin.key) ?? []))].filter(
      (check) => !origin.checks.some((known) => sameCheck(known, check)),
    );
    if (more.length === 0) return origin;
    changed = true;
    return { ...origin, checks: [...origin.checks, ...more] };
  });
  let object = h.object;
  if (object !== null) {
    let inside = false;
    const entries = object.entries.map((entry) => {
      const value = withChecks(entry.value, state);
      if (value !== entry.value) inside = true;
      return value === entry.value ? entry : { ...entry, value };
    });
    if (inside) object = { ...object, entries };
  }
  if (!changed && object === h.object) return h;
  const clear =
    own.find(clears) ??
    (origins.every((o) => o.checks.some(clears)) ? origins[0]?.checks.find(clears) : undefined);
  if (clear === undefined || isHarmless(h.guard)) return { ...h, origins, object };
  return { ...h, origins, object, guard: clear.kind === "pattern" ? "pattern" : "allow-list", by: clear.by };
}

/** Something the analysis did not follow. */
export interface Approximation {
  readonly span: Span | null;
  readonly message: string;
}

/** `call` a function that takes SQL or a name as text, `cast` text cast to regclass and the like. */
export type SinkKind = "execute" | "return-query-execute" | "for-execute" | "open-execute" | "call" | "cast";

/** A sink as met on the way; the same place is met again in every round of a loop. */
export interface RawSink {
  readonly kind: SinkKind;
  readonly span: Span;
  readonly name: readonly string[] | null;
  readonly nameSpan: Span | null;
  readonly arguments: readonly RawArgument[];
  readonly using: readonly { readonly span: Span; readonly value: Value }[];
  readonly checks: readonly Check[];
  /** The routines between here and the place where the text is executed; empty: it is executed here. */
  readonly path: readonly Step[];
}

export interface RawArgument {
  readonly role: ArgumentRole;
  /** The parameter's name as far as it is known, without a leading `p_`. */
  readonly name: string | null;
  /** 0-based position among the parameters; -1 for a name that is not known. */
  readonly position: number;
  readonly span: Span;
  readonly value: Value;
}

/** The routine that a call means; `args` as far as they are known. */
export type Callee = (
  call: Pick<Call, "name"> & Partial<Pick<Call, "args">>,
  args?: readonly Value[],
) => Summary | null;

/** What stays the same over a whole routine. */
export interface Context {
  readonly lookup: TypeLookup | null;
  readonly extraSinks: ReadonlySet<string>;
  readonly identityFunctions: ReadonlySet<string>;
  readonly sinks: Map<string, RawSink>;
  readonly approximations: Map<string, Approximation>;
  /** Parses the text of a dynamic query, for the names of its columns; null: not available. */
  readonly readDynamic: ((value: Value) => Query | null) | null;
  /** Parses all texts that a template can be. */
  readonly parseText: ((value: Value) => readonly ParsedTemplate[]) | null;
  /** Reads the code of a DO block in text that is executed. */
  readonly readBlock: ((event: EventOf<"do">) => PlBlock | null) | null;
  /** Calls in text that is executed. */
  readonly calls: Map<string, Call>;
  /** What cursor variables were last opened for, by slot. */
  readonly cursors: Map<string, OpenCursor>;
  readonly callerChecks: Map<string, RecordedCheck>;
  readonly accesses: Map<string, TableAccess>;
  /** What is known of a function of the project that is called; null: nothing. */
  readonly callee: Callee | null;
  /** OUT parameters and columns of RETURNS TABLE, in order. */
  readonly results: readonly Result[];
  steps: number;
  /** Pieces of the texts that sinks have. */
  executed: number;
  depth: number;
  returns: Value | null;
  /** Outcomes of a boolean result for a caller without identity; 0: nothing was returned yet. */
  whenAnonymous: number;
  /** What holds where the routine ends without an error; null: no end was met yet. */
  ended: Map<string, readonly Check[]> | null;
}

/** An OUT parameter or a column of RETURNS TABLE. */
export interface Result {
  readonly name: string;
  readonly type: TypeName | null;
  /** Key of its value in the state. */
  readonly slot: string;
  /** Of RETURNS TABLE. */
  readonly isColumn: boolean;
}

export type OpenCursor =
  | { readonly kind: "query"; readonly query: Statement }
  | { readonly kind: "text"; readonly text: Value; readonly span: Span };

/** The declared things that names mean at one place of a PL/pgSQL routine. */
export interface Scope {
  readonly outer: Scope | null;
  readonly label: string | null;
  readonly variables: ReadonlyMap<string, Declared>;
}

export interface Declared {
  /** Key of its value in the state. */
  readonly slot: string;
  readonly type: TypeName | null;
  /** Query of a bound cursor. */
  readonly cursor: Query | null;
}

export function findVariable(scope: Scope | null, name: string): Declared | null {
  for (let at = scope; at !== null; at = at.outer) {
    const found = at.variables.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

export function findLabelled(scope: Scope | null, label: string, name: string): Declared | null {
  for (let at = scope; at !== null; at = at.outer) {
    if (at.label === label) return at.variables.get(name) ?? null;
  }
  return null;
}

/** The outermost scope: the parameters, that the routine's own name qualifies. */
export function findParameter(scope: Scope | null, name: string): Declared | null {
  let at = scope;
  while (at !== null && at.outer !== null) at = at.outer;
  return at?.variables.get(name) ?? null;
}

export function giveUp(context: Context, span: Span | null, message: string): void {
  const key = `${span?.start ?? -1} ${message}`;
  if (!context.approximations.has(key) && context.approximations.size < 100) {
    context.approximations.set(key, { span, message });
  }
}

/** Counts a step of work; false when the routine has used up its share. */
export function hasSteps(context: Context): boolean {
  context.steps++;
  return context.steps <= MAX_STEPS;
}
