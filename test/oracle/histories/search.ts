/** Searches generated histories for differences. */
import * as fc from "fast-check";
import type { Difference } from "./compare.ts";
import type { History } from "./history.ts";

export interface Found {
  readonly seed: number;
  readonly statements: readonly string[];
  readonly difference: Difference;
}

export interface Search {
  readonly histories: number;
  readonly found: readonly Found[];
}

export type Compare = (statements: readonly string[]) => Promise<Difference | null>;

/** Histories of one seed, batch by batch; of each batch the first difference, shrunk. */
export async function search(
  histories: fc.Arbitrary<History>,
  compare: Compare,
  options: { readonly seed: number; readonly runs: number; readonly batch?: number },
): Promise<Search> {
  const { seed, runs, batch = 200 } = options;
  const found: Found[] = [];
  let done = 0;
  for (let n = 0; done < runs; n++) {
    let last: Found | null = null;
    const property = fc.asyncProperty(histories, async (history) => {
      const statements = history.map(({ sql }) => sql);
      const difference = await compare(statements).catch(crash);
      if (difference !== null) last = { seed: seed + n, statements, difference };
      return difference === null;
    });
    const result = await fc.check(property, { seed: seed + n, numRuns: Math.min(batch, runs - done) });
    done += result.numRuns;
    if (last !== null) found.push(last);
  }
  return { histories: done, found };
}

/** What throws is a difference like any other, and shrinks like one. */
function crash(error: unknown): Difference {
  return {
    statement: null,
    lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  };
}
