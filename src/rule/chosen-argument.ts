import { allHoles, type Hole, type Origin, type Value } from "../templates/index.ts";

/** The argument of the routine that a value is made of, when no list of constants or pattern limits it; else null. */
export function chosenArgument(value: Value): string | null {
  return chosenInHoles(allHoles(value));
}

/** The same for some of the values in a text. */
export function chosenInHoles(
  holes: readonly Hole[],
  isLimited: (origin: Origin) => boolean = () => false,
): string | null {
  for (const { origins, guard } of holes) {
    if (guard === "allow-list" || guard === "pattern") continue;
    for (const origin of origins) {
      if (origin.kind !== "parameter") continue;
      const listed = origin.checks.some(({ kind }) => kind === "allow-list" || kind === "pattern");
      if (!listed && !isLimited(origin)) return origin.name;
    }
  }
  return null;
}
