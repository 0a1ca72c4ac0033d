/** What is made from a query: CREATE VIEW, CREATE MATERIALIZED VIEW, CREATE TABLE AS. */
import type { EventOf } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { boundQuery } from "../bind/query.ts";
import type { OutputColumn } from "../bind/scope.ts";
import { isUndecided } from "../bind/types.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn, independent, usesOf } from "../depend.ts";
import type { BoundQuery, Column, Relation, TypeRef } from "../model.ts";
import { requireOnSchema, requireOwner } from "../permissions.ts";
import { targetName } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { requireTypeUsage } from "../types-by-name.ts";
import { callsWithoutRows } from "./calls-without-rows.ts";
import { dependOnTypes, plainColumn } from "./columns.ts";
import { requireCallable } from "./function-settings.ts";
import { requireReads } from "./reads.ts";
import { copied, newRelation, optionMap } from "./relations.ts";
import { isUpdatable } from "./updatable.ts";

/** Output columns of a query as columns of what it makes; so many of them are there already. */
function queryColumns(
  context: Context,
  outputs: readonly OutputColumn[],
  names: readonly string[],
  place: Place,
  span: Span,
  existing = 0,
): readonly Column[] {
  if (names.length > outputs.length && outputs.length > 0 && !context.assume)
    refuse(context, span, "too many column names were specified");
  const seen = new Set<string>();
  return outputs.map((output, i) => {
    const name = names[i] ?? output.name;
    if (seen.has(name) && !context.assume) refuse(context, span, `column "${name}" specified more than once`);
    seen.add(name);
    if (PSEUDO.has(output.type.base) && !output.type.array && !context.assume)
      refuse(context, span, `column "${name}" has pseudo-type ${output.type.base}`);
    if (i >= existing) requireTypeUsage(context, output.type, span);
    return plainColumn(i + 1, name, output.type, place);
  });
}

/** Types of results that no column can have. */
const PSEUDO: ReadonlySet<TypeRef["base"]> = new Set(
  ["record", "void", "trigger", "event_trigger"].map((name) => `pg_catalog.${name}`),
);

export function createTableAs(context: Context, event: EventOf<"create-table-as">): void {
  // Looked at before it is seen that the relation is there already.
  const { query, columns: outputs } =
    event.query === null
      ? { query: null, columns: [] }
      : boundQuery(context, event.query, placeOf(context, event.span));
  if (event.relationKind === "materialized-view" && query !== null && readsTemporary(context, query))
    refuse(context, event.span, "materialized views must not use temporary tables or views");
  // What is there already takes no right to create.
  if (event.ifNotExists && !context.assume) {
    const target = targetName(context, event.name.name, event.name.span, event.temporary);
    if (target !== null && context.state.relations.by.member.has(target.schema.oid, target.name)) return;
  }
  const relation = newRelation(context, event.name, event.relationKind, event);
  if (relation === null) return;
  const columns = queryColumns(context, outputs, event.columnNames, relation.place, event.span);
  if (query !== null) {
    if (event.withData) {
      requireReads(context, query, event.span);
      requireCalled(context, query, event.relationKind === "materialized-view", event.span);
    }
  }
  context.state.relations.put({
    ...relation,
    columns,
    nextColumn: columns.length + 1,
    options: optionMap(context, event.options),
    query,
    copiedFrom: (query?.reads ?? []).flatMap((read) => {
      const source = context.state.relations.get(read.relation);
      return source === undefined ? [] : [copied(context, source, read.span, event.withData)];
    }),
  });
  dependOnTypes(context, relation.oid, columns);
  // A table made from a query keeps no tie to it.
  if (event.relationKind === "materialized-view" && query !== null) {
    dependOn(context.state, { oid: relation.oid }, usesOf(query.bindings, relation.oid));
  }
}

/** What the query calls must be able to begin; a materialized view is filled where no setting may change the user. */
function requireCalled(context: Context, query: BoundQuery, restricted: boolean, span: Span): void {
  if (context.assume) return;
  for (const routine of callsWithoutRows(context, query)) {
    if (restricted && routine.settings.has("role"))
      refuse(context, span, 'cannot set parameter "role" within security-restricted operation');
    requireCallable(context, routine, span);
  }
}

