import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { didYouMean } from "../text/did-you-mean.ts";

/** A mistake in the configuration at a UTF-16 offset of its text. */
export interface Mistake {
  readonly offset: number;
  readonly message: string;
}

/** A value of the configuration with its place. `key` is its path for people: `rules["x"]`, `files[2]`. */
export interface Value {
  readonly key: string;
  readonly node: Node | null;
  /** Where to point: the value's start, or its key's when there is no value. */
  readonly offset: number;
}

/** Type guards of the lazily loaded YAML library, so that this module costs nothing to import. */
export interface YamlGuards {
  readonly isMap: (node: unknown) => node is YAMLMap;
  readonly isSeq: (node: unknown) => node is YAMLSeq;
  readonly isScalar: (node: unknown) => node is Scalar;
  readonly isNode: (node: unknown) => node is Node;
}

/** Reads typed values from YAML nodes and collects what is wrong with them. A reader that finds a mistake returns null. */
export interface NodeReader {
  readonly mistakes: Mistake[];
  readonly yaml: YamlGuards;
}

export function fail(reader: NodeReader, at: Value | number, message: string): null {
  reader.mistakes.push({ offset: typeof at === "number" ? at : at.offset, message });
  return null;
}

/** The entries of a mapping. Keys that are not strings are mistakes and left out. */
export function readMap(
  reader: NodeReader,
  value: Value,
  inner: (key: string) => string,
): readonly (readonly [string, Value, number])[] | null {
  const { node } = value;
  if (!reader.yaml.isMap(node))
    return fail(reader, value, `${value.key} must be a mapping, not ${describe(reader, node)}`);
  const entries: [string, Value, number][] = [];
  for (const pair of node.items) {
    const [name, offset] = keyOf(reader, pair, value.offset);
    if (name === null) {
      fail(reader, offset, `keys of ${value.key} must be strings`);
      continue;
    }
    const inside = reader.yaml.isNode(pair.value) ? pair.value : null;
    entries.push([name, { key: inner(name), node: inside, offset: startOf(inside) ?? offset }, offset]);
  }
  return entries;
}

/** The values of a mapping whose keys are known; the others are mistakes. */
export function readKeys(
  reader: NodeReader,
  value: Value,
  known: readonly string[],
  inner: (key: string) => string,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, part, offset] of readMap(reader, value, inner) ?? []) {
    if (known.includes(name)) values.set(name, part);
    else {
      const meant = didYouMean(name, known);
      fail(
        reader,
        offset,
        `unknown key ${quote(name)}${meant === null ? `; known keys are ${list(known)}` : suggestion(meant)}`,
      );
    }
  }
  return values;
}

function keyOf(reader: NodeReader, pair: Pair, fallback: number): readonly [string | null, number] {
  if (!reader.yaml.isScalar(pair.key))
    return [null, reader.yaml.isNode(pair.key) ? (startOf(pair.key) ?? fallback) : fallback];
  return [typeof pair.key.value === "string" ? pair.key.value : null, startOf(pair.key) ?? fallback];
}

export function readString(reader: NodeReader, value: Value, what = "a string"): string | null {
  const found = scalar(reader, value);
  if (typeof found !== "string")
    return fail(reader, value, `${value.key} must be ${what}, not ${describe(reader, value.node)}`);
  if (found.trim() === "") return fail(reader, value, `${value.key} must not be empty`);
  if (found.includes("\0")) return fail(reader, value, `${value.key} must not contain a NUL character`);
  return found;
}

export function readBoolean(reader: NodeReader, value: Value): boolean | null {
  const found = scalar(reader, value);
  if (typeof found === "boolean") return found;
  return fail(reader, value, `${value.key} must be true or false, not ${describe(reader, value.node)}`);
}

export function readInteger(reader: NodeReader, value: Value, least: number, most: number): number | null {
  const found = scalar(reader, value);
  if (typeof found === "number" && Number.isInteger(found) && found >= least && found <= most) return found;
  return fail(
    reader,
    value,
    `${value.key} must be a whole number from ${least} to ${most}, not ${describe(reader, value.node)}`,
  );
}

export function readOneOf<T extends string>(
  reader: NodeReader,
  value: Value,
  allowed: readonly T[],
): T | null {
  const found = scalar(reader, value);
  const exact = allowed.find((word) => word === found);
  if (exact !== undefined) return exact;
  const meant = typeof found === "string" ? didYouMean(found, allowed) : null;
  return fail(
    reader,
    value,
    `${value.key} must be one of ${list(allowed)}, not ${describe(reader, value.node)}${suggestion(meant)}`,
  );
}

/** A list's values with their places. `of` says what they should be. */
export function readItems(reader: NodeReader, value: Value, of = "mappings"): readonly Value[] | null {
  const { node } = value;
  if (!reader.yaml.isSeq(node))
    return fail(reader, value, `${value.key} must be a list of ${of}, not ${describe(reader, node)}`);
  return node.items.map((item, index) => {
    const inside = reader.yaml.isNode(item) ? item : null;
    return { key: `${value.key}[${index}]`, node: inside, offset: startOf(inside) ?? value.offset };
  });
}

/** A list of strings with their places. */
export function readStrings(reader: NodeReader, value: Value): readonly (readonly [string, Value])[] | null {
  const items: [string, Value][] = [];
  const found = readItems(reader, value, "strings");
  if (found === null) return null;
  for (const element of found) {
    const text = readString(reader, element);
    if (text !== null) items.push([text, element]);
  }
  return items;
}

function scalar(reader: NodeReader, value: Value): unknown {
  return reader.yaml.isScalar(value.node) ? value.node.value : undefined;
}

function startOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null;
}

function describe(reader: NodeReader, node: Node | null): string {
  if (reader.yaml.isMap(node)) return "a mapping";
  if (reader.yaml.isSeq(node)) return "a list";
  if (!reader.yaml.isScalar(node) || node.value === null) return "empty";
  return typeof node.value === "string" ? quote(node.value) : String(node.value);
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

export function list(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}

export function suggestion(meant: string | null): string {
  return meant === null ? "" : `; did you mean "${meant}"?`;
}
