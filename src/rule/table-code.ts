/** Code that hangs on tables and runs when their rows are written: checks, indexes, conditions of triggers, rules. */
import type { Catalog } from "../catalog/catalog.ts";
import type { BoundExpr, Relation } from "../catalog/model.ts";
import { walkExpr, walkStatement } from "../events/walk.ts";
import type { Source } from "../text/source.ts";
import type { Piece } from "./code.ts";

/** What stands in the given sources. */
export function* tableCode({ state, relationName }: Catalog, own: ReadonlySet<Source>): Iterable<Piece> {
  const expression = (
    kind: Piece["kind"],
    relation: Relation,
    what: string,
    { expr, place }: BoundExpr,
  ): Piece => ({
    kind,
    source: place.source,
    object: `${relationName(relation)}: ${what}`,
    routine: null,
    relation,
    statement: null,
    expr,
    walk: (visitor) => walkExpr(expr, visitor),
  });
  for (const { expression: bound, relation, name } of state.constraints.all()) {
    const table = state.relations.get(relation);
    if (bound !== null && table !== undefined && own.has(bound.place.source))
      yield expression("check", table, name, bound);
  }
  for (const relation of state.relations.all()) {
    const table =
      relation.index === null ? undefined : state.relations.get(relation.belongsTo?.relation ?? 0);
    if (table === undefined) continue;
    for (const bound of relation.index?.expressions ?? [])
      if (own.has(bound.place.source)) yield expression("index", table, relation.name, bound);
  }
  for (const { when, relation, name } of state.triggers.all()) {
    const table = state.relations.get(relation);
    if (when !== null && table !== undefined && own.has(when.place.source))
      yield expression("trigger", table, name, when);
  }
  for (const { event, relation, name, place } of state.rules.all()) {
    const table = state.relations.get(relation);
    if (table === undefined || !own.has(place.source)) continue;
    for (const statement of event.actions) {
      yield {
        kind: "rule",
        source: place.source,
        object: `${relationName(table)}: ${name}`,
        routine: null,
        relation: table,
        statement,
        expr: null,
        walk: (visitor) => walkStatement(statement, visitor),
      };
    }
  }
}
