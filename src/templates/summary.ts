/** What callers of a routine need to know of it, and how it looks from a call. */
import type { Call, Name, TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { joinAll } from "./join.ts";
import { isTooLong } from "./limits.ts";
import type { ArgumentRole } from "./sink-functions.ts";
import type { SinkKind } from "./state.ts";
import { derive, embed, type Placed } from "./text.ts";
import {
  type Check,
  choice,
  type Elements,
  type Hole,
  type JsonObject,
  NULL_VALUE,
  type Origin,
  type Piece,
  quotedText,
  sameCheck,
  synthetic,
  textValue,
  uniteOrigins,
  type Value,
} from "./value.ts";

/** One step from a call to the place where its argument is executed. */
export interface Step {
  /** The routine in which the step is: the number it was given to the analysis with. */
  readonly routine: number;
  readonly name: Name;
  /** In that routine's source. */
  readonly span: Span;
}

/** A sink that a parameter reaches, inside the routine or in one that it calls. */
export interface PassedSink {
  readonly kind: SinkKind;
  /** The function that runs the text; null for EXECUTE. */
  readonly name: Name | null;
  /** SQL text in terms of the parameters. */
  readonly arguments: readonly {
    readonly role: ArgumentRole;
    readonly name: string | null;
    readonly position: number;
    readonly value: Value;
  }[];
  /** From this routine to the sink. */
  readonly path: readonly Step[];
}

export interface Summary {
  /** Input parameters in order; a call's notation decides which argument is which. */
  readonly parameters: readonly { readonly name: string | null; readonly variadic: boolean }[];
  readonly returnType: TypeName | null;
  /** What it returns, in terms of its parameters. */
  readonly returns: Value | null;
  readonly sinks: readonly PassedSink[];
  /** Checks that its parameters have passed when it returns, by 1-based number. */
  readonly checks: ReadonlyMap<number, readonly Check[]>;
  /** It raises for callers that it does not accept. */
  readonly refuses: boolean;
  /** Its result depends on who calls. */
  readonly aboutCaller: boolean;
  /** Outcomes of its boolean result for a caller without identity (see truth.ts); 0: not known. */
  readonly whenAnonymous: number;
}

/** The arguments of a call by 1-based parameter number. */
export type Arguments = ReadonlyMap<number, Placed>;

export function argumentsOf(
  call: Call,
  args: readonly Placed[],
  parameters: Summary["parameters"],
): Arguments {
  const found = new Map<number, Placed>();
  const last = parameters.length - 1;
  const rest: Placed[] = [];
  args.forEach((arg, i) => {
    const written = call.args[i]?.name ?? null;
    const at = written === null ? i : parameters.findIndex(({ name }) => name === written);
    // VARIADIC before the last argument gives the array as it is.
    if (!call.variadic && written === null && at >= last && parameters[last]?.variadic === true)
      rest.push(arg);
    else if (at >= 0 && !found.has(at + 1)) found.set(at + 1, arg);
  });
  if (rest.length > 0) found.set(last + 1, arrayOf(rest, call.span));
  return found;
}

/** Arguments that a VARIADIC parameter takes as one array. */
function arrayOf(rest: readonly Placed[], span: Span): Placed {
  const list = rest.map((arg) => arg.value);
  const any = joinAll(list) ?? NULL_VALUE;
  const value = { ...derive(span, list), elements: { list: list.length <= 64 ? list : null, any } };
  return { value, span: rest.length === 1 && rest[0] !== undefined ? rest[0].span : span };
}

/** A value of the callee as the caller sees it: parameters replaced by arguments, all of it placed at the call. */
export function substituted(value: Value, args: Arguments, at: Span): Value | null {
  const pieces = value.pieces === null ? null : substitutePieces(value.pieces, args, at);
  if (pieces !== null && isTooLong(pieces)) return null;
  const inner = (one: Value): Value => substituted(one, args, at) ?? textValue([{ kind: "gap" }]);
  return {
    ...value,
    pieces,
    fields:
      value.fields === null ? null : new Map([...value.fields].map(([name, field]) => [name, inner(field)])),
    elements:
      value.elements === null
        ? null
        : { list: value.elements.list?.map(inner) ?? null, any: inner(value.elements.any) },
  };
}

function substitutePieces(pieces: readonly Piece[], args: Arguments, at: Span): readonly Piece[] {
  return pieces.flatMap((piece) => substitutePiece(piece, args, at));
}

function substitutePiece(piece: Piece, args: Arguments, at: Span): readonly Piece[] {
  switch (piece.kind) {
    case "literal":
      return [synthetic(piece.text, at)];
    case "gap":
      return [piece];
    case "choice":
      return [choice(piece.options.map((option) => substitutePieces(option, args, at)))];
    case "hole":
      return substituteHole(piece, args, at);
  }
}

function substituteHole(h: Hole, args: Arguments, at: Span): readonly Piece[] {
  const [only] = h.origins;
  const whole = h.origins.length === 1 && only?.kind === "parameter" ? args.get(only.number) : undefined;
  if (whole !== undefined && only !== undefined) {
    const element = elementOf(h.key, `${only.key}[]`, whole.value.elements);
    const given = h.key === only.key ? whole.value : element;
    if (given !== undefined && h.guard === "none" && !h.escaped) {
      // The argument itself, as it is.
      return embed({ value: given, span: whole.span });
    }
  }
  const origins = substituteOrigins(h.origins, args, at);
  const guard = h.guard === "none" && origins.length > 0 && origins.every(isConstant) ? "function" : h.guard;
  return [
    {
      ...h,
      guard,
      origins,
      influences: substituteOrigins(h.influences, args, at),
      span: whole?.span ?? at,
      key: `${at.start}:${h.key}`,
      object: h.object === null ? null : substituteObject(h.object, args, at),
      text: h.text === null ? null : quotedText(substitutePieces(h.text.pieces, args, at)),
    },
  ];
}

/** The element of an argument that a hole of the callee is: `array` is the key of any, `array[n]` that of the n-th. */
function elementOf(key: string, array: string, elements: Elements | null): Value | undefined {
  if (elements === null || !key.startsWith(array)) return undefined;
  const number = /^\[(\d+)\]$/.exec(key.slice(array.length))?.[1];
  if (number !== undefined) return elements.list?.[Number(number) - 1] ?? elements.any;
  const rest = key.slice(array.length);
  return rest === "" || rest.startsWith("[") ? elements.any : undefined;
}

function isConstant(origin: Origin): boolean {
  return origin.kind === "constant";
}

function substituteObject(object: JsonObject, args: Arguments, at: Span): JsonObject {
  return {
    span: at,
    entries: object.entries.map((entry) => ({
      key: entry.key,
      value: substituted(entry.value, args, at) ?? textValue([{ kind: "gap" }]),
      span: at,
    })),
  };
}

function substituteOrigins(origins: readonly Origin[], args: Arguments, at: Span): readonly Origin[] {
  return uniteOrigins(
    origins.map((origin): readonly Origin[] => {
      const checks = origin.checks.map((check) => ({ ...check, span: at }));
      if (origin.kind !== "parameter") return [{ ...origin, span: at, checks }];
      const given = args.get(origin.number);
      // A default is the author's own.
      if (given === undefined) return [{ kind: "constant", key: "constant", span: at, checks: [] }];
      // Each once: what goes through several functions has many holes of the same origins.
      const own = uniteOrigins(holesIn(given.value).map((h) => h.origins));
      return own.map((one) => {
        const more = checks.filter((check) => !one.checks.some((known) => sameCheck(known, check)));
        return more.length === 0 ? one : { ...one, checks: [...one.checks, ...more] };
      });
    }),
  );
}

function holesIn(value: Value): readonly Hole[] {
  const found: Hole[] = [];
  const visit = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if (piece.kind === "hole") found.push(piece);
      else if (piece.kind === "choice") for (const option of piece.options) visit(option);
    }
  };
  if (value.pieces !== null) visit(value.pieces);
  if (value.elements !== null) found.push(...holesIn(value.elements.any));
  return found;
}
