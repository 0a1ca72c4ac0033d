/** PostgreSQL's own functions that DO blocks build statements with. */
import { sliceMapped } from "../../text/mapped-text.ts";
import { type Context, currentUser } from "../context.ts";
import { quotedName } from "../keywords.ts";
import { roleName, searchSchemas } from "../resolve.ts";
import { databaseOf } from "../store.ts";
import { argumentTypes, named, registered } from "./object-text.ts";
import {
  isArray,
  isText,
  joined,
  LONGEST_TEXT,
  made,
  quoteLiteral,
  type Text,
  textOf,
  UNKNOWN,
  type Value,
} from "./value.ts";

/** The value of a call; `UNKNOWN` for functions that are not known here. */
export function callValue(context: Context, name: string, args: readonly Value[], at: number): Value {
  const [first, second] = args;
  switch (name) {
    case "format":
      return formatted(args, at);
    case "quote_ident":
      return onText(first, at, (text) => quoted(text, quotedName(text.text), at));
    case "quote_literal":
      return onText(first, at, (text) => quoted(text, quoteLiteral(text.text), at));
    case "quote_nullable":
      return first === null
        ? made("NULL", at)
        : onText(first, at, (text) => quoted(text, quoteLiteral(text.text), at));
    case "lower":
      return onText(first, at, (text) => made(text.text.toLowerCase(), at));
    case "upper":
      return onText(first, at, (text) => made(text.text.toUpperCase(), at));
    case "btrim":
    case "trim":
      return args.length === 1 ? onText(first, at, (text) => made(text.text.trim(), at)) : UNKNOWN;
    case "length":
      return onText(first, at, (text) => text.text.length);
    case "replace":
      if (args.length !== 3 || !args.every(isText)) return args.includes(null) ? null : UNKNOWN;
      return replaced(args[0]?.text ?? "", args[1]?.text ?? "", args[2]?.text ?? "", at);
    case "concat":
      return concatenated(args, null, at);
    case "concat_ws":
      return first !== undefined && isText(first) ? concatenated(args.slice(1), first, at) : UNKNOWN;
    case "array_to_string":
      if (first === undefined || !isArray(first) || second === undefined || !isText(second)) return UNKNOWN;
      return concatenated(first, second, at);
    case "string_to_array":
      if (first === null || args.length !== 2 || !args.every(isText)) return first === null ? null : UNKNOWN;
      return splitAt(args[0]?.text ?? "", args[1]?.text ?? "", at);
    case "split_part":
      return splitPart(args, at);
    case "left":
    case "right":
      if (typeof second !== "number") return second === null ? null : UNKNOWN;
      return onText(first, at, (text) => made(outer(text.text, name, second), at));
    case "starts_with":
      if (args.length !== 2 || !args.every(isText)) return args.includes(null) ? null : UNKNOWN;
      return (args[0]?.text ?? "").startsWith(args[1]?.text ?? "");
    case "array_length":
    case "cardinality":
      return first !== undefined && isArray(first)
        ? first.length === 0 && name === "array_length"
          ? null
          : first.length
        : UNKNOWN;
    case "current_database":
      return made(databaseOf(context.state)?.name ?? "postgres", at);
    case "current_schema":
      return made(searchSchemas(context).find((schema) => !schema.name.startsWith("pg_"))?.name ?? "", at);
    case "version":
      return made(`PostgreSQL ${context.postgresVersion}.0`, at);
    case "current_setting":
      if (first !== undefined && isText(first) && first.text === "server_version_num")
        return made(String(context.postgresVersion * 10_000), at);
      return UNKNOWN;
    case "current_user":
      return made(roleName(context.state, currentUser(context)), at);
    case "pg_get_userbyid":
      return typeof first === "number" ? made(roleName(context.state, first), at) : UNKNOWN;
    case "pg_get_function_identity_arguments":
    case "pg_get_function_arguments":
    case "oidvectortypes": {
      const routine = typeof first === "number" ? context.state.routines.get(first) : undefined;
      return routine === undefined ? UNKNOWN : made(argumentTypes(context, routine), at);
    }
    case "to_regclass":
    case "to_regtype":
    case "to_regrole":
    case "to_regnamespace":
    case "to_regproc":
    case "to_regprocedure": {
      if (first === undefined || !isText(first)) return first === null ? null : UNKNOWN;
      const type = name.slice("to_".length);
      const oid = named(context, type, first.text);
      // What is not in the files may be in the database all the same.
      if (oid === null) return context.assume ? UNKNOWN : null;
      return registered(context, type, oid) ?? UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

function onText(value: Value | undefined, at: number, make: (text: Text) => Value): Value {
  const text = value === undefined ? undefined : textOf(value, at);
  if (text === undefined) return UNKNOWN;
  if (text === null) return null;
  return text.text.length > LONGEST_TEXT ? UNKNOWN : make(text);
}

/** Quoted text: as it stands in the source where nothing had to be quoted. */
function quoted(text: Text, result: string, at: number): Text {
  return result === text.text ? text : made(result, at);
}

function replaced(text: string, from: string, to: string, at: number): Value {
  // PostgreSQL finds no empty text anywhere.
  if (from === "") return made(text, at);
  const pieces = text.split(from);
  if (text.length + pieces.length * to.length > LONGEST_TEXT) return UNKNOWN;
  return made(pieces.join(to), at);
}

/** An empty separator leaves the text whole; an empty text has no parts. */
function splitAt(text: string, separator: string, at: number): Value {
  if (text === "") return [];
  return (separator === "" ? [text] : text.split(separator)).map((part) => made(part, at));
}

/** The field with that number; from the end when it is negative, and an empty text when there is none. */
function splitPart([text, separator, number]: readonly Value[], at: number): Value {
  if (text === null || separator === null || number === null) return null;
  if (text === undefined || !isText(text) || separator === undefined || !isText(separator)) return UNKNOWN;
  if (typeof number !== "number" || number === 0) return UNKNOWN;
  const parts = separator.text === "" ? [text.text] : text.text.split(separator.text);
  return made(parts.at(number > 0 ? number - 1 : number) ?? "", at);
}

/** The first or last characters; a negative number leaves out as many at the other end. */
function outer(text: string, side: "left" | "right", count: number): string {
  const characters = [...text];
  const kept = count < 0 ? Math.max(0, characters.length + count) : Math.min(count, characters.length);
  const from = side === "left" ? 0 : characters.length - kept;
  return characters.slice(from, from + kept).join("");
}

function concatenated(values: readonly Value[], separator: Text | null, at: number): Value {
  const parts: Text[] = [];
  for (const value of values) {
    const text = textOf(value, at);
    if (text === undefined) return UNKNOWN;
    if (text === null) continue;
    if (separator !== null && parts.length > 0) parts.push(separator);
    parts.push(text);
  }
  return joined(parts);
}

export function stringAggregate(values: readonly Value[], separator: Value, at: number): Value {
  if (!isText(separator)) return UNKNOWN;
  return values.some((value) => value !== null) ? concatenated(values, separator, at) : null;
}

/** format(): `%s`, `%I`, `%L`, `%%`, `%1$I`. */
function formatted(args: readonly Value[], at: number): Value {
  const [pattern, ...values] = args;
  if (pattern === undefined || !isText(pattern)) return pattern === null ? null : UNKNOWN;
  const parts: Text[] = [];
  let next = 0;
  let end = 0;
  for (const match of pattern.text.matchAll(/%(?:(\d+)\$)?(-?\d+)?([sIL%])/g)) {
    const [whole, position, width, kind] = match;
    if (match.index > end) parts.push(sliced(pattern, end, match.index));
    end = match.index + whole.length;
    if (kind === "%") {
      parts.push(made("%", at));
      continue;
    }
    if (width !== undefined) return UNKNOWN;
    if (position !== undefined) next = Number(position) - 1;
    const value = values[next++];
    const text = value === undefined ? undefined : textOf(value, at);
    if (text === undefined || (text === null && kind === "I")) return UNKNOWN;
    if (kind === "L") parts.push(text === null ? made("NULL", at) : made(quoteLiteral(text.text), at));
    else if (text !== null) parts.push(kind === "I" ? quoted(text, quotedName(text.text), at) : text);
  }
  if (end < pattern.text.length) parts.push(sliced(pattern, end, pattern.text.length));
  return joined(parts);
}

/** Part of a text by UTF-16 offsets. */
function sliced(text: Text, start: number, end: number): Text {
  const from = Buffer.byteLength(text.text.slice(0, start));
  const to = from + Buffer.byteLength(text.text.slice(start, end));
  return { kind: "text", ...sliceMapped(text, { start: from, end: to }) };
}
