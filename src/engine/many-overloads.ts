/** Says of which functions not every overload was looked at where they are called. */
import { type Catalog, MOST_OVERLOADS } from "../catalog/catalog.ts";
import type { Unknown } from "../rule/finding.ts";

/** One for each name with too many overloads, at the first of those that calls were not taken to mean. */
export function manyOverloads(catalog: Catalog): readonly Unknown[] {
  const counts = new Map<string, number>();
  const found: Unknown[] = [];
  for (const routine of catalog.routines()) {
    if (routine.prelude) continue;
    const name = `${routine.schema}.${routine.name}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count !== MOST_OVERLOADS + 1) continue;
    const first = catalog.routineName(routine).replace(/\(.*$/s, "");
    found.push({
      place: routine.definitionPlace,
      message: `${first} has more than ${MOST_OVERLOADS} overloads: calls of it were not followed into its code, nor back from this one and later ones`,
    });
  }
  return found;
}
