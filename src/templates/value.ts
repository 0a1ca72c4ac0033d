/**
 * The domain of the analysis: a value is a query template, that is literal text with holes. Plain data; all spans are
 * UTF-8 byte offsets in the source.
 */
import type { Name, TypeName } from "../events/tree.ts";
import type { TextMap } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";

/** A condition on the path to a sink that says something about where a value comes from. */
export interface Check {
  /**
   * `allow-list` compared with constants; `listed` looked up in a table's rows; `pattern` matched an anchored pattern without quotes,
   * dots and slashes; `identity` compared with the caller's identity; `authorised` taken together with the identity, or by a function;
   * `not-null` is not NULL.
   */
  readonly kind: "allow-list" | "listed" | "pattern" | "identity" | "authorised" | "not-null";
  /** Of `listed`: the table. */
  readonly relation?: Name;
  /** What it was compared with, or the function that was asked: `auth.uid()`, `app.is_member`. */
  readonly by: string;
  /** False when a NULL on either side passes the check. */
  readonly nullSafe: boolean;
  /** The condition. */
  readonly span: Span;
}

interface OriginBase {
  /** The same origin has the same key all over the routine. */
  readonly key: string;
  /** Where the value was read; null for a parameter that is only implied. */
  readonly span: Span | null;
  /** What is known about it on the path. */
  readonly checks: readonly Check[];
}

/** Where the value of a hole comes from. */
export type Origin = OriginBase &
  (
    | { readonly kind: "parameter"; readonly name: string /** 1-based */; readonly number: number }
    /** A field of NEW or OLD (null: the whole row or an unknown field), or a TG_… variable. */
    | { readonly kind: "trigger-row"; readonly variable: string; readonly field: string | null }
    /** `current_setting(name)`; custom: any role can set it; nullable: NULL where it is not set. */
    | {
        readonly kind: "setting";
        readonly name: string | null;
        readonly custom: boolean;
        readonly nullable: boolean;
      }
    /**
     * The caller's identity: auth.uid(), JWT claims, session_user; `claim` is the key taken from it; nullable: NULL for
     * a caller that has none.
     */
    | {
        readonly kind: "identity";
        readonly by: string;
        readonly claim: string | null;
        readonly nullable: boolean;
      }
    /** Read from a table; null: which one is not known. */
    | { readonly kind: "stored"; readonly relation: Name | null; readonly column: string | null }
    /** Read from the system catalogs or information_schema: names that others chose. */
    | { readonly kind: "catalog"; readonly relation: Name; readonly column: string | null }
    /** The result of a function that is not known here. */
    | { readonly kind: "call"; readonly name: Name }
    /** Built from constants, but its text is not followed. */
    | { readonly kind: "constant" }
    | { readonly kind: "unknown"; readonly what: string }
  );

/**
 * What keeps a hole's text from being SQL: quoted as a literal or as an identifier; a type that cannot carry SQL; an
 * allow list or pattern checked before; a function with harmless results.
 */
export type Guard = "none" | "literal" | "identifier" | "type" | "allow-list" | "pattern" | "function";

/** Text that the routine's author wrote. */
export interface Literal {
  readonly kind: "literal";
  readonly text: string;
  readonly map: TextMap;
}

/** A value that becomes part of the text. */
export interface Hole {
  readonly kind: "hole";
  /** The expression that puts the value into the text. */
  readonly span: Span;
  /** The same value has the same key; a value computed from others has a key of its own. */
  readonly key: string;
  readonly origins: readonly Origin[];
  /** Its type before any cast to text. */
  readonly type: TypeName | null;
  readonly guard: Guard;
  /** The guard as written: `%L`, `quote_ident`, `uuid`; null without guard. */
  readonly by: string | null;
  /** Quotes were doubled by hand: `replace(x, '''', '''''')`. */
  readonly escaped: boolean;
  /** What is quoted here would be harmless without quotes too. */
  readonly harmless: boolean;
  /** Never NULL, whatever it is made of: EXISTS, count, IS DISTINCT FROM. */
  readonly notNull: boolean;
  /** Unknown functions that the value went through. */
  readonly through: readonly Name[];
  /** What decided which value it is (WHERE of the query it was read by), not what it is made of. */
  readonly influences: readonly Origin[];
  /** A JSON object with the keys it was built from. */
  readonly object: JsonObject | null;
  /** The text that is quoted here, where it is made of several pieces: what executes the literal executes that. */
  readonly text: QuotedText | null;
}

