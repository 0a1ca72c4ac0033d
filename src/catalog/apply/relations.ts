import type { ColumnDefinition, EventOf, QualifiedName, RelationOption } from "../../events/event.ts";
import { relationsRead } from "../../events/relations-read.ts";
import type { Span } from "../../text/span.ts";
import type { Place } from "../../text/source.ts";
import { mergeAcls } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import type { BoundQuery, Column, Oid, Relation, RelationKind, Written } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { emptyRelation, findRelation, relationOrAssumed, serialType, targetName, typeRef } from "../resolve.ts";
import { member, newOid } from "../store.ts";
import { dropRelation } from "./drop.ts";

/** A fresh relation of this kind, or null when PostgreSQL would refuse it (said) or skip it (IF NOT EXISTS). */
export function newRelation(
  context: Context,
  name: QualifiedName,
  kind: RelationKind,
  options: { readonly temporary?: boolean; readonly ifNotExists?: boolean; readonly span: Span },
): Relation | null {
  const target = targetName(context, name.name, name.span, options.temporary === true);
  if (target === null) {
    refuse(context, options.span, "no schema has been selected to create in");
    return null;
  }
  const existing = context.state.relations.by(member(target.schema.oid, target.name))[0];
  if (existing !== undefined && !existing.assumed) {
    if (existing.prelude && !context.prelude && !(options.ifNotExists === true)) dropRelation(context, existing.oid);
    else {
      if (options.ifNotExists !== true) refuse(context, options.span, `relation "${target.name}" already exists`);
      return null;
    }
  }
  const place = placeOf(context, name.span);
  const owner = currentUser(context);
  const object = kind === "sequence" ? "sequence" : "table";
  return {
    ...emptyRelation(existing?.assumed === true ? existing.oid : newOid(context.state), target.name, target.schema.oid, kind, owner),
    place,
    prelude: context.prelude,
    assumed: false,
    temporary: options.temporary === true,
    optionsWriter: place,
    rowSecurity: { value: false, place },
    forceRowSecurity: { value: false, place },
    // What was granted before the object was seen (files without an order of their own) stays granted.
    acl: mergeAcls(newObjectAcl(context, object, owner, target.schema.oid), existing?.assumed === true ? existing.acl : []),
    ...(existing?.assumed === true
      ? { rowSecurity: existing.rowSecurity, forceRowSecurity: existing.forceRowSecurity }
      : {}),
  };
}

export function columnOf(context: Context, column: ColumnDefinition): Column {
  return {
    name: column.name,
    type: column.type === null ? { base: "?", array: false } : typeRef(context, column.type),
    notNull: column.notNull,
    default: column.default,
    definition: column,
    acl: [],
    place: placeOf(context, column.span),
    inherited: false,
  };
}

/** The sequence behind a serial or identity column, named as ChooseRelationName does. */
function ownSequence(context: Context, relation: Relation, column: ColumnDefinition): void {
  if (serialType(column.type) === null && column.identity === null) return;
  let name = `${relation.name}_${column.name}_seq`.slice(0, 63);
  for (let i = 1; context.state.relations.by(member(relation.schema, name)).length > 0; i++) {
    name = `${relation.name}_${column.name}_seq${i}`.slice(0, 63);
  }
  context.state.relations.put({
    ...emptyRelation(newOid(context.state), name, relation.schema, "sequence", relation.owner),
    place: placeOf(context, column.span),
    prelude: context.prelude,
    assumed: false,
    temporary: relation.temporary,
    optionsWriter: relation.place,
    rowSecurity: relation.rowSecurity,
    forceRowSecurity: relation.forceRowSecurity,
    acl: newObjectAcl(context, "sequence", relation.owner, relation.schema),
    belongsTo: { relation: relation.oid, column: column.name },
  });
}

function optionMap(context: Context, options: readonly RelationOption[]): ReadonlyMap<string, Written<string>> {
  const map = new Map<string, Written<string>>();
  for (const option of options) {
    map.set(option.name, { value: option.value ?? "true", place: placeOf(context, option.span) });
  }
  return map;
}

