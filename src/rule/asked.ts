/** What has to be judged when only the findings of some files are asked for. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation, Routine } from "../catalog/model.ts";
import type { Place, Source } from "../text/source.ts";

/**
 * The part of a project whose findings are asked for; mostly all of it. A rule that goes through these lists instead of the
 * catalog's need not judge the rest. It may do so where it places its findings in statements that made the object what it
 * is: that created or changed it, granted something on it, hung something on it. What it looks up, it looks up in the
 * catalog, and a finding that stands elsewhere is dropped.
 */
export interface Asked {
  /** Whether findings in this source are asked for. */
  isAsked(source: Source): boolean;
  /** Those of `catalog.routines()` that a statement in these files made what they are, with triggers that run them. */
  askedRoutines(): Iterable<Routine>;
  /** Those of `catalog.relations()`, with their policies, triggers, constraints, indexes and rules. */
  askedRelations(): Iterable<Relation>;
}

/** `focus` null: everything is asked for. */
export function createAsked(catalog: Catalog, focus: ReadonlySet<Source> | null): Asked {
  if (focus === null)
    return { isAsked: () => true, askedRoutines: catalog.routines, askedRelations: catalog.relations };
  let relations: ReadonlySet<Oid> | null = null;
  let routines: ReadonlySet<Oid> | null = null;
  return {
    isAsked: (source) => focus.has(source),
    *askedRoutines() {
      routines ??= routinesIn(catalog, focus);
      for (const routine of catalog.routines()) if (routines.has(routine.oid)) yield routine;
    },
    *askedRelations() {
      relations ??= relationsIn(catalog, focus);
      for (const relation of catalog.relations()) if (relations.has(relation.oid)) yield relation;
    },
  };
}

type Places = Iterable<Place | null | undefined>;

function routinesIn({ state }: Catalog, focus: ReadonlySet<Source>): ReadonlySet<Oid> {
  const found = new Set<Oid>();
  for (const routine of state.routines.all())
    if (isFrom(routinePlaces(routine), focus)) found.add(routine.oid);
  for (const table of [state.triggers, state.eventTriggers])
    for (const { routine, place, enabled } of table.all())
      if (routine !== null && isFrom([place, enabled.place], focus)) found.add(routine);
  return found;
}

function relationsIn({ state }: Catalog, focus: ReadonlySet<Source>): ReadonlySet<Oid> {
  const found = new Set<Oid>();
  const add = (relation: Oid, places: Places): void => {
    if (!found.has(relation) && isFrom(places, focus)) found.add(relation);
  };
  for (const relation of state.relations.all()) {
    add(relation.oid, relationPlaces(relation));
    if (relation.belongsTo !== null && found.has(relation.oid)) found.add(relation.belongsTo.relation);
  }
  for (const { relation, place, using, withCheck } of state.policies.all())
    add(relation, [place, using?.place, withCheck?.place]);
  for (const { relation, place, when, enabled } of state.triggers.all())
    add(relation, [place, when?.place, enabled.place]);
  for (const { relation, place, expression } of state.constraints.all())
    add(relation, [place, expression?.place]);
  for (const { relation, place, enabled } of state.rules.all()) add(relation, [place, enabled.place]);
  return found;
}

function isFrom(places: Places, focus: ReadonlySet<Source>): boolean {
  for (const place of places) if (place != null && focus.has(place.source)) return true;
  return false;
}

/** The statements that made a routine what it is. */
export function* routinePlaces(routine: Routine): Places {
  const { leftOut } = routine.securityDefiner;
  yield routine.place;
  yield routine.definitionPlace;
  yield routine.securityDefiner.place;
  yield leftOut?.stated;
  yield leftOut?.by;
  yield routine.leakproof.place;
  for (const { place } of routine.settings.values()) yield place;
  yield* routine.settingWriters.values();
  for (const { origin } of routine.acl) yield origin.place;
}

/** The statements that made a relation what it is, without what hangs on it. */
export function* relationPlaces(relation: Relation): Places {
  yield relation.place;
  yield relation.rowSecurity.place;
  yield relation.forceRowSecurity.place;
  yield relation.optionsWriter;
  yield relation.query?.place;
  for (const { place } of relation.options.values()) yield place;
  yield* relation.lostOptions.values();
  for (const { origin } of relation.acl) yield origin.place;
  for (const column of relation.columns) {
    yield column.place;
    yield column.default?.place;
    for (const { origin } of column.acl) yield origin.place;
  }
  for (const { expression } of relation.partitionKey?.elements ?? []) yield expression?.place;
  for (const { place } of relation.index?.expressions ?? []) yield place;
  for (const { place } of relation.copiedFrom ?? []) yield place;
}
