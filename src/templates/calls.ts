/** The value of a function call, and whether the call is a sink. */
import type { Call, TypeName } from "../events/tree.ts";
import { toSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { inlined } from "./callees.ts";
import { evaluate, place } from "./evaluate.ts";
import { format } from "./format.ts";
import type { Frame } from "./frame.ts";
import {
  builtinFunction,
  ELEMENT_FUNCTIONS,
  isIdentityFunction,
  isIdentitySetting,
  resultOf,
} from "./functions.ts";
import { joinValues } from "./join.ts";
import { buildObject } from "./json.ts";
import { cleansText } from "./patterns.ts";
import { recordCall, recordPassed } from "./sinks.ts";
import { withChecks } from "./state.ts";
import { argumentsOf } from "./summary.ts";
import {
  cut,
  derive,
  type Placed,
  quoteAsIdentifier,
  quoteAsLiteral,
  repeat,
  replaceIn,
  separate,
} from "./text.ts";
import { builtin, classify } from "./types.ts";
import {
  constantText,
  type Elements,
  type Hole,
  hole,
  holesOf,
  holeValue,
  literal,
  NULL_VALUE,
  type Origin,
  uniteOrigins,
  type Value,
} from "./value.ts";

export function identityHole(span: Span, by: string, type: TypeName | null): Hole {
  const key = `identity:${by}`;
  const safe = type !== null && classify(type, null) === "safe";
  const nullable = by.includes("(");
  return hole(span, [{ kind: "identity", by, claim: null, nullable, key, span, checks: [] }], {
    key,
    type,
    guard: safe ? "type" : "none",
    by: safe ? (type.name.at(-1) ?? null) : null,
  });
}

/** The value of a call; its arguments, FILTER, ORDER BY and OVER are evaluated too. */
export function evaluateCall(call: Call, frame: Frame): Value {
  const args = call.args.map((argument) => place(argument.value, frame));
  if (call.filter !== null) evaluate(call.filter, frame);
  for (const expr of [...call.order, ...(call.window ?? [])]) evaluate(expr, frame);
  recordCall(call, args, frame);
  const summary =
    frame.context.callee?.(
      call,
      args.map((arg) => arg.value),
    ) ?? null;
  if (summary === null) return resultValue(call, args, frame);
  const given = argumentsOf(call, args, summary.parameters);
  recordPassed(call, given, summary, frame);
  if (isIdentityFunction(call.name)) return resultValue(call, args, frame);
  return inlined(call, args, given, summary, frame);
}

function resultValue(call: Call, args: readonly Placed[], frame: Frame): Value {
  const { name, span } = call;
  const full = name.join(".");
  if (isIdentityFunction(name) || frame.context.identityFunctions.has(full)) {
    const type = name.at(-1) === "uid" ? "uuid" : name.at(-1) === "jwt" ? "jsonb" : "text";
    return withChecks(holeValue(identityHole(span, `${full}()`, builtin(type, span))), frame.state);
  }
  const known = builtinFunction(name);
  if (known === null) return unknownResult(call, args);
  const special = specialResult(known, call, args, frame);
  if (special !== null) return special;
  const values = args.map((arg) => arg.value);
  switch (resultOf(known)) {
    case "harmless":
      return derive(span, values, {
        guard: "function",
        by: known,
        object: null,
        escaped: false,
        notNull: NEVER_NULL.has(known),
      });
    case "name":
      return derive(span, values, { guard: "identifier", by: known, object: null, escaped: false });
    case "derived":
      if (args.length === 0) return unknownResult(call, args);
      return derive(span, values, { object: null, ...typeOfResult(known, span) });
  }
}

const NEVER_NULL: ReadonlySet<string> = new Set(["count", "now", "num_nulls", "num_nonnulls"]);

function typeOfResult(known: string, span: Span): { readonly type?: TypeName } {
  if (/^(to|row_to|array_to)_?json|jsonb?_(build|set|agg|insert|object)/.test(known)) {
    return { type: builtin(known.includes("jsonb") ? "jsonb" : "json", span) };
  }
  return {};
}

/** A function whose body is not looked into: its result may be made of its arguments. */
export function unknownResult(call: Call, args: readonly Placed[]): Value {
  const { name, span } = call;
  const derived = derive(
    span,
    args.map((arg) => arg.value),
    { through: [name], guard: "none", by: null, object: null },
  );
  const key = `call:${name.join(".")}@${span.start}`;
  const origin: Origin = { kind: "call", name, key, span, checks: [] };
  const holes = holesOf(derived.pieces);
  const origins = holes[0]?.origins.filter((one) => one.kind !== "constant") ?? [];
  return holeValue({ ...(holes[0] ?? hole(span, [])), origins: uniteOrigins([origins, [origin]]), key });
}

/** Elements of an array value: as far as known one by one, else made of the whole. */
export function elementsOf(value: Value, span: Span): Elements {
  if (value.elements !== null) return value.elements;
  if (value.pieces === null) return { list: [], any: NULL_VALUE };
  return { list: null, any: derive(span, [value]) };
}

/** Arguments of a variadic text function, with the elements of a VARIADIC array in their place. */
function spread(
  call: Call,
  args: readonly Placed[],
  frame: Frame,
): { readonly list: readonly Placed[]; readonly rest: Placed | null } {
  const last = args.at(-1);
  if (!call.variadic || last === undefined) return { list: args, rest: null };
  const elements = elementsOf(last.value, last.span);
  if (elements.list !== null) {
    const listed = elements.list.map((value) => ({ value: withChecks(value, frame.state), span: last.span }));
    return { list: [...args.slice(0, -1), ...listed], rest: null };
  }
  return { list: args.slice(0, -1), rest: { value: elements.any, span: last.span } };
}

function specialResult(known: string, call: Call, args: readonly Placed[], frame: Frame): Value | null {
  const { span } = call;
  const [first, second, third] = args;
  switch (known) {
    case "current_setting":
      return setting(span, first, second !== undefined, frame);
    case "quote_literal":
    case "quote_nullable":
      return first === undefined ? null : quoteAsLiteral(first, known);
    case "quote_ident":
      return first === undefined ? null : quoteAsIdentifier(first, known);
    case "format": {
      if (first === undefined) return null;
      const { list, rest } = spread(call, args, frame);
      const elements = rest === null ? null : { elements: { list: null, any: rest.value }, span: rest.span };
      return format(first, { list: list.slice(1), rest: elements }, span);
    }
    case "concat": {
      const { list, rest } = spread(call, args, frame);
      return separate(rest === null ? list : [...list, rest], null);
    }
    case "concat_ws": {
      if (first === undefined) return null;
      const { list, rest } = spread(call, args, frame);
      const parts = list.slice(1);
      if (first.value.pieces === null) return NULL_VALUE;
      return separate(
        rest === null ? parts : [...parts, { value: repeat(rest, first), span: rest.span }],
        first,
      );
    }
    case "string_agg":
      return first === undefined || second === undefined ? null : repeat(first, second);
    case "array_agg":
      return first === undefined
        ? null
        : { ...derive(span, [first.value]), elements: { list: null, any: first.value } };
    case "array_to_string": {
      if (first === undefined || second === undefined) return null;
      const elements = elementsOf(first.value, first.span);
      if (elements.list === null)
        return repeat({ value: withChecks(elements.any, frame.state), span: first.span }, second);
      return separate(
        elements.list.map((value) => ({ value: withChecks(value, frame.state), span: first.span })),
        second,
      );
    }
    case "array_append":
    case "array_prepend":
    case "array_cat":
      return first === undefined || second === undefined ? null : appendTo(known, first, second, span);
    case "array_remove":
    case "array_replace":
    case "array_sort":
    case "trim_array":
      return first === undefined
        ? null
        : { ...first.value, elements: { list: null, any: elementsOf(first.value, first.span).any } };
    case "replace": {
      if (first === undefined || second === undefined || third === undefined) return null;
      const from = constantText(second.value);
      if (from !== null) return replaceIn(first, from, third);
      return derive(span, [first.value, second.value, third.value]);
    }
    case "translate": {
      const from = second === undefined ? null : constantText(second.value);
      if (first === undefined || from === null || !/['"\\]/.test(from)) return null;
      return derive(
        span,
        args.map((arg) => arg.value),
        { escaped: true },
      );
    }
    case "regexp_replace":
      return first === undefined || second === undefined ? null : regexpReplace(first, second, third, span);
    case "lower":
    case "upper":
      return first === undefined ? null : changeCase(first.value, known);
    case "btrim":
    case "trim":
    case "ltrim":
    case "rtrim": {
      if (first === undefined) return null;
      if (args.length === 1) return first.value;
      return cut(
        { ...first, span },
        known === "ltrim" ? "left" : known === "rtrim" ? "right" : "both",
        rest(args),
      );
    }
    case "left":
      return first === undefined ? null : cut({ ...first, span }, "right", rest(args));
    case "right":
      return first === undefined ? null : cut({ ...first, span }, "left", rest(args));
    case "substr":
    case "substring": {
      if (first === undefined || second === undefined) return null;
      const from = constantText(second.value);
      if (from !== null && !/^-?\d+$/.test(from)) return null;
      if (third === undefined) return cut({ ...first, span }, "left", rest(args));
      return cut({ ...first, span }, from === "1" ? "right" : "both", rest(args));
    }
    case "to_char": {
      const constant = second !== undefined && holesOf(second.value.pieces).length === 0;
      return first !== undefined && constant
        ? derive(span, [first.value], { guard: "function", by: known })
        : null;
    }
    case "encode": {
      const how = second === undefined ? null : constantText(second.value);
      if (first === undefined || (how !== "hex" && how !== "base64")) return null;
      return derive(span, [first.value], { guard: "function", by: `encode(…, '${how}')`, escaped: false });
    }
    case "json_build_object":
    case "jsonb_build_object":
      return call.variadic ? null : buildObject(span, args);
    case "to_json":
    case "to_jsonb":
    case "jsonb_strip_nulls":
    case "json_strip_nulls":
    case "jsonb_pretty": {
      const objects = holesOf(first?.value.pieces ?? null).some((h) => h.object !== null);
      return first !== undefined && (objects || first.value.pieces === null) ? first.value : null;
    }
    case "obj_description":
    case "col_description":
    case "shobj_description":
    case "pg_get_userbyid": {
      const relation =
        known === "pg_get_userbyid" ? ["pg_catalog", "pg_roles"] : ["pg_catalog", "pg_description"];
      const column = known === "pg_get_userbyid" ? "rolname" : "description";
      return holeValue(
        hole(span, [{ kind: "catalog", relation, column, key: `call:${known}`, span, checks: [] }]),
      );
    }
    case "current_schemas":
    case "string_to_array":
    case "regexp_split_to_array":
    case "akeys":
    case "avals":
    case "parse_ident": {
      const any = derive(
        span,
        args.slice(0, 1).map((arg) => arg.value),
      );
      return { ...any, elements: { list: null, any } };
    }
    default:
      if (!ELEMENT_FUNCTIONS.has(known) || first === undefined) return null;
      return withChecks(elementsOf(first.value, span).any, frame.state);
  }
}

function rest(args: readonly Placed[]): readonly Value[] {
  return args.slice(1).map((arg) => arg.value);
}

function setting(span: Span, name: Placed | undefined, nullable: boolean, frame: Frame): Value {
  const text = name === undefined ? null : constantText(name.value);
  if (text !== null && isIdentitySetting(text)) {
    const claim = /^(?:request\.jwt\.claim|jwt\.claims)\.(.+)$/i.exec(text)?.[1] ?? null;
    const by = `current_setting('${text}')`;
    const key = `identity:${by}`;
    const type = builtin("text", span);
    return withChecks(
      holeValue(
        hole(span, [{ kind: "identity", by, claim, nullable, key, span, checks: [] }], { key, type }),
      ),
      frame.state,
    );
  }
  const key = `setting:${text ?? `@${span.start}`}`;
  // Every role may set it to any text, as those of no module of the server's.
  const custom = text === null || text.includes(".") || text.toLowerCase() === "application_name";
  const origins: Origin[] = [{ kind: "setting", name: text, custom, nullable, key, span, checks: [] }];
  return withChecks(holeValue(hole(span, origins, { key, type: builtin("text", span) })), frame.state);
}

function appendTo(known: string, first: Placed, second: Placed, span: Span): Value {
  const array = known === "array_prepend" ? second : first;
  const other = known === "array_prepend" ? first : second;
  const left =
    array.value.pieces === null ? { list: [], any: NULL_VALUE } : elementsOf(array.value, array.span);
  const right: Elements =
    known === "array_cat" ? elementsOf(other.value, other.span) : { list: [other.value], any: other.value };
  const any = left.any.pieces === null ? right.any : joinValues(left.any, right.any);
  const [head, tail] = known === "array_prepend" ? [right, left] : [left, right];
  const list = head.list !== null && tail.list !== null ? [...head.list, ...tail.list] : null;
  return {
    ...derive(span, [first.value, second.value], { type: array.value.type }),
    elements: { list: list !== null && list.length <= 64 ? list : null, any },
  };
}

function regexpReplace(
  text: Placed,
  pattern: Placed,
  replacement: Placed | undefined,
  span: Span,
): Value | null {
  const source = constantText(pattern.value);
  const by = replacement === undefined ? "" : constantText(replacement.value);
  if (source === null || by === null) return null;
  if (cleansText(source) && !/['"\\$;.]/.test(by)) {
    const clean = derive(span, [text.value], {
      guard: "pattern",
      by: `regexp_replace(…, '${source}')`,
      escaped: false,
    });
    return { ...clean, nullable: text.value.nullable };
  }
  if (/^\^/.test(source)) return cut({ ...text, span }, "left", []);
  if (/\$$/.test(source)) return cut({ ...text, span }, "right", []);
  const quotes = /['"\\]/.test(source);
  return derive(span, [text.value], quotes ? { escaped: true } : {});
}

/** lower and upper keep quotes where they are, so they keep guards. */
function changeCase(value: Value, how: "lower" | "upper"): Value {
  if (value.pieces === null || !value.pieces.every((piece) => piece.kind === "literal")) return value;
  const pieces = value.pieces.map((piece) => {
    const text = how === "lower" ? piece.text.toLowerCase() : piece.text.toUpperCase();
    return Buffer.byteLength(text, "utf8") === Buffer.byteLength(piece.text, "utf8")
      ? literal(text, piece.map)
      : literal(text, [0, toSource(piece.map, 0)]);
  });
  return { ...value, pieces };
}
