/** CREATE TABLE: its columns, written, inherited and of a type, and the order in which constraints are made. */
import type { ColumnDefinition, EventOf, TableConstraint } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { boundExpr } from "../bind/query.ts";
import { columnMap, rebound } from "../bind/rebind.ts";
import { type Context, refuse } from "../context.ts";
import { dependOn } from "../depend.ts";
import type { BoundPartitionKey, Column, Relation } from "../model.ts";
import { mayUse, requireOnSchema, requireOwner } from "../permissions.ts";
import { findType, relationOrAssumed, serialType } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { requireTypeUsage } from "../types-by-name.ts";
import { addConstraint } from "./add-constraint.ts";
import {
  columnOf,
  current,
  dependOnTypes,
  MOST_COLUMNS,
  ownSequence,
  partitionsTakeIdentity,
  requireColumn,
  requireIdentityType,
  setDefault,
  writeDefault,
} from "./columns.ts";
import { isNotNullBelow, NOT_NULL } from "./constraints.ts";
import { usableServer } from "./foreign.ts";
import { equipPartition, inheritConstraints, inheritedColumn, requireSameDefaults } from "./inheritance.ts";
import { copyLike, type Like } from "./like.ts";
import { requireBoundFits } from "./partition-bounds.ts";
import { copied, newRelation, optionMap } from "./relations.ts";

/** The columns of a new table while they are put together, in order. */
interface NewColumns {
  readonly columns: Column[];
  /** Written ones, with the number they got. */
  readonly written: { readonly definition: ColumnDefinition; readonly number: number }[];
}

export function createTable(context: Context, event: EventOf<"create-table">): void {
  const fresh = newRelation(context, event.name, event.relationKind, event);
  if (fresh === null) return;
  const parentNames = event.partitionOf === null ? event.inherits : [event.partitionOf];
  const parents = parentNames.map((parent) => relationOrAssumed(context, parent.name, parent.span, "table"));
  if (
    event.partitionOf !== null &&
    parents[0]?.kind !== "partitioned-table" &&
    parents[0]?.assumed === false
  ) {
    refuse(context, event.span, `"${parents[0]?.name}" is not partitioned`);
  }
  // Found before the new table is there, which may have the name of one of them in another schema.
  const likes = event.like.map((like) => ({
    including: like.including,
    source: relationOrAssumed(context, like.name, like.span, "table"),
    span: like.span,
  }));
  for (const [i, parent] of parents.entries()) {
    if (parents.indexOf(parent) < i)
      refuse(context, event.span, `relation "${parent.name}" would be inherited from more than once`);
    requireOwner(context, event.span, parent.owner, `table ${parent.name}`);
    if (event.partitionOf === null && (parent.kind === "partitioned-table" || parent.partition)) {
      refuse(context, event.span, `cannot inherit from partitioned table or partition "${parent.name}"`);
    }
    if (!["table", "partitioned-table", "foreign-table"].includes(parent.kind))
      refuse(context, event.span, `inherited relation "${parent.name}" is not a table`);
    if (parent.temporary && !event.temporary)
      refuse(context, event.span, `cannot inherit from temporary relation "${parent.name}"`);
    if (event.partitionOf !== null && event.temporary && !parent.temporary && !parent.assumed)
      refuse(
        context,
        event.span,
        `cannot create a temporary relation as partition of permanent relation "${parent.name}"`,
      );
    if (event.partitionBound !== null)
      requireBoundFits(context, parent, event.partitionBound, fresh.name, event.span);
  }
  if (event.partitionBy !== null && event.options.length > 0 && !context.assume)
    refuse(context, event.span, "cannot specify storage parameters for a partitioned table");
  if (event.partitionBy !== null && event.persistence === "unlogged" && context.postgresVersion >= 18)
    refuse(context, event.span, "partitioned tables cannot be unlogged");
  const server = event.server === null ? null : usableServer(context, event.server, event.span).oid;
  const options = optionMap(context, event.options);
  const { columns, written } = mergedColumns(context, event, parents, likes);
  const typed = event.ofType === null ? undefined : findType(context, event.ofType.name);
  if (isOpenedAgain(event)) {
    const schema = context.state.schemas.get(fresh.schema);
    if (schema !== undefined) requireOnSchema(context, event.span, schema, "usage");
  }
  for (const { type } of columns) requireTypeUsage(context, type, event.span);
  if (typed !== undefined) requireTypeUsage(context, { base: typed.oid, array: false }, event.span);
  const relation = context.state.relations.put({
    ...fresh,
    parents: parents.map((parent) => parent.oid),
    partition: event.partitionOf !== null,
    partitionBound: event.partitionBound,
    server,
    options,
    copiedFrom: likes.map(({ source, span }) => copied(context, source, span, false)),
    columns,
    nextColumn: columns.length + 1,
    ofType: typed?.oid ?? null,
  });
  if (typed !== undefined) dependOn(context.state, { oid: relation.oid }, [{ oid: typed.oid }]);
  if (relation.server !== null) dependOn(context.state, { oid: relation.oid }, [{ oid: relation.server }]);
  dependOnTypes(context, relation.oid, columns);
  if (event.server !== null) dependOnServer(context, relation, event.server, event.span);
  requireSameDefaults(context, current(context, relation), parents, written);
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
  for (const like of likes) copyLike(context, relation, like, "columns");
  const keys = later.filter(({ constraint }) => ["primary", "unique", "exclude"].includes(constraint.type));
  if (event.partitionOf !== null && parents[0] !== undefined)
    equipPartition(context, current(context, relation), parents[0]);
  for (const { constraint, column } of distinctKeys(keys))
    addConstraint(context, relation, constraint, column);
  for (const like of likes) copyLike(context, relation, like, "indexes");
  for (const { constraint, column } of later)
    if (constraint.type === "foreign") addConstraint(context, relation, constraint, column);
}

