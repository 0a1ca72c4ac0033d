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

const MOST_STEPS = 2_000_000;

/** One more row is looked at; throws `NotKnown` when there were too many. */
export function step({ budget }: Scope): void {
  if (++budget.steps > MOST_STEPS) throw new NotKnown();
}

/** The scope of a query's expressions, over one combination of the rows of its FROM. */
export function withRows(scope: Scope, rows: ReadonlyMap<string, Row>): Scope {
  return { ...scope, rows: [...scope.rows, rows] };
}
