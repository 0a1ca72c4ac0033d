/** Calls of functions of the project, by what is known of their bodies. */
import type { Call, Expr } from "../events/tree.ts";
import { addToArgument } from "./accesses.ts";
import { recordRefusingCall } from "./caller-checks.ts";
import { unknownResult } from "./calls.ts";
import { place } from "./evaluate.ts";
import type { Frame } from "./frame.ts";
import { withChecks } from "./state.ts";
import { type Arguments, argumentsOf, type Summary, substituted } from "./summary.ts";
import { coerce, type Placed } from "./text.ts";
import type { Value } from "./value.ts";

/** The result of a function of the project: what its body makes of the arguments. */
export function inlined(
  call: Call,
  args: readonly Placed[],
  given: Arguments,
  summary: Summary,
  frame: Frame,
): Value {
  const { returns, returnType } = summary;
  const own = returns === null ? null : substituted(returns, given, call.span);
  const known = own === null || hasGap(own) ? unknownResult(call, args) : own;
  const placed = { value: known, span: call.span };
  const value =
    returnType === null || returnType.setof === true
      ? known
      : coerce(placed, returnType, frame.context.lookup);
  return withChecks(value, frame.state);
}

function hasGap(value: Value): boolean {
  return value.pieces?.some((piece) => piece.kind === "gap") ?? false;
}

/** What holds after a call that came back: checks that the function makes of its arguments. */
export function assertedBy(expr: Expr, frame: Frame): void {
  if (expr.kind !== "call" || frame.context.callee === null) return;
  const args = expr.args.map((argument) => place(argument.value, frame));
  const values = args.map((arg) => arg.value);
  const summary = frame.context.callee(expr, values);
  if (summary === null) return;
  const given = argumentsOf(expr, args, summary.parameters);
  for (const [number, checks] of summary.checks) {
    const value = given.get(number)?.value;
    if (value === undefined) continue;
    for (const check of checks) addToArgument(value, { ...check, span: expr.span }, frame);
  }
  if (summary.refuses) recordRefusingCall(expr, values, frame);
}
