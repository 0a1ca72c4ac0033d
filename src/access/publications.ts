/** Publications as they are at the end, from the statements that made them. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import type { PublicationObject } from "../events/object-events.ts";
import type { Place } from "../text/source.ts";

export interface PublishedObject {
  readonly object: PublicationObject;
  /** `schema.table` as far as it resolves, else as written. */
  readonly table: string | null;
  /** null where nothing creates it. */
  readonly relation: Relation | null;
  readonly place: Place;
  /** The same table with a column list or row filter, as this publication carried it before. */
  readonly before: PublishedObject | null;
}

export interface PublicationState {
  readonly name: string;
  readonly allTables: boolean;
  readonly place: Place;
  readonly objects: readonly PublishedObject[];
}

interface Growing extends PublicationState {
  objects: readonly PublishedObject[];
  /** Tables that had a column list or row filter, as they were then. */
  readonly limited: Map<string, PublishedObject>;
}

export function publicationsOf(catalog: Catalog): readonly PublicationState[] {
  const found = new Map<string, Growing>();
  for (const { event, place, prelude, searchPath } of catalog.state.statements.all()) {
    if (prelude) continue;
    const read = (
      objects: readonly PublicationObject[],
      limited: ReadonlyMap<string, PublishedObject> = new Map(),
    ): PublishedObject[] =>
      objects.map((object) => {
        const relation =
          object.table === null ? undefined : catalog.resolveRelation(object.table.name, searchPath);
        const table =
          relation === undefined ? (object.table?.name.join(".") ?? null) : catalog.relationName(relation);
        return {
          object,
          table,
          relation: relation ?? null,
          place: { source: place.source, span: object.span },
          before: isLimited(object) ? null : (limited.get(table ?? "") ?? null),
        };
      });
    if (event.kind === "create-publication") {
      found.set(event.name, {
        name: event.name,
        allTables: event.allTables,
        place,
        objects: read(event.objects),
        limited: new Map(),
      });
    } else if (event.kind === "alter-publication") {
      const publication: Growing = found.get(event.name) ?? {
        name: event.name,
        allTables: false,
        place,
        objects: [],
        limited: new Map(),
      };
      for (const one of publication.objects)
        if (one.table !== null && isLimited(one.object)) publication.limited.set(one.table, one);
      const objects = read(event.objects, publication.limited);
      if (event.change === "set") publication.objects = objects;
      else if (event.change === "add") publication.objects = [...publication.objects, ...objects];
      else if (event.change === "drop")
        publication.objects = publication.objects.filter(
          (one) =>
            !objects.some((other) => other.table === one.table && other.object.schema === one.object.schema),
        );
      found.set(event.name, publication);
    } else if (event.kind === "rename" && event.objectKind === "publication") {
      const name = event.object.name.at(-1) ?? "";
      const publication = found.get(name);
      if (publication === undefined) continue;
      found.delete(name);
      found.set(event.newName, { ...publication, name: event.newName });
    } else if (event.kind === "drop" && event.objectKind === "publication") {
      for (const { name } of event.objects) found.delete(name.at(-1) ?? "");
    }
  }
  return [...found.values()];
}

/** Whether a publication carries some of the table's columns or rows only. */
export function isLimited({ columns, where }: PublicationObject): boolean {
  return columns !== null || where !== null;
}
