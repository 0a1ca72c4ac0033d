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
  objects: PublishedObject[];
  /** Tables that had a column list or row filter, as they were then. */
  readonly limited: Map<string, PublishedObject>;
}

export function publicationsOf(catalog: Catalog): readonly PublicationState[] {
  const found = new Map<string, Growing>();
  for (const { event, place, prelude, searchPath } of catalog.state.statements.all()) {
    if (prelude) continue;
    const create = (name: string, allTables: boolean): Growing => {
      const created = { name, allTables, place, objects: [], limited: new Map() };
      found.set(name, created);
      return created;
    };
    const tableOf = ({ table }: PublicationObject): Pick<PublishedObject, "table" | "relation"> => {
      const relation = table === null ? undefined : catalog.resolveRelation(table.name, searchPath);
      const written = table?.name.join(".") ?? null;
      return {
        relation: relation ?? null,
        table: relation === undefined ? written : catalog.relationName(relation),
      };
    };
    const add = (publication: Growing, objects: readonly PublicationObject[]): void => {
      const added = objects.map((object) => {
        const { table, relation } = tableOf(object);
        const before = isLimited(object) ? null : (publication.limited.get(table ?? "") ?? null);
        return { object, table, relation, place: { source: place.source, span: object.span }, before };
      });
      for (const one of added) {
        publication.objects.push(one);
        if (one.table !== null && isLimited(one.object)) publication.limited.set(one.table, one);
      }
    };
    if (event.kind === "create-publication") {
      add(create(event.name, event.allTables), event.objects);
    } else if (event.kind === "alter-publication") {
      const publication = found.get(event.name) ?? create(event.name, false);
      if (event.change === "set") publication.objects = [];
      if (event.change === "set" || event.change === "add") add(publication, event.objects);
      if (event.change === "drop") {
        const key = (table: string | null, { schema }: PublicationObject) => `${table} ${schema}`;
        const dropped = new Set(event.objects.map((object) => key(tableOf(object).table, object)));
        publication.objects = publication.objects.filter(
          ({ table, object }) => !dropped.has(key(table, object)),
        );
      }
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