export interface QuotedText {
  readonly pieces: readonly Piece[];
  /** Number of pieces, those of texts quoted inside included. */
  readonly size: number;
}

/** One of several texts, depending on the path; an empty list is no text at all. */
export interface Choice {
  readonly kind: "choice";
  readonly options: readonly (readonly Piece[])[];
  /** Number of pieces in all of them, those of choices inside included. */
  readonly size: number;
}

/** Text by the routine's author that the analysis gave up to follow. */
export interface Gap {
  readonly kind: "gap";
}

export type Piece = Literal | Hole | Choice | Gap;

/** `jsonb_build_object(…)` or a JSON literal. */
export interface JsonObject {
  readonly span: Span;
  /** A null key is not constant. */
  readonly entries: readonly { readonly key: string | null; readonly value: Value; readonly span: Span }[];
}

export interface Value {
  /** The text of the value; null when it is certainly NULL. */
  readonly pieces: readonly Piece[] | null;
  /** NULL was assigned on some path. A hole may be NULL in any case. */
  readonly nullable: boolean;
  readonly type: TypeName | null;
  /** Known fields of a record. */
  readonly fields: ReadonlyMap<string, Value> | null;
  readonly elements: Elements | null;
}

/** Elements of an array. */
export interface Elements {
  /** In order, when the array was written out. */
  readonly list: readonly Value[] | null;
  /** All of them joined. */
  readonly any: Value;
}

export const NULL_VALUE: Value = { pieces: null, nullable: true, type: null, fields: null, elements: null };

/** A value of text. */
export function textValue(pieces: readonly Piece[], type: TypeName | null = null): Value {
  return { pieces, nullable: false, type, fields: null, elements: null };
}

/** A value that is one hole. */
export function holeValue(hole: Hole, type: TypeName | null = hole.type): Value {
  return textValue([hole], type);
}

export function literal(text: string, map: TextMap): Literal {
  return { kind: "literal", text, map };
}

export function choice(options: Choice["options"]): Choice {
  let size = 0;
  for (const option of options) size += countPieces(option);
  return { kind: "choice", options, size };
}

/** How many pieces a list has, those of choices included. */
export function countPieces(pieces: readonly Piece[]): number {
  let count = pieces.length;
  for (const piece of pieces) if (piece.kind === "choice") count += piece.size;
  return count;
}

/** Literal text that does not stand in the source as such: all of it maps to one place. */
export function synthetic(text: string, at: Span): Literal {
  const length = Buffer.byteLength(text, "utf8");
  const map: number[] = [];
  for (let i = 0; i < length; i++) map.push(i, at.start);
  map.push(length, at.end);
  return literal(text, map);
}

const NOTHING: readonly never[] = [];

/** A hole with the given properties and nothing else known. */
export function hole(
  span: Span,
  origins: readonly Origin[],
  more: Partial<Omit<Hole, "kind" | "span" | "origins">> = {},
): Hole {
  return {
    kind: "hole",
    span,
    key: more.key ?? `@${span.start}-${span.end}`,
    origins,
    type: more.type ?? null,
    guard: more.guard ?? "none",
    by: more.by ?? null,
    escaped: more.escaped ?? false,
    harmless: more.harmless ?? false,
    notNull: more.notNull ?? false,
    through: more.through ?? NOTHING,
    influences: more.influences ?? NOTHING,
    object: more.object ?? null,
    text: more.text ?? null,
  };
}

const MAX_QUOTED = 64;

