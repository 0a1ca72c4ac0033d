/** GRANT and REVOKE, as aclchk.c does them. */
import type { EventOf, GrantTarget, PrivilegeRef, RoutineRef } from "../../events/event.ts";
import { type Context, currentUser, placeOf, refuse, unknown } from "../context.ts";
import type { GrantChange } from "../granting.ts";
import { builtinRelation, builtinRoutine, builtinsIn, builtinType } from "../initdb.ts";
import type { Relation, Routine } from "../model.ts";
import { requireOnSchema } from "../permissions.ts";
import {
  findRelation,
  findRoutine,
  findType,
  relationOrAssumed,
  roleOid,
  schemaOrAssumed,
} from "../resolve.ts";
import { assumedRoutine } from "./assumed-routine.ts";
import { databaseNamed } from "./databases.ts";
import { grantOnBuiltin, grantOnRecord, grantOnRelation } from "./grant-objects.ts";
import { languageNamed } from "./languages.ts";
import { largeObjectNamed } from "./large-objects.ts";
import { grantOnParameter, parameterNamed } from "./parameters.ts";
import { privilegesFor } from "./privileges.ts";

type GrantEvent = EventOf<"grant">;

export function applyGrant(context: Context, event: GrantEvent): void {
  const { span, target } = event;
  if (event.grantedBy !== null && roleOid(context, event.grantedBy) !== currentUser(context)) {
    refuse(context, span, "grantor must be current user");
  }
  if (event.grant && isTooMuch(context, event)) {
    unknown(context, span, "grants more privileges than are kept apart: left out");
    return;
  }
  const change: GrantChange = {
    grant: event.grant,
    grantees: event.grantees.map((ref) => roleOid(context, ref)),
    grantOption: event.grantOption,
    cascade: event.cascade,
    span,
    origin: { kind: "grant", place: placeOf(context, span), prelude: context.prelude },
  };
  switch (target.kind) {
    case "relations":
      grantOnRelations(context, change, event.privileges, target);
      return;
    case "routines":
      for (const ref of target.objects) {
        const builtin = builtinRoutine(context, ref);
        if (builtin !== undefined) grantOnBuiltin(context, change, event.privileges, builtin);
        else
          grantOnRoutine(
            context,
            change,
            event.privileges,
            routineFor(context, event, ref, target.routineKind),
          );
      }
      return;
    case "types":
      grantOnTypes(context, change, event.privileges, target);
      return;
    case "all-in-schema":
      grantAllInSchema(context, change, event.privileges, target);
      return;
    default:
      for (const name of target.names) grantOnNamed(context, change, event.privileges, target.kind, name);
  }
}

/** Privileges that one statement gives, and that all those of more than `MANY` give. */
const MOST_GRANTED = 100_000;
const MOST_GRANTED_OF_ALL = 500_000;
const MANY = 1000;

function isTooMuch(context: Context, { target, grantees, privileges }: GrantEvent): boolean {
  const { effort } = context;
  const count = countOf(context, target) * grantees.length * Math.max(1, privileges.length);
  if (count <= MANY) return false;
  if (count > MOST_GRANTED || effort.granted + count > MOST_GRANTED_OF_ALL) return true;
  effort.granted += count;
  return false;
}

/** Of how many objects a statement speaks, roughly. */
function countOf({ state }: Context, target: GrantTarget): number {
  if (target.kind !== "all-in-schema")
    return "objects" in target ? target.objects.length : target.names.length;
  const relations = target.objects === "tables" || target.objects === "sequences";
  let count = 0;
  for (const name of target.schemas) {
    const oid = state.schemas.by.name.first(name)?.oid ?? 0;
    count += (relations ? state.relations : state.routines).by.schema.all(oid).length;
  }
  return count;
}

function grantOnRelations(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  target: Extract<GrantTarget, { kind: "relations" }>,
): void {
  for (const { name, span } of target.objects) {
    const builtin = builtinRelation(context, name);
    if (builtin !== undefined) {
      if (target.sequences) refuse(context, change.span, `"${builtin.name}" is not a sequence`);
      grantOnBuiltin(context, change, refs, builtin);
      continue;
    }
    const relation =
      findRelation(context, name) ??
      relationOrAssumed(context, name, span, target.sequences ? "sequence" : "table");
    if (target.sequences && relation.kind !== "sequence")
      refuse(context, change.span, `"${relation.name}" is not a sequence`);
    grantOnRelation(context, change, refs, relation);
  }
}

/** The routine a statement names. */
function routineFor(
  context: Context,
  event: GrantEvent,
  ref: RoutineRef,
  kind: "function" | "procedure" | "routine",
): Routine {
  const found = findRoutine(context, ref, kind);
  if (found === "ambiguous")
    return refuse(context, event.span, `function name "${ref.name.join(".")}" is not unique`);
  if (found !== undefined) return found;
  if (context.assume && event.grant) return assumedRoutine(context, event.span, ref);
  return refuse(context, event.span, `function ${ref.name.join(".")} does not exist`);
}

