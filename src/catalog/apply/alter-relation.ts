import type { AlterRelationAction, EventOf } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import type { Relation } from "../model.ts";
import { findRelation, relationOrAssumed, roleOid, typeRef } from "../resolve.ts";
import { setRelationOwner } from "./owner.ts";
import { columnOf, ownSequence } from "./relations.ts";

/** ALTER TABLE/VIEW/…: one action after the other. */
export function alterRelation(context: Context, event: EventOf<"alter-relation">): void {
  // ALTER TYPE on a composite type changes no privilege and no code.
  if (event.relationKind === "type") return;
  const found = findRelation(context, event.name.name);
  if (found === undefined && event.ifExists) return;
  const relation =
    found ??
    relationOrAssumed(
      context,
      event.name.name,
      event.name.span,
      event.relationKind === "view"
        ? "view"
        : event.relationKind === "materialized-view"
          ? "materialized-view"
          : event.relationKind === "sequence"
            ? "sequence"
            : "table",
    );
  for (const action of event.actions) {
    const current = context.state.relations.get(relation.oid);
    if (current !== undefined) apply(context, current, action);
  }
}

function apply(context: Context, relation: Relation, action: AlterRelationAction): void {
  const { relations } = context.state;
  const place = placeOf(context, action.span);
  switch (action.action) {
    case "rls":
      if (refuseRowSecurity(context, relation, action)) return;
      relations.put({ ...relation, rowSecurity: { value: action.enabled, place } });
      return;
    case "force-rls":
      if (refuseRowSecurity(context, relation, action)) return;
      relations.put({ ...relation, forceRowSecurity: { value: action.forced, place } });
      return;
    case "owner":
      setRelationOwner(context, relation, roleOid(context, action.owner));
      return;
    case "set-options": {
      const options = new Map(relation.options);
      const lost = new Map(relation.lostOptions);
      for (const option of action.options) {
        options.set(option.name, { value: option.value ?? "true", place: placeOf(context, option.span) });
        lost.delete(option.name);
      }
      relations.put({ ...relation, options, lostOptions: lost, optionsWriter: place });
      return;
    }
    case "reset-options": {
      const options = new Map(relation.options);
      const lost = new Map<string, Place>(relation.lostOptions);
      for (const name of action.options) if (options.delete(name)) lost.set(name, place);
      relations.put({ ...relation, options, lostOptions: lost, optionsWriter: place });
      return;
    }
    case "add-column": {
      if (relation.columns.some((column) => column.name === action.column.name)) {
        if (!action.ifNotExists) {
          refuse(context, action.span, `column "${action.column.name}" of relation "${relation.name}" already exists`);
        }
        return;
      }
      const column = columnOf(context, action.column);
      relations.put({ ...relation, columns: [...relation.columns, column] });
      ownSequence(context, relation, action.column);
      for (const child of relations.by(`parent:${relation.oid}`)) {
        if (child.columns.some((other) => other.name === column.name)) continue;
        relations.put({ ...child, columns: [...child.columns, { ...column, inherited: true }] });
      }
      return;
    }
    case "drop-column": {
      relations.put({ ...relation, columns: relation.columns.filter((column) => column.name !== action.name) });
      for (const owned of relations.by(`of:${relation.oid}`)) {
        if (owned.belongsTo?.column === action.name) relations.delete(owned.oid);
      }
      return;
    }
    case "alter-type":
      changeColumn(context, relation, action.name, { type: typeRef(context, action.type) });
      return;
    case "column-default":
      changeColumn(context, relation, action.name, { default: action.default });
      return;
    case "column-not-null":
      changeColumn(context, relation, action.name, { notNull: action.notNull });
      return;
    case "add-identity": {
      const column = relation.columns.find((other) => other.name === action.name);
      if (column?.definition != null) ownSequence(context, relation, { ...column.definition, identity: "by-default" });
      return;
    }
    case "drop-identity":
      for (const owned of relations.by(`of:${relation.oid}`)) {
        if (owned.belongsTo?.column === action.name && owned.kind === "sequence") relations.delete(owned.oid);
      }
      return;
    case "add-constraint": {
      const primary = action.constraint.type === "primary" ? action.constraint.columns : [];
      relations.put({
        ...relation,
        constraints: [...relation.constraints, action.constraint],
        columns: relation.columns.map((column) =>
          primary.includes(column.name) ? { ...column, notNull: true } : column,
        ),
      });
      return;
    }
    case "drop-constraint":
      relations.put({
        ...relation,
        constraints: relation.constraints.filter((constraint) => constraint.name !== action.name),
      });
      return;
    case "inherit":
    case "no-inherit": {
      const parent = relationOrAssumed(context, action.parent.name, action.parent.span, "table");
      const parents = relation.parents.filter((oid) => oid !== parent.oid);
      relations.put({ ...relation, parents: action.action === "inherit" ? [...parents, parent.oid] : parents });
      return;
    }
    case "attach-partition":
    case "detach-partition": {
      const partition = relationOrAssumed(context, action.partition.name, action.partition.span, "table");
      const attach = action.action === "attach-partition";
      // An index partition is attached to an index; nothing about privileges changes.
      if (partition.kind === "index") return;
      relations.put({
        ...partition,
        parents: attach ? [relation.oid] : partition.parents.filter((oid) => oid !== relation.oid),
        partition: attach,
      });
      return;
    }
    case "trigger-enabled":
      for (const trigger of context.state.triggers.by(`${relation.oid}`)) {
        if (action.which === "named" && trigger.name !== action.trigger) continue;
        context.state.triggers.put({ ...trigger, enabled: { value: action.enabled, place } });
      }
      return;
    case "rule-enabled":
      for (const rule of context.state.rules.by(`${relation.oid}`)) {
        if (rule.name === action.rule) {
          context.state.rules.put({ ...rule, enabled: { value: action.enabled, place } });
        }
      }
      return;
    case "other":
      return;
  }
}

/** Row security exists on tables alone: on a view or materialized view the statement parses and fails. */
function refuseRowSecurity(context: Context, relation: Relation, action: AlterRelationAction): boolean {
  if (relation.kind === "table" || relation.kind === "partitioned-table") return false;
  refuse(context, action.span, `ALTER action cannot be performed on relation "${relation.name}": not a table`);
  return true;
}

function changeColumn(
  context: Context,
  relation: Relation,
  name: string,
  change: Partial<Relation["columns"][number]>,
): void {
  context.state.relations.put({
    ...relation,
    columns: relation.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  });
}
