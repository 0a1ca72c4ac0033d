import type { EventOf } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { catalogFunction } from "../builtin/functions.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { dependOn, extensionOf, independent } from "../depend.ts";
import { type ExtensionData, extensionData } from "../extensions/data.ts";
import { createMembers } from "../extensions/members.ts";
import { isSuperuser } from "../membership.ts";
import type { Oid, Schema } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { mayUse, requireOwner } from "../permissions.ts";
import { creationSchema, findRelation, schemaNamed, schemaOrAssumed } from "../resolve.ts";
import { databaseOf, newOid, type State } from "../store.ts";
import type { Table } from "../table.ts";
import { objectNamed } from "./named-objects.ts";

/**
 * Extensions whose control file names their schema, which CREATE EXTENSION makes if it is not there: those of which nothing else is known,
 * and newer versions than the data has.
 */
const FIXED_SCHEMA: ReadonlyMap<string, string> = new Map([
  ["plpgsql", "pg_catalog"],
  ["pg_cron", "pg_catalog"],
  ["plpython3u", "pg_catalog"],
  ["plperl", "pg_catalog"],
  ["plperlu", "pg_catalog"],
  ["pltcl", "pg_catalog"],
  ["postgis_topology", "topology"],
  ["postgis_tiger_geocoder", "tiger"],
  ["pgsodium", "pgsodium"],
]);

/** CREATE EXTENSION: the extension itself, what it requires, and of known ones all that their scripts create. */
export function createExtension(context: Context, event: EventOf<"create-extension">): void {
  const { state } = context;
  const { span } = event;
  const existing = state.extensions.by.name.first(event.name);
  if (existing !== undefined) {
    if (!event.ifNotExists && !(existing.prelude && context.assume))
      refuse(context, span, `extension "${event.name}" already exists`);
    return;
  }
  const data = extensionData(event.name);
  const owner = currentUser(context);
  const scriptOwner = data === null ? owner : runsAs(context, event, data, owner);
  // The schema that the statement names is there already; one that the control file names need not be.
  const schema = schemaFor(context, event, data, owner);
  if (schema === null) refuse(context, span, "no schema has been selected to create in");
  if (data !== null && !context.assume && schema.name === "pg_catalog")
    requireFitsInCatalog(context, data, span);
  if (data !== null && !context.assume && schema.name === "pg_temp")
    requireFitsInTemporary(context, event.name, span);
  for (const name of data?.control.requires ?? []) requireExtension(context, event, name);
  const extension = state.extensions.put({
    oid: newOid(state),
    name: event.name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    owner,
    schema: schema.oid,
  });
  const required = (data?.control.requires ?? []).flatMap(
    (name) => state.extensions.by.name.first(name) ?? [],
  );
  dependOn(state, { oid: extension.oid }, [{ oid: schema.oid }, ...required.map(({ oid }) => ({ oid }))]);
  if (data !== null) createMembers(context, extension, data, scriptOwner, span);
}

/** Who runs the script: of a trusted extension the bootstrap superuser where the user is none. */
function runsAs(
  context: Context,
  event: EventOf<"create-extension">,
  { control }: ExtensionData,
  user: Oid,
): Oid {
  if (!control.superuser || isSuperuser(context.state, user)) return user;
  const database = databaseOf(context.state);
  const trusted = control.trusted && database !== undefined && mayUse(context, database.acl, "create");
  if (!trusted && !context.assume)
    refuse(context, event.span, `permission denied to create extension "${event.name}"`);
  return control.trusted ? context.bootstrap : user;
}

/** In pg_catalog a script can create functions, unless they are there, but neither relations nor row types. */
function requireFitsInCatalog(context: Context, data: ExtensionData, span: Span): void {
  const rows = data.types.filter(({ kind }) => kind === "composite");
  // Those with a schema of their own name it: `cron.job`.
  const denied = [...data.relations, ...rows].find(({ name }) => !name.includes("."));
  if (denied !== undefined) refuse(context, span, `permission denied to create "pg_catalog.${denied.name}"`);
  for (const { name, args } of data.functions) {
    const types = args.map(({ type }) => type);
    if (catalogFunction(name, types, context.postgresVersion) !== null)
      refuse(context, span, `function "${name}" already exists with same argument types`);
  }
}

