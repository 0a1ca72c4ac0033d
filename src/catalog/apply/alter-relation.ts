/** ALTER TABLE, VIEW, MATERIALIZED VIEW, SEQUENCE, FOREIGN TABLE, INDEX: one action after the other. */
import type { AlterRelationAction, EventOf } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { dependOn, independent } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type { Constraint, Oid, Relation, RelationKind, UserType } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { findRelation, findType, relationOrAssumed, roleOid, serialType } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { knownType } from "../types-by-name.ts";
import { alterColumn } from "./alter-column.ts";
import { alterConstraint } from "./alter-constraint.ts";
import { inPasses } from "./alter-passes.ts";
import { columnNamed, requireIdentityType } from "./columns.ts";
import { withDescendants } from "./descendants.ts";
import { attachIndex } from "./indexes.ts";
import { addParent, removeParent } from "./inheritance.ts";
import { changeRelationOwner } from "./owner.ts";
import { isUpdatable } from "./updatable.ts";

export function alterRelation(context: Context, event: EventOf<"alter-relation">): void {
  // ALTER TYPE on a composite type is not about relations.
  if (event.relationKind === "type") return;
  const found = findRelation(context, event.name.name);
  if (found === undefined && event.ifExists) return;
  const relation = found ?? relationOrAssumed(context, event.name.name, event.name.span, assumedKind(event));
  if (!kindFits(relation.kind, event.relationKind))
    refuse(context, event.span, `"${relation.name}" is not a ${event.relationKind}`);
  requireOwner(context, event.span, relation.owner, `${event.relationKind} ${relation.name}`);
  if (!context.assume) requireOwnSequences(context, relation, event.actions);
  requireOnePersistence(context, relation, event.actions);
  if (!context.assume) requireSequencesFit(context, relation, event.actions);
  // Sequences of columns that the statement adds are made before it and become theirs afterwards.
  const owned = new Set(context.state.relations.by.of.all(relation.oid).map(({ oid }) => oid));
  for (const action of inPasses(event.actions, (name) => columnNamed(relation, name)?.notNull === true)) {
    const now = context.state.relations.get(relation.oid);
    if (now === undefined) continue;
    if (event.actions.length > 1) requireStillNotNull(context, now, action);
    if (action.action === "alter-type") requireSameType(context, relation, now, action.name, action.span);
    if (!event.only && GOES_DOWN.has(action.action)) {
      for (const each of withDescendants(context, now).slice(1))
        requireOwner(context, action.span, each.owner, `table ${each.name}`);
    }
    apply(context, now, action, event.only, owned);
  }
}

/** A primary key beside other actions relies on the NOT NULL constraints that were there or were made for it. */
function requireStillNotNull(context: Context, relation: Relation, action: AlterRelationAction): void {
  if (context.assume || action.action !== "add-constraint" || action.constraint.type !== "primary") return;
  for (const name of action.constraint.columns) {
    if (columnNamed(relation, name)?.notNull === false)
      refuse(context, action.span, `primary key column "${name}" is not marked NOT NULL`);
  }
}

/** A new column's sequence is made before the table changes hands and tied to it afterwards, when they have two owners. */
function requireOwnSequences(
  context: Context,
  relation: Relation,
  actions: readonly AlterRelationAction[],
): void {
  const given = actions.some(
    (action) => action.action === "owner" && roleOid(context, action.owner) !== relation.owner,
  );
  if (!given) return;
  for (const action of actions) {
    if (action.action !== "add-column" || columnNamed(relation, action.column.name) !== undefined) continue;
    if (action.column.identity !== null || serialType(action.column.type) !== null)
      refuse(context, action.span, "sequence must have same owner as table it is linked to");
  }
}

/** A statement changes whether a table is logged once. */
function requireOnePersistence(
  context: Context,
  { unlogged }: Relation,
  actions: readonly AlterRelationAction[],
): void {
  let changed = false;
  for (const action of actions) {
    if (action.action !== "set-persistence") continue;
    if (changed) refuse(context, action.span, "cannot change persistence setting twice");
    changed = (action.persistence === "unlogged") !== unlogged;
  }
}

