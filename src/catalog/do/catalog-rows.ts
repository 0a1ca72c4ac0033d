/**
 * Rows of the system catalogs, made from the records of the model. A row computes a column when it is read, and conditions `column = value`
 * choose the rows before they are made: by the indexes of the model's tables where a catalog names one, else by comparing just that column.
 */
import type { Context } from "../context.ts";
import type { Oid } from "../model.ts";
import type { State } from "../store.ts";
import { compared, type Fields, isText, made, type Row, UNKNOWN, type Value } from "./value.ts";

/** The row's column is one of these values, or not known. */
export interface Want {
  readonly column: string;
  readonly values: readonly Value[];
}

/** Where and for what rows are made. */
export interface Reading {
  readonly context: Context;
  /** Source offset that text from a catalog is given. */
  readonly at: number;
  readonly wants: readonly Want[];
  /** Called for every record that is looked at; may throw. */
  readonly step: () => void;
}

export interface SystemCatalog {
  has(column: string): boolean;
  /** Whether rows with a value of the column are found without looking at all. */
  finds(column: string): boolean;
  rows(reading: Reading): Iterable<Row>;
}

/** Text is given a place when it becomes a value. */
type Cell = string | Value;
type Columns<T> = Readonly<Record<string, (row: T, state: State) => Cell>>;

/** Records whose column has a value; the column is never of unknown value. */
export type Lookup<B> =
  | { readonly of: "name"; readonly find: (state: State, name: string) => readonly B[] }
  | { readonly of: "oid"; readonly find: (state: State, oid: Oid) => readonly B[] };

export const byName = <B>(find: (state: State, name: string) => readonly B[]): Lookup<B> => ({
  of: "name",
  find,
});

export const byOid = <B>(find: (state: State, oid: Oid) => readonly B[]): Lookup<B> => ({ of: "oid", find });

/** A record or none, as a list. */
export const one = <B>(record: B | undefined): readonly B[] => (record === undefined ? [] : [record]);

interface Definition<B, T> {
  readonly records: (state: State) => Iterable<B>;
  /** The rows that a record stands for. */
  readonly rows: (record: B, state: State) => readonly T[];
  readonly columns: Columns<T>;
  /** The most selective first. */
  readonly lookups?: Readonly<Record<string, Lookup<B>>>;
}

export function catalogOf<B extends { readonly oid: Oid }, T>(definition: Definition<B, T>): SystemCatalog {
  const columns = new Map(Object.entries(definition.columns));
  const lookups = Object.entries(definition.lookups ?? {});
  const indexes = new WeakMap<State, Indexes<T>>();

  function* all(state: State): Iterable<T> {
    for (const record of definition.records(state)) yield* definition.rows(record, state);
  }

  function* candidates({ context: { state }, wants }: Reading): Iterable<T> {
    for (const [column, lookup] of lookups) {
      for (const want of wants) {
        const found = want.column === column ? lookedUp(state, lookup, want.values) : null;
        if (found === null) continue;
        for (const record of found) yield* definition.rows(record, state);
        return;
      }
    }
    for (const { column, values } of wants) {
      const [value, another] = values;
      const read = columns.get(column);
      if (value === undefined || another !== undefined || read === undefined) continue;
      let built = indexes.get(state);
      if (built?.changes !== state.journal.changes) {
        built = { changes: state.journal.changes, asked: new Set(), byColumn: new Map() };
        indexes.set(state, built);
      }
      const found = indexed(
        built,
        column,
        value,
        () => all(state),
        (row) => read(row, state),
      );
      if (found === null) continue;
      yield* found;
      return;
    }
    yield* all(state);
  }

  return {
    has: (column) => columns.has(column),
    finds: (column) => definition.lookups?.[column] !== undefined,
    *rows(reading) {
      const { context, at, wants, step } = reading;
      const { state } = context;
      const tests = wants.flatMap(({ column, values }) => {
        const read = columns.get(column);
        return read === undefined ? [] : [(row: T): boolean => isAmong(read(row, state), values)];
      });
      for (const row of candidates(reading)) {
        step();
        if (tests.every((test) => test(row)))
          yield { kind: "row", fields: new CatalogFields(row, state, at, columns) };
      }
    },
  };
}

