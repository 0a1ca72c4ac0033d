/** What an expression sees around it: variables, the rows of its query, WITH queries. */
import type { Name, TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { catalogColumnIsHarmless, isCatalogRelation } from "./functions.ts";
import type { Context, Scope, State } from "./state.ts";
import { mapHoles } from "./state.ts";
import { classify, type TypeLookup } from "./types.ts";
import { type Hole, hole, holeValue, type Origin, singleHole, uniteOrigins, type Value } from "./value.ts";

/** One item of FROM: its columns as far as they are known one by one, and any other. */
export interface RowSource {
  /** The alias, or the relation's own name. */
  readonly name: string | null;
  readonly columns: ReadonlyMap<string, Value>;
  /** All columns in their order, where it is known. */
  readonly ordered?: readonly Value[];
  readonly other: ((column: string | null, span: Span) => Value) | null;
  /** The table or catalog itself, where its name stands. */
  readonly table: { readonly name: Name; readonly span: Span } | null;
}

export interface Rows {
  readonly outer: Rows | null;
  readonly sources: readonly RowSource[];
}

/** The rows that a query gives. */
export interface RowSet {
  readonly columns: readonly { readonly name: string | null; readonly value: Value }[];
  /** Sources of which all columns are taken with `*`. */
  readonly stars: readonly RowSource[];
  /** What decides which rows come. */
  readonly influences: readonly Origin[];
}

export const NO_ROWS: RowSet = { columns: [], stars: [], influences: [] };

export interface Frame {
  readonly context: Context;
  readonly state: State;
  readonly scope: Scope | null;
  readonly language: "sql" | "plpgsql";
  readonly rows: Rows | null;
  readonly ctes: ReadonlyMap<string, RowSet>;
  /** In text that is executed: the holes for which placeholders stand, by place. */
  readonly placeholders: ReadonlyMap<string, Hole> | null;
}

/** A table or catalog in FROM. */
export function relationSource(
  item: { readonly name: Name; readonly alias: string | null; readonly span: Span },
  frame: Frame,
): RowSource {
  const { name, alias } = item;
  return {
    name: alias ?? name.at(-1) ?? null,
    columns: new Map(),
    other: (column, span) => storedValue(item, column, span, frame),
    table: { name, span: item.span },
  };
}

function storedValue(
  { name, span: read }: { readonly name: Name; readonly span: Span },
  column: string | null,
  span: Span,
  frame: Frame,
): Value {
  const catalog = isCatalogRelation(name);
  // Another place reads another row: what is known of one says nothing about the other.
  const key = `${name.join(".")}@${read.start}.${column ?? "*"}`;
  const common = { key, span, checks: [], relation: name, column };
  if (catalog) {
    const harmless = column !== null && catalogColumnIsHarmless(name, column);
    const guard = harmless ? "type" : "none";
    return holeValue(
      hole(span, [{ kind: "catalog", ...common }], { key, guard, by: harmless ? "catalog column" : null }),
    );
  }
  const { lookup } = frame.context;
  const type = column === null ? null : (lookup?.column(name, column) ?? null);
  return holeValue(hole(span, [{ kind: "stored", ...common }], { key, ...ofType(type, lookup) }));
}

/** The type of a hole, with the guard that it is. */
function ofType(type: TypeName | null, lookup: TypeLookup | null): Pick<Hole, "type" | "guard" | "by"> {
  const kind = type === null ? "other" : classify(type, lookup);
  const guard = kind === "safe" ? "type" : kind === "identifier" ? kind : "none";
  return { type, guard, by: guard === "none" ? null : (type?.name.at(-1) ?? null) };
}

/** The columns of a query as an item of FROM; `names`: those that the alias gives them. */
export function rowSetSource(rows: RowSet, name: string | null, names: readonly string[] = []): RowSource {
  const columns = new Map<string, Value>();
  const ordered = rows.stars.length === 0 ? rows.columns.map((column) => column.value) : undefined;
  rows.columns.forEach((column, i) => {
    const renamed = ordered === undefined ? undefined : names[i];
    const key = renamed ?? column.name;
    if (key !== null && !columns.has(key)) columns.set(key, column.value);
  });
  for (const star of rows.stars)
    for (const [column, value] of star.columns) if (!columns.has(column)) columns.set(column, value);
  const others = rows.stars.map((star) => star.other).filter((other) => other !== null);
  return {
    name,
    columns,
    ...(ordered === undefined ? {} : { ordered }),
    table: null,
    // Columns can be renamed by the alias: a name that is not known may be any of them.
    other: (column, span) => {
      const values = others.length > 0 ? others.map((other) => other(column, span)) : [...columns.values()];
      return oneOf(values, span);
    },
  };
}

/** The result of a function as an item of FROM: a column of its own for each field where these are known. */
export function resultSource(
  value: Value,
  name: string | null,
  names: readonly string[],
  lookup: TypeLookup | null,
): RowSource {
  const ordered = value.fields === null ? undefined : [...value.fields.values()];
  const columns = new Map<string, Value>();
  [...(value.fields ?? [])].forEach(([field, each], i) => {
    columns.set(names[i] ?? field, each);
  });
  const isRow = singleHole(value)?.origins.some((o) => o.kind === "stored" && o.column === null) === true;
  return {
    name,
    columns,
    ...(ordered === undefined ? {} : { ordered }),
    table: null,
    other: (column, span) =>
      column !== null && isRow && names.length === 0 ? fieldOf(value, column, span, lookup) : value,
  };
}

/** Any one of some values, as a hole with all their origins. */
function oneOf(values: readonly Value[], span: Span): Value {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  const holes = values.flatMap((value) => value.pieces ?? []).filter((piece) => piece.kind === "hole");
  if (holes.length === 0)
    return holeValue(
      hole(span, [{ kind: "unknown", what: "column", key: `?${span.start}`, span, checks: [] }]),
    );
  const guards = new Set(holes.map((h) => h.guard));
  const [first] = holes;
  const guard = guards.size === 1 && first !== undefined ? first.guard : "none";
  return holeValue(
    hole(span, uniteOrigins(holes.map((h) => h.origins)), {
      key: holes.map((h) => h.key).join("|"),
      guard,
      by: guard === "none" ? null : (first?.by ?? null),
      type: first?.type ?? null,
    }),
  );
}

/** A column by its unqualified name; null when no row source is there. */
export function findColumn(rows: Rows | null, column: string, span: Span, certain: boolean): Value | null {
  for (let at = rows; at !== null; at = at.outer) {
    for (const source of at.sources) {
      const known = source.columns.get(column);
      if (known !== undefined) return known;
    }
    if (certain) continue;
    const whole = at.sources.find((source) => source.name === column);
    const open = whole !== undefined ? [whole] : at.sources;
    const others = open.map((source) => source.other).filter((other) => other !== null);
    if (others.length > 0)
      return oneOf(
        others.map((other) => other(whole === undefined ? column : null, span)),
        span,
      );
  }
  return null;
}

/** The row source that an alias or relation name means. */
export function findSource(rows: Rows | null, name: string): RowSource | null {
  for (let at = rows; at !== null; at = at.outer) {
    const found = at.sources.find((source) => source.name === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** A field of a record or row. */
export function fieldOf(value: Value, field: string, span: Span, lookup: TypeLookup | null): Value {
  const known = value.fields?.get(field);
  if (known !== undefined) return known;
  const single = singleHole(value);
  if (single === null) {
    const unknown: Origin = { kind: "unknown", what: `field ${field}`, key: `?${field}`, span, checks: [] };
    return holeValue(hole(span, [unknown], { key: `?.${field}` }));
  }
  const origins = single.origins.map((origin): Origin => {
    switch (origin.kind) {
      case "stored":
      case "catalog":
        return origin.column === null ? { ...origin, column: field, key: `${origin.key}.${field}` } : origin;
      case "trigger-row":
        return origin.field === null && /^(new|old)$/.test(origin.variable)
          ? { ...origin, field, key: `${origin.key}.${field}` }
          : origin;
      default:
        return origin;
    }
  });
  const harmless =
    origins.length > 0 &&
    origins.every(
      (o) => o.kind === "catalog" && o.column === field && catalogColumnIsHarmless(o.relation, field),
    );
  const guard = harmless
    ? ({ type: null, guard: "type", by: "catalog column" } as const)
    : ofType(fieldType(single, origins, field, lookup), lookup);
  return holeValue({ ...single, span, key: `${single.key}.${field}`, origins, ...guard, object: null });
}

/** The type that a table or composite type declares for a field. */
function fieldType(
  record: Hole,
  origins: readonly Origin[],
  field: string,
  lookup: TypeLookup | null,
): TypeName | null {
  if (record.type !== null && !record.type.array) return columnOf(record.type, field, lookup);
  const [only] = origins;
  if (origins.length !== 1 || only?.kind !== "stored" || only.column !== field) return null;
  return only.relation === null ? null : (lookup?.column(only.relation, field) ?? null);
}

/** The type of a field of a row type, `%ROWTYPE` or composite; null when it is not known. */
export function columnOf(row: TypeName, field: string, lookup: TypeLookup | null): TypeName | null {
  return row.of === "type" ? null : (lookup?.column(row.name, field) ?? null);
}

/** Remembers on a value what decided which one it is. */
export function withInfluences(value: Value, influences: readonly Origin[]): Value {
  if (influences.length === 0 || value.pieces === null) return value;
  const add = (h: Hole): Hole => ({ ...h, influences: uniteOrigins([h.influences, influences]) });
  return { ...value, pieces: mapHoles(value.pieces, add) };
}
