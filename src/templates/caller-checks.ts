/** Conditions that ask who calls, and what becomes of the call when the answer is no. */
import type { Call, Expr, Name, PlStatement } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { contains, type Span } from "../text/span.ts";
import type { Frame } from "./frame.ts";
import { builtinFunction, isIdentityFunction } from "./functions.ts";
import { FALSE, isMissing, NULL, outcomes, TRUE } from "./truth.ts";
import { allHoles, type Origin, originsAround, originsOf, uniteOrigins, type Value } from "./value.ts";

/**
 * A condition about the caller that decides whether the routine goes on: `IF p <> auth.uid() THEN RAISE …`,
 * `IF NOT app.is_admin() THEN RETURN`, `PERFORM app.require_admin()`.
 *
 * - safe against NULL: `whenNull`. A guard that raises when its condition is true lets NULL pass.
 * - swallowed: `swallowedBy` is the handler that catches the refusal and lets the routine go on.
 * - after the sink: a `Sink` or `Access` whose `span` begins before the check, and whose `checks` do not have it.
 */
export interface CallerCheck {
  /** The condition, or the call that refuses by itself. */
  readonly span: Span;
  /** The identity and settings asked for: `auth.uid()`, claims, roles, `session_user`, `app.user`. */
  readonly identity: readonly Origin[];
  /** What else the condition is about: parameters, stored values. */
  readonly about: readonly Origin[];
  /** Functions of the project that were asked. */
  readonly asked: readonly Name[];
  /** How the call is refused: RAISE EXCEPTION; RETURN of nothing, NULL or false; the rest is skipped (ELSE, WHERE). */
  readonly refusal: "raise" | "return" | "skip";
  /** The statement that refuses; for a call the call. */
  readonly refusedAt: Span;
  /**
   * What happens to a caller without identity (auth.uid() is NULL, no claims): `refused`; `passes` the comparison is
   * NULL, so nothing is refused; `passes-both-null` only when the arguments it is compared with are NULL too.
   */
  readonly whenNull: "refused" | "passes" | "passes-both-null";
  /** The condition itself asks whether the identity is NULL and lets it pass, as for trusted callers without claims. */
  readonly nullWanted: boolean;
  /** The handler (from WHEN) that catches the refusal and goes on; null: none does. */
  readonly swallowedBy: Span | null;
}

/** How a list of statements ends, when it only refuses. */
export interface Refusal {
  readonly kind: "raise" | "return";
  readonly span: Span;
  /** Condition name or SQLSTATE that RAISE gives; null: P0001. */
  readonly condition: string | null;
}

export function refusalOf(body: readonly PlStatement[]): Refusal | null {
  const last = body.at(-1);
  if (last === undefined || last.span === null) return null;
  const { span } = last;
  if (last.kind === "raise" && last.level === "exception") {
    const code = last.options.find((option) => /errcode/i.test(option.name))?.value;
    const condition = code?.kind === "string" ? code.value : last.condition;
    return { kind: "raise", span, condition };
  }
  if (last.kind === "return" && (last.value === null || isNothing(last.value)))
    return { kind: "return", span, condition: null };
  return null;
}

function isNothing(value: Expr): boolean {
  if (value.kind === "null") return true;
  if (value.kind === "boolean") return !value.value;
  return value.kind === "cast" && isNothing(value.operand);
}

/** A check with what is needed to say whether a handler catches it. */
export interface RecordedCheck extends CallerCheck {
  readonly condition: string | null;
}

/** Records a condition with its value that refuses when it is (`refusesOn` true) or is not met. */
export function recordCondition(
  condition: Expr,
  value: Value,
  refusesOn: boolean,
  refusal: Refusal | null,
  frame: Frame,
): void {
  const identity = identityOf(value);
  const asked = askedIn(condition);
  const own = asked.filter((name) => frame.context.callee?.({ name })?.aboutCaller === true);
  if (identity.length === 0 && own.length === 0) return;
  const passes = (given: "values" | "nulls"): boolean => {
    const found = outcomes(condition, given, frame);
    return refusesOn ? (found & NULL) !== 0 || found === FALSE : found === TRUE;
  };
  const withValues = passes("values");
  const whenNull = withValues
    ? "passes"
    : identity.some(isMissing) && passes("nulls")
      ? "passes-both-null"
      : "refused";
  const found = outcomes(condition, "values", frame);
  frame.context.callerChecks.set(`${condition.span.start}-${condition.span.end}`, {
    span: condition.span,
    identity,
    about: mentioned(value).filter((origin) => origin.kind === "parameter" || origin.kind === "stored"),
    asked,
    refusal: refusal?.kind ?? "skip",
    refusedAt: refusal?.span ?? condition.span,
    whenNull,
    nullWanted: withValues && (found & NULL) === 0,
    swallowedBy: null,
    condition: refusal?.condition ?? null,
  });
}

/** Records a call of a function that refuses by raising. */
export function recordRefusingCall(call: Call, args: readonly Value[], frame: Frame): void {
  const { span } = call;
  const mentionedArgs = uniteOrigins(args.map(originsOf));
  frame.context.callerChecks.set(`${span.start}-${span.end}`, {
    span,
    identity: mentionedArgs.filter((origin) => origin.kind === "identity"),
    about: mentionedArgs.filter((origin) => origin.kind === "parameter" || origin.kind === "stored"),
    asked: [call.name],
    refusal: "raise",
    refusedAt: span,
    // What NULL does is judged in the function itself.
    whenNull: "refused",
    nullWanted: false,
    swallowedBy: null,
    condition: null,
  });
}

/** Origins of identity and session settings that a value is made of, or that decided which one it is. */
function identityOf(value: Value): readonly Origin[] {
  return mentioned(value).filter(
    (origin) => origin.kind === "identity" || (origin.kind === "setting" && origin.custom),
  );
}

function mentioned(value: Value): readonly Origin[] {
  const holes = allHoles(value);
  return originsAround(holes);
}

/** Functions in a condition that are not PostgreSQL's own. */
function askedIn(condition: Expr): readonly Name[] {
  const names = new Map<string, Name>();
  walkExpr(condition, {
    expr(expr) {
      if (expr.kind !== "call" || expr.grammar || builtinFunction(expr.name) !== null) return;
      if (!isIdentityFunction(expr.name)) names.set(expr.name.join("."), expr.name);
    },
  });
  return [...names.values()];
}

const CAUGHT_BY = ["raise_exception", "insufficient_privilege", "p0001", "42501"];

/** Marks the checks inside a block whose refusal a handler that goes on catches. */
export function swallow(
  inside: Span | null,
  handler: { readonly conditions: readonly string[]; readonly span: Span },
  frame: Frame,
): void {
  if (inside === null) return;
  const caught = handler.conditions.map((condition) => condition.toLowerCase());
  for (const [key, check] of frame.context.callerChecks) {
    if (check.refusal !== "raise" || check.swallowedBy !== null) continue;
    if (!contains(inside, check.refusedAt) || contains(handler.span, check.refusedAt)) continue;
    const raised = check.condition?.toLowerCase() ?? null;
    const catches =
      caught.includes("others") ||
      (raised === null ? caught.some((name) => CAUGHT_BY.includes(name)) : caught.includes(raised));
    if (catches) frame.context.callerChecks.set(key, { ...check, swallowedBy: handler.span });
  }
}
