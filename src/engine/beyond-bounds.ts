/** Says where a database holds more of a kind than is looked at. */
import { type Access, MOST_REACHING } from "../access/access.ts";
import { MOST_FIRED } from "../access/hidden-calls.ts";
import { MOST_POLICIES } from "../access/policies.ts";
import { MOST_CALLERS } from "../access/reach.ts";
import { type Catalog, MOST_OVERLOADS } from "../catalog/catalog.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import type { Unknown } from "../rule/finding.ts";

/** Of names with too many overloads, at the first of those that calls were not taken to mean; of tables with too many policies or triggers. */
export function beyondBounds(catalog: Catalog): readonly Unknown[] {
  return [...manyOverloads(catalog), ...manyPolicies(catalog), ...manyTriggers(catalog)];
}

/** Objects that more roles were found to reach than are told. */
export function crowdedBeyondBounds(access: Access): readonly Unknown[] {
  const message = `more than ${MOST_REACHING} roles reach this: the others were not looked at`;
  return [...access.crowded].map((place) => ({ place, message }));
}

/** Of the first routine that more routines lead to than are looked at. */
export function calledBeyondBounds(catalog: Catalog, routine: Routine): Unknown {
  const name = catalog.routineName(routine);
  return {
    place: routine.definitionPlace,
    message: `more than ${MOST_CALLERS} routines lead to ${name}: who comes by the others was not looked at, here and wherever there are so many`,
  };
}

function manyPolicies(catalog: Catalog): readonly Unknown[] {
  const found: Unknown[] = [];
  for (const table of catalog.relations()) {
    const first = catalog.state.policies.by.relation.all(table.oid, MOST_POLICIES + 1)[MOST_POLICIES];
    if (first === undefined) continue;
    found.push({
      place: first.place,
      message: `${catalog.relationName(table)} has more than ${MOST_POLICIES} policies: what they let pass was not judged`,
    });
  }
  return found;
}

function manyTriggers(catalog: Catalog): readonly Unknown[] {
  const found: Unknown[] = [];
  const counts = new Map<Oid, number>();
  for (const trigger of catalog.state.triggers.all()) {
    const count = (counts.get(trigger.relation) ?? 0) + 1;
    counts.set(trigger.relation, count);
    if (count !== MOST_FIRED + 1) continue;
    const table = catalog.state.relations.get(trigger.relation);
    const name = table === undefined ? "a table" : catalog.relationName(table);
    found.push({
      place: trigger.place,
      message: `${name} has more than ${MOST_FIRED} triggers: writes of routines were not followed into this one and later ones`,
    });
  }
  return found;
}

function manyOverloads(catalog: Catalog): readonly Unknown[] {
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
