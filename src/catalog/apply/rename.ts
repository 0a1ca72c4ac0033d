/** RENAME and SET SCHEMA of relations and of what is put on them. The other kinds are in objects.ts, roles in roles.ts. */
import type { EventOf } from "../../events/event.ts";
import { type Context, refuse } from "../context.ts";
import type { Relation } from "../model.ts";
import { requireOnSchema, requireOwner } from "../permissions.ts";
import { findRelation, schemaOrAssumed } from "../resolve.ts";
import { kindFits } from "./alter-relation.ts";
import { columnNamed } from "./columns.ts";
import { constraintNamed } from "./constraints.ts";
import { withDescendants } from "./descendants.ts";

/** Renames keep the object: everything that was said of it stays said. */
export function rename(context: Context, event: EventOf<"rename">): void {
  const { objectKind, object, sub } = event;
  if (!RENAMED.has(objectKind)) return;
  const relation = findRelation(context, object.name);
  if (relation === undefined) {
    if (!event.ifExists) refuse(context, event.span, `relation "${object.name.join(".")}" does not exist`);
    return;
  }
  requireOwner(context, event.span, relation.owner, `relation ${relation.name}`);
  switch (objectKind) {
    case "column":
      renameColumn(context, relation, event);
      return;
    case "constraint":
      renameConstraint(context, relation, event);
      return;
    case "policy":
    case "trigger":
    case "rule":
      renamePart(context, relation, event);
      return;
    default:
      if (sub === null) renameRelation(context, relation, event);
  }
}

const RENAMED: ReadonlySet<string> = new Set([
  "table",
  "view",
  "materialized-view",
  "sequence",
  "index",
  "foreign-table",
  "column",
  "constraint",
  "policy",
  "trigger",
  "rule",
]);

function renameRelation(context: Context, relation: Relation, event: EventOf<"rename">): void {
  const { state } = context;
  // ALTER INDEX and ALTER TABLE rename each other's, the other forms do not.
  if (event.objectKind !== "index" && !kindFits(relation.kind, event.objectKind)) {
    refuse(context, event.span, `"${relation.name}" is not a ${event.objectKind}`);
  }
  const schema = state.schemas.get(relation.schema);
  if (schema !== undefined) requireOnSchema(context, event.span, schema, "create");
  requireFree(context, relation.schema, event.newName, event);
  state.relations.put({ ...relation, name: event.newName });
  if (relation.kind !== "index") return;
  for (const key of state.constraints.by.index.all(relation.oid)) {
    if (key.kind !== "foreign-key") state.constraints.put({ ...key, name: event.newName });
  }
}

function requireFree(
  context: Context,
  schema: number,
  name: string,
  event: { readonly span: EventOf<"rename">["span"] },
): void {
  const taken = context.state.relations.by.member.first(schema, name);
  if (taken !== undefined && !taken.assumed) refuse(context, event.span, `relation "${name}" already exists`);
  if (context.state.types.by.member.has(schema, name))
    refuse(context, event.span, `type "${name}" already exists`);
}

function renameColumn(context: Context, relation: Relation, event: EventOf<"rename">): void {
  const { state } = context;
  const { newName, span } = event;
  const name = event.sub ?? "";
  const column = columnNamed(relation, name);
  if (column === undefined) {
    if (relation.assumed) return;
    refuse(context, span, `column "${name}" does not exist`);
  }
  if (column.inheritCount > 0) refuse(context, span, `cannot rename inherited column "${name}"`);
  if (relation.ofType !== null) refuse(context, span, "cannot rename column of typed table");
  const all = withDescendants(context, relation);
  if (event.only && all.length > 1)
    refuse(context, span, `inherited column "${name}" must be renamed in child tables too`);
  const renamed = new Set(all.map((table) => table.oid));
  for (const table of all) {
    const own = columnNamed(table, name);
    requireOwner(context, span, table.owner, `table ${table.name}`);
    // From a parent that this statement does not reach as well.
    if (own !== undefined && own.inheritCount > table.parents.filter((parent) => renamed.has(parent)).length)
      refuse(context, span, `cannot rename inherited column "${name}"`);
    if (columnNamed(table, newName) !== undefined)
      refuse(context, span, `column "${newName}" of relation "${table.name}" already exists`);
    state.relations.put({
      ...table,
      columns: table.columns.map((each) => (each.name === name ? { ...each, name: newName } : each)),
    });
  }
}

