/** Where a template is executed: recording what is given to it. */
import type { Call, DynamicQuery, Expr } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { followText } from "./dynamic-text.ts";
import { evaluate } from "./evaluate.ts";
import type { Frame } from "./frame.ts";
import { MAX_EXECUTED, outline } from "./limits.ts";
import { HOLE_NAME } from "./parse-template.ts";
import { isLookedUp } from "./sink-calls.ts";
import { type ArgumentRole, sinkFunction } from "./sink-functions.ts";
import { checksOf, type RawArgument, type RawSink, withChecks } from "./state.ts";
import { type Arguments, type Summary, substituted } from "./summary.ts";
import type { Placed } from "./text.ts";
import { builtinName, classify } from "./types.ts";
import { countPieces, holesOf, isForeign, isHarmless, type Value } from "./value.ts";

function record(sink: RawSink, { context }: Frame): void {
  const steps = sink.path.map(({ routine, span }) => `${routine}:${span.start}`).join();
  for (const { value } of sink.arguments) context.executed += countPieces(value.pieces ?? []);
  const kept = context.executed <= MAX_EXECUTED ? sink : { ...sink, arguments: sink.arguments.map(outlined) };
  context.sinks.set(`${sink.kind} ${sink.span.start}-${sink.span.end} ${steps}`, kept);
}

function outlined(argument: RawArgument): RawArgument {
  const { value } = argument;
  return value.pieces === null
    ? argument
    : { ...argument, value: { ...value, pieces: outline(value.pieces) } };
}

/** A call of a function of the project that executes what it is given. */
export function recordPassed(call: Call, args: Arguments, summary: Summary, frame: Frame): void {
  for (const sink of summary.sinks) {
    const arguments_ = sink.arguments.flatMap((argument): readonly RawArgument[] => {
      const value = substituted(argument.value, args, call.span);
      return value === null ? [] : [{ ...argument, span: call.span, value: withChecks(value, frame.state) }];
    });
    if (!arguments_.some(({ value }) => holesOf(value.pieces).some((h) => h.origins.some(isForeign))))
      continue;
    const { kind, name, path } = sink;
    const checks = checksOf(frame.state);
    record(
      {
        kind,
        span: call.span,
        name,
        nameSpan: call.nameSpan,
        arguments: arguments_,
        using: [],
        checks,
        path,
      },
      frame,
    );
  }
}

/** EXECUTE in one of its forms; gives back the value of the query. */
export function recordDynamic(
  kind: Exclude<RawSink["kind"], "call">,
  dynamic: DynamicQuery,
  span: Span | null,
  frame: Frame,
): Value {
  const value = withChecks(evaluate(dynamic.query, frame), frame.state);
  const using = dynamic.using.map((expr) => ({ span: expr.span, value: evaluate(expr, frame) }));
  const query: RawArgument = { role: "query", name: null, position: 0, span: dynamic.query.span, value };
  record(
    {
      kind,
      span: span ?? dynamic.query.span,
      name: null,
      nameSpan: null,
      arguments: [query],
      using,
      checks: checksOf(frame.state),
      path: [],
    },
    frame,
  );
  followText(
    value,
    using.map((one) => one.value),
    frame,
  );
  return value;
}

/** A call, when the function runs SQL text. */
export function recordCall(call: Call, args: readonly Placed[], frame: Frame): void {
  const sink = sinkFunction(call.name, frame.context.extraSinks);
  if (sink === null) return;
  const positions = call.args.map((argument, i) => {
    if (argument.name === null) return i;
    const plain = argument.name.replace(/^_?p?_/, "");
    return sink.parameters.findIndex((name) => name === argument.name || name === plain);
  });
  const count = Math.max(call.args.length, ...positions.map((position) => position + 1));
  const isBoolean = (position: number): boolean => {
    const type = args[positions.indexOf(position)]?.value.type ?? null;
    return type !== null && builtinName(type) === "bool";
  };
  const roles = sink.roles(count, isBoolean);
  const arguments_ = args.map((arg, i): RawArgument => {
    const position = positions[i] ?? -1;
    const written = call.args[i]?.name ?? null;
    const role: ArgumentRole =
      roles[position] ??
      (written !== null && /sql|query|command|statement/.test(written) ? "query" : "other");
    return {
      role,
      name: sink.parameters[position] ?? written,
      position,
      span: arg.span,
      value: withChecks(arg.value, frame.state),
    };
  });
  // Names, settings and files matter only where somebody else chooses them.
  const isOpen = (argument: RawArgument): boolean =>
    argument.role === "query" ||
    argument.role === "fragment" ||
    (argument.role !== "other" &&
      holesOf(argument.value.pieces).some((h) => !isHarmless(h.guard) && h.origins.some(isForeign)));
  if (!arguments_.some(isOpen) && !frame.context.extraSinks.has(call.name.join("."))) return;
  record(
    {
      kind: "call",
      span: call.span,
      // Where the schema is a value, the name alone is known.
      name: call.name.filter((part) => part !== HOLE_NAME),
      nameSpan: call.nameSpan,
      arguments: arguments_,
      using: [],
      checks: checksOf(frame.state),
      path: [],
    },
    frame,
  );
}

/** Text cast to regclass and the like: a name that is looked up when the cast runs. */
export function recordCast(expr: Extract<Expr, { kind: "cast" }>, operand: Placed, frame: Frame): void {
  const { type, span } = expr;
  if (!isLookedUp(type)) return;
  const value = withChecks(operand.value, frame.state);
  const open = holesOf(value.pieces).some(
    (h) =>
      !isHarmless(h.guard) &&
      classify(h.type, frame.context.lookup) !== "identifier" &&
      h.origins.some(isForeign),
  );
  if (!open) return;
  const argument: RawArgument = { role: "object", name: null, position: 0, span: operand.span, value };
  const checks = checksOf(frame.state);
  record(
    {
      kind: "cast",
      span,
      name: type.name,
      nameSpan: type.span,
      arguments: [argument],
      using: [],
      checks,
      path: [],
    },
    frame,
  );
}
