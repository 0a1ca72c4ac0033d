/** How templates are put together: concatenation, quoting, casts and what else keeps or destroys guards. */
import type { Name, TypeName } from "../events/tree.ts";
import { byteLength, composeMap, isAscii, sliceMapped } from "../text/mapped-text.ts";
import { contains, type Span } from "../text/span.ts";
import { foldLength, isTooLong } from "./limits.ts";
import { mapHoles } from "./state.ts";
import { builtinName, classify, type TypeLookup } from "./types.ts";
import {
  choice,
  type Hole,
  hole,
  holesOf,
  holeValue,
  isForeign,
  isHarmless,
  type Literal,
  literal,
  NULL_VALUE,
  type Origin,
  originsOf,
  type Piece,
  quotedText,
  singleHole,
  synthetic,
  textValue,
  uniteOrigins,
  type Value,
} from "./value.ts";

/** A value with the expression that puts it somewhere. */
export interface Placed {
  readonly value: Value;
  readonly span: Span;
}

function constantOrigin(span: Span): Origin {
  return { kind: "constant", key: "constant", span, checks: [] };
}

/** The pieces of a value where it becomes part of a text: a value that is not itself a text is placed at the expression. */
export function embed({ value, span }: Placed): readonly Piece[] {
  if (value.pieces === null) return [];
  return placedAt(value, span).pieces ?? [];
}

/** A value read by an expression: a hole that is the whole value stands there, also when it is one of several. */
export function placedAt(value: Value, span: Span): Value {
  const [only] = value.pieces ?? [];
  if (value.pieces === null || value.pieces.length !== 1 || only === undefined) return value;
  if (only.kind === "hole") {
    if (only.span.start === span.start && only.span.end === span.end) return value;
    return { ...value, pieces: [{ ...only, span }] };
  }
  if (only.kind !== "choice") return value;
  const whole = only.options.every(
    (option) => option.length <= 1 || option.every((piece) => piece.kind === "literal"),
  );
  if (!whole) return value;
  // An alternative written in the expression itself stays where it is.
  return { ...value, pieces: mapHoles(value.pieces, (h) => (contains(span, h.span) ? h : { ...h, span })) };
}

/** Bounds a list of pieces; what is folded is the author's text and guarded holes. */
export function limited(pieces: readonly Piece[]): readonly Piece[] {
  return isTooLong(pieces) ? foldLength(pieces) : pieces;
}

/** `a || b`: NULL when one side certainly is. */
export function concatenate(parts: readonly Placed[], type: TypeName | null): Value {
  if (parts.some((part) => part.value.pieces === null)) return { ...NULL_VALUE, type };
  const pieces = limited(parts.flatMap(embed));
  return { ...textValue(pieces, type), nullable: parts.some((part) => part.value.nullable) };
}

/** concat, concat_ws, array_to_string: parts that are NULL are left out. */
export function separate(parts: readonly Placed[], separator: Placed | null): Value {
  const pieces: Piece[] = [];
  let first = true;
  for (const part of parts) {
    if (part.value.pieces === null) continue;
    if (!first && separator !== null) pieces.push(...embed(separator));
    first = false;
    pieces.push(...embed(part));
  }
  return textValue(limited(pieces));
}

/** An unknown number of parts: one stands for all, unless the separator is foreign. */
export function repeat(part: Placed, separator: Placed): Value {
  if (part.value.pieces === null) return textValue([]);
  const one = embed(part);
  const foreign = holesOf(separator.value.pieces).length > 0;
  // Of several kinds of parts one can follow another.
  const several = one.some((piece) => piece.kind === "choice");
  return textValue(limited(foreign || several ? [...one, ...embed(separator), ...one] : one));
}

type Derivation = Partial<
  Pick<Hole, "type" | "guard" | "by" | "escaped" | "through" | "object" | "notNull" | "harmless" | "text">
>;

/** One hole computed from values in a way that destroys quoting; of harmless values it is harmless. */
export function derive(span: Span, parts: readonly Value[], more: Derivation = {}): Value {
  const holes: Hole[] = [];
  const origins: (readonly Origin[])[] = [];
  for (const { pieces, elements } of parts) {
    holes.push(...holesOf(pieces));
    if (elements !== null) holes.push(...holesOf(elements.any.pieces));
  }
  for (const h of holes) origins.push(h.origins);
  for (const { fields } of parts) {
    if (fields !== null) for (const field of fields.values()) origins.push(originsOf(field));
  }
  const united = uniteOrigins(origins);
  const harmless =
    origins.length === holes.length && holes.every((h) => isHarmless(h.guard)) ? holes[0] : undefined;
  return holeValue(
    hole(span, united.length > 0 ? united : [constantOrigin(span)], {
      guard: harmless?.guard ?? "none",
      by: harmless?.by ?? null,
      escaped: holes.some((h) => h.escaped),
      influences: uniteOrigins(holes.map((h) => h.influences)),
      ...more,
      through: throughAll(holes, more.through ?? []),
    }),
    more.type ?? null,
  );
}

