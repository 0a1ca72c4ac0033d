/** Casts: oids to names and back; text types keep the text with its place. */
import type { TypeName } from "../../events/tree.ts";
import type { Context } from "../context.ts";
import { named, registered } from "./object-text.ts";
import { isArray, isText, made, textOf, UNKNOWN, type Value } from "./value.ts";

export const TEXT_TYPES: ReadonlySet<string> = new Set(["text", "varchar", "name", "bpchar", "char"]);

/** `value::type`; text that it makes stands at `at`. */
export function cast(context: Context, value: Value, type: TypeName, at: number): Value {
  if (value === null || value === UNKNOWN) return value;
  const name = type.name.at(-1) ?? "";
  if (name.startsWith("reg") && !type.array) {
    const oid =
      typeof value === "number"
        ? value
        : isText(value)
          ? named(context, name, value.text)
          : isArray(value) || typeof value === "boolean"
            ? null
            : value.kind === "registered"
              ? value.oid
              : null;
    return oid === null ? UNKNOWN : (registered(context, name, oid) ?? UNKNOWN);
  }
  if (type.array) return isArray(value) ? value : isText(value) ? arrayOf(value.text, at) : UNKNOWN;
  if (name === "oid")
    return typeof value === "object" && !isArray(value) && value.kind === "registered" ? value.oid : value;
  if (TEXT_TYPES.has(name)) return textOf(value, at) ?? UNKNOWN;
  if (["int4", "int8", "int2", "numeric"].includes(name)) {
    return typeof value === "number"
      ? value
      : isText(value) && /^-?\d+$/.test(value.text)
        ? Number(value.text)
        : UNKNOWN;
  }
  if (name === "bool" && isText(value)) return ["t", "true", "on", "yes", "1"].includes(value.text);
  return isText(value) ? value : UNKNOWN;
}

/** `{a,"b, c"}` without nesting. */
function arrayOf(text: string, at: number): Value {
  const inside = /^\s*\{([^{}]*)\}\s*$/.exec(text)?.[1];
  if (inside === undefined) return UNKNOWN;
  if (inside.trim() === "") return [];
  const elements: Value[] = [];
  const element = /\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*))\s*(?:,|$)/sy;
  while (element.lastIndex < inside.length) {
    const match = element.exec(inside);
    if (match === null) return UNKNOWN;
    const [, quoted, plain = ""] = match;
    if (quoted === undefined && /^null$/i.test(plain.trim())) elements.push(null);
    else elements.push(made(quoted?.replace(/\\(.)/gs, "$1") ?? plain.trim(), at));
  }
  return elements;
}
