/** Code whose names were looked up when the statement that holds it ran. */
import { columnTypes, routineTypes, statementTypes, type TypeReader } from "../access/argument-types.ts";
import type { BoundExpr, Oid } from "../catalog/model.ts";
import { type Visitor, walkBody, walkExpr, walkStatement } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import type { RuleContext } from "./define.ts";

export interface Bound {
  readonly what: string;
  readonly source: Place["source"];
  readonly owner: Oid;
  readonly path: readonly string[];
  readonly types: TypeReader;
  walk(visitor: Visitor): void;
}

export function* boundCode(context: Pick<RuleContext, "catalog" | "written" | "body">): Iterable<Bound> {
  const { catalog } = context;
  const { state } = catalog;
  const own = new Set(context.written.map(({ source }) => source));
  for (const routine of catalog.routines()) {
    const { source } = routine.definitionPlace;
    if (!own.has(source) || routine.source.kind !== "atomic") continue;
    const body = context.body(routine);
    const path = routine.sessionPath;
    const types = routineTypes(catalog, routine, body, path);
    const walk = (visitor: Visitor): void => walkBody(body, visitor);
    yield { what: catalog.routineName(routine), source, owner: routine.owner, path, types, walk };
  }
  for (const relation of catalog.relations()) {
    const { query, owner } = relation;
    const what = catalog.relationName(relation);
    if (query !== null && relation.kind !== "table" && own.has(query.place.source)) {
      const types = statementTypes(catalog, query.statement, query.searchPath);
      const walk = (visitor: Visitor): void => walkStatement(query.statement, visitor);
      yield { what, source: query.place.source, owner, path: query.searchPath, types, walk };
    }
    const bound: readonly (BoundExpr | null)[] = [
      ...relation.columns.map((column) => column.default),
      ...state.constraints.by.relation.all(relation.oid).map((constraint) => constraint.expression),
      ...catalog.policiesOf(relation).flatMap((policy) => [policy.using, policy.withCheck]),
    ];
    for (const one of bound) {
      if (one === null || !own.has(one.place.source)) continue;
      const walk = (visitor: Visitor): void => walkExpr(one.expr, visitor);
      const types = columnTypes(catalog, relation);
      yield { what, source: one.place.source, owner, path: one.searchPath, types, walk };
    }
  }
}
