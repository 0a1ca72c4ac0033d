/** Publications, as publicationcmds.c does them. */
import type { EventOf } from "../../events/event.ts";
import type { NamedOption, PublicationObject } from "../../events/object-events.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, usesOf } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type { Address, Oid, Publication, Published, PublishedAction, Relation } from "../model.ts";
import { requireDatabaseCreate, requireOwner } from "../permissions.ts";
import { creationSchema, findRelation, relationOrAssumed, schemaOrAssumed } from "../resolve.ts";
import { newOid } from "../store.ts";
import { withDescendants } from "./descendants.ts";
import { requirePublishable, rowFilter } from "./published-tables.ts";
import { isTrue } from "./subscriptions.ts";

const ACTIONS: readonly PublishedAction[] = ["insert", "update", "delete", "truncate"];

function publicationOptions(
  context: Context,
  span: Span,
  before: Pick<Publication, "publishes" | "viaRoot">,
  options: readonly NamedOption[],
): Pick<Publication, "publishes" | "viaRoot"> {
  let { publishes, viaRoot } = before;
  for (const { name, value } of options) {
    if (name === "publish") {
      const words = (value ?? "")
        .split(",")
        .map((word) => word.trim().toLowerCase())
        .filter((word) => word !== "");
      const unknown = words.find((word) => !ACTIONS.some((action) => action === word));
      if (unknown !== undefined)
        refuse(context, span, `unrecognized value for publication option "publish": "${unknown}"`);
      publishes = new Set(ACTIONS.filter((action) => words.includes(action)));
    } else if (name === "publish_via_partition_root") viaRoot = isTrue(value);
    else if (name !== "publish_generated_columns")
      refuse(context, span, `unrecognized publication parameter: "${name}"`);
  }
  return { publishes, viaRoot };
}

function requireSuperuser(context: Context, span: Span, what: string): void {
  if (!context.assume && !isSuperuser(context.state, currentUser(context)))
    refuse(context, span, `must be superuser to ${what}`);
}

export function createPublication(context: Context, event: EventOf<"create-publication">): void {
  const { state } = context;
  const { span } = event;
  requireDatabaseCreate(context, span);
  if (event.allTables) requireSuperuser(context, span, "create FOR ALL TABLES publication");
  const existing = state.publications.by.name.first(event.name);
  if (existing !== undefined && !existing.prelude)
    refuse(context, span, `publication "${event.name}" already exists`);
  const options = publicationOptions(
    context,
    span,
    { publishes: new Set(ACTIONS), viaRoot: false },
    event.options,
  );
  const publication = state.publications.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    owner: currentUser(context),
    allTables: event.allTables,
    ...options,
  });
  addObjects(context, span, publication, event.objects);
}

/** The objects of a statement; the same table or schema twice is refused when columns or conditions differ, else once. */
function addObjects(
  context: Context,
  span: Span,
  publication: Publication,
  objects: readonly PublicationObject[],
): void {
  if (objects.some((object) => object.table === null))
    requireSuperuser(context, span, "add schemas to a publication");
  const columnList = objects.some((object) => object.columns !== null);
  if (columnList && objects.some((object) => object.table === null)) {
    refuse(context, span, "cannot use column list in a publication that has schemas");
  }
  const schemas = new Set<Oid>();
  const tables = new Map<Oid, PublicationObject>();
  for (const object of objects) {
    if (object.table === null) addSchema(context, span, publication, object, schemas);
    else addTree(context, span, publication, object, tables);
  }
}

/** A table and, without ONLY, its children; partitions go with their root. */
function addTree(
  context: Context,
  span: Span,
  publication: Publication,
  object: PublicationObject,
  added: Map<Oid, PublicationObject>,
): void {
  const [relation, ...children] = treeOf(context, object);
  for (const each of [relation, ...children]) {
    const before = added.get(each.oid);
    if (before === undefined) {
      added.set(each.oid, object);
      addTable(context, span, publication, object, each);
      continue;
    }
    const what =
      object.where !== null || before.where !== null
        ? "WHERE clauses"
        : object.columns !== null || before.columns !== null
          ? "column lists"
          : null;
    if (what !== null && !context.assume)
      refuse(context, span, `conflicting or redundant ${what} for table "${relation.name}"`);
  }
}

/** A table and, without ONLY, its children. */
function treeOf(context: Context, object: PublicationObject): readonly [Relation, ...Relation[]] {
  const relation = relationOf(context, object);
  if (object.only || relation.kind === "partitioned-table") return [relation];
  return [relation, ...withDescendants(context, relation).slice(1)];
}

function relationOf(context: Context, object: PublicationObject): Relation {
  const { name, span } = object.table ?? { name: [""], span: object.span };
  return findRelation(context, name) ?? relationOrAssumed(context, name, span, "table");
}

function schemaOf(context: Context, object: PublicationObject): Oid {
  if (object.schema !== null) return schemaOrAssumed(context, object.schema, object.span).oid;
  return (
    creationSchema(context)?.oid ??
    refuse(context, object.span, "no schema has been selected for CURRENT_SCHEMA")
  );
}