/** Extensions whose scripts do not use the functions that they create. */
const NAMES_NO_OWN_FUNCTION: ReadonlySet<string> = new Set([
  "autoinc",
  "fuzzystrmatch",
  "insert_username",
  "lo",
  "moddatetime",
  "pg_prewarm",
  "pgcrypto",
  "pgrowlocks",
  "refint",
  "sslinfo",
  "tablefunc",
  "tcn",
  "tsm_system_rows",
  "tsm_system_time",
  "uuid-ossp",
]);

/** Functions in pg_temp are found by their qualified name only, and scripts write none. */
function requireFitsInTemporary(context: Context, name: string, span: Span): void {
  if (NAMES_NO_OWN_FUNCTION.has(name)) return;
  refuse(context, span, `a function of extension "${name}" does not exist`);
}

/** CASCADE installs what is required, in the same schema. */
function requireExtension(context: Context, event: EventOf<"create-extension">, name: string): void {
  if (context.state.extensions.by.name.has(name)) return;
  if (event.cascade) createExtension(context, { ...event, name });
  else if (!context.assume) refuse(context, event.span, `required extension "${name}" is not installed`);
}

function schemaFor(
  context: Context,
  event: EventOf<"create-extension">,
  data: ExtensionData | null,
  owner: Oid,
): Schema | null {
  const { state } = context;
  const fixed = FIXED_SCHEMA.get(event.name) ?? data?.control.schema ?? null;
  if (fixed === null) {
    return event.schema === null
      ? creationSchema(context)
      : schemaOrAssumed(context, event.schema, event.span);
  }
  if (event.schema !== null && event.schema !== fixed && !event.cascade && !context.assume)
    refuse(context, event.span, `extension "${event.name}" must be installed in schema "${fixed}"`);
  const existing = schemaNamed(state, fixed);
  if (existing !== undefined) return existing;
  return state.schemas.put({
    oid: newOid(state),
    name: fixed,
    place: placeOf(context, event.span),
    prelude: context.prelude,
    assumed: false,
    owner,
    acl: newObjectAcl(context, "schema", owner, null),
    extension: event.name,
  });
}

/** ALTER EXTENSION … ADD, DROP. Members go with their extension and cannot be dropped without it. */
export function alterExtensionMembers(context: Context, event: EventOf<"alter-extension-members">): void {
  const { state } = context;
  const { span, object, change } = event;
  const extension = state.extensions.by.name.first(event.name);
  if (extension === undefined) {
    if (!context.assume) refuse(context, span, `extension "${event.name}" does not exist`);
    return;
  }
  requireOwner(context, span, extension.owner, `extension ${extension.name}`);
  const found = memberNamed(context, event);
  if (found === undefined) {
    if (!context.assume && event.objectKind !== "other")
      refuse(context, span, `${event.objectKind} "${object.name.join(".")}" does not exist`);
    return;
  }
  requireOwner(context, span, found.owner, `${event.objectKind} ${object.name.join(".")}`);
  const address = { oid: found.oid };
  const of = extensionOf(state, found.oid);
  if (change === "add") {
    if (of !== null) refuse(context, span, `${object.name.join(".")} is already a member of an extension`);
    if (extension.schema === found.oid)
      refuse(context, span, `cannot add schema "${object.name.join(".")}" to the extension that it contains`);
    dependOn(state, address, [{ oid: extension.oid }], "extension");
  } else {
    if (of !== extension.oid)
      refuse(context, span, `${object.name.join(".")} is not a member of extension "${extension.name}"`);
    independent(state, address, "extension");
  }
  markMember(state, found.oid, change === "add" ? extension.name : null);
}

function memberNamed(
  context: Context,
  event: EventOf<"alter-extension-members">,
): { readonly oid: Oid; readonly owner: Oid } | undefined {
  const { object, objectKind, span } = event;
  switch (objectKind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "foreign-table":
      return findRelation(context, object.name);
    case "language":
      return context.state.languages.by.name.first(object.name.at(-1) ?? "");
    default:
      return objectNamed(context, objectKind, object, span);
  }
}

function markMember(state: State, oid: Oid, extension: string | null): void {
  const mark = <T extends { readonly oid: Oid; readonly extension: string | null }>(
    table: Table<T>,
  ): void => {
    const record = table.get(oid);
    if (record !== undefined) table.put({ ...record, extension });
  };
  mark(state.schemas);
  mark(state.relations);
  mark(state.routines);
  mark(state.types);
  mark(state.operators);
  mark(state.foreignDataWrappers);
}
