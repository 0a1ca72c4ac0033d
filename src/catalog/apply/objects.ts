/**
 * RENAME, OWNER TO, SET SCHEMA and DROP of what is no relation and no part of one: routines, types, schemas, operators, event
 * triggers, extensions, foreign data, replication (alter.c, dropcmds.c). Each function answers whether the statement was one of these.
 */
import type { EventOf, ObjectKind, RoutineRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import { deleteObjects, dependOn, independent } from "../depend.ts";
import { extensionData } from "../extensions/data.ts";
import { isSuperuser } from "../membership.ts";
import type { Extension, Oid, Schema } from "../model.ts";
import {
  ownsAs,
  requireDatabaseCreate,
  requireOnSchema,
  requireOwner,
  requireOwnerCreates,
  requireSetRole,
} from "../permissions.ts";
import { findRelation, findType, roleOid, schemaOrAssumed } from "../resolve.ts";
import type { State } from "../store.ts";
import { checkName, KINDS, type Named, named, put, schemaOf } from "./named-objects.ts";
import { requireMayChange, requireMayGive } from "./subscriptions.ts";
import { renameAttribute } from "./types.ts";

function missing(context: Context, event: { readonly span: Span }, kind: ObjectKind, ref: RoutineRef): never {
  return refuse(context, event.span, `${kind} "${ref.name.join(".")}" does not exist`);
}

export function renameObject(context: Context, event: EventOf<"rename">): boolean {
  const { span, objectKind, object, newName, sub } = event;
  // ALTER TYPE … RENAME ATTRIBUTE speaks of a column, and composite types are no relations here.
  if (objectKind === "column" && findRelation(context, object.name) === undefined) {
    const type = findType(context, object.name);
    if (type === undefined || context.state.types.get(type.oid)?.kind !== "composite") return false;
    renameAttribute(context, span, object, sub ?? "", newName, event.cascade);
    return true;
  }
  if (objectKind === "domain-constraint") {
    renameDomainConstraint(context, event);
    return true;
  }
  if (!KINDS.has(objectKind)) return false;
  const found = named(context, objectKind, object, span);
  if (found === undefined) return event.ifExists || missing(context, event, objectKind, object);
  const { record } = found;
  requireOwner(context, span, record.owner, `${objectKind} ${record.name}`);
  if (found.is === "subscription") requireMayGive(context, span, found.record);
  const schema = schemaOf(context, found);
  // RenameType() asks for the type alone.
  if (schema !== null && found.is !== "type") requireOnSchema(context, span, schema, "create");
  if (found.is === "schema") requireDatabaseCreate(context, span);
  checkName(context, span, found, newName, null);
  put(context, found, { name: newName });
  return true;
}

function renameDomainConstraint(context: Context, event: EventOf<"rename">): void {
  const { state } = context;
  const found = named(context, "domain", event.object, event.span);
  if (found === undefined) missing(context, event, "domain", event.object);
  requireOwner(context, event.span, found.record.owner, `domain ${found.record.name}`);
  const rows = state.constraints.by.relation.all(found.record.oid);
  const row = rows.find((each) => each.name === event.sub);
  if (row === undefined) refuse(context, event.span, `constraint "${event.sub}" does not exist`);
  if (rows.some((each) => each.name === event.newName))
    refuse(context, event.span, `constraint "${event.newName}" already exists`);
  state.constraints.put({ ...row, name: event.newName });
}

export function setObjectOwner(context: Context, event: EventOf<"set-owner">): boolean {
  const { span, objectKind, object } = event;
  if (!KINDS.has(objectKind)) return false;
  const owner = roleOid(context, event.owner);
  const found =
    named(context, objectKind, object, span) ??
    (objectKind === "schema" && context.assume
      ? { is: "schema" as const, record: schemaOrAssumed(context, object.name[0] ?? "", object.span) }
      : undefined);
  if (found === undefined) return missing(context, event, objectKind, object);
  if (found.record.owner === owner) return true;
  checkNewOwner(context, span, found, owner);
  giveObject(context, found, owner);
  return true;
}

/** A range takes its multirange along. */
function giveObject(context: Context, object: Named, owner: Oid): void {
  put(context, object, { owner });
  if (object.is !== "type" || object.record.kind !== "range") return;
  for (const { dependent, type } of context.state.dependencies.by.on.all(object.record.oid)) {
    const multirange = type === "internal" ? context.state.types.get(dependent.oid) : undefined;
    if (multirange?.kind === "multirange") put(context, { is: "type", record: multirange }, { owner });
  }
}

function checkNewOwner(context: Context, span: Span, object: Named, owner: Oid): void {
  if (context.assume || isSuperuser(context.state, currentUser(context))) {
    const needsSuperuser = object.is === "event-trigger" || object.is === "foreign-data-wrapper";
    if (!context.assume && needsSuperuser && !isSuperuser(context.state, owner)) {
      refuse(context, span, `the owner of ${object.is} "${object.record.name}" must be a superuser`);
    }
    return;
  }
  requireOwner(context, span, object.record.owner, `${object.is} ${object.record.name}`);
  requireSetRole(context, span, owner);
  const schema = schemaOf(context, object);
  if (schema !== null) requireOwnerCreates(context, span, owner, schema);
  if (object.is === "event-trigger" || object.is === "foreign-data-wrapper") {
    refuse(context, span, `permission denied to change owner of ${object.is} "${object.record.name}"`);
  }
  if (object.is === "schema" || object.is === "publication") requireDatabaseCreate(context, span);
  if (object.is === "subscription") requireMayGive(context, span, object.record);
}

export function setObjectSchema(context: Context, event: EventOf<"set-schema">): boolean {
  const { span, objectKind, object } = event;
  if (!KINDS.has(objectKind)) return false;
  const found = named(context, objectKind, object, span);
  if (found === undefined) return event.ifExists || missing(context, event, objectKind, object);
  const target = schemaOrAssumed(context, event.schema, span);
  // What is there already moves without its owner.
  const stays =
    (found.is === "routine" || found.is === "operator") && schemaOf(context, found)?.oid === target.oid;
  if (!stays) requireOwner(context, span, found.record.owner, `${objectKind} ${found.record.name}`);
  requireOnSchema(context, span, target, "create");
  const before = found.is === "extension" ? found.record.schema : (schemaOf(context, found)?.oid ?? null);
  if (before === null || before === target.oid) return true;
  if (found.is === "extension") {
    moveExtension(context, span, found.record, target);
    return true;
  }
  checkName(context, span, found, found.record.name, target.oid);
  put(context, found, { schema: target.oid });
  if (found.is === "operator") {
    // Other kinds say themselves which schema they depend on.
    const rows = context.state.dependencies.by.of
      .all(found.record.oid)
      .filter((row) => row.on.oid !== before);
    independent(context.state, { oid: found.record.oid });
    dependOn(context.state, { oid: found.record.oid }, [{ oid: target.oid }, ...rows.map((row) => row.on)]);
  }
  return true;
}

/** ALTER EXTENSION … SET SCHEMA takes all members along. */
function moveExtension(context: Context, span: Span, extension: Extension, target: Schema): void {
  const { state } = context;
  const { control } = extensionData(extension.name) ?? { control: null };
  if (control?.relocatable === false && !context.assume)
    refuse(context, span, `extension "${extension.name}" does not support SET SCHEMA`);
  const members = state.dependencies.by.on.all(extension.oid).filter(({ type }) => type === "extension");
  for (const { dependent } of members) {
    const { oid } = dependent;
    const relation = state.relations.get(oid);
    if (relation !== undefined) {
      const taken = state.relations.by.member.all(target.oid, relation.name);
      if (taken.length > 0) refuse(context, span, `relation "${relation.name}" already exists`);
      state.relations.put({ ...relation, schema: target.oid });
    }
    const found = memberRecord(state, oid);
    if (found === undefined) continue;
    checkName(context, span, found, found.record.name, target.oid);
    put(context, found, { schema: target.oid });
  }
  state.extensions.put({ ...extension, schema: target.oid });
  independent(state, { oid: extension.oid });
  const required = control?.requires.flatMap((name) => state.extensions.by.name.first(name) ?? []) ?? [];
  dependOn(
    state,
    { oid: extension.oid },
    [target, ...required].map(({ oid }) => ({ oid })),
  );
}

/** A member that is in a schema and no relation. */
function memberRecord(state: State, oid: Oid): Named | undefined {
  const routine = state.routines.get(oid);
  if (routine !== undefined) return { is: "routine", record: routine };
  const type = state.types.get(oid);
  if (type !== undefined) return { is: "type", record: type };
  const operator = state.operators.get(oid);
  return operator === undefined ? undefined : { is: "operator", record: operator };
}

export function dropObjects(context: Context, event: EventOf<"drop">): boolean {
  const { span, objectKind, objects } = event;
  if (!KINDS.has(objectKind)) return false;
  const roots: { readonly oid: Oid }[] = [];
  for (const ref of objects) {
    const found = named(context, objectKind, ref, span);
    if (found === undefined) {
      if (!event.ifExists) missing(context, event, objectKind, ref);
      continue;
    }
    const { record } = found;
    const schema = schemaOf(context, found);
    if (schema === null || !ownsAs(context, schema.owner))
      requireOwner(context, span, record.owner, `${objectKind} ${record.name}`);
    if (found.is === "subscription") requireMayChange(context, span, found.record);
    if (objectKind === "function" && found.is === "routine" && found.record.kind === "aggregate") {
      refuse(context, span, `"${record.name}" is an aggregate function`);
    }
    if (record.prelude && found.is === "schema" && record.name.startsWith("pg_"))
      refuse(context, span, `cannot drop schema ${record.name}`);
    roots.push({ oid: record.oid });
  }
  const what = `${objectKind} ${objects.map((ref) => ref.name.join(".")).join(", ")}`;
  if (roots.length > 0) deleteObjects(context, roots, { cascade: event.cascade, span, what });
  return true;
}
