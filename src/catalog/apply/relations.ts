/** CREATE TABLE, CREATE TABLE AS, CREATE VIEW, CREATE SEQUENCE. */
import type {
  ColumnDefinition,
  EventOf,
  Persistence,
  QualifiedName,
  RelationOption,
  TableConstraint,
} from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { mergeAcls } from "../acl.ts";
import { boundExpr, boundQuery } from "../bind/query.ts";
import { columnMap, rebound } from "../bind/rebind.ts";
import type { OutputColumn } from "../bind/scope.ts";
import { isUndecided } from "../bind/types.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, independent, usesOf } from "../depend.ts";
import type { BoundPartitionKey, Column, Relation, RelationKind, Written } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { mayUse, requireOnSchema, requireOwner } from "../permissions.ts";
import {
  emptyRelation,
  findRelation,
  findType,
  relationOrAssumed,
  sameType,
  serialType,
  targetName,
  typeRef,
} from "../resolve.ts";
import { member, newOid } from "../store.ts";
import {
  columnOf,
  current,
  dependOnTypes,
  ownSequence,
  requireColumn,
  setDefault,
  writeDefault,
} from "./columns.ts";
import { addConstraint, NOT_NULL } from "./constraints.ts";
import { usableServer } from "./foreign.ts";
import { equipPartition, inheritConstraints, inheritedColumn } from "./inheritance.ts";
import { copyLike } from "./like.ts";

/** A fresh relation of this kind, or null when PostgreSQL would refuse it (said) or skip it (IF NOT EXISTS). */
export function newRelation(
  context: Context,
  name: QualifiedName,
  kind: RelationKind,
  options: {
    readonly temporary?: boolean;
    readonly persistence?: Persistence;
    readonly ifNotExists?: boolean;
    readonly span: Span;
  },
): Relation | null {
  const target = targetName(context, name.name, name.span, options.temporary === true);
  if (target === null) refuse(context, options.span, "no schema has been selected to create in");
  const temporary = options.temporary === true || target.schema.name === "pg_temp";
  if (options.temporary === true && name.name.length > 1 && name.name.at(-2) !== "pg_temp") {
    refuse(context, options.span, "cannot create temporary relation in non-temporary schema");
  }
  requireOnSchema(context, options.span, target.schema, "create");
  const existing = context.state.relations.by(member(target.schema.oid, target.name))[0];
  if (existing !== undefined && !existing.assumed) {
    if (existing.prelude && !context.prelude && !(options.ifNotExists === true)) {
      deleteObjects(context, [{ oid: existing.oid }], {
        cascade: true,
        span: options.span,
        what: existing.name,
      });
    } else {
      if (options.ifNotExists !== true)
        refuse(context, options.span, `relation "${target.name}" already exists`);
      return null;
    }
  }
  // A relation's row type has its name.
  if (kind !== "sequence" && context.state.types.by(member(target.schema.oid, target.name)).length > 0) {
    refuse(context, options.span, `type "${target.name}" already exists`);
  }
  const place = placeOf(context, name.span);
  const owner = currentUser(context);
  const object = kind === "sequence" ? "sequence" : "table";
  return {
    ...emptyRelation(
      existing?.assumed === true ? existing.oid : newOid(context.state),
      target.name,
      target.schema.oid,
      kind,
      owner,
    ),
    place,
    prelude: context.prelude,
    assumed: false,
    temporary,
    unlogged: options.persistence === "unlogged",
    optionsWriter: place,
    rowSecurity: { value: false, place },
    forceRowSecurity: { value: false, place },
    // What was granted before the object was seen (files without an order of their own) stays granted.
    acl: mergeAcls(
      newObjectAcl(context, object, owner, target.schema.oid),
      existing?.assumed === true ? existing.acl : [],
    ),
    ...(existing?.assumed === true
      ? { rowSecurity: existing.rowSecurity, forceRowSecurity: existing.forceRowSecurity }
      : {}),
  };
}