function publishedOf(context: Context, publication: Publication): readonly Published[] {
  return context.state.published.by.of.all(publication.oid);
}

function addSchema(
  context: Context,
  span: Span,
  publication: Publication,
  object: PublicationObject,
  added: Set<Oid>,
): void {
  const schema = schemaOf(context, object);
  if (added.has(schema)) return;
  added.add(schema);
  const { state } = context;
  const { by } = state.published;
  if (by.member.has(publication.oid, schema))
    refuse(context, span, `schema is already member of publication "${publication.name}"`);
  if (by.withColumns.has(publication.oid))
    refuse(context, span, "cannot add schema to a publication with column lists");
  const row = state.published.put({ ...blank(context, object, publication), schema });
  dependOn(state, { oid: row.oid }, [{ oid: publication.oid }, { oid: schema }], "auto");
}

function blank(context: Context, object: PublicationObject, publication: Publication): Published {
  return {
    oid: newOid(context.state),
    publication: publication.oid,
    relation: null,
    schema: null,
    columns: null,
    where: null,
    place: placeOf(context, object.span),
  };
}

const PUBLISHABLE: ReadonlySet<Relation["kind"]> = new Set(["table", "partitioned-table"]);

function addTable(
  context: Context,
  span: Span,
  publication: Publication,
  object: PublicationObject,
  relation: Relation,
): void {
  const { state } = context;
  requireOwner(context, span, relation.owner, `table ${relation.name}`);
  if (!relation.assumed && (!PUBLISHABLE.has(relation.kind) || relation.temporary || relation.unlogged)) {
    refuse(context, span, `cannot add relation "${relation.name}" to publication`);
  }
  if (publication.allTables)
    refuse(context, span, `publication "${publication.name}" is defined as FOR ALL TABLES`);
  const { by } = state.published;
  if (by.member.has(publication.oid, relation.oid)) {
    refuse(
      context,
      span,
      `relation "${relation.name}" is already member of publication "${publication.name}"`,
    );
  }
  if (object.columns !== null && by.withSchema.has(publication.oid)) {
    refuse(context, span, "cannot use column list in a publication that has schemas");
  }
  const columns = object.columns?.map(
    (name) =>
      relation.columns.find((column) => column.name === name)?.number ??
      (relation.assumed
        ? 0
        : refuse(context, span, `column "${name}" of relation "${relation.name}" does not exist`)),
  );
  requirePublishable(context, relation, columns ?? [], span);
  if (
    relation.kind === "partitioned-table" &&
    !publication.viaRoot &&
    (object.where !== null || object.columns !== null) &&
    !context.assume
  )
    refuse(
      context,
      span,
      `cannot use publication WHERE clause or column list for relation "${relation.name}"`,
    );
  const row = state.published.put({
    ...blank(context, object, publication),
    relation: relation.oid,
    columns: columns ?? null,
    where: object.where === null ? null : rowFilter(context, relation, object.where),
  });
  dependOn(state, { oid: row.oid }, [{ oid: publication.oid }, { oid: relation.oid }], "auto");
  const uses: Address[] = (columns ?? []).map((column) => ({ oid: relation.oid, column }));
  if (row.where !== null) uses.push(...usesOf(row.where.bindings));
  dependOn(state, { oid: row.oid }, uses);
}

export function alterPublication(context: Context, event: EventOf<"alter-publication">): void {
  const { state } = context;
  const { span } = event;
  const publication = state.publications.by.name.first(event.name);
  if (publication === undefined) refuse(context, span, `publication "${event.name}" does not exist`);
  requireOwner(context, span, publication.owner, `publication ${publication.name}`);
  switch (event.change) {
    case "options":
      state.publications.put({
        ...publication,
        ...publicationOptions(context, span, publication, event.options),
      });
      return;
    case "add":
      if (publication.allTables)
        refuse(context, span, `publication "${publication.name}" is defined as FOR ALL TABLES`);
      addObjects(context, span, publication, event.objects);
      return;
    case "set":
      if (publication.allTables)
        refuse(context, span, `publication "${publication.name}" is defined as FOR ALL TABLES`);
      remove(context, publishedOf(context, publication), span);
      addObjects(context, span, publication, event.objects);
      return;
    case "drop": {
      const { by } = state.published;
      for (const object of event.objects) {
        const members =
          object.table === null ? [schemaOf(context, object)] : treeOf(context, object).map(({ oid }) => oid);
        for (const oid of members) {
          const row = by.member.first(publication.oid, oid);
          if (row === undefined) refuse(context, span, "relation is not part of the publication");
          remove(context, [row], span);
        }
      }
    }
  }
}

function remove(context: Context, rows: readonly Published[], span: Span): void {
  const roots = rows.map((row) => ({ oid: row.oid }));
  deleteObjects(context, roots, { cascade: true, span, what: "publication relation" });
}
