/** Publications as they are at the end, from the statements that made them. */
import type { Catalog } from "../catalog/catalog.ts";
import type { PublicationObject } from "../events/object-events.ts";
import type { Place } from "../text/source.ts";

export interface PublishedObject {
  readonly object: PublicationObject;
  /** `schema.table` as far as it resolves, else as written. */
  readonly table: string | null;
  readonly place: Place;
}

export interface PublicationState {
  readonly name: string;
  readonly allTables: boolean;
  readonly place: Place;
  readonly objects: readonly PublishedObject[];
}

export function publicationsOf(catalog: Catalog): readonly PublicationState[] {
  const found = new Map<
    string,
    { name: string; allTables: boolean; place: Place; objects: PublishedObject[] }
  >();
  for (const { event, place, prelude, searchPath } of catalog.state.statements.all()) {
    if (prelude) continue;
    const read = (objects: readonly PublicationObject[]): PublishedObject[] =>
      objects.map((object) => {
        const relation =
          object.table === null ? undefined : catalog.resolveRelation(object.table.name, searchPath);
        const table =
          relation === undefined ? (object.table?.name.join(".") ?? null) : catalog.relationName(relation);
        return { object, table, place: { source: place.source, span: object.span } };
      });
    if (event.kind === "create-publication") {
      found.set(event.name, {
        name: event.name,
        allTables: event.allTables,
        place,
        objects: read(event.objects),
      });
    } else if (event.kind === "alter-publication") {
      const publication = found.get(event.name) ?? { name: event.name, allTables: false, place, objects: [] };
      const objects = read(event.objects);
      if (event.change === "set") publication.objects = objects;
      else if (event.change === "add") publication.objects.push(...objects);
      else if (event.change === "drop")
        publication.objects = publication.objects.filter(
          (one) =>
            !objects.some((other) => other.table === one.table && other.object.schema === one.object.schema),
        );
      found.set(event.name, publication);
    } else if (event.kind === "drop" && event.objectKind === "publication") {
      for (const { name } of event.objects) found.delete(name.at(-1) ?? "");
    }
  }
  return [...found.values()];
}
