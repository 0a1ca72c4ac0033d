/** FROM of a DO block's queries: the combinations of its rows, as few as conditions allow. */
import type { Call, Expr, FromItem, Select } from "../../events/tree.ts";
import type { Want } from "./catalog-rows.ts";
import { evaluate } from "./evaluate.ts";
import { equal, every } from "./operators.ts";
import { type Equality, type Leaf, leavesOf } from "./pushdown.ts";
import { queryRows } from "./query.ts";
import { NotKnown, type Scope, step, withRows } from "./scope.ts";
import { type Fields, isArray, isRow, isText, type Row, UNKNOWN, type Value } from "./value.ts";

/** The function, and the variable with its rows in an event trigger's code. */
export const COMMANDS = "pg_event_trigger_ddl_commands";

type Found = (rows: ReadonlyMap<string, Row>) => void;

/**
 * Combinations of the rows of FROM for which the conditions of its joins hold, without some for which WHERE does not; throws `NotKnown`.
 */
export function joinedRows(query: Select, scope: Scope, found: Found): void {
  join({ leaves: leavesOf(query), scope, plans: new Map() }, query.from, 0, new Map(), found);
}

interface Joining {
  readonly leaves: readonly Leaf[];
  readonly scope: Scope;
  /** By number of the leaf, as far as they were asked for. */
  readonly plans: Map<number, Plan>;
}

/** How the rows of a leaf are found. */
interface Plan {
  /** The same for all rows of the leaves before it. */
  readonly fixed: readonly Want[];
  readonly dependent: readonly Equality[];
}

function join(
  joining: Joining,
  from: readonly FromItem[],
  at: number,
  rows: ReadonlyMap<string, Row>,
  found: Found,
): void {
  const item = from[at];
  if (item === undefined) {
    found(rows);
    return;
  }
  itemRows(joining, item, rows, (more) => join(joining, from, at + 1, more, found));
}

function itemRows(joining: Joining, item: FromItem, rows: ReadonlyMap<string, Row>, found: Found): void {
  const { scope } = joining;
  const each = (alias: string, list: Iterable<Row>): void => {
    for (const row of list) {
      step(scope);
      found(new Map(rows).set(alias, row));
    }
  };
  switch (item.kind) {
    case "relation": {
      const number = joining.leaves.findIndex((leaf) => leaf.item === item);
      const leaf = joining.leaves[number];
      if (leaf?.catalog == null) throw new NotKnown();
      const { context } = scope;
      const wants = wantsOf(joining, number, rows);
      const reading = { context, at: item.span.start, wants, step: () => step(scope) };
      for (const row of leaf.catalog.rows(reading)) found(new Map(rows).set(leaf.alias, row));
      return;
    }
    case "join": {
      if (item.join !== "inner" || item.natural) throw new NotKnown();
      itemRows(joining, item.left, rows, (left) =>
        itemRows(joining, item.right, left, (both) => {
          let holds = item.on === null ? true : evaluate(item.on, withRows(scope, both));
          for (const name of item.using ?? []) {
            const sides = [...both.values()].flatMap((row) => row.fields.get(name) ?? []);
            holds = every([holds, equal(sides[0] ?? UNKNOWN, sides[1] ?? UNKNOWN)]);
          }
          if (holds === UNKNOWN) throw new NotKnown();
          if (holds === true) found(both);
        }),
      );
      return;
    }
    case "subquery":
      each(item.alias ?? "", renamed(queryRows(item.query, withRows(scope, rows)), item.columnNames ?? []));
      return;
    case "function": {
      const [only] = item.calls;
      if (item.calls.length !== 1 || only?.kind !== "call") throw new NotKnown();
      const commands = only.name.at(-1) === COMMANDS ? scope.variables.get(COMMANDS) : undefined;
      const list =
        commands !== undefined && isArray(commands) ? commands : rowsOfCall(only, withRows(scope, rows));
      const alias = item.alias ?? only.name.at(-1) ?? "";
      const column = item.columnNames?.[0] ?? alias;
      if (item.ordinality === true || (item.columnNames ?? []).length > 1) throw new NotKnown();
      each(
        alias,
        list.map(
          (value): Row =>
            isRow(value) ? value : { kind: "row", fields: new Map<string, Value>([[column, value]]) },
        ),
      );
      return;
    }
    default:
      throw new NotKnown();
  }
}

/** Rows under the names of `AS alias (a, b)`; columns beyond these keep their own. */
function renamed(rows: readonly Row[], names: readonly string[]): readonly Row[] {
  if (names.length === 0) return rows;
  return rows.map(({ fields }) => ({
    kind: "row",
    fields: new Map([...fields.keys()].map((key, i) => [names[i] ?? key, fields.get(key) ?? UNKNOWN])),
  }));
}