/** Functions that any of the values went through, each once. */
function throughAll(holes: readonly Hole[], last: readonly Name[]): readonly Name[] {
  if (last.length <= 1 && holes.every((h) => h.through.length === 0)) return last;
  const names = new Map([...holes.flatMap((h) => h.through), ...last].map((name) => [name.join("."), name]));
  return [...names.values()].slice(0, 8);
}

/** quote_literal, `%L`: `by` says which. NULL stays NULL, for quote_nullable and `%L` it becomes the word. */
export function quoteAsLiteral(part: Placed, by: string): Value {
  if (part.value.pieces === null) {
    return by === "quote_literal" ? NULL_VALUE : textValue([synthetic("NULL", part.span)]);
  }
  return textValue(quoted(part, part.value.pieces, "'", by));
}

/** quote_ident, `%I`. */
export function quoteAsIdentifier(part: Placed, by: string): Value {
  if (part.value.pieces === null) return NULL_VALUE;
  return textValue(quoted(part, part.value.pieces, '"', by));
}

function quoted(part: Placed, pieces: readonly Piece[], quote: "'" | '"', by: string): readonly Piece[] {
  const [first] = pieces;
  if (pieces.length === 1 && first?.kind === "choice") {
    return [choice(first.options.map((option) => quoted(part, option, quote, by)))];
  }
  const text = pieces.map((piece) => (piece.kind === "literal" ? piece.text : "\\")).join("");
  if (text.includes("\\")) {
    const single = pieces.length === 1 && first?.kind === "hole" ? first : null;
    const guard = quote === "'" ? "literal" : "identifier";
    // What is harmless everywhere stays so.
    const harmless = holesOf(pieces).length > 0 && holesOf(pieces).every((h) => isHarmless(h.guard));
    const whole = derive(part.span, [textValue(pieces)], {
      guard,
      by,
      harmless,
      type: single?.type ?? null,
      escaped: false,
      text: quote === "'" ? quotedText(pieces) : null,
    });
    return whole.pieces ?? [];
  }
  if (quote === '"' && /^[a-z_][a-z0-9_]*$/.test(text)) return pieces;
  const bodies = pieces.map((piece) => (piece.kind === "literal" ? doubled(piece, quote) : piece));
  return [synthetic(quote, part.span), ...bodies, synthetic(quote, part.span)];
}

/** The literal with every quote doubled; both map to the one in the source. */
function doubled(piece: Literal, quote: string): Literal {
  if (!piece.text.includes(quote)) return piece;
  const inner: number[] = [0, 0];
  let from = 0;
  let bytes = 0;
  let added = 0;
  for (let i = piece.text.indexOf(quote); i >= 0; i = piece.text.indexOf(quote, i + 1)) {
    bytes += byteLength(piece.text.slice(from, i));
    from = i;
    inner.push(bytes + added + 1, bytes);
    added++;
  }
  return literal(piece.text.replaceAll(quote, quote + quote), composeMap(inner, piece.map));
}

/** Part of a literal, by UTF-16 offsets of its text. */
export function sliceLiteral(piece: Literal, start: number, end: number): Literal {
  const ascii = isAscii(piece.text);
  const from = ascii ? start : byteLength(piece.text.slice(0, start));
  const to = ascii ? end : from + byteLength(piece.text.slice(start, end));
  const { text, map } = sliceMapped(piece, { start: from, end: to });
  return literal(text, map);
}

