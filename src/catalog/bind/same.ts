/** Whether two expressions say the same, each about a relation of its own. */
import type { BoundExpr, Relation } from "../model.ts";

/** As written and bound, without regard to places; columns are the same when their names are, as they are now. */
export function sameBound(a: BoundExpr, b: BoundExpr, of: Relation, other: Relation): boolean {
  const same = (one: unknown, two: unknown): boolean => {
    if (typeof one !== "object" || one === null || typeof two !== "object" || two === null)
      return one === two;
    const [left, right] = [a.bindings.get(one), b.bindings.get(two)];
    if (left !== undefined || right !== undefined) {
      if (left === undefined || right === undefined) return false;
      if (left.oid !== of.oid || right.oid !== other.oid)
        return left.oid === right.oid && left.column === right.column;
      return nameOf(of, left.column) === nameOf(other, right.column);
    }
    const keys = new Set([...Object.keys(one), ...Object.keys(two)].filter((key) => !PLACES.has(key)));
    return [...keys].every((key) => same(valueAt(one, key), valueAt(two, key)));
  };
  return same(a.expr, b.expr);
}

const PLACES: ReadonlySet<string> = new Set(["span", "nameSpan", "map"]);

function valueAt(object: object, key: string): unknown {
  return Object.entries(object).find(([name]) => name === key)?.[1];
}

function nameOf(relation: Relation, column: number | undefined): string | undefined {
  return relation.columns.find(({ number }) => number === column)?.name;
}