/** What is known of the leaf's rows before they are read. */
function wantsOf(joining: Joining, number: number, rows: ReadonlyMap<string, Row>): readonly Want[] {
  const { leaves } = joining;
  const { fixed, dependent } = planOf(joining, number);
  if (dependent.length === 0) return fixed;
  const wants = [...fixed];
  let scope: Scope | null = null;
  for (const equality of dependent) {
    const { column, source, type } = equality;
    let values: readonly Value[] | null | typeof PENDING;
    if (source === null) {
      scope ??= withPending(joining, number, rows);
      values = valuesOfSide(equality, scope);
    } else {
      const row = rows.get(leaves[source.leaf]?.alias ?? "");
      values = comparable([row?.fields.get(source.column) ?? UNKNOWN], type);
    }
    if (values !== null && values !== PENDING) wants.push({ column, values });
  }
  return wants;
}

function planOf(joining: Joining, number: number): Plan {
  let plan = joining.plans.get(number);
  if (plan === undefined) {
    plan = makePlan(joining, number);
    joining.plans.set(number, plan);
  }
  return plan;
}

function makePlan(joining: Joining, number: number): Plan {
  const leaf = joining.leaves[number];
  const fixed: Want[] = [];
  const dependent: Equality[] = [];
  const later: Equality[] = [];
  const scope = withPending(joining, 0, new Map());
  for (const equality of leaf?.equalities ?? []) {
    if (equality.source !== null) (equality.source.leaf < number ? dependent : later).push(equality);
    else {
      const values = valuesOfSide(equality, scope);
      if (values === PENDING) dependent.push(equality);
      else if (values !== null) fixed.push({ column: equality.column, values });
    }
  }
  const finds = ({ column }: { readonly column: string }): boolean => leaf?.catalog?.finds(column) === true;
  if (fixed.some(finds) || dependent.some(finds)) return { fixed, dependent };
  for (const equality of later) {
    const values = finds(equality) ? valuesOfLater(joining, equality) : null;
    if (values !== null) fixed.push({ column: equality.column, values });
  }
  return { fixed, dependent };
}

/** More values than this are not worth looking up one by one. */
const MOST_VALUES = 1000;

/** The values that a column of a later leaf has, where that leaf's rows are found by what is known already: the first step of a join may be taken from its end. */
function valuesOfLater(joining: Joining, { source, type }: Equality): readonly Value[] | null {
  const leaf = joining.leaves[source?.leaf ?? -1];
  if (source === null || leaf?.catalog == null) return null;
  const { catalog } = leaf;
  const { fixed } = planOf(joining, source.leaf);
  if (!fixed.some(({ column }) => catalog.finds(column))) return null;
  const { scope } = joining;
  const reading = {
    context: scope.context,
    at: leaf.item.span.start,
    wants: fixed,
    step: () => step(scope),
  };
  const values: Value[] = [];
  for (const { fields } of catalog.rows(reading)) {
    if (values.push(fields.get(source.column) ?? UNKNOWN) > MOST_VALUES) return null;
  }
  return comparable(values, type);
}

/** The query's scope when the leaves from `first` on have no row yet: to read one throws `PENDING`. */
function withPending({ leaves, scope }: Joining, first: number, rows: ReadonlyMap<string, Row>): Scope {
  const probes = new Map(rows);
  for (const leaf of leaves.slice(first)) probes.set(leaf.alias, { kind: "row", fields: pending(leaf) });
  return withRows(scope, probes);
}

function valuesOfSide({ values, type }: Equality, scope: Scope): readonly Value[] | null | typeof PENDING {
  try {
    return comparable(
      values.map((expr) => evaluate(expr, scope)),
      type,
    );
  } catch (error) {
    if (error === PENDING) return PENDING;
    throw error;
  }
}

/** null: some value is not known, or not compared as the column is. */
function comparable(values: readonly Value[], type: Equality["type"]): readonly Value[] | null {
  const known = values.every(
    // Text beside an oid as regclass would be compared to the name.
    (value) => value !== UNKNOWN && !isArray(value) && !(type === "oid" && isText(value)),
  );
  return known ? values : null;
}

/** Thrown on reading a row that is not there yet. */
const PENDING: unique symbol = Symbol("row not read yet");

function pending({ catalog }: Leaf): Fields {
  return {
    get size(): number {
      throw PENDING;
    },
    keys: () => {
      throw PENDING;
    },
    get: (name) => {
      if (catalog === null || catalog.has(name)) throw PENDING;
      return undefined;
    },
  };
}

const SETS: ReadonlySet<string> = new Set(["unnest", "generate_series"]);

/** Whether a function gives a row for each of several values. */
export function givesSet(expr: Expr): expr is Call {
  return expr.kind === "call" && SETS.has(expr.name.at(-1) ?? "");
}

/** The values that a function gives one after another; throws `NotKnown`. */
export function rowsOfCall(expr: Call, scope: Scope): readonly Value[] {
  const [first, second] = expr.args.map((arg) => evaluate(arg.value, scope));
  switch (expr.name.at(-1)) {
    case "unnest":
      if (first !== undefined && isArray(first)) return first;
      break;
    case "generate_series":
      if (typeof first === "number" && typeof second === "number" && second - first < 10_000) {
        return Array.from({ length: Math.max(0, second - first + 1) }, (_, i) => first + i);
      }
      break;
    default:
      break;
  }
  throw new NotKnown();
}