/** What a value becomes as a value of the type: casts, declared variables and parameters. */
export function coerce({ value, span }: Placed, type: TypeName, lookup: TypeLookup | null): Value {
  if (value.pieces === null) return { ...value, type };
  const kind = classify(type, lookup);
  const holes = holesOf(value.pieces);
  switch (kind) {
    case "text":
      return { ...value, type, fields: null, elements: null };
    case "safe":
    case "identifier": {
      if (holes.length === 0) return { ...value, type };
      const by = typeText(type);
      const guard = kind === "safe" ? "type" : "identifier";
      const strengthen = (h: Hole): Hole =>
        isHarmless(h.guard)
          ? { ...h, type: kind === "safe" ? type : (h.type ?? type) }
          : { ...h, guard, by, type, escaped: false };
      const single = singleHole(value);
      if (single !== null) return { ...value, pieces: mapHoles(value.pieces, strengthen), type };
      const whole = derive(span, [value], { guard, by, type });
      // A choice of whole values keeps them apart.
      const only = value.pieces.length === 1 && value.pieces[0]?.kind === "choice";
      return only && holes.every((h) => h.guard !== "literal")
        ? { ...value, pieces: mapHoles(value.pieces, strengthen), type }
        : { ...whole, nullable: value.nullable };
    }
    case "json":
    case "array":
    case "record":
    case "unseen":
    case "other": {
      const single = singleHole(value);
      if (kind === "unseen" && single?.guard !== "none") {
        return { ...value, type, fields: null, elements: null };
      }
      if (single !== null) {
        // A guarded text is no longer quoted once it is a value of another type.
        const guard = isHarmless(single.guard) ? single.guard : "none";
        const by = guard === "none" ? null : single.by;
        return { ...value, pieces: [{ ...single, type, guard, by }], type };
      }
      if (holes.length === 0) return { ...value, type };
      return {
        ...derive(span, [value], { type }),
        nullable: value.nullable,
        fields: value.fields,
        elements: value.elements,
      };
    }
  }
}

/** The type as people write it. */
function typeText(type: TypeName): string {
  return `${builtinName(type) ?? type.name.join(".")}${type.array ? "[]" : ""}`;
}

/** `replace(text, from, to)` for a constant `from`. */
export function replaceIn(whole: Placed, from: string, to: Placed): Value {
  const { pieces } = whole.value;
  if (pieces === null || to.value.pieces === null) return NULL_VALUE;
  if (from === "") return whole.value;
  const inserted = embed(to);
  const quotes = /['"\\$]/.test(from);
  const single = singleHole(whole.value);
  const foreign = holesOf(to.value.pieces).some((h) => h.origins.some(isForeign));
  // What is put into a single value cannot be told apart from it afterwards.
  if (single !== null && foreign) return derive(whole.span, [whole.value, to.value], { escaped: false });
  const replaceHole = (piece: Hole): readonly Piece[] => {
    // Doubling quotes by hand is escaping, though not a safe one; taking them away undoes a guard.
    if (isHarmless(piece.guard) || !quotes) return [piece];
    const escaped = derive(whole.span, [textValue([piece])], { escaped: true, guard: "none", by: null });
    return embed({ value: escaped, span: piece.span });
  };
  const replaceAll = (list: readonly Piece[]): readonly Piece[] => {
    const result: Piece[] = [];
    for (const piece of list) {
      if (piece.kind === "literal") result.push(...splitBy(piece, from, inserted));
      else if (piece.kind === "hole") result.push(...replaceHole(piece));
      else if (piece.kind === "choice") result.push(choice(piece.options.map(replaceAll)));
      else result.push(piece);
    }
    return result;
  };
  return { ...textValue(limited(replaceAll(pieces)), whole.value.type), nullable: whole.value.nullable };
}

function splitBy(piece: Literal, from: string, inserted: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = [];
  let start = 0;
  for (let i = piece.text.indexOf(from); i >= 0 && result.length < 200; i = piece.text.indexOf(from, start)) {
    if (i > start) result.push(sliceLiteral(piece, start, i));
    result.push(...inserted);
    start = i + from.length;
  }
  if (result.length === 0) return [piece];
  if (start < piece.text.length) result.push(sliceLiteral(piece, start, piece.text.length));
  return result;
}

/** left, right, trim and the like: cutting into the author's own text leaves the rest as it is. */
export function cut(whole: Placed, side: "left" | "right" | "both", others: readonly Value[]): Value {
  const { pieces } = whole.value;
  if (pieces === null) return NULL_VALUE;
  const last = pieces.at(-1);
  const intact = (piece: Piece | undefined): boolean => piece?.kind === "literal" || piece?.kind === "gap";
  const safe =
    pieces.length > 1 &&
    (side === "right" || intact(pieces[0])) &&
    (side === "left" || intact(last) || tailIsLiteral(last));
  if (holesOf(pieces).length === 0 || safe) return whole.value;
  const derived = derive(whole.span, [
    whole.value,
    ...others.filter((other) => holesOf(other.pieces).length > 0),
  ]);
  return { ...derived, nullable: whole.value.nullable };
}

/** An appended part that ends with the author's own text on every path. */
function tailIsLiteral(piece: Piece | undefined): boolean {
  return (
    piece?.kind === "choice" &&
    piece.options.every(
      (option) => option.length === 0 || option.at(-1)?.kind === "literal" || tailIsLiteral(option.at(-1)),
    )
  );
}
