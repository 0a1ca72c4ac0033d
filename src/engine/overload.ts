/** Which of several routines of one name a call means, as far as argument types are known. */
import { takes } from "../access/overloads.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Routine } from "../catalog/model.ts";
import type { Call } from "../events/tree.ts";
import { classify, type Value } from "../templates/index.ts";

/** Null when none can take the arguments. Of several that can, the one whose types agree best. */
export function chooseOverload(
  catalog: Catalog,
  candidates: readonly Routine[],
  call: { readonly args?: Call["args"] },
  values: readonly Value[],
): Routine | null {
  const fitting = candidates.filter((routine) => takes(routine, call));
  const [first] = fitting;
  if (fitting.length <= 1 || first === undefined) return first ?? null;
  let best = first;
  let most = -1;
  for (const routine of fitting) {
    const score = agreement(catalog, routine, values);
    if (score > most) {
      most = score;
      best = routine;
    }
  }
  return best;
}

function agreement(catalog: Catalog, routine: Routine, values: readonly Value[]): number {
  const inputs = routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
  let score = inputs.length === values.length ? 1 : 0;
  values.forEach((value, i) => {
    const type = inputs[i]?.written.type;
    if (type === undefined || value.type === null) return;
    const wanted = catalog.typeName(routine.inputTypes[i] ?? { base: "", array: false });
    const given = value.type.name.at(-1) ?? "";
    if (type.name.at(-1) === given && type.array === value.type.array) score += 4;
    else if (wanted === given) score += 3;
    else if (classify(type, null) === classify(value.type, null)) score += 1;
  });
  return score;
}
