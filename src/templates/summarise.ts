/** The summary of a routine, from what was found in it. */
import type { RoutineInput, Sink } from "./index.ts";
import type { PlacedHole } from "./position.ts";
import { type Context, mapHoles } from "./state.ts";
import type { PassedSink, Step, Summary } from "./summary.ts";
import { type Check, type Hole, holesOf, isHarmless, type Origin, originsOf, type Value } from "./value.ts";

export function summarise(
  context: Context,
  input: Pick<RoutineInput, "parameters" | "routine">,
  sinks: readonly Sink[],
): Summary {
  const parameters = input.parameters.filter(
    ({ mode }) => mode === "in" || mode === "inout" || mode === "variadic",
  );
  const checks = new Map<number, readonly Check[]>();
  parameters.forEach((_, i) => {
    const found = context.ended?.get(`parameter:${i + 1}`) ?? [];
    if (found.length > 0) checks.set(i + 1, found);
  });
  const { routine } = input;
  const { returns } = context;
  return {
    parameters: parameters.map(({ name, mode }) => ({ name, variadic: mode === "variadic" })),
    returnType: routine?.returns ?? null,
    returns,
    sinks: routine === undefined ? [] : sinks.flatMap((sink) => passed(sink, routine) ?? []),
    checks,
    refuses: [...context.callerChecks.values()].some(
      (check) => check.refusal === "raise" && check.swallowedBy === null,
    ),
    aboutCaller: returns !== null && mentionsCaller(returns),
    whenAnonymous: context.whenAnonymous,
  };
}

function mentionsCaller(value: Value): boolean {
  return (
    originsOf(value).some((origin) => origin.kind === "identity") ||
    holesOf(value.pieces).some((h) => h.influences.some((origin) => origin.kind === "identity"))
  );
}

/** A sink as callers see it: only what they give is open. Null: nothing of theirs gets there unguarded. */
function passed(
  sink: Sink,
  routine: { readonly id: number; readonly name: readonly string[] },
): PassedSink | null {
  const arguments_ = sink.arguments.filter((argument) => argument.role !== "other");
  const open = arguments_.some((argument) =>
    argument.role === "query" || argument.role === "fragment"
      ? argument.holes.some((placed) => !isSettled(placed) && placed.hole.origins.some(isParameter))
      : holesOf(argument.value.pieces).some((h) => !isHarmless(h.guard) && h.origins.some(isParameter)),
  );
  if (!open) return null;
  const step: Step = { routine: routine.id, name: routine.name, span: sink.span };
  // Longer ways say nothing new, and a circle would make them longer without end.
  if (sink.path.length >= 8 || sink.path.some((one) => one.routine === routine.id)) return null;
  return {
    kind: sink.kind,
    name: sink.name,
    arguments: arguments_.map(({ role, name, position, value }) => ({
      role,
      name,
      position,
      value:
        value.pieces === null
          ? value
          : { ...value, pieces: mapHoles(value.pieces, callersOnly), fields: null, elements: null },
    })),
    path: [step, ...sink.path],
  };
}

/** Whether nothing of the caller's matters there: quoting is enough, except for files and commands of COPY. */
function isSettled({ safe, hole, around }: PlacedHole): boolean {
  return safe && (around.command !== "copy" || isHarmless(hole.guard) || hole.harmless);
}

function isParameter(origin: Origin): boolean {
  return origin.kind === "parameter";
}

/** What the routine itself puts in is judged there. */
function callersOnly(h: Hole): Hole {
  const own = h.origins.filter(isParameter);
  if (own.length === h.origins.length) return h;
  if (own.length > 0) return { ...h, origins: own };
  return {
    ...h,
    origins: [{ kind: "constant", key: "constant", span: h.span, checks: [] }],
    guard: "function",
  };
}
