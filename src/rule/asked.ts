/** What has to be judged when only the findings of some files are asked for. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Acl, Oid, Relation, Routine } from "../catalog/model.ts";
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

/** Whether a place is in one of the files; null and undefined are nowhere. */
type IsHere = (place: Place | null | undefined) => boolean;

function hereIn(focus: ReadonlySet<Source>): IsHere {
  return (place) => place != null && focus.has(place.source);
}

function routinesIn({ state }: Catalog, focus: ReadonlySet<Source>): ReadonlySet<Oid> {
  const found = new Set<Oid>();
  const isHere = hereIn(focus);
  for (const routine of state.routines.all()) if (isRoutineFrom(routine, isHere)) found.add(routine.oid);
  for (const table of [state.triggers, state.eventTriggers])
    for (const { routine, place, enabled } of table.all())
      if (routine !== null && (isHere(place) || isHere(enabled.place))) found.add(routine);
  return found;
}

function relationsIn({ state }: Catalog, focus: ReadonlySet<Source>): ReadonlySet<Oid> {
  const found = new Set<Oid>();
  const isHere = hereIn(focus);
  for (const relation of state.relations.all()) {
    if (!isRelationFrom(relation, isHere)) continue;
    found.add(relation.oid);
    if (relation.belongsTo !== null) found.add(relation.belongsTo.relation);
  }
  for (const { relation, place, using, withCheck } of state.policies.all())
    if (isHere(place) || isHere(using?.place) || isHere(withCheck?.place)) found.add(relation);
  for (const { relation, place, when, enabled } of state.triggers.all())
    if (isHere(place) || isHere(when?.place) || isHere(enabled.place)) found.add(relation);
  for (const { relation, place, expression } of state.constraints.all())
    if (isHere(place) || isHere(expression?.place)) found.add(relation);
  for (const { relation, place, enabled } of state.rules.all())
    if (isHere(place) || isHere(enabled.place)) found.add(relation);
  return found;
}

/** Whether one of the statements that made a routine what it is stands there. */
function isRoutineFrom(routine: Routine, isHere: IsHere): boolean {
  const { securityDefiner, settings, settingWriters } = routine;
  return (
    isHere(routine.place) ||
    isHere(routine.definitionPlace) ||
    isHere(securityDefiner.place) ||
    isHere(securityDefiner.leftOut?.by) ||
    isHere(routine.leakproof.place) ||
    isGrantedFrom(routine.acl, isHere) ||
    (settings.size > 0 && [...settings.values()].some(({ place }) => isHere(place))) ||
    (settingWriters.size > 0 && [...settingWriters.values()].some(isHere))
  );
}

/** The same for a relation, without what hangs on it. */
function isRelationFrom(relation: Relation, isHere: IsHere): boolean {
  const { columns, options, lostOptions, partitionKey, index, copiedFrom = [] } = relation;
  return (
    isHere(relation.place) ||
    isHere(relation.rowSecurity.place) ||
    isHere(relation.forceRowSecurity.place) ||
    isHere(relation.optionsWriter) ||
    isHere(relation.query?.place) ||
    isGrantedFrom(relation.acl, isHere) ||
    columns.some(
      (one) => isHere(one.place) || isHere(one.default?.place) || isGrantedFrom(one.acl, isHere),
    ) ||
    (options.size > 0 && [...options.values()].some(({ place }) => isHere(place))) ||
    (lostOptions.size > 0 && [...lostOptions.values()].some(isHere)) ||
    copiedFrom.some(({ place }) => isHere(place)) ||
    (partitionKey?.elements.some(({ expression }) => isHere(expression?.place)) ?? false) ||
    (index?.expressions.some(({ place }) => isHere(place)) ?? false)
  );
}

function isGrantedFrom(acl: Acl, isHere: IsHere): boolean {
  return acl.some(({ origin }) => isHere(origin.place));
}
