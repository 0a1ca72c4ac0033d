/** Variables: declaring them and giving them values, fields and elements. */
import type { Declaration, TypeName, Variable } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { elementsOf } from "./calls.ts";
import { columnOf, type Frame, fieldOf, type RowSet, withInfluences } from "./frame.ts";
import { joinValues } from "./join.ts";
import { type Declared, findLabelled, findVariable } from "./state.ts";
import { coerce, type Placed } from "./text.ts";
import { placeKept } from "./truth.ts";
import { classify } from "./types.ts";
import { hole, holeValue, NULL_VALUE, type Origin, textValue, type Value } from "./value.ts";

/** Declares one variable of a block; later ones see it. */
export function declareVariable(
  declaration: Declaration,
  variables: Map<string, Declared>,
  frame: Frame,
): void {
  const { name, type } = declaration;
  if (declaration.aliasFor !== null) {
    const target = findVariable(frame.scope, declaration.aliasFor);
    if (target !== null) variables.set(name, target);
    return;
  }
  // Where it was declared tells variables of one name apart.
  const slot = `${name}@${declaration.span?.start ?? variables.size}`;
  const value =
    declaration.default === null ? NULL_VALUE : stored(placeKept(declaration.default, frame), type, frame);
  frame.state.values.set(slot, emptyArray(value, type));
  variables.set(name, { slot, type, cursor: declaration.cursor });
}

/** A NULL array can be appended to. */
function emptyArray(value: Value, type: TypeName | null): Value {
  if (value.pieces !== null) return value;
  return type?.array === true
    ? { ...value, type, elements: { list: [], any: NULL_VALUE } }
    : { ...value, type };
}

function stored({ value, span }: Placed, type: TypeName | null, frame: Frame): Value {
  if (type === null) return value;
  const coerced = coerce({ value, span }, type, frame.context.lookup);
  if (!type.array || value.pieces === null) return coerced;
  return { ...coerced, elements: elementsOf(value, span) };
}

function resolve(
  target: Variable,
  frame: Frame,
): { readonly declared: Declared; readonly path: readonly string[] } | null {
  const [first = "", second, ...others] = target.name;
  const declared = findVariable(frame.scope, first);
  if (declared !== null) return { declared, path: target.name.slice(1) };
  if (second === undefined) return null;
  const labelled = findLabelled(frame.scope, first, second) ?? findVariable(frame.scope, second);
  return labelled === null ? null : { declared: labelled, path: others };
}

/** `target := value`. */
export function assign(target: Variable, placed: Placed, frame: Frame): void {
  const found = resolve(target, frame);
  if (found === null) return;
  const { declared, path } = found;
  const { values } = frame.state;
  const [field] = path;
  if (field !== undefined && !field.startsWith("[")) {
    const before = values.get(declared.slot) ?? NULL_VALUE;
    const fields = new Map(before.fields ?? []);
    const type = declared.type === null ? null : columnOf(declared.type, field, frame.context.lookup);
    fields.set(field, stored(placed, type, frame));
    values.set(declared.slot, {
      ...(before.pieces === null ? textValue([]) : before),
      type: declared.type,
      fields,
    });
    return;
  }
  const element = field !== undefined || isElement(placed.value, declared.type);
  if (element) {
    const before = values.get(declared.slot) ?? NULL_VALUE;
    const any = before.elements === null ? elementsOf(before, placed.span).any : before.elements.any;
    const joined = any.pieces === null ? placed.value : joinValues(any, placed.value);
    const base = before.pieces === null ? textValue([]) : before;
    values.set(declared.slot, { ...base, type: declared.type, elements: { list: null, any: joined } });
    return;
  }
  values.set(declared.slot, emptyArray(stored(placed, declared.type, frame), declared.type));
}

/** Whether a value given to an array variable can only be one of its elements (`arr[i] := value`). */
function isElement(value: Value, type: TypeName | null): boolean {
  if (type?.array !== true || value.pieces === null || value.elements !== null) return false;
  return value.type !== null && !value.type.array && value.pieces.every((piece) => piece.kind !== "literal");
}

/** SELECT … INTO, FOR … IN query, FETCH: the first row's columns. */
export function assignRows(targets: readonly Variable[], rows: RowSet, frame: Frame): void {
  const [first] = targets;
  if (first === undefined) return;
  const span =
    first.span ??
    rows.columns[0]?.value.pieces?.flatMap((p) => (p.kind === "hole" ? [p.span] : []))[0] ??
    NOWHERE;
  if (targets.length === 1 && takesRow(first, rows, frame)) {
    const found = resolve(first, frame);
    if (found !== null)
      frame.state.values.set(found.declared.slot, recordOf(rows, found.declared.type, span));
    return;
  }
  targets.forEach((target, i) => {
    const column = rows.columns[i]?.value ?? starColumn(rows, i, span);
    // NULL when no row is found, which says nothing about what the value is otherwise.
    assign(target, { value: column, span: target.span ?? span }, frame);
  });
}

const NOWHERE: Span = { start: 0, end: 0 };

function starColumn(rows: RowSet, index: number, span: Span): Value {
  const [star] = rows.stars;
  if (star === undefined) return unknownValue(span);
  const known = rows.columns.length === 0 ? star.ordered?.[index] : undefined;
  if (known !== undefined) return withInfluences(known, rows.influences);
  return withInfluences(star.other?.(null, span) ?? unknownValue(span), rows.influences);
}

/** Whether the target is a record that takes the whole row. */
function takesRow(target: Variable, rows: RowSet, frame: Frame): boolean {
  const found = resolve(target, frame);
  if (found === null || found.path.length > 0) return false;
  const { type } = found.declared;
  if (type === null || classify(type, frame.context.lookup) === "record") return true;
  if (rows.columns.length > 1) return true;
  return rows.columns.length === 0 && classify(type, frame.context.lookup) === "other";
}

function recordOf(rows: RowSet, type: TypeName | null, span: Span): Value {
  const fields = new Map<string, Value>();
  for (const star of rows.stars) for (const [name, value] of star.columns) fields.set(name, value);
  for (const column of rows.columns) if (column.name !== null) fields.set(column.name, column.value);
  const whole = rows.stars.map((star) => star.other?.(null, span) ?? null).find((value) => value !== null);
  const only = rows.columns.length === 1 && rows.stars.length === 0 ? rows.columns[0]?.value : undefined;
  // `SELECT t INTO r FROM t`: the row itself. Fields of a query whose columns are all known can only be those.
  const base = whole ?? only ?? textValue([]);
  const value = withInfluences(base, rows.influences);
  return { ...value, type, fields };
}

function unknownValue(span: Span): Value {
  const origin: Origin = {
    kind: "stored",
    relation: null,
    column: null,
    key: `stored@${span.start}`,
    span,
    checks: [],
  };
  return holeValue(hole(span, [origin], { key: `stored@${span.start}` }));
}

/** Rows of a query that is not known: stored values of some table. */
export function unknownRows(span: Span): RowSet {
  const value = unknownValue(span);
  const other = (column: string | null, at: Span): Value =>
    column === null ? value : fieldOf(value, column, at, null);
  return { columns: [], stars: [{ name: null, columns: new Map(), other, table: null }], influences: [] };
}
