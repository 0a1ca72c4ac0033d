/** Which objects GRANT and REVOKE named, by the catalog at the end. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { Replayed } from "../catalog/replayed.ts";
import type { EventOf } from "../events/event.ts";

/** Routines there are at the end that the statement addressed; those created after it are not among them. */
export function routinesNamed(
  catalog: Catalog,
  statement: Replayed,
  event: EventOf<"grant">,
): readonly Routine[] {
  const { target } = event;
  const found: Routine[] = [];
  if (target.kind === "routines") {
    for (const ref of target.objects) {
      const candidates = catalog.resolveRoutines(ref.name, pathOf(catalog, statement));
      const { args } = ref;
      const fitting =
        args === null
          ? candidates
          : candidates.filter((routine) => routine.inputTypes.length === args.length);
      const exact = fitting.filter(
        (routine) => args?.every((type, i) => sameType(catalog, routine, i, type.name, type.array)) === true,
      );
      found.push(...(exact.length > 0 ? exact : fitting.length === 1 ? fitting : []));
    }
  } else if (target.kind === "all-in-schema") {
    for (const name of target.schemas) {
      const schema = catalog.schemaNamed(name);
      if (schema === undefined) continue;
      for (const routine of catalog.state.routines.by.schema.all(schema.oid)) {
        const procedure = routine.kind === "procedure";
        if (target.objects === "routines" || target.objects === (procedure ? "procedures" : "functions"))
          found.push(routine);
      }
    }
  }
  return found.filter((routine) => routine.oid < statement.oid);
}

export function relationsNamed(
  catalog: Catalog,
  statement: Replayed,
  event: EventOf<"grant">,
): readonly Relation[] {
  const { target } = event;
  const found: Relation[] = [];
  if (target.kind === "relations") {
    for (const { name } of target.objects) {
      const relation = catalog.resolveRelation(name, pathOf(catalog, statement));
      if (relation !== undefined) found.push(relation);
    }
  } else if (target.kind === "all-in-schema" && target.objects === "tables") {
    for (const name of target.schemas) {
      const schema = catalog.schemaNamed(name);
      if (schema !== undefined) found.push(...catalog.state.relations.by.schema.all(schema.oid));
    }
  }
  return found;
}

function pathOf(catalog: Catalog, statement: Replayed): readonly string[] {
  return statement.searchPath.map((name) => (name === "$user" ? catalog.roleName(statement.role) : name));
}

function sameType(
  catalog: Catalog,
  routine: Routine,
  i: number,
  name: readonly string[],
  array: boolean,
): boolean {
  const type = routine.inputTypes[i];
  if (type === undefined || type.array !== array) return false;
  const last = name.at(-1) ?? "";
  return typeof type.base === "string"
    ? type.base.split(".").at(-1)?.replace(/^\?/, "") === last
    : catalog.typeName({ ...type, array: false }).endsWith(last);
}
