/** Files in another SQL dialect, judged by the files beside them. */
import type { Problem } from "../parser/types.ts";

/** As much of a read source as this needs. */
interface Read {
  readonly source: { readonly bytes: Buffer };
  readonly prelude: boolean;
  readonly problems: readonly Problem[];
}

/** Fewer files than this are no majority of anything. */
const LEAST_FILES = 2;

const POSTGRES =
  /\$\$|\bplpgsql\b|::|\bsecurity\s+definer\b|\brow\s+level\s+security\b|\bcreate\s+extension\b/i;

/**
 * The sources that are in another dialect because most of their database's files are: what parses there is valid in both,
 * and what does not is no mistake. Files that look like PostgreSQL are left alone. By source, with the problem that takes
 * the place of their own.
 */
export function inDialectOfMost<R extends Read>(sources: readonly R[]): ReadonlyMap<R, Problem> {
  const own = sources.filter(({ prelude }) => !prelude);
  const counts = new Map<string, number>();
  for (const { problems } of own) {
    const name = dialectOf(problems);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const found = new Map<R, Problem>();
  for (const [name, count] of counts) {
    if (count < LEAST_FILES || 2 * count <= own.length) continue;
    for (const read of own) {
      const { bytes } = read.source;
      if (dialectOf(read.problems) !== null || POSTGRES.test(bytes.toString("latin1"))) continue;
      const first = read.problems[0]?.span ?? { start: 0, end: Math.min(1, bytes.length) };
      found.set(read, {
        kind: "other-dialect",
        span: first,
        statement: { start: 0, end: bytes.length },
        message: `stands among files that look like ${name}, not PostgreSQL: nothing in the file was checked`,
      });
    }
  }
  return found;
}

function dialectOf(problems: readonly Problem[]): string | null {
  const problem = problems.find(({ kind }) => kind === "other-dialect");
  return problem === undefined ? null : (/^looks like ([^,]+),/.exec(problem.message)?.[1] ?? null);
}