function optionMap(
  context: Context,
  options: readonly RelationOption[],
): ReadonlyMap<string, Written<string>> {
  const map = new Map<string, Written<string>>();
  for (const option of options) {
    // The toast table has its own, and whether a view checks is said apart.
    if (option.name.includes(".") || option.name === "check_option" || option.name === "oids") continue;
    map.set(option.name, { value: option.value ?? "true", place: placeOf(context, option.span) });
  }
  return map;
}

/** The columns of a new table while they are put together, in order. */
interface NewColumns {
  readonly columns: Column[];
  /** Written ones, with the number they got. */
  readonly written: { readonly definition: ColumnDefinition; readonly number: number }[];
}

export function createTable(context: Context, event: EventOf<"create-table">): void {
  const parentNames = event.partitionOf === null ? event.inherits : [event.partitionOf];
  const parents = parentNames.map((parent) => relationOrAssumed(context, parent.name, parent.span, "table"));
  if (
    event.partitionOf !== null &&
    parents[0]?.kind !== "partitioned-table" &&
    parents[0]?.assumed === false
  ) {
    refuse(context, event.span, `"${parents[0]?.name}" is not partitioned`);
  }
  for (const parent of parents) {
    requireOwner(context, event.span, parent.owner, `table ${parent.name}`);
    if (event.partitionOf === null && (parent.kind === "partitioned-table" || parent.partition)) {
      refuse(context, event.span, `cannot inherit from partitioned table or partition "${parent.name}"`);
    }
    if (!["table", "partitioned-table", "foreign-table"].includes(parent.kind))
      refuse(context, event.span, `inherited relation "${parent.name}" is not a table`);
    if (parent.temporary && !event.temporary)
      refuse(context, event.span, `cannot inherit from temporary relation "${parent.name}"`);
  }
  const fresh = newRelation(context, event.name, event.relationKind, event);
  if (fresh === null) return;
  const relation = context.state.relations.put({
    ...fresh,
    parents: parents.map((parent) => parent.oid),
    partition: event.partitionOf !== null,
    partitionBound: event.partitionBound,
    server: event.server === null ? null : usableServer(context, event.server, event.span).oid,
    options: optionMap(context, event.options),
  });
  const { columns, written } = mergedColumns(context, event, parents);
  const typed = event.ofType === null ? undefined : findType(context, event.ofType.name);
  context.state.relations.put({
    ...relation,
    columns,
    nextColumn: columns.length + 1,
    ofType: typed?.oid ?? null,
  });
  if (typed !== undefined) dependOn(context.state, { oid: relation.oid }, [{ oid: typed.oid }]);
  if (relation.server !== null) dependOn(context.state, { oid: relation.oid }, [{ oid: relation.server }]);
  dependOnTypes(context, relation.oid, columns);
  if (event.server !== null) dependOnServer(context, relation, event.server, event.span);
  for (const parent of parents) inheritDefaults(context, relation, parent);
  for (const parent of parents) inheritConstraints(context, relation, parent, "check");
  for (const { definition, number } of written) defineColumn(context, relation, definition, number);
  if (event.partitionBy !== null) partitionBy(context, relation, event);
  const later = writtenConstraints(event);
  const ofType = (...types: readonly TableConstraint["type"][]) =>
    later.filter(({ constraint }) => types.includes(constraint.type));
  // A child's own NOT NULL has its own name; a check of the parent's name is one with it.
  for (const { constraint, column } of ofType("not-null", "check"))
    addConstraint(context, relation, constraint, column);
  for (const parent of parents) inheritConstraints(context, relation, parent, "not-null");
  for (const like of event.like) copyLike(context, relation, like, "columns");
  const keys = later.filter(({ constraint }) => ["primary", "unique", "exclude"].includes(constraint.type));
  if (event.partitionOf !== null && parents[0] !== undefined)
    equipPartition(context, current(context, relation), parents[0]);
  // The primary key comes first, wherever it stands.
  for (const { constraint, column } of keys)
    if (constraint.type === "primary") addConstraint(context, relation, constraint, column);
  for (const { constraint, column } of keys)
    if (constraint.type !== "primary") addConstraint(context, relation, constraint, column);
  for (const like of event.like) copyLike(context, relation, like, "indexes");
  for (const { constraint, column } of later)
    if (constraint.type === "foreign") addConstraint(context, relation, constraint, column);
}

