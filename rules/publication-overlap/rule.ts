import { tablesAbove } from "../../src/access/inheritance.ts";
import {
  isLimited,
  type PublicationState,
  type PublishedObject,
  publicationsOf,
} from "../../src/access/publications.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Relation } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
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
    const limits = new Map<string, Limited[]>();
    for (const publication of publications) {
      for (const one of publication.objects) {
        if (one.before !== null) lost(context, publication, one, one.before);
        if (one.table !== null && isLimited(one.object))
          remembered(limits, one.table, (): Limited[] => []).push({ publication, one });
      }
    }
    if (limits.size === 0) return;
    const firsts = [...limits.values()].flatMap(([first]) => first ?? []);
    for (const publication of publications) {
      if (publication.allTables)
        overlaps(context, firsts, publication, { place: publication.place, columns: null });
    }
    const carriersOf = createCarriers(context.catalog, publications);
    const wide = new Map<PublishedObject, Wide>();
    const own = new Map<PublishedObject, Wide>();
    for (const [table, limitedBy] of limits) {
      const carriers = carriersOf(table, limitedBy[0]?.one.relation ?? null);
      const told = new Set<PublicationState>();
      for (const limited of limitedBy) {
        for (const [other, objects] of carriers) {
          if (other === limited.publication) {
            const schema = limited.one.object.where === null ? undefined : objects.find(isSchema);
            if (schema !== undefined)
              remembered(own, schema, () => ({ other, limited: [] })).limited.push(limited);
            continue;
          }
          if (told.has(other)) continue;
          const more = carriesMore(objects, limited.one, table);
          if (more === null) continue;
          told.add(other).add(limited.publication);
          if (more.schema === undefined) overlaps(context, [limited], other, more);
          else remembered(wide, more.schema, () => ({ other, limited: [] })).limited.push(limited);
        }
      }
    }
    for (const [{ place }, { other, limited }] of wide)
      overlaps(context, limited, other, { place, columns: null });
    for (const [schema, { other, limited }] of own) undone(context, limited, other, schema);
  },
});

/** Limits that one finding points at. */
const MOST_RELATED = 20;

/** FOR TABLES IN SCHEMA of a publication, and the limits that it undoes. */
interface Wide {
  readonly other: PublicationState;
  readonly limited: Limited[];
}

interface Limited {
  readonly publication: PublicationState;
  readonly one: PublishedObject;
}

/** The objects by which publications carry something of a table, in the order of the publications. */
type Carriers = ReadonlyMap<PublicationState, readonly PublishedObject[]>;

function createCarriers(
  catalog: Catalog,
  publications: readonly PublicationState[],
): (table: string, relation: Relation | null) => Carriers {
  const index = new Map<string, { publication: PublicationState; object: PublishedObject }[]>();
  for (const publication of publications) {
    for (const object of publication.objects) {
      const above = object.relation === null ? [] : tablesAbove(catalog, object.relation);
      const keys = [
        object.object.schema === null ? `table ${object.table}` : `schema ${object.object.schema}`,
        ...[...above].map((oid) => `part of ${oid}`),
      ];
      for (const key of keys) remembered(index, key, () => []).push({ publication, object });
    }
  }
  return (table, relation) => {
    const keys = [
      `table ${table}`,
      ...(table.includes(".") ? [`schema ${table.slice(0, table.indexOf("."))}`] : []),
      ...(relation === null ? [] : [`part of ${relation.oid}`]),
    ];
    const found = new Map<PublicationState, PublishedObject[]>();
    for (const key of keys) {
      for (const { publication, object } of index.get(key) ?? [])
        remembered(found, publication, (): PublishedObject[] => []).push(object);
    }
    return found;
  };
}

interface More {
  readonly place: Place;
  /** Everything that the table has, or these columns. */
  readonly columns: readonly string[] | null;
  /** The partition or child that is carried, and not the table itself. */
  readonly part?: string;
  /** FOR TABLES IN SCHEMA, with the table among them. */
  readonly schema?: PublishedObject;
}

/** `limits`: the tables that the other publication carries more of at that place, by what limits each. */
function overlaps(
  { report }: RuleContext<never>,
  limits: readonly Limited[],
  other: PublicationState,
  more: More,
): void {
  const [first] = limits;
  if (first === undefined) return;
  const { publication, one } = first;
  const { object, table } = one;
  const columns = more.columns === null ? null : more.columns.join(", ");
  const part = more.part === undefined ? table : `${more.part}, a part of ${table}`;
  const others = limits.length === 1 ? "" : ` (and of ${limits.length - 1} more that are limited)`;
  report({
    variant: null,
    severity: columns === null ? "medium" : "low",
    confidence: columns === null ? "high" : "medium",
    message:
      columns === null
        ? `publication ${other.name} carries all of ${part}, of which ${publication.name} leaves out ${object.columns === null ? "rows" : "columns"}${others}`
        : `publication ${other.name} carries ${columns} of ${table}, which ${publication.name} leaves out`,
    label: columns === null ? `all of ${more.part ?? table}` : columns,
    place: more.place,
    object: other.name,
    related: limits.slice(0, MOST_RELATED).map((limited) => ({
      place: limited.one.place,
      message: `${limited.publication.name} limits it here`,
    })),
    help: `give ${other.name} the same column list and row filter, or leave ${table} out of it`,
  });
}

function isSchema({ object }: PublishedObject): boolean {
  return object.schema !== null;
}

/** A publication of a whole schema passes over the row filters that it has itself for tables of that schema. */
function undone(
  { report }: RuleContext<never>,
  limits: readonly Limited[],
  { name }: PublicationState,
  { object, place }: PublishedObject,
): void {
  const [first] = limits;
  if (first === undefined) return;
  const others = limits.length === 1 ? "" : ` (and of ${limits.length - 1} more that are limited)`;
  report({
    variant: null,
    severity: "medium",
    confidence: "high",
    message: `publication ${name} carries all of ${first.one.table ?? ""} with schema ${object.schema ?? ""}: its own row filter has no effect${others}`,
    label: "every table of the schema, all rows",
    place,
    object: name,
    related: limits.slice(0, MOST_RELATED).map(({ one }) => ({ place: one.place, message: "passed over" })),
    help: `name the tables that ${name} is to carry, each with its row filter, and leave the schema out`,
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

/** What of a limited table the objects of another publication let through; all of it before some columns. */
function carriesMore(
  objects: readonly PublishedObject[],
  limited: PublishedObject,
  limitedTable: string,
): More | null {
  let some: More | null = null;
  for (const carried of objects) {
    const { object, table, place } = carried;
    if (object.schema !== null) return { place, columns: null, schema: carried };
    if (!isLimited(object))
      return { place, columns: null, ...(table === limitedTable ? {} : { part: table ?? "" }) };
    if (table !== limitedTable) continue;
    // Which of two row filters lets more pass is not compared.
    if (object.where !== null || object.columns === null || limited.object.columns === null) continue;
    const there = new Set(limited.object.columns);
    const columns = object.columns.filter((column) => !there.has(column));
    if (columns.length > 0 && limited.object.where === null) some ??= { place, columns };
  }
  return some;
}