/** A column's new type is one for its sequence, which takes it before the statement begins: also where DROP IDENTITY stands beside it. */
function requireSequencesFit(
  context: Context,
  relation: Relation,
  actions: readonly AlterRelationAction[],
): void {
  for (const action of actions) {
    if (action.action !== "alter-type" || columnNamed(relation, action.name)?.identity == null) continue;
    requireIdentityType(context, knownType(context, action.type, action.span), action.span);
  }
}

/** A statement changes the type of a column once. */
function requireSameType(context: Context, before: Relation, now: Relation, name: string, span: Span): void {
  const column = columnNamed(now, name);
  const first = before.columns.find((each) => each.number === column?.number);
  if (column === undefined || first === undefined || context.assume) return;
  if (!sameType(first.type, column.type) || first.type.modifier !== column.type.modifier)
    refuse(context, span, `cannot alter type of column "${name}" twice`);
}

/**
 * What is prepared for all children before anything is done: they must be the same owner's, whether it changes them or not. The others
 * ask at each child that they come to.
 */
const GOES_DOWN: ReadonlySet<AlterRelationAction["action"]> = new Set(["alter-type", "column-default"]);

function assumedKind({ relationKind }: EventOf<"alter-relation">): RelationKind {
  switch (relationKind) {
    case "view":
    case "materialized-view":
    case "sequence":
    case "index":
    case "foreign-table":
      return relationKind;
    default:
      return "table";
  }
}

/** ALTER TABLE takes relations of all kinds, the others their own. */
export function kindFits(kind: RelationKind, wanted: string): boolean {
  switch (wanted) {
    case "table":
      return kind !== "composite-type";
    case "view":
    case "materialized-view":
    case "sequence":
    case "index":
    case "foreign-table":
      return kind === wanted;
    default:
      return true;
  }
}

