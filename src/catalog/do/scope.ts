import type { Context } from "../context.ts";
import type { Row, Value } from "./value.ts";

/** What names mean: variables of the block, and the rows of the queries around. */
export interface Scope {
  readonly context: Context;
  readonly variables: ReadonlyMap<string, Value>;
  /** Rows by alias, innermost query last. */
  readonly rows: readonly ReadonlyMap<string, Row>[];
  /** Rows looked at so far: the bound of nested loops. */
  readonly budget: { steps: number };
}

/** Thrown: what a query gives cannot be known. Not an Error, whose stack would cost more than the query. */
export class NotKnown {}

/** In one block; and in all of them, above which each other one has `LEAST_STEPS`. */
const MOST_STEPS = 1_000_000;
const MOST_STEPS_OF_ALL = 500_000;
const LEAST_STEPS = 500;

/** One more row is looked at; throws `NotKnown` when there were too many. */
export function step({ budget, context: { effort } }: Scope): void {
  budget.steps++;
  effort.steps++;
  const most = effort.steps > MOST_STEPS_OF_ALL ? LEAST_STEPS : MOST_STEPS;
  if (budget.steps > most) throw new NotKnown();
}

/** The scope of a query's expressions, over one combination of the rows of its FROM. */
export function withRows(scope: Scope, rows: ReadonlyMap<string, Row>): Scope {
  return { ...scope, rows: [...scope.rows, rows] };
}