function writtenConstraints(event: EventOf<"create-table">) {
  return [
    ...event.columns.flatMap((definition) =>
      definition.constraints.map((constraint) => ({ constraint, column: definition.name })),
    ),
    ...event.constraints.map((constraint) => ({ constraint, column: null })),
  ];
}

function dependOnServer(context: Context, relation: Relation, name: string, span: Span): void {
  const server = context.state.foreignServers.by(name)[0];
  if (server !== undefined) dependOn(context.state, { oid: relation.oid }, [{ oid: server.oid }]);
  else if (!context.assume) refuse(context, span, `server "${name}" does not exist`);
}

/** MergeAttributes(): inherited columns first, then the table's own, same names merged. */
function mergedColumns(
  context: Context,
  event: EventOf<"create-table">,
  parents: readonly Relation[],
): NewColumns {
  const columns: Column[] = [];
  const written: { definition: ColumnDefinition; number: number }[] = [];
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  for (const parent of parents) {
    for (const column of parent.columns) {
      const index = at(column.name);
      const before = columns[index];
      if (before === undefined) columns.push(inheritedColumn(column, columns.length + 1));
      else if (!sameType(before.type, column.type))
        refuse(context, event.span, `inherited column "${column.name}" has a type conflict`);
      else
        columns[index] = {
          ...before,
          inheritCount: before.inheritCount + 1,
          notNull: before.notNull || column.notNull,
        };
    }
  }
  const typed = event.ofType === null ? undefined : findType(context, event.ofType.name);
  if (event.ofType !== null && typed === undefined)
    refuse(context, event.span, `type "${event.ofType.name.join(".")}" does not exist`);
  const attributes = typed === undefined ? [] : "attributes" in typed ? typed.attributes : typed.columns;
  for (const attribute of attributes) {
    columns.push({
      ...columnOf(context, emptyDefinition(attribute.name, event), columns.length + 1),
      type: attribute.type,
      definition: null,
    });
  }
  const own = new Set<string>();
  const add = (column: Column, definition: ColumnDefinition | null): void => {
    if (own.has(column.name))
      refuse(context, column.place.span, `column "${column.name}" specified more than once`);
    own.add(column.name);
    const index = at(column.name);
    const before = columns[index];
    if (before === undefined) {
      if (definition !== null && definition.type === null && !context.assume)
        refuse(context, column.place.span, `column "${column.name}" does not exist`);
      columns.push({ ...column, number: columns.length + 1 });
    } else {
      if (
        definition?.type != null &&
        (!sameType(before.type, column.type) || before.type.modifier !== column.type.modifier)
      ) {
        refuse(context, column.place.span, `column "${column.name}" has a type conflict`);
      }
      columns[index] = {
        ...before,
        notNull: before.notNull || column.notNull,
        identity: column.identity ?? before.identity,
        definition,
        place: column.place,
        local: event.partitionOf === null,
      };
    }
    if (definition !== null) written.push({ definition, number: columns[at(column.name)]?.number ?? 0 });
  };
  for (let i = 0; i <= event.columns.length; i++) {
    for (const [k, like] of event.like.entries()) {
      if (event.likeAt[k] !== i) continue;
      const source = relationOrAssumed(context, like.name, like.span, "table");
      if (!mayUse(context, source.acl, "select"))
        refuse(context, like.span, `permission denied for table ${source.name}`);
      for (const column of source.columns)
        add({ ...inheritedColumn(column, 0), definition: null, local: true, inheritCount: 0 }, null);
    }
    const definition = event.columns[i];
    if (definition !== undefined) {
      add(
        definition.type === null
          ? { ...columnOf(context, definition, 0), ...typeAt(columns[at(definition.name)]) }
          : columnOf(context, definition, 0),
        definition,
      );
    }
  }
  return { columns, written };
}

const typeAt = (column: Column | undefined): Partial<Column> =>
  column === undefined ? {} : { type: column.type };

