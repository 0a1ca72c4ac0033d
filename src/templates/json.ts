/** JSON objects with known keys: what `jsonb_build_object` builds and what stands in a literal. */
import type { Span } from "../text/span.ts";
import { joinAll } from "./join.ts";
import { derive, type Placed } from "./text.ts";
import { builtin } from "./types.ts";
import {
  constantText,
  type JsonObject,
  type Literal,
  type Piece,
  synthetic,
  textValue,
  type Value,
} from "./value.ts";

/** What a value is as JSON on the paths it can take: objects with their keys, NULL, or not known. */
export function objectsOf(value: Value): readonly (JsonObject | "null" | "unknown")[] {
  const found: (JsonObject | "null" | "unknown")[] = [];
  const visit = (pieces: readonly Piece[]): void => {
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === "choice") {
      for (const option of only.options) visit(option);
    } else if (pieces.length === 1 && only?.kind === "hole") {
      found.push(only.object ?? "unknown");
    } else {
      const literals = pieces.filter((piece) => piece.kind === "literal");
      const first = literals[0];
      const whole = literals.length === pieces.length && first !== undefined;
      found.push(
        (whole ? parseObject(literals.map((l) => l.text).join(""), spanOf(literals)) : null) ?? "unknown",
      );
    }
  };
  if (value.pieces !== null) visit(value.pieces);
  if (value.pieces === null || value.nullable) found.push("null");
  return found;
}

function spanOf(literals: readonly Literal[]): Span {
  const start = literals[0]?.map[1] ?? 0;
  const end = literals.at(-1)?.map.at(-1) ?? start;
  return { start, end: Math.max(start, end) };
}

function parseObject(text: string, span: Span): JsonObject | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const entries = Object.entries(parsed).map(([key, value]: readonly [string, unknown]) => ({
    key,
    value: textValue([
      synthetic(typeof value === "string" ? value : (JSON.stringify(value) ?? "null"), span),
    ]),
    span,
  }));
  return { span, entries };
}

/** `jsonb_build_object(k, v, …)`. */
export function buildObject(span: Span, args: readonly Placed[]): Value {
  const entries: JsonObject["entries"][number][] = [];
  for (let i = 0; i + 1 < args.length; i += 2) {
    const key = args[i];
    const value = args[i + 1];
    if (key === undefined || value === undefined) continue;
    entries.push({
      key: constantText(key.value),
      value: value.value,
      span: { start: key.span.start, end: value.span.end },
    });
  }
  return objectValue(
    span,
    { span, entries },
    args.map((arg) => arg.value),
  );
}

function objectValue(span: Span, object: JsonObject | null, parts: readonly Value[]): Value {
  return derive(span, parts, {
    type: builtin("jsonb", span),
    object,
    guard: "none",
    by: null,
    notNull: true,
  });
}

/** `json || json`: later keys win. */
export function mergeObjects(span: Span, parts: readonly Value[]): Value {
  const entries = new Map<string, JsonObject["entries"][number]>();
  for (const part of parts) {
    const objects = objectsOf(part);
    const [only] = objects;
    if (objects.length !== 1 || only === undefined || typeof only === "string")
      return objectValue(span, null, parts);
    for (const entry of only.entries) {
      if (entry.key === null) return objectValue(span, null, parts);
      entries.set(entry.key, entry);
    }
  }
  return objectValue(span, { span, entries: [...entries.values()] }, parts);
}

/** The value of a constant key, when the object is known on every path. */
export function keyOf(value: Value, key: string): Value | null {
  const objects = objectsOf(value);
  const values: Value[] = [];
  for (const object of objects) {
    if (typeof object === "string") return null;
    const entry = object.entries.findLast((candidate) => candidate.key === key);
    if (entry === undefined) return null;
    values.push(entry.value);
  }
  return joinAll(values);
}