function renameConstraint(context: Context, relation: Relation, event: EventOf<"rename">): void {
  const { state } = context;
  const name = event.sub ?? "";
  const constraint = constraintNamed(context, relation, name);
  if (constraint === undefined) {
    if (relation.assumed) return;
    refuse(context, event.span, `constraint "${name}" for table "${relation.name}" does not exist`);
  }
  const inherited = constraint.kind === "check" || constraint.kind === "not-null";
  if (inherited && constraint.inheritCount > 0)
    refuse(context, event.span, `cannot rename inherited constraint "${name}"`);
  for (const table of inherited && !event.only ? withDescendants(context, relation) : [relation]) {
    const own = constraintNamed(context, table, name);
    if (own === undefined) continue;
    if (constraintNamed(context, table, event.newName) !== undefined) {
      refuse(
        context,
        event.span,
        `constraint "${event.newName}" for relation "${table.name}" already exists`,
      );
    }
    state.constraints.put({ ...own, name: event.newName });
    const index =
      own.index === null || own.kind === "foreign-key" ? undefined : state.relations.get(own.index);
    if (index === undefined) continue;
    requireFree(context, index.schema, event.newName, event);
    state.relations.put({ ...index, name: event.newName });
  }
}

function renamePart(context: Context, relation: Relation, event: EventOf<"rename">): void {
  const { state } = context;
  const { newName, objectKind, span, sub } = event;
  const rows = { policy: state.policies, trigger: state.triggers, rule: state.rules };
  const table = objectKind === "policy" ? rows.policy : objectKind === "trigger" ? rows.trigger : rows.rule;
  const found = table.by.relation.all(relation.oid).find((row) => row.name === sub);
  if (found === undefined) {
    if (relation.assumed) return;
    refuse(context, span, `${objectKind} "${sub}" for table "${relation.name}" does not exist`);
  }
  if (objectKind === "trigger" && sub === newName) return;
  if (table.by.relation.all(relation.oid).some((row) => row.name === newName))
    refuse(context, span, `${objectKind} "${newName}" for table "${relation.name}" already exists`);
  const policy = state.policies.get(found.oid);
  if (policy !== undefined) state.policies.put({ ...policy, name: newName });
  const rule = state.rules.get(found.oid);
  if (rule !== undefined) state.rules.put({ ...rule, name: newName });
  const trigger = state.triggers.get(found.oid);
  if (trigger === undefined) return;
  if (trigger.parent !== null)
    refuse(context, span, `cannot rename trigger "${sub}" on table "${relation.name}"`);
  const open = [trigger];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    state.triggers.put({ ...each, name: newName });
    open.push(...state.triggers.by.parent.all(each.oid));
  }
  // The constraint of a constraint trigger keeps its name.
}

/** ALTER … SET SCHEMA; a table takes its indexes and sequences along. */
export function setSchema(context: Context, event: EventOf<"set-schema">): void {
  const { state } = context;
  const { object } = event;
  if (!MOVED.has(event.objectKind)) return;
  const relation = findRelation(context, object.name);
  if (relation === undefined) {
    if (!event.ifExists) refuse(context, event.span, `relation "${object.name.join(".")}" does not exist`);
    return;
  }
  if (!kindFits(relation.kind, event.objectKind))
    refuse(context, event.span, `"${relation.name}" is not a ${event.objectKind}`);
  requireOwner(context, event.span, relation.owner, `relation ${relation.name}`);
  const schema = schemaOrAssumed(context, event.schema, event.span);
  requireOnSchema(context, event.span, schema, "create");
  if (relation.kind === "sequence" && relation.belongsTo !== null)
    refuse(context, event.span, "cannot move an owned sequence into another schema");
  if (schema.name === "pg_temp" || relation.temporary)
    refuse(context, event.span, "cannot move objects into or out of temporary schemas");
  if (schema.oid === relation.schema) return;
  for (const each of [relation, ...state.relations.by.of.all(relation.oid)]) {
    requireFree(context, schema.oid, each.name, event);
    state.relations.put({ ...each, schema: schema.oid });
  }
}

const MOVED: ReadonlySet<string> = new Set([
  "table",
  "view",
  "materialized-view",
  "sequence",
  "foreign-table",
]);