function apply(
  context: Context,
  relation: Relation,
  action: AlterRelationAction,
  only: boolean,
  owned: ReadonlySet<Oid>,
): void {
  const { relations } = context.state;
  const place = placeOf(context, action.span);
  switch (action.action) {
    case "rls":
      requireTable(context, relation, action);
      relations.put({
        ...relation,
        rowSecurity: {
          value: action.enabled,
          place,
          hadBeenOn: relation.rowSecurity.value || relation.rowSecurity.hadBeenOn === true,
        },
      });
      return;
    case "force-rls":
      requireTable(context, relation, action);
      relations.put({ ...relation, forceRowSecurity: { value: action.forced, place } });
      return;
    case "owner":
      changeRelationOwner(context, relation, roleOid(context, action.owner), action.span);
      return;
    case "set-options":
      if (relation.kind === "partitioned-table")
        refuse(context, action.span, "cannot specify storage parameters for a partitioned table");
      setOptions(context, relation, action, place);
      return;
    case "reset-options":
      resetOptions(context, relation, action.options, place);
      return;
    case "set-persistence":
      if (relation.kind === "partitioned-table" && context.postgresVersion >= 18)
        refuse(context, action.span, `ALTER action cannot be performed on relation "${relation.name}"`);
      if (relation.temporary)
        refuse(
          context,
          action.span,
          `cannot change logged status of table "${relation.name}" because it is temporary`,
        );
      if (relation.unlogged === (action.persistence === "unlogged")) return;
      if (!context.assume)
        requirePersistence(context, relation, action.persistence === "unlogged", action.span);
      // It has nothing to write anew.
      if (relation.kind === "partitioned-table") return;
      for (const each of [relation, ...relations.by.of.all(relation.oid)]) {
        if (each.oid !== relation.oid && each.kind === "sequence" && !owned.has(each.oid)) continue;
        relations.put({ ...each, unlogged: action.persistence === "unlogged" });
      }
      return;
    case "of-type": {
      const type = findType(context, action.type.name);
      if (type === undefined)
        refuse(context, action.span, `type "${action.type.name.join(".")}" does not exist`);
      if (!context.assume) requireSameRow(context, relation, type, action.span);
      relations.put({ ...relation, ofType: type.oid });
      dependOn(context.state, { oid: relation.oid }, [{ oid: type.oid }]);
      return;
    }
    case "not-of-type":
      if (relation.ofType === null && !relation.assumed)
        refuse(context, action.span, `"${relation.name}" is not a typed table`);
      relations.put({ ...relation, ofType: null });
      independent(context.state, { oid: relation.oid }, "normal");
      return;
    case "add-column":
    case "drop-column":
    case "alter-type":
    case "column-default":
    case "column-not-null":
    case "add-identity":
    case "set-identity":
    case "drop-identity":
    case "set-expression":
    case "drop-expression":
      alterColumn(context, relation, action, only);
      return;
    case "add-constraint":
    case "alter-constraint":
    case "validate-constraint":
    case "drop-constraint":
      alterConstraint(context, relation, action, only);
      return;
    case "inherit":
    case "no-inherit": {
      const parent = relationOrAssumed(context, action.parent.name, action.parent.span, "table");
      if (action.action === "no-inherit") {
        removeParent(context, relation, parent, action.span);
        return;
      }
      if (relation.partition) refuse(context, action.span, "cannot change inheritance of a partition");
      if (relation.kind === "partitioned-table")
        refuse(context, action.span, "cannot change inheritance of partitioned table");
      if (parent.kind === "partitioned-table")
        refuse(context, action.span, `cannot inherit from partitioned table "${parent.name}"`);
      if (parent.partition) refuse(context, action.span, "cannot inherit from a partition");
      addParent(context, relation, parent, action.span, null);
      return;
    }
    case "attach-partition": {
      const partition = relationOrAssumed(context, action.partition.name, action.partition.span, "table");
      if (partition.kind === "index") {
        attachIndex(context, partition, relation.oid);
        return;
      }
      if (relation.kind !== "partitioned-table" && !relation.assumed)
        refuse(context, action.span, `table "${relation.name}" is not partitioned`);
      addParent(context, partition, relation, action.span, action.bound ?? { kind: "default" });
      return;
    }
    case "detach-partition": {
      const partition = relationOrAssumed(context, action.partition.name, action.partition.span, "table");
      removeParent(context, partition, relation, action.span);
      return;
    }
    case "trigger-enabled": {
      if (relation.kind !== "foreign-table") requireTable(context, relation, action);
      let found = action.which !== "named";
      if (action.which === "all") requireNoSystemTriggers(context, relation, action.span);
      for (const each of only ? [relation] : withDescendants(context, relation)) {
        for (const trigger of context.state.triggers.by.relation.all(each.oid)) {
          if (action.which === "named" && trigger.name !== action.trigger) continue;
          // Below, only the copies of the table's own triggers.
          if (each.oid !== relation.oid && trigger.parent === null) continue;
          found = true;
          context.state.triggers.put({ ...trigger, enabled: { value: action.enabled, place } });
        }
      }
      if (!found && !relation.assumed)
        refuse(
          context,
          action.span,
          `trigger "${action.trigger}" for table "${relation.name}" does not exist`,
        );
      return;
    }
    case "rule-enabled": {
      requireTable(context, relation, action);
      const rule = context.state.rules.by.relation
        .all(relation.oid)
        .find((each) => each.name === action.rule);
      if (rule !== undefined) context.state.rules.put({ ...rule, enabled: { value: action.enabled, place } });
      else if (!relation.assumed)
        refuse(context, action.span, `rule "${action.rule}" for relation "${relation.name}" does not exist`);
      return;
    }
    case "other":
      return;
  }
}

/** Only superusers may switch the triggers that foreign keys and deferrable keys are made of. */
function requireNoSystemTriggers(context: Context, { oid, name }: Relation, span: Span): void {
  if (context.assume || isSuperuser(context.state, currentUser(context))) return;
  const { constraints } = context.state;
  const isWatched = ({ kind, definition }: Constraint) =>
    kind === "foreign-key" ? definition.enforced : definition.deferrable;
  if ([...constraints.by.references.all(oid), ...constraints.by.relation.all(oid)].some(isWatched))
    refuse(context, span, `permission denied: a trigger of "${name}" is a system trigger`);
}

