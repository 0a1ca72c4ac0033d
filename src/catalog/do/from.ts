/** FROM of a DO block's queries: the combinations of its rows, as few as conditions allow. */
import type { Call, FromItem, Select } from "../../events/tree.ts";
import type { Want } from "./catalog-rows.ts";
import { evaluate } from "./evaluate.ts";
import { equal, every } from "./operators.ts";
import { type Equality, type Leaf, leavesOf } from "./pushdown.ts";
import { queryRows } from "./query.ts";
import { NotKnown, type Scope, step, withRows } from "./scope.ts";
import { type Fields, isArray, isText, type Row, UNKNOWN, type Value } from "./value.ts";

type Found = (rows: ReadonlyMap<string, Row>) => void;

/**
 * Combinations of the rows of FROM for which the conditions of its joins hold, without some for which WHERE does not; throws `NotKnown`.
 */
export function joinedRows(query: Select, scope: Scope, found: Found): void {
  join({ leaves: leavesOf(query), scope }, query.from, 0, new Map(), found);
}

interface Joining {
  readonly leaves: readonly Leaf[];
  readonly scope: Scope;
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
      each(item.alias ?? "", queryRows(item.query, withRows(scope, rows)));
      return;
    case "function": {
      const [only] = item.calls;
      if (item.calls.length !== 1 || only?.kind !== "call") throw new NotKnown();
      const list = rowsOfCall(only, withRows(scope, rows));
      const alias = item.alias ?? only.name.at(-1) ?? "";
      each(
        alias,
        list.map((value): Row => ({ kind: "row", fields: new Map<string, Value>([[alias, value]]) })),
      );
      return;
    }
    default:
      throw new NotKnown();
  }
}

/** The equalities of a leaf whose other side is known before its rows are. */
function wantsOf(
  { leaves, scope }: Joining,
  number: number,
  rows: ReadonlyMap<string, Row>,
): readonly Want[] {
  const equalities = leaves[number]?.equalities ?? [];
  if (equalities.length === 0) return [];
  const probes = new Map(rows);
  for (const leaf of leaves.slice(number)) probes.set(leaf.alias, { kind: "row", fields: pending(leaf) });
  const inner = withRows(scope, probes);
  return equalities.flatMap((equality) => {
    const values = valuesOfSide(equality, inner);
    return values === null ? [] : [{ column: equality.column, values }];
  });
}

function valuesOfSide({ values, type }: Equality, scope: Scope): readonly Value[] | null {
  const known: Value[] = [];
  for (const expr of values) {
    let value: Value;
    try {
      value = evaluate(expr, scope);
    } catch (error) {
      if (error === PENDING) return null;
      throw error;
    }
    if (value === UNKNOWN || isArray(value)) return null;
    // With the column as regclass, text would be compared to the name.
    if (type === "oid" && isText(value)) return null;
    known.push(value);
  }
  return known;
}

/** Thrown on reading a row that is not there yet. */
const PENDING = new Error("row not read yet");

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

function rowsOfCall(expr: Call, scope: Scope): readonly Value[] {
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