/** One row for each record. */
export function plainCatalog<B extends { readonly oid: Oid }>(
  definition: Omit<Definition<B, B>, "rows">,
): SystemCatalog {
  return catalogOf({ ...definition, rows: (record) => [record] });
}

class CatalogFields<T> implements Fields {
  readonly #row: T;
  readonly #state: State;
  readonly #at: number;
  readonly #columns: ReadonlyMap<string, (row: T, state: State) => Cell>;

  constructor(
    row: T,
    state: State,
    at: number,
    columns: ReadonlyMap<string, (row: T, state: State) => Cell>,
  ) {
    this.#row = row;
    this.#state = state;
    this.#at = at;
    this.#columns = columns;
  }

  get size(): number {
    return this.#columns.size;
  }

  keys(): Iterable<string> {
    return this.#columns.keys();
  }

  get(name: string): Value | undefined {
    const cell = this.#columns.get(name)?.(this.#row, this.#state);
    return typeof cell === "string" ? made(cell, this.#at) : cell;
  }
}

/** Whether the cell may be one of the values: what is not known may be. */
function isAmong(cell: Cell, values: readonly Value[]): boolean {
  if (cell === UNKNOWN) return true;
  if (cell === null) return false;
  return values.some((value) => {
    if (value === null) return false;
    // `relname::regclass = 't'::regclass` compares objects, which a name alone does not tell.
    if (typeof cell === "string") return !isText(value) || cell === value.text;
    if (typeof cell === "number" && typeof value === "number") return cell === value;
    const order = compared(cell, value);
    return order === undefined || order === 0;
  });
}

/** In order of creation; null when a value is not of the kind that the index has. */
function lookedUp<B extends { readonly oid: Oid }>(
  state: State,
  lookup: Lookup<B>,
  values: readonly Value[],
): readonly B[] | null {
  const found = new Map<Oid, B>();
  for (const value of values) {
    if (value === null) continue;
    let records: readonly B[];
    if (lookup.of === "name") {
      if (!isText(value)) return null;
      records = lookup.find(state, value.text);
    } else {
      const oid = oidOf(value);
      if (oid === null) return null;
      records = lookup.find(state, oid);
    }
    for (const record of records) found.set(record.oid, record);
  }
  return [...found.values()].sort((a, b) => a.oid - b.oid);
}

function oidOf(value: Value): Oid | null {
  if (typeof value === "number") return value;
  if (isText(value)) return /^\d+$/.test(value.text) ? Number(value.text) : null;
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "registered"
    ? value.oid
    : null;
}

/** Indexes over the rows of a catalog, good until the model changes. */
interface Indexes<T> {
  readonly changes: number;
  readonly asked: Set<string>;
  /** null: not a column of texts alone or numbers alone. */
  readonly byColumn: Map<string, ReadonlyMap<string | number, readonly T[]> | null>;
}

/** Rows with that value; null when there is no index. One is built when a column is asked for again, as in a join. */
function indexed<T>(
  { asked, byColumn }: Indexes<T>,
  column: string,
  value: Value,
  rows: () => Iterable<T>,
  read: (row: T) => Cell,
): readonly T[] | null {
  const key = typeof value === "number" ? value : isText(value) ? value.text : null;
  if (key === null) return null;
  // Texts and numbers have an index each, so that '5' is not looked for among numbers.
  const name = `${typeof key} ${column}`;
  if (!asked.has(name)) {
    asked.add(name);
    return null;
  }
  let index = byColumn.get(name);
  if (index === undefined) {
    index = grouped(rows(), read, typeof key === "number" ? "number" : "string");
    byColumn.set(name, index);
  }
  return index === null ? null : (index.get(key) ?? []);
}

function grouped<T>(
  rows: Iterable<T>,
  read: (row: T) => Cell,
  type: "number" | "string",
): ReadonlyMap<string | number, readonly T[]> | null {
  const groups = new Map<string | number, T[]>();
  for (const row of rows) {
    const cell = read(row);
    if (cell === null) continue;
    if ((typeof cell !== "string" && typeof cell !== "number") || typeof cell !== type) return null;
    const group = groups.get(cell);
    if (group === undefined) groups.set(cell, [row]);
    else group.push(row);
  }
  return groups;
}
