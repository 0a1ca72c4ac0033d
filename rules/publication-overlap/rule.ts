import { isBelow } from "../../src/access/inheritance.ts";
import {
  isLimited,
  type PublicationState,
  type PublishedObject,
  publicationsOf,
} from "../../src/access/publications.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Column list or row filter that is undone",
  severity: "medium",
  category: "grants",
  cwe: [668],
  since: "0.1.0",
  variants: {},
  why: "There are no privileges on publications: whoever may subscribe to one may subscribe to all. What one leaves out of a table another gives.",
  check(context) {
    const publications = publicationsOf(context.catalog);
    const told = new Set<string>();
    for (const limited of publications) {
      for (const one of limited.objects) {
        if (one.before !== null) lost(context, limited, one, one.before);
        if (one.table === null || !isLimited(one.object)) continue;
        for (const other of publications) {
          const key = `${other.name} ${one.table}`;
          if (other.name === limited.name || told.has(key)) continue;
          const more = carriesMore(context.catalog, other, one, one.table);
          if (more === null) continue;
          told.add(key).add(`${limited.name} ${one.table}`);
          overlaps(context, limited, one, other, more);
        }
      }
    }
  },
});

interface More {
  readonly place: Place;
  /** Everything that the table has, or these columns. */
  readonly columns: readonly string[] | null;
  /** The partition or child that is carried, and not the table itself. */
  readonly part?: string;
}

function overlaps(
  { report }: RuleContext<never>,
  limited: PublicationState,
  { object, table, place }: PublishedObject,
  other: PublicationState,
  more: More,
): void {
  const columns = more.columns === null ? null : more.columns.join(", ");
  report({
    variant: null,
    severity: columns === null ? "medium" : "low",
    confidence: columns === null ? "high" : "medium",
    message:
      columns === null
        ? `publication ${other.name} carries all of ${more.part === undefined ? table : `${more.part}, a part of ${table}`}, of which ${limited.name} leaves out ${object.columns === null ? "rows" : "columns"}`
        : `publication ${other.name} carries ${columns} of ${table}, which ${limited.name} leaves out`,
    label: columns === null ? `all of ${more.part ?? table}` : columns,
    place: more.place,
    object: other.name,
    related: [{ place, message: `${limited.name} limits it here` }],
    help: `give ${other.name} the same column list and row filter, or leave ${table} out of it`,
  });
}

/** ALTER PUBLICATION … SET TABLE replaces the list with all that is not repeated. */
function lost(
  { report }: RuleContext<never>,
  publication: PublicationState,
  { table, place }: PublishedObject,
  before: PublishedObject,
): void {
  const what = before.object.columns === null ? "row filter" : "column list";
  report({
    variant: null,
    severity: "medium",
    confidence: "medium",
    message: `publication ${publication.name} carries all of ${table} from here on: the ${what} it had is gone`,
    label: `no ${what}`,
    place,
    object: publication.name,
    related: [{ place: before.place, message: "had been limited here" }],
    help: `repeat the ${what}: each ALTER PUBLICATION says anew what is published of the table`,
  });
}

function carriesMore(
  catalog: Catalog,
  publication: PublicationState,
  limited: PublishedObject,
  table: string,
): More | null {
  if (publication.allTables) return { place: publication.place, columns: null };
  const schema = table.includes(".") ? table.slice(0, table.indexOf(".")) : null;
  for (const { object, table: name, relation, place } of publication.objects) {
    if (object.schema !== null && object.schema === schema) return { place, columns: null };
    const isPart =
      relation !== null && limited.relation !== null && isBelow(catalog, relation, limited.relation);
    if (isPart && !isLimited(object)) return { place, columns: null, part: name ?? "" };
    if (name !== table) continue;
    if (!isLimited(object)) return { place, columns: null };
    // Which of two row filters lets more pass is not compared.
    if (object.where !== null || object.columns === null || limited.object.columns === null) continue;
    const there = limited.object.columns;
    const columns = object.columns.filter((column) => !there.includes(column));
    if (columns.length > 0 && limited.object.where === null) return { place, columns };
  }
  return null;
}
