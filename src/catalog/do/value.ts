/** What expressions of a DO block are worth: as far as it can be known without running them. */
import { byteLength, type MappedText, type TextMap } from "../../text/mapped-text.ts";
import type { Oid } from "../model.ts";

export const UNKNOWN: unique symbol = Symbol("unknown");

/** Text, with where its bytes stand in the source. */
export interface Text extends MappedText {
  readonly kind: "text";
}

/** An oid that prints as a name: regclass, regprocedure, regtype, … */
export interface Registered {
  readonly kind: "registered";
  readonly oid: Oid;
  readonly text: string;
}

/** Values by name, in order; a `Map` is one. */
export interface Fields {
  readonly size: number;
  get(name: string): Value | undefined;
  keys(): Iterable<string>;
}

export interface Row {
  readonly kind: "row";
  readonly fields: Fields;
}

export type Value = typeof UNKNOWN | null | boolean | number | Text | Registered | Row | readonly Value[];

/** Text that is not in the source: all of it stands for the byte at `at`. */
export function made(text: string, at: number): Text {
  return new MadeText(text, at);
}

/** Most values are only compared, and the map of a function's source is long: it is made when it is asked for. */
class MadeText implements Text {
  readonly kind = "text";
  readonly text: string;
  readonly #at: number;
  #map: TextMap | null = null;

  constructor(text: string, at: number) {
    this.text = text;
    this.#at = at;
  }

  get map(): TextMap {
    this.#map ??= pointMap(byteLength(this.text), this.#at);
    return this.#map;
  }
}

function pointMap(length: number, at: number): TextMap {
  const map: number[] = [];
  for (let i = 0; i <= length; i++) map.push(i, at);
  return map;
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isText(value: Value): value is Text {
  return typeof value === "object" && value !== null && !isArray(value) && value.kind === "text";
}

export function isRow(value: Value): value is Row {
  return typeof value === "object" && value !== null && !isArray(value) && value.kind === "row";
}

export function entriesOf({ fields }: Row): readonly (readonly [string, Value])[] {
  return Array.from(fields.keys(), (name) => [name, fields.get(name) ?? UNKNOWN] as const);
}

export function valuesOf({ fields }: Row): readonly Value[] {
  return Array.from(fields.keys(), (name) => fields.get(name) ?? UNKNOWN);
}

/** The text form of a value: what concatenation and format('%s') make of it. Null: SQL NULL; undefined: not known. */
export function textOf(value: Value, at: number): Text | null | undefined {
  if (value === UNKNOWN) return undefined;
  if (value === null) return null;
  if (typeof value === "boolean") return made(value ? "t" : "f", at);
  if (typeof value === "number") return made(String(value), at);
  if (isArray(value)) {
    const parts = value.map((each) => textOf(each, at));
    if (parts.includes(undefined)) return undefined;
    if (parts.reduce((sum, part) => sum + (part?.text.length ?? 4), 0) > LONGEST_TEXT) return undefined;
    return made(`{${parts.map((part) => part?.text ?? "NULL").join(",")}}`, at);
  }
  if (value.kind === "text") return value;
  return value.kind === "registered" ? made(value.text, at) : undefined;
}

/** Statements are shorter; a loop that doubles a text is not followed. In UTF-16 units. */
export const LONGEST_TEXT = 100_000;

/** The parts one after the other; not known when that gets too long. */
export function joined(parts: readonly Text[]): Text | typeof UNKNOWN {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  if (parts.reduce((sum, part) => sum + part.text.length, 0) > LONGEST_TEXT) return UNKNOWN;
  let text = "";
  let length = 0;
  const map: number[] = [];
  for (const part of parts) {
    for (let i = 0; i < part.map.length; i += 2) map.push((part.map[i] ?? 0) + length, part.map[i + 1] ?? 0);
    text += part.text;
    length += byteLength(part.text);
  }
  return { kind: "text", text, map: map.length === 0 ? [0, 0] : map };
}

/** Equality and order as SQL has it for values of one type; undefined: not known or not comparable. Null is not handled. */
export function compared(a: Value, b: Value): number | undefined {
  if (a === UNKNOWN || b === UNKNOWN) return undefined;
  if (typeof a === "boolean" || typeof b === "boolean") return truth(a) === truth(b) ? 0 : truth(a) ? 1 : -1;
  const left = scalar(a, typeof b === "number");
  const right = scalar(b, typeof a === "number");
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === "number" && typeof right === "number") return left - right;
  const [x, y] = [String(left), String(right)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function scalar(value: Value, number: boolean): string | number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null || isArray(value)) return undefined;
  if (value.kind === "registered") return number ? value.oid : value.text;
  if (value.kind === "row") return undefined;
  return number && /^-?\d+(\.\d+)?$/.test(value.text) ? Number(value.text) : value.text;
}

function truth(value: Value): boolean {
  return (
    value === true || (isText(value) && ["t", "true", "on", "yes", "1"].includes(value.text.toLowerCase()))
  );
}

/** quote_literal() */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? ` E${quoted}` : quoted;
}
