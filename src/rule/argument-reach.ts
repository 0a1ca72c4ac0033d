/** Who decides about an argument: other routines can give it something of their own. */
import { conditionsOf } from "../access/conditions.ts";
import { constantText } from "../access/session-values.ts";
import type { Use } from "../access/uses.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import { callsIn } from "../catalog/references.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Call, Expr } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
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
  const { calls, listed } = giverOf(context, routine);
  const here = calls.get(keyOf(place.span)) ?? [];
  return (
    here.length === 0 ||
    here.some((call) => {
      const value = argumentOf(call, argument, position);
      if (isSettled(value, routine)) return false;
      const name = value?.kind === "column" ? (value.name.at(-1) ?? "") : null;
      return name === null || (listed.get(name) ?? Number.POSITIVE_INFINITY) > call.span.start;
    })
  );
}

/** What the code of a routine gives to others. */
interface Giver {
  /** By the place, as `keyOf` writes it. */
  readonly calls: ReadonlyMap<string, readonly Call[]>;
  /** Variables whose value is one of a list of constants from a place on: whatever else is turned away. */
  readonly listed: ReadonlyMap<string, number>;
}

const givers = new WeakMap<Context["flow"], Map<Oid, Giver>>();

function giverOf(context: Context, routine: Routine): Giver {
  const known = remembered(givers, context.flow, () => new Map<Oid, Giver>());
  return remembered(known, routine.oid, () => readGiver(context, routine));
}

const keyOf = ({ start, end }: Span): string => `${start}:${end}`;

function readGiver(context: Context, routine: Routine): Giver {
  const body = context.body(routine);
  const calls = new Map<string, Call[]>();
  for (const call of [...callsIn(body), ...context.flow(routine).dynamicCalls])
    remembered(calls, keyOf(call.span), (): Call[] => []).push(call);
  const listed = new Map<string, number>();
  for (const { expr, denies } of conditionsOf(body, routine)) {
    if (!denies) continue;
    for (const name of keptToList(expr)) {
      if (!listed.has(name)) listed.set(name, expr.span.end);
    }
  }
  return { calls, listed };
}

/** The names for which `p NOT IN ('a', 'b')`, `p <> ALL (…)`, `NOT (p = ANY (…))` refuses, also as one of several reasons. */
function keptToList(expr: Expr, negated = false): readonly string[] {
  if (expr.kind === "or" && !negated) return expr.operands.flatMap((one) => keptToList(one));
  if (expr.kind === "not") return expr.operands.flatMap((one) => keptToList(one, !negated));
  if (expr.kind !== "operator") return [];
  const [first, ...others] = expr.operands;
  const form = negated ? ["in", "any"] : ["not-in", "all"];
  const sign = negated ? "=" : "<>";
  const refuses =
    form.includes(expr.form) &&
    (expr.form === "in" || expr.form === "not-in" || expr.name.at(-1) === sign) &&
    others
      .flatMap((other) => (other.kind === "array" ? other.operands : [other]))
      .every((other) => constantText(other) !== null);
  return refuses && first?.kind === "column" ? [first.name.at(-1) ?? ""] : [];
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