function readsTemporary(context: Context, query: BoundQuery): boolean {
  return query.reads.some((read) => context.state.relations.get(read.relation)?.temporary === true);
}

function checkOptionOf(event: EventOf<"create-view">): Relation["checkOption"] {
  const option = event.options.find((each) => each.name === "check_option")?.value;
  return option === "local" || option === "cascaded" ? option : event.checkOption;
}

/** CREATE [OR REPLACE] VIEW: replacing keeps owner and ACL and drops every option that is not stated again. */
export function createView(context: Context, event: EventOf<"create-view">): void {
  const { query, columns: outputs } = boundQuery(context, event.query, placeOf(context, event.span));
  // A view over temporary relations is temporary.
  const temporary = event.temporary || readsTemporary(context, query);
  const target = targetName(
    context,
    event.name.name,
    event.name.span,
    temporary && event.name.name.length === 1,
  );
  if (temporary && event.name.name.length > 1 && event.name.name.at(-2) !== "pg_temp")
    refuse(context, event.span, "cannot create temporary relation in non-temporary schema");
  if (event.checkOption !== "none" || event.options.some((option) => option.name === "check_option")) {
    if (event.checkOption !== "none" && event.options.some((option) => option.name === "check_option"))
      refuse(context, event.span, 'parameter "check_option" specified more than once');
    if (!isUpdatable(context, event.query, query.bindings))
      refuse(context, event.span, "WITH CHECK OPTION is supported only on automatically updatable views");
  }
  const existing =
    target === null ? undefined : context.state.relations.by.member.first(target.schema.oid, target.name);
  const options = optionMap(context, event.options);
  const place = placeOf(context, event.name.span);
  const replaces = existing !== undefined && !existing.assumed && event.orReplace;
  const before = replaces ? existing.columns.length : 0;
  const columns = queryColumns(context, outputs, event.columnNames, place, event.span, before);
  const shared = { options, optionsWriter: place, checkOption: checkOptionOf(event), query };
  if (replaces) {
    if (existing.kind !== "view") refuse(context, event.span, `"${existing.name}" is not a view`);
    requireOwner(context, event.span, existing.owner, `view ${existing.name}`);
    if (target !== null) requireOnSchema(context, event.span, target.schema, "create");
    const lost = new Map<string, Place>();
    for (const name of existing.options.keys()) if (!options.has(name)) lost.set(name, place);
    for (const [name, at] of existing.lostOptions)
      if (!options.has(name) && !lost.has(name)) lost.set(name, at);
    const kept = replacedColumns(context, existing, columns, event.span);
    const merged = {
      ...existing,
      ...shared,
      columns: kept,
      nextColumn: kept.length + 1,
      place,
      lostOptions: lost,
      prelude: context.prelude,
    };
    const { oid } = context.state.relations.put(merged);
    independent(context.state, { oid });
    dependOn(context.state, { oid }, usesOf(query.bindings, oid));
    return;
  }
  const relation = newRelation(context, event.name, "view", {
    ...event,
    temporary: temporary && event.name.name.length === 1,
  });
  if (relation === null) return;
  context.state.relations.put({ ...relation, ...shared, columns, nextColumn: columns.length + 1 });
  dependOnTypes(context, relation.oid, columns);
  dependOn(context.state, { oid: relation.oid }, usesOf(query.bindings, relation.oid));
}

/** A replaced view keeps its columns as they are and may get more behind them. */
function replacedColumns(
  context: Context,
  existing: Relation,
  columns: readonly Column[],
  span: Span,
): readonly Column[] {
  if (!context.assume && columns.length < existing.columns.length)
    refuse(context, span, "cannot drop columns from view");
  return columns.map((column, i) => {
    const before = context.assume
      ? existing.columns.find((other) => other.name === column.name)
      : existing.columns[i];
    if (before === undefined) return column;
    if (!context.assume && before.name !== column.name)
      refuse(context, span, `cannot change name of view column "${before.name}" to "${column.name}"`);
    if (
      !context.assume &&
      !isUndecided(before.type) &&
      !isUndecided(column.type) &&
      (!sameType(before.type, column.type) || before.type.modifier !== column.type.modifier)
    ) {
      refuse(context, span, `cannot change data type of view column "${before.name}"`);
    }
    return { ...column, acl: before.acl, default: before.default };
  });
}
