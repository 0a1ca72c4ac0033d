/** Where paths meet: one value that stands for several. */
import { foldLength, foldWidth, isTooLong } from "./limits.ts";
import {
  allHoles,
  choice,
  type Elements,
  type Hole,
  type Literal,
  type Piece,
  sameCheck,
  type Value,
} from "./value.ts";

/** The value on a path that may have come either way. */
export function joinValues(a: Value, b: Value): Value {
  if (a === b || (b.pieces === null && sameValue(a, b))) return a;
  const fields = joinFields(a, b);
  const elements = joinElements(a.elements, b.elements);
  const type = a.type ?? b.type;
  const nullable = a.nullable || b.nullable;
  let pieces = a.pieces ?? b.pieces;
  if (a.pieces !== null && b.pieces !== null) pieces = joinPieces(a.pieces, b.pieces);
  const same =
    pieces === a.pieces &&
    nullable === a.nullable &&
    type === a.type &&
    fields === a.fields &&
    elements === a.elements;
  return same ? a : { pieces, nullable, type, fields, elements };
}

export function joinAll(values: readonly Value[]): Value | null {
  let result: Value | null = null;
  for (const value of values) result = result === null ? value : joinValues(result, value);
  return result;
}

function joinFields(a: Value, b: Value): Value["fields"] {
  if (a.fields === null || b.fields === null) {
    // A record that is NULL on one path has the fields of the other.
    if (a.pieces === null) return b.fields;
    if (b.pieces === null) return a.fields;
    return null;
  }
  const fields = new Map<string, Value>();
  for (const [name, value] of a.fields) {
    const other = b.fields.get(name);
    fields.set(name, other === undefined ? value : joinValues(value, other));
  }
  for (const [name, value] of b.fields) if (!fields.has(name)) fields.set(name, value);
  return fields;
}

function joinElements(a: Elements | null, b: Elements | null): Elements | null {
  if (a === null) return b;
  if (b === null) return a;
  const any = joinValues(a.any, b.any);
  if (a.list === null || b.list === null) return { list: null, any };
  if (a.list.length !== b.list.length) return { list: null, any };
  return { list: a.list.every((value, i) => sameValue(value, b.list?.[i])) ? a.list : null, any };
}

function joinPieces(a: readonly Piece[], b: readonly Piece[]): readonly Piece[] {
  let start = 0;
  while (start < a.length && start < b.length && samePiece(a[start], b[start])) start++;
  if (start === a.length && start === b.length) return a;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && samePiece(a[a.length - 1 - end], b[b.length - 1 - end])) end++;
  const middle = (list: readonly Piece[]): readonly Piece[] =>
    start === 0 && end === 0 ? list : list.slice(start, list.length - end);
  const known = optionsOf(middle(a));
  const options: (readonly Piece[])[] = [];
  for (const option of known) if (!hasPieces(options, option)) options.push(option);
  const own = options.length;
  for (const option of optionsOf(middle(b))) if (!hasPieces(options, option)) options.push(option);
  // A choice that has all of it already.
  const [whole] = a;
  const isKnown = whole?.kind === "choice" && whole.options === known && own === known.length;
  if (isKnown && options.length === own) return a;
  const joined = [...a.slice(0, start), choice(foldWidth(options)), ...a.slice(a.length - end)];
  return isTooLong(joined) ? foldLength(joined) : joined;
}

/** The texts that a list of pieces is one of. */
function optionsOf(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const [only] = pieces;
  return pieces.length === 1 && only?.kind === "choice" ? only.options : [pieces];
}

function hasPieces(options: readonly (readonly Piece[])[], wanted: readonly Piece[]): boolean {
  for (const option of options) if (samePieces(option, wanted)) return true;
  return false;
}

function samePieces(a: readonly Piece[], b: readonly Piece[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!samePiece(a[i], b[i])) return false;
  return true;
}

function samePiece(a: Piece | undefined, b: Piece | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  switch (a.kind) {
    case "gap":
      return true;
    case "literal":
      return b.kind === "literal" && sameLiteral(a, b);
    case "hole":
      return b.kind === "hole" && sameHole(a, b);
    case "choice":
      return (
        b.kind === "choice" &&
        a.options.length === b.options.length &&
        a.options.every((option, i) => samePieces(option, b.options[i] ?? []))
      );
  }
}

function sameLiteral(a: Literal, b: Literal): boolean {
  return a.map[1] === b.map[1] && a.text === b.text;
}

function sameHole(a: Hole, b: Hole): boolean {
  return (
    a.key === b.key &&
    a.guard === b.guard &&
    a.span.start === b.span.start &&
    a.span.end === b.span.end &&
    a.escaped === b.escaped &&
    a.object === b.object &&
    a.origins.length === b.origins.length &&
    a.origins.every((origin, i) => {
      const other = b.origins[i];
      return (
        other === origin ||
        (other !== undefined &&
          other.key === origin.key &&
          origin.checks.length === other.checks.length &&
          origin.checks.every((check, k) => {
            const twin = other.checks[k];
            return twin !== undefined && sameCheck(check, twin);
          }))
      );
    })
  );
}

/** Whether two values stand for the same texts. */
function sameValue(a: Value, b: Value | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.nullable !== b.nullable) return false;
  if (a.pieces === null || b.pieces === null) {
    if (a.pieces !== b.pieces) return false;
  } else if (!samePieces(a.pieces, b.pieces)) return false;
  if ((a.fields === null) !== (b.fields === null) || (a.elements === null) !== (b.elements === null))
    return false;
  if (a.fields !== null && b.fields !== null) {
    if (a.fields.size !== b.fields.size) return false;
    for (const [name, value] of a.fields) if (!sameValue(value, b.fields.get(name))) return false;
  }
  return a.elements === null || b.elements === null || sameValue(a.elements.any, b.elements.any);
}

/**
 * Whether `next` brings nothing that `known` does not have: no new hole and no new literal. That is when a loop is
 * followed far enough: texts that only repeat known pieces add nothing to judge.
 */
export function bringsNothing(next: Value, known: Value): boolean {
  if (next === known || sameValue(next, known)) return true;
  if (next.nullable && !known.nullable) return false;
  const seen = new Set(keysOf(known));
  return keysOf(next).every((key) => seen.has(key));
}

const keysByHole = new WeakMap<Hole, string>();

function keyOf(h: Hole): string {
  let key = keysByHole.get(h);
  if (key === undefined) {
    const origins = h.origins.map((origin) => `${origin.key}:${origin.checks.length}`).join();
    key = `${h.key} ${h.span.start} ${h.guard} ${origins}`;
    keysByHole.set(h, key);
  }
  return key;
}

function keysOf(value: Value): readonly string[] {
  const keys: string[] = allHoles(value).map(keyOf);
  const visit = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if (piece.kind === "literal") keys.push(`'${piece.map[1] ?? 0} ${piece.text.length}`);
      else if (piece.kind === "choice") for (const option of piece.options) visit(option);
    }
  };
  if (value.pieces !== null) visit(value.pieces);
  if (value.elements?.any.pieces) visit(value.elements.any.pieces);
  return keys;
}