/** Text to be kept behind its quotes; null when there is too much of it, or nothing to know but the one value. */
export function quotedText(pieces: readonly Piece[]): QuotedText | null {
  if (pieces.length < 2) return null;
  let size = countPieces(pieces);
  for (const h of holesOf(pieces)) size += h.text?.size ?? 0;
  return size > MAX_QUOTED ? null : { pieces, size };
}

/** The one hole that the value is, or null. */
export function singleHole(value: Value): Hole | null {
  const first = value.pieces?.[0];
  return value.pieces?.length === 1 && first?.kind === "hole" ? first : null;
}

/** The value's text when it is a constant without alternatives, or null. */
export function constantText(value: Value): string | null {
  if (value.pieces === null) return null;
  let text = "";
  for (const piece of value.pieces) {
    if (piece.kind !== "literal") return null;
    text += piece.text;
  }
  return text;
}

// Lists of pieces never change, and long ones are asked again at every statement.
const holesByList = new WeakMap<readonly Piece[], readonly Hole[]>();

/** All holes of a list of pieces, those in choices too, in order. */
export function holesOf(pieces: readonly Piece[] | null): readonly Hole[] {
  if (pieces === null || pieces.length === 0) return [];
  const known = holesByList.get(pieces);
  if (known !== undefined) return known;
  const found: Hole[] = [];
  for (const piece of pieces) {
    if (piece.kind === "hole") found.push(piece);
    else if (piece.kind === "choice") for (const option of piece.options) found.push(...holesOf(option));
  }
  if (pieces.length > 4 || found.length > 4) holesByList.set(pieces, found);
  return found;
}

/** All holes of a value, also in its fields, elements and JSON objects. */
export function allHoles(value: Value): readonly Hole[] {
  const whole = holesOf(value.pieces);
  if (value.fields === null && value.elements === null) return whole;
  const found = [...whole];
  if (value.fields !== null) for (const field of value.fields.values()) found.push(...allHoles(field));
  if (value.elements !== null) found.push(...allHoles(value.elements.any));
  return found;
}

const MAX_ORIGINS = 48;

/** Origins of all lists, each key once, in order of appearance. */
export function uniteOrigins(lists: readonly (readonly Origin[])[]): readonly Origin[] {
  let only: readonly Origin[] | null = null;
  let several = false;
  for (const list of lists) {
    if (list.length === 0 || list === only) continue;
    several ||= only !== null;
    only ??= list;
  }
  if (!several) return only ?? NOTHING;
  const seen = new Map<string, Origin>();
  for (const list of lists) {
    for (const origin of list) {
      const known = seen.get(origin.key);
      if (known === undefined) {
        if (seen.size < MAX_ORIGINS) seen.set(origin.key, origin);
      } else if (known !== origin && known.checks.length > 0) {
        // A check counts only where it holds for every way the value came.
        const both = known.checks.filter((check) => origin.checks.some((other) => sameCheck(check, other)));
        if (both.length < known.checks.length) seen.set(origin.key, { ...known, checks: both });
      }
    }
  }
  return [...seen.values()];
}

/** Origins of holes, and of what decided which values they are. */
export function originsAround(holes: readonly Hole[]): readonly Origin[] {
  return uniteOrigins([...holes.map((h) => h.origins), ...holes.map((h) => h.influences)]);
}

export function sameCheck(a: Check, b: Check): boolean {
  return a.kind === b.kind && a.by === b.by && a.span.start === b.span.start && a.span.end === b.span.end;
}

/** Origins of everything in a value. */
export function originsOf(value: Value): readonly Origin[] {
  return uniteOrigins(allHoles(value).map((h) => h.origins));
}

/** Whether the value of the hole is one that the routine's author did not write. */
export function isForeign(origin: Origin): boolean {
  return origin.kind !== "constant";
}

/** Whether the guard makes the text harmless wherever it stands (quoting does so only in the right place). */
export function isHarmless(guard: Guard): boolean {
  switch (guard) {
    case "type":
    case "allow-list":
    case "pattern":
    case "function":
      return true;
    case "none":
    case "literal":
    case "identifier":
      return false;
  }
}