const LIKE_DEFAULTS = 1 << 3;

export function createTable(context: Context, event: EventOf<"create-table">): void {
  const relation = newRelation(context, event.name, event.relationKind, event);
  if (relation === null) return;
  const columns: Column[] = [];
  const add = (column: Column): void => {
    const at = columns.findIndex((other) => other.name === column.name);
    if (at < 0) columns.push(column);
    else columns[at] = { ...column, inherited: false };
  };
  const parents: Oid[] = [];
  const parentNames = event.partitionOf === null ? event.inherits : [event.partitionOf];
  for (const parent of parentNames) {
    const found = relationOrAssumed(context, parent.name, parent.span, "table");
    parents.push(found.oid);
    for (const column of found.columns) add({ ...column, acl: [], inherited: true });
  }
  for (const like of event.like) {
    const found = findRelation(context, like.name);
    for (const column of found?.columns ?? []) {
      add({ ...column, acl: [], inherited: false, default: (like.including & LIKE_DEFAULTS) === 0 ? null : column.default });
    }
  }
  for (const column of event.columns) {
    // `PARTITION OF p (col WITH OPTIONS …)` names columns of the parent without a type.
    const inherited = columns.find((other) => other.name === column.name);
    const own = columnOf(context, column);
    add(inherited !== undefined && column.type === null ? { ...own, type: inherited.type } : own);
  }
  const primary = event.constraints.find((constraint) => constraint.type === "primary")?.columns ?? [];
  context.state.relations.put({
    ...relation,
    columns: columns.map((column) => (primary.includes(column.name) ? { ...column, notNull: true } : column)),
    constraints: event.constraints,
    options: optionMap(context, event.options),
    parents,
    partition: event.partitionOf !== null,
    server: event.server,
  });
  for (const column of event.columns) ownSequence(context, relation, column);
}

/** A query as it is bound now: its names mean the relations that the session sees. */
function boundQuery(context: Context, statement: BoundQuery["statement"], place: Place): BoundQuery {
  const reads: { relation: Oid; span: Span }[] = [];
  for (const item of statement.kind === "select" ? relationsRead(statement) : []) {
    const relation = findRelation(context, item.name);
    if (relation !== undefined) reads.push({ relation: relation.oid, span: item.span });
  }
  return { statement, reads, searchPath: searchPathOf(context), place };
}

/** Records what a view hangs on, so that DROP knows. */
function depend(context: Context, view: Relation): void {
  const on = [...new Set((view.query?.reads ?? []).map((read) => read.relation))];
  context.state.dependents.put({ oid: view.oid, on });
}

