/** Who decides about an argument: other routines can give it something of their own. */
import { conditionsOf } from "../access/conditions.ts";
import { constantText } from "../access/session-values.ts";
import type { Use } from "../access/uses.ts";
import type { Routine } from "../catalog/model.ts";
import { callsIn } from "../catalog/references.ts";
import type { Call, Expr } from "../events/tree.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";

type Context = Pick<RuleContext, "access" | "body" | "flow" | "reach" | "uses">;

/**
 * Whoever can make the routine run with an argument of their choice: without those for whom only code runs it that gives a
 * constant, or a value of a row it has read.
 */
export function argumentReach(context: Context, routine: Routine, argument: string): readonly Reach[] {
  const position = inputPosition(routine, argument);
  const gives = context
    .uses(routine)
    .some((use) => position === null || mayGive(context, use, argument, position));
  return gives ? context.reach(routine) : context.access.callers(routine);
}

function inputPosition(routine: Routine, argument: string): number | null {
  const inputs = routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
  const position = inputs.findIndex(({ name }, i) => name === argument || `$${i + 1}` === argument);
  return position < 0 ? null : position;
}

function mayGive(context: Context, { routine, place }: Use, argument: string, position: number): boolean {
  if (routine === null) return true;
  const calls = [...callsIn(context.body(routine)), ...context.flow(routine).dynamicCalls].filter(
    ({ span }) => span.start === place.span.start && span.end === place.span.end,
  );
  return (
    calls.length === 0 ||
    calls.some((call) => {
      const value = argumentOf(call, argument, position);
      if (isSettled(value, routine)) return false;
      const name = value?.kind === "column" ? (value.name.at(-1) ?? "") : null;
      return name === null || !isListed(context, routine, name, call.span.start);
    })
  );
}

/** Whether the code has turned away whatever is not in a list of constants, before a place. */
function isListed(context: Context, routine: Routine, name: string, before: number): boolean {
  return conditionsOf(context.body(routine), routine).some(
    ({ expr, denies }) => denies && expr.span.end <= before && refusesOthers(expr, name),
  );
}

/** `p NOT IN ('a', 'b')`, `p <> ALL (…)`, `NOT (p = ANY (…))`, also as one of several reasons. */
function refusesOthers(expr: Expr, name: string, negated = false): boolean {
  if (expr.kind === "or" && !negated) return expr.operands.some((one) => refusesOthers(one, name));
  if (expr.kind === "not") return expr.operands.every((one) => refusesOthers(one, name, !negated));
  if (expr.kind !== "operator") return false;
  const [first, ...others] = expr.operands;
  const form = negated ? ["in", "any"] : ["not-in", "all"];
  const sign = negated ? "=" : "<>";
  return (
    form.includes(expr.form) &&
    (expr.form === "in" || expr.form === "not-in" || expr.name.at(-1) === sign) &&
    first?.kind === "column" &&
    first.name.at(-1) === name &&
    others
      .flatMap((other) => (other.kind === "array" ? other.operands : [other]))
      .every((other) => constantText(other) !== null)
  );
}

function argumentOf(call: Call, argument: string, position: number): Expr | undefined {
  return (
    call.args.find(({ name }) => name === argument) ?? call.args.filter(({ name }) => name === null)[position]
  )?.value;
}

/** A constant, what a query finds, or a field of a variable, which a query has filled; a missing one has its default. */
function isSettled(value: Expr | undefined, routine: Routine): boolean {
  if (value === undefined) return true;
  switch (value.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return true;
    case "subquery":
      return value.query.from.length > 0;
    case "cast":
      return isSettled(value.operand, routine);
    case "column": {
      const [first, second] = value.name;
      const isOwn = first === routine.name || routine.parameters.some(({ name }) => name === first);
      return second !== undefined && !isOwn;
    }
    default:
      return false;
  }
}