/** A typed table has the columns of its type, in their order, and no parents. */
function requireSameRow(context: Context, relation: Relation, type: UserType | Relation, span: Span): void {
  const attributes = "attributes" in type ? type.attributes : type.columns;
  if (!("attributes" in type) || type.kind !== "composite")
    refuse(context, span, `type ${type.name} is not a composite type`);
  if (relation.parents.length > 0) refuse(context, span, "typed tables cannot inherit");
  for (const [i, attribute] of attributes.entries()) {
    const column = relation.columns[i];
    if (column === undefined) refuse(context, span, `table is missing column "${attribute.name}"`);
    if (column.name !== attribute.name)
      refuse(context, span, `table has column "${column.name}" where type requires "${attribute.name}"`);
    if (!sameType(column.type, attribute.type) || column.type.modifier !== attribute.type.modifier)
      refuse(context, span, `table "${relation.name}" has different type for column "${column.name}"`);
  }
  const extra = relation.columns[attributes.length];
  if (extra !== undefined) refuse(context, span, `table has extra column "${extra.name}"`);
}

/** ATPrepChangePersistence(): what is published stays logged, and foreign keys lead to tables as durable as their own. */
function requirePersistence(context: Context, relation: Relation, unlogged: boolean, span: Span): void {
  const { state } = context;
  if (relation.unlogged === unlogged) return;
  if (unlogged && state.published.by.relation.has(relation.oid))
    refuse(
      context,
      span,
      `cannot change table "${relation.name}" to unlogged because it is part of a publication`,
    );
  const others = unlogged
    ? state.constraints.by.references.all(relation.oid).map((key) => key.relation)
    : state.constraints.by.relation.all(relation.oid).map((key) => key.references?.relation);
  for (const oid of others) {
    const other = oid === undefined ? undefined : state.relations.get(oid);
    if (other === undefined || other.oid === relation.oid || other.unlogged === unlogged) continue;
    refuse(
      context,
      span,
      `could not change table "${relation.name}" because of a foreign key with table "${other.name}"`,
    );
  }
}

function setOptions(
  context: Context,
  relation: Relation,
  action: Extract<AlterRelationAction, { action: "set-options" }>,
  place: Place,
): void {
  const options = new Map(relation.options);
  const lost = new Map(relation.lostOptions);
  let { checkOption } = relation;
  for (const option of action.options) {
    if (option.name.includes(".")) continue;
    if (option.name === "check_option" && relation.kind === "view") {
      const { query } = relation;
      if (query?.statement.kind === "select" && !isUpdatable(context, query.statement, query.bindings))
        refuse(context, option.span, "WITH CHECK OPTION is supported only on automatically updatable views");
      checkOption = option.value === "local" ? "local" : "cascaded";
      continue;
    }
    options.set(option.name, { value: option.value ?? "true", place: placeOf(context, option.span) });
    lost.delete(option.name);
  }
  context.state.relations.put({ ...relation, checkOption, options, lostOptions: lost, optionsWriter: place });
}

function resetOptions(context: Context, relation: Relation, names: readonly string[], place: Place): void {
  const options = new Map(relation.options);
  const lost = new Map<string, Place>(relation.lostOptions);
  for (const name of names) if (options.delete(name)) lost.set(name, place);
  const checkOption = names.includes("check_option") ? "none" : relation.checkOption;
  context.state.relations.put({ ...relation, checkOption, options, lostOptions: lost, optionsWriter: place });
}

/** Row security exists on tables alone: on a view or materialized view the statement parses and fails. */
function requireTable(context: Context, relation: Relation, action: AlterRelationAction): void {
  if (relation.kind === "table" || relation.kind === "partitioned-table") return;
  refuse(
    context,
    action.span,
    `ALTER action cannot be performed on relation "${relation.name}": not a table`,
  );
}