/** Output columns of a query as far as names go; types are not inferred. */
function outputColumns(context: Context, names: readonly string[], query: BoundQuery["statement"] | null, place: Place): readonly Column[] {
  const columns: Column[] = [];
  const push = (name: string): void => {
    columns.push({
      name,
      type: { base: "?", array: false },
      notNull: false,
      default: null,
      definition: null,
      acl: [],
      place,
      inherited: false,
    });
  };
  let select = query?.kind === "select" ? query : null;
  while (select?.setOperation != null) select = select.setOperation.left;
  for (const target of select?.targets ?? []) {
    const { value } = target;
    if (value.kind === "column" && value.name.at(-1) === "*") {
      // `*` and `t.*`: all columns of what FROM names, when it is known.
      for (const item of select?.from ?? []) {
        if (item.kind !== "relation" || item.cte) continue;
        const qualifier = value.name.at(-2);
        if (qualifier !== undefined && qualifier !== (item.alias ?? item.name.at(-1))) continue;
        for (const column of findRelation(context, item.name)?.columns ?? []) push(column.name);
      }
      continue;
    }
    const name =
      target.name ??
      (value.kind === "column" || value.kind === "call" ? value.name.at(-1) : value.kind === "case" ? "case" : null) ??
      "?column?";
    push(name);
  }
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

export function createTableAs(context: Context, event: EventOf<"create-table-as">): void {
  const relation = newRelation(context, event.name, event.relationKind, event);
  if (relation === null) return;
  const created = context.state.relations.put({
    ...relation,
    columns: outputColumns(context, event.columnNames, event.query, relation.place),
    options: optionMap(context, event.options),
    query: event.query === null ? null : boundQuery(context, event.query, placeOf(context, event.span)),
  });
  // A table made from a query keeps no tie to it.
  if (event.relationKind === "materialized-view") depend(context, created);
}

/** CREATE [OR REPLACE] VIEW: replacing keeps owner and ACL and drops every option that is not stated again. */
export function createView(context: Context, event: EventOf<"create-view">): void {
  const target = targetName(context, event.name.name, event.name.span, event.temporary);
  const existing =
    target === null ? undefined : context.state.relations.by(member(target.schema.oid, target.name))[0];
  const options = optionMap(context, event.options);
  const place = placeOf(context, event.name.span);
  const shared = {
    columns: outputColumns(context, event.columnNames, event.query, place),
    options,
    optionsWriter: place,
    checkOption: event.checkOption,
    query: boundQuery(context, event.query, placeOf(context, event.span)),
  };
  if (existing !== undefined && !existing.assumed && event.orReplace) {
    if (existing.kind !== "view") {
      refuse(context, event.span, `"${existing.name}" is not a view`);
      return;
    }
    const lost = new Map<string, Place>();
    for (const name of existing.options.keys()) if (!options.has(name)) lost.set(name, place);
    for (const [name, at] of existing.lostOptions) if (!options.has(name) && !lost.has(name)) lost.set(name, at);
    const columns = shared.columns.map((column) => ({
      ...column,
      acl: existing.columns.find((other) => other.name === column.name)?.acl ?? [],
    }));
    depend(
      context,
      context.state.relations.put({ ...existing, ...shared, columns, place, lostOptions: lost, prelude: context.prelude }),
    );
    return;
  }
  const relation = newRelation(context, event.name, "view", event);
  if (relation !== null) depend(context, context.state.relations.put({ ...relation, ...shared }));
}

export function createSequence(context: Context, event: EventOf<"create-sequence">): void {
  const relation = newRelation(context, event.name, "sequence", event);
  if (relation === null) return;
  context.state.relations.put({ ...relation, belongsTo: ownedBy(context, event.ownedBy) });
}

function ownedBy(context: Context, name: readonly string[] | null): Relation["belongsTo"] {
  if (name === null) return null;
  const table = findRelation(context, name.slice(0, -1));
  return table === undefined ? null : { relation: table.oid, column: name.at(-1) ?? null };
}

export function alterSequence(context: Context, event: EventOf<"alter-sequence">): void {
  const relation = findRelation(context, event.name.name);
  if (relation === undefined) {
    if (!event.ifExists) refuse(context, event.span, `relation "${event.name.name.join(".")}" does not exist`);
    return;
  }
  if (event.ownedBy !== undefined) {
    context.state.relations.put({ ...relation, belongsTo: ownedBy(context, event.ownedBy) });
  }
}

/** Indexes matter by name only: DROP and RENAME must find them, and no table can take their name. */
export function createIndex(context: Context, event: EventOf<"create-index">): void {
  if (event.name === null) return;
  const table = findRelation(context, event.table.name);
  if (table === undefined) return;
  if (context.state.relations.by(member(table.schema, event.name)).length > 0) return;
  context.state.relations.put({
    ...emptyRelation(newOid(context.state), event.name, table.schema, "index", table.owner),
    place: placeOf(context, event.span),
    prelude: context.prelude,
    assumed: false,
    optionsWriter: table.place,
    rowSecurity: table.rowSecurity,
    forceRowSecurity: table.forceRowSecurity,
    belongsTo: { relation: table.oid, column: null },
  });
}

export { ownSequence };