function grantOnRoutine(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  routine: Routine,
): void {
  grantOnRecord(context, change, refs, "routine", context.state.routines, routine);
}

function grantOnTypes(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  target: Extract<GrantTarget, { kind: "types" }>,
): void {
  for (const { name } of target.objects) {
    const builtin = builtinType(context, name);
    if (builtin !== undefined) {
      if (target.domains) refuse(context, change.span, `"${name.join(".")}" is not a domain`);
      grantOnBuiltin(context, change, refs, builtin);
      continue;
    }
    const found = findType(context, name);
    if (found === undefined && !context.assume)
      refuse(context, change.span, `type "${name.join(".")}" does not exist`);
    const type = found === undefined ? undefined : context.state.types.get(found.oid);
    if (type === undefined) continue;
    if (target.domains && type.kind !== "domain")
      refuse(context, change.span, `"${name.join(".")}" is not a domain`);
    if (type.kind === "multirange" && context.postgresVersion >= 17) {
      refuse(context, change.span, "cannot set privileges of multirange types");
    }
    grantOnRecord(context, change, refs, "type", context.state.types, type);
  }
}

const TABLE_KINDS: ReadonlySet<Relation["kind"]> = new Set([
  "table",
  "partitioned-table",
  "view",
  "materialized-view",
  "foreign-table",
]);

function grantAllInSchema(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  target: Extract<GrantTarget, { kind: "all-in-schema" }>,
): void {
  const { state } = context;
  const kind =
    target.objects === "tables" ? "table" : target.objects === "sequences" ? "sequence" : "routine";
  // Also when there is nothing to grant on.
  const checked = refs.some((ref) => ref.columns.length > 0)
    ? []
    : privilegesFor(context, refs, kind, change.span);
  for (const name of target.schemas) {
    const schema = schemaOrAssumed(context, name, change.span);
    requireOnSchema(context, change.span, schema, "usage");
    switch (target.objects) {
      case "tables":
      case "sequences":
        for (const relation of state.relations.by.schema.all(schema.oid)) {
          const fits =
            target.objects === "sequences" ? relation.kind === "sequence" : TABLE_KINDS.has(relation.kind);
          if (fits) grantOnRelation(context, change, refs, relation);
        }
        break;
      case "functions":
      case "procedures":
      case "routines":
        for (const routine of state.routines.by.schema.all(schema.oid)) {
          // ALL FUNCTIONS takes aggregates and window functions, but no procedures.
          const procedure = routine.kind === "procedure";
          if (target.objects === "routines" || (target.objects === "procedures") === procedure) {
            grantOnRoutine(context, change, refs, routine);
          }
        }
        break;
    }
    if (target.objects === "sequences" || checked.length === 0) continue;
    for (const builtin of builtinsIn(context, schema, target.objects))
      grantOnBuiltin(context, change, refs, builtin);
  }
}

type NamedKind = Extract<GrantTarget, { readonly names: readonly string[] }>["kind"];

/** Objects outside of schemas, and schemas. */
function grantOnNamed(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  kind: NamedKind,
  name: string,
): void {
  const { state } = context;
  const { span } = change;
  switch (kind) {
    case "schemas": {
      const schema = schemaOrAssumed(context, name, span);
      grantOnRecord(context, change, refs, "schema", state.schemas, schema);
      return;
    }
    case "databases": {
      const database = databaseNamed(context, name, span);
      if (database !== null) grantOnRecord(context, change, refs, "database", state.databases, database);
      return;
    }
    case "languages": {
      const language = languageNamed(context, name, span);
      if (language === null) return;
      if (!language.trusted) refuse(context, span, `language "${name}" is not trusted`);
      grantOnRecord(context, change, refs, "language", state.languages, language);
      return;
    }
    case "foreign-servers": {
      const server = state.foreignServers.by.name.first(name);
      if (server !== undefined)
        grantOnRecord(context, change, refs, "foreign-server", state.foreignServers, server);
      else if (!context.assume) refuse(context, span, `server "${name}" does not exist`);
      return;
    }
    case "foreign-data-wrappers": {
      const wrapper = state.foreignDataWrappers.by.name.first(name);
      if (wrapper !== undefined)
        grantOnRecord(context, change, refs, "foreign-data-wrapper", state.foreignDataWrappers, wrapper);
      else if (!context.assume) refuse(context, span, `foreign-data wrapper "${name}" does not exist`);
      return;
    }
    case "parameters": {
      const parameter = parameterNamed(context, name, change);
      if (parameter !== null) grantOnParameter(context, change, refs, parameter);
      return;
    }
    case "large-objects": {
      const object = largeObjectNamed(context, name, span);
      if (object !== null) grantOnRecord(context, change, refs, "large-object", state.largeObjects, object);
      return;
    }
    case "tablespaces":
      // Tablespaces are the cluster's; who may put tables into them opens nothing in a database.
      return;
  }
}