function emptyDefinition(name: string, event: EventOf<"create-table">): ColumnDefinition {
  return {
    name,
    type: null,
    notNull: false,
    default: null,
    identity: null,
    generated: false,
    virtual: false,
    primaryKey: false,
    checks: [],
    references: null,
    constraints: [],
    identitySequence: null,
    span: event.name.span,
  };
}

/** Defaults and generation expressions of a parent's columns. */
function inheritDefaults(context: Context, relation: Relation, parent: Relation): void {
  const map = columnMap(parent, current(context, relation));
  for (const column of parent.columns) {
    const number = map.get(column.number);
    if (number === undefined) continue;
    if (column.default !== null)
      setDefault(
        context,
        relation.oid,
        number,
        rebound(column.default, parent.oid, relation.oid, map),
        column.generated,
      );
    if (column.identity !== null && relation.partition) {
      const found = current(context, relation);
      context.state.relations.put({
        ...found,
        columns: found.columns.map((own) =>
          own.number === number ? { ...own, identity: column.identity } : own,
        ),
      });
    }
  }
}

/** What a column definition brings besides name and type: its default, sequence, and NOT NULL of serial and identity. */
export function defineColumn(
  context: Context,
  table: Relation,
  definition: ColumnDefinition,
  number: number,
): void {
  const column = current(context, table).columns.find((each) => each.number === number);
  if (column === undefined) return;
  if (serialType(definition.type) !== null)
    ownSequence(context, current(context, table), column, "serial", null);
  if (definition.identity !== null) {
    if (
      !["int2", "int4", "int8"].includes(
        typeof column.type.base === "string" ? column.type.base.replace("pg_catalog.", "") : "",
      ) &&
      !context.assume
    ) {
      refuse(context, definition.span, "identity column type must be smallint, integer, or bigint");
    }
    ownSequence(context, current(context, table), column, "identity", definition.identitySequence);
  }
  const stated = definition.constraints.some(
    (constraint) => constraint.type === "not-null" || constraint.type === "primary",
  );
  if ((serialType(definition.type) !== null || definition.identity !== null) && !stated) {
    addConstraint(context, table, { ...NOT_NULL, span: definition.span }, definition.name);
  }
  if (definition.default !== null) {
    const generated = definition.generated ? (definition.virtual ? "virtual" : "stored") : null;
    writeDefault(context, table, number, definition.default, generated);
  }
}

function partitionBy(context: Context, table: Relation, event: EventOf<"create-table">): void {
  const key = event.partitionBy;
  if (key === null) return;
  const elements: BoundPartitionKey["elements"][number][] = key.elements.map((element) => ({
    column:
      element.column === null
        ? null
        : requireColumn(context, current(context, table), element.column, event.span).number,
    expression:
      element.expression === null
        ? null
        : boundExpr(context, element.expression, current(context, table)).bound,
  }));
  context.state.relations.put({
    ...current(context, table),
    partitionKey: { strategy: key.strategy, elements },
  });
}

/** Output columns of a query as columns of what it makes. */
function queryColumns(
  context: Context,
  outputs: readonly OutputColumn[],
  names: readonly string[],
  place: Place,
  span: Span,
): readonly Column[] {
  if (names.length > outputs.length && outputs.length > 0 && !context.assume)
    refuse(context, span, "too many column names were specified");
  const seen = new Set<string>();
  return outputs.map((output, i) => {
    const name = names[i] ?? output.name;
    if (seen.has(name) && !context.assume) refuse(context, span, `column "${name}" specified more than once`);
    seen.add(name);
    if (output.type.base === "pg_catalog.record" && !output.type.array && !context.assume) {
      refuse(context, span, `column "${name}" has pseudo-type record`);
    }
    return {
      number: i + 1,
      name,
      type: output.type,
      notNull: false,
      default: null,
      generated: null,
      identity: null,
      definition: null,
      acl: [],
      place,
      local: true,
      inheritCount: 0,
    };
  });
}