/** Keys, sequences and some copies are made by statements of their own, which look the table up by its name. */
function isOpenedAgain(event: EventOf<"create-table">): boolean {
  return (
    event.like.some(({ including }) => including !== 0) ||
    event.columns.some(({ identity, type }) => identity !== null || serialType(type) !== null) ||
    writtenConstraints(event).some(({ constraint }) => !["check", "not-null"].includes(constraint.type))
  );
}

interface WrittenConstraint {
  readonly constraint: TableConstraint;
  readonly column: string | null;
}

/** The primary key first, and of keys that are alike one, with the first name given (transformIndexConstraints). */
function distinctKeys(written: readonly WrittenConstraint[]): readonly WrittenConstraint[] {
  if (written.length < 2) return written;
  const isPrimary = ({ constraint }: WrittenConstraint): boolean => constraint.type === "primary";
  const found: WrittenConstraint[] = [];
  const at = new Map<string, number>();
  for (const key of [...written.filter(isPrimary), ...written.filter((each) => !isPrimary(each))]) {
    const { constraint, column } = key;
    const shape = JSON.stringify([
      column === null ? constraint.columns : [column],
      constraint.including,
      constraint.type === "exclude" ? constraint.span.start : 0,
      constraint.deferrable,
      constraint.initiallyDeferred,
      constraint.nullsNotDistinct,
    ]);
    const index = at.get(shape) ?? found.length;
    const first = found[index];
    // A second primary key stays, to be refused.
    if (first === undefined || isPrimary(key)) {
      at.set(shape, index);
      found.push(key);
    } else if (first.constraint.name === null) {
      found[index] = { ...first, constraint: { ...first.constraint, name: constraint.name } };
    }
  }
  return found;
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
  const server = context.state.foreignServers.by.name.first(name);
  if (server !== undefined) dependOn(context.state, { oid: relation.oid }, [{ oid: server.oid }]);
  else if (!context.assume) refuse(context, span, `server "${name}" does not exist`);
}

/** MergeAttributes(): inherited columns first, then the table's own, same names merged. */
function mergedColumns(
  context: Context,
  event: EventOf<"create-table">,
  parents: readonly Relation[],
  likes: readonly Like[],
): NewColumns {
  if (event.columns.length > MOST_COLUMNS)
    refuse(context, event.span, `tables can have at most ${MOST_COLUMNS} columns`);
  const columns: Column[] = [];
  const written: { definition: ColumnDefinition; number: number }[] = [];
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  const generated = new Map<string, Column["generated"]>();
  for (const parent of parents) {
    for (const column of parent.columns) {
      const index = at(column.name);
      const before = columns[index];
      if (before === undefined) generated.set(column.name, column.generated);
      const notNull = isNotNullBelow(context, parent, column);
      if (before === undefined) columns.push({ ...inheritedColumn(column, columns.length + 1), notNull });
      else if (!sameType(before.type, column.type))
        refuse(context, event.span, `inherited column "${column.name}" has a type conflict`);
      else if (generated.get(column.name) !== column.generated)
        refuse(context, event.span, `inherited column "${column.name}" has a generation conflict`);
      else
        columns[index] = {
          ...before,
          inheritCount: before.inheritCount + 1,
          notNull: before.notNull || notNull,
        };
    }
  }
  const typed = event.ofType === null ? undefined : findType(context, event.ofType.name);
  if (event.ofType !== null && typed === undefined)
    refuse(context, event.span, `type "${event.ofType.name.join(".")}" does not exist`);
  if (typed !== undefined && "kind" in typed && "labels" in typed && typed.kind !== "composite")
    refuse(context, event.span, `type ${typed.name} is not a composite type`);
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
      const number = columns.length + 1;
      columns.push(column.number === number ? column : { ...column, number });
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
    for (const [k, { source }] of likes.entries()) {
      if (event.likeAt[k] !== i) continue;
      if (!mayUse(context, source.acl, "select", "table"))
        refuse(context, event.span, `permission denied for table ${source.name}`);
      for (const column of source.columns)
        add({ ...inheritedColumn(column, 0), definition: null, local: true, inheritCount: 0 }, null);
    }
    const definition = event.columns[i];
    if (definition !== undefined) {
      add(
        definition.type === null
          ? { ...columnOf(context, definition, 0), ...typeAt(columns[at(definition.name)]) }
          : columnOf(context, definition, columns.length + 1),
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
    if (column.identity !== null && relation.partition && partitionsTakeIdentity(context)) {
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
    requireIdentityType(context, column.type, definition.span);
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