export function createTableAs(context: Context, event: EventOf<"create-table-as">): void {
  const relation = newRelation(context, event.name, event.relationKind, event);
  if (relation === null) return;
  const { query, columns: outputs } =
    event.query === null
      ? { query: null, columns: [] }
      : boundQuery(context, event.query, placeOf(context, event.span));
  const columns = queryColumns(context, outputs, event.columnNames, relation.place, event.span);
  context.state.relations.put({
    ...relation,
    columns,
    nextColumn: columns.length + 1,
    options: optionMap(context, event.options),
    query,
  });
  dependOnTypes(context, relation.oid, columns);
  // A table made from a query keeps no tie to it.
  if (event.relationKind === "materialized-view" && query !== null) {
    dependOn(context.state, { oid: relation.oid }, usesOf(query.bindings, relation.oid));
  }
}

function checkOptionOf(event: EventOf<"create-view">): Relation["checkOption"] {
  const option = event.options.find((each) => each.name === "check_option")?.value;
  return option === "local" || option === "cascaded" ? option : event.checkOption;
}

/** CREATE [OR REPLACE] VIEW: replacing keeps owner and ACL and drops every option that is not stated again. */
export function createView(context: Context, event: EventOf<"create-view">): void {
  const { query, columns: outputs } = boundQuery(context, event.query, placeOf(context, event.span));
  // A view over temporary relations is temporary.
  const temporary =
    event.temporary ||
    query.reads.some((read) => context.state.relations.get(read.relation)?.temporary === true);
  const target = targetName(
    context,
    event.name.name,
    event.name.span,
    temporary && event.name.name.length === 1,
  );
  const existing =
    target === null ? undefined : context.state.relations.by(member(target.schema.oid, target.name))[0];
  const options = optionMap(context, event.options);
  const place = placeOf(context, event.name.span);
  const columns = queryColumns(context, outputs, event.columnNames, place, event.span);
  const shared = { options, optionsWriter: place, checkOption: checkOptionOf(event), query };
  if (existing !== undefined && !existing.assumed && event.orReplace) {
    if (existing.kind !== "view") refuse(context, event.span, `"${existing.name}" is not a view`);
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

export function createSequence(context: Context, event: EventOf<"create-sequence">): void {
  const relation = newRelation(context, event.name, "sequence", event);
  if (relation === null) return;
  const sequenceType =
    event.type === null ? { base: "pg_catalog.int8", array: false } : typeRef(context, event.type);
  context.state.relations.put({
    ...relation,
    sequenceType,
    belongsTo: ownedBy(context, relation, event.ownedBy, event.span),
  });
}

function ownedBy(
  context: Context,
  sequence: Relation,
  name: readonly string[] | null,
  span: Span,
): Relation["belongsTo"] {
  if (name === null) return null;
  const table = findRelation(context, name.slice(0, -1));
  if (table === undefined) {
    if (context.assume) return null;
    refuse(context, span, `relation "${name.slice(0, -1).join(".")}" does not exist`);
  }
  if (!context.assume && table.owner !== sequence.owner)
    refuse(context, span, "sequence must have same owner as table it is linked to");
  if (!context.assume && table.schema !== sequence.schema)
    refuse(context, span, "sequence must be in same schema as table it is linked to");
  const column = requireColumn(context, table, name.at(-1) ?? "", span);
  return { relation: table.oid, column: column.number, how: "serial" };
}

export function alterSequence(context: Context, event: EventOf<"alter-sequence">): void {
  const found = findRelation(context, event.name.name);
  if (found === undefined && event.ifExists) return;
  const relation = found ?? relationOrAssumed(context, event.name.name, event.name.span, "sequence");
  if (relation.kind !== "sequence") refuse(context, event.span, `"${relation.name}" is not a sequence`);
  requireOwner(context, event.span, relation.owner, `sequence ${relation.name}`);
  if (event.ownedBy !== undefined) {
    if (relation.belongsTo?.how === "identity")
      refuse(context, event.span, "cannot change ownership of identity sequence");
    context.state.relations.put({
      ...relation,
      belongsTo: ownedBy(context, relation, event.ownedBy, event.span),
    });
  }
  if (event.type !== null)
    context.state.relations.put({
      ...current(context, relation),
      sequenceType: typeRef(context, event.type),
    });
}
