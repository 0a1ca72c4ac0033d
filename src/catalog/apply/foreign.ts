/** Foreign-data wrappers, servers and user mappings, as foreigncmds.c does them. */
import type { EventOf, RoleRef } from "../../events/event.ts";
import type { ForeignOption } from "../../events/object-events.ts";
import type { Name } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, independent } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type {
  ForeignDataWrapper,
  ForeignOptions,
  ForeignServer,
  Oid,
  RoutineTarget,
  UserMapping,
} from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { mayUse, ownsAs, requireOwner } from "../permissions.ts";
import { roleOid } from "../resolve.ts";
import { routineTarget, targetUses } from "../routine-target.ts";
import { newOid } from "../store.ts";

/** transformGenericOptions(): ADD of what is there and SET or DROP of what is not are refused. */
function changedOptions(
  context: Context,
  span: Span,
  before: ForeignOptions,
  changes: readonly ForeignOption[],
): ForeignOptions {
  const options = new Map(before);
  for (const change of changes) {
    const has = options.has(change.name);
    if (change.action === "add" && has)
      refuse(context, span, `option "${change.name}" provided more than once`);
    if (change.action !== "add" && !has && !context.assume)
      refuse(context, span, `option "${change.name}" not found`);
    if (change.action === "drop") options.delete(change.name);
    else options.set(change.name, { value: change.value, place: placeOf(context, change.span) });
  }
  return options;
}

const HANDLER_ARGUMENTS = { handler: [], validator: ["text[]", "oid"] } as const;

function functionOf(
  context: Context,
  span: Span,
  name: Name | null,
  role: "handler" | "validator",
): RoutineTarget | null {
  if (name === null) return null;
  const types = HANDLER_ARGUMENTS[role].map((type) => ({
    base: `pg_catalog.${type.replace("[]", "")}`,
    array: type.endsWith("[]"),
  }));
  const found = routineTarget(context, name, types);
  if (found === undefined && !context.assume)
    refuse(context, span, `function ${name.join(".")} does not exist`);
  return found ?? null;
}

export function createForeignDataWrapper(
  context: Context,
  event: EventOf<"create-foreign-data-wrapper">,
): void {
  const { state } = context;
  const { span } = event;
  const owner = currentUser(context);
  if (!context.assume && !isSuperuser(state, owner)) {
    refuse(context, span, `permission denied to create foreign-data wrapper "${event.name}"`);
  }
  const existing = state.foreignDataWrappers.by.name.first(event.name);
  if (existing !== undefined && !existing.prelude) {
    refuse(context, span, `foreign-data wrapper "${event.name}" already exists`);
  }
  putWrapper(context, {
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    owner,
    acl: newObjectAcl(context, "foreign-data-wrapper", owner, null),
    options: changedOptions(context, span, new Map(), event.options),
    handler: functionOf(context, span, event.handler, "handler"),
    validator: functionOf(context, span, event.validator, "validator"),
    extension: null,
  });
}

function putWrapper(context: Context, wrapper: ForeignDataWrapper): void {
  const { state } = context;
  state.foreignDataWrappers.put(wrapper);
  independent(state, { oid: wrapper.oid });
  dependOn(state, { oid: wrapper.oid }, targetUses(wrapper.handler, wrapper.validator));
}

export function alterForeignDataWrapper(
  context: Context,
  event: EventOf<"alter-foreign-data-wrapper">,
): void {
  const { span } = event;
  if (!context.assume && !isSuperuser(context.state, currentUser(context))) {
    refuse(context, span, `permission denied to alter foreign-data wrapper "${event.name}"`);
  }
  const wrapper = context.state.foreignDataWrappers.by.name.first(event.name);
  if (wrapper === undefined) refuse(context, span, `foreign-data wrapper "${event.name}" does not exist`);
  putWrapper(context, {
    ...wrapper,
    options: changedOptions(context, span, wrapper.options, event.options),
    handler:
      event.handler === undefined ? wrapper.handler : functionOf(context, span, event.handler, "handler"),
    validator:
      event.validator === undefined
        ? wrapper.validator
        : functionOf(context, span, event.validator, "validator"),
  });
}

/** The wrapper of a name; one that nothing created (its extension did) is assumed. */
function wrapperNamed(context: Context, name: string, span: Span): ForeignDataWrapper {
  const { state } = context;
  const found = state.foreignDataWrappers.by.name.first(name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `foreign-data wrapper "${name}" does not exist`);
  return state.foreignDataWrappers.put({
    oid: newOid(state),
    name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: true,
    owner: context.bootstrap,
    acl: newObjectAcl(context, "foreign-data-wrapper", context.bootstrap, null),
    options: new Map(),
    handler: null,
    validator: null,
    extension: null,
  });
}

export function createForeignServer(context: Context, event: EventOf<"create-foreign-server">): void {
  const { state } = context;
  const { span } = event;
  const existing = state.foreignServers.by.name.first(event.name);
  if (existing !== undefined && !existing.prelude && !existing.assumed) {
    if (!event.ifNotExists) refuse(context, span, `server "${event.name}" already exists`);
    return;
  }
  const wrapper = wrapperNamed(context, event.wrapper, span);
  if (!mayUse(context, wrapper.acl, "usage")) {
    refuse(context, span, `permission denied for foreign-data wrapper ${wrapper.name}`);
  }
  const owner = currentUser(context);
  const server = state.foreignServers.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    wrapper: wrapper.oid,
    owner,
    acl: newObjectAcl(context, "foreign-server", owner, null),
    options: changedOptions(context, span, new Map(), event.options),
  });
  independent(state, { oid: server.oid });
  dependOn(state, { oid: server.oid }, [{ oid: wrapper.oid }]);
}

/** The server of a name; one that nothing created is assumed. */
function serverNamed(context: Context, name: string, span: Span): ForeignServer {
  const { state } = context;
  const found = state.foreignServers.by.name.first(name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `server "${name}" does not exist`);
  return state.foreignServers.put({
    oid: newOid(state),
    name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: true,
    wrapper: 0,
    owner: context.bootstrap,
    acl: newObjectAcl(context, "foreign-server", context.bootstrap, null),
    options: new Map(),
  });
}

/** The server of a new foreign table. */
export function usableServer(context: Context, name: string, span: Span): ForeignServer {
  const server = serverNamed(context, name, span);
  if (!mayUse(context, server.acl, "usage"))
    refuse(context, span, `permission denied for foreign server ${name}`);
  return server;
}

export function alterForeignServer(context: Context, event: EventOf<"alter-foreign-server">): void {
  const server = serverNamed(context, event.name, event.span);
  requireOwner(context, event.span, server.owner, `foreign server ${server.name}`);
  const options = changedOptions(context, event.span, server.options, event.options);
  context.state.foreignServers.put({ ...server, options });
}

/** Who has or may have a mapping: the server's owner for everybody, others for themselves with USAGE on the server. */
function mappingUser(context: Context, span: Span, ref: RoleRef, server: ForeignServer): Oid {
  const user = roleOid(context, ref);
  if (ownsAs(context, server.owner)) return user;
  if (user !== currentUser(context)) refuse(context, span, `must be owner of foreign server ${server.name}`);
  if (!mayUse(context, server.acl, "usage"))
    refuse(context, span, `permission denied for foreign server ${server.name}`);
  return user;
}

function mappingOf(context: Context, user: Oid, server: ForeignServer): UserMapping | undefined {
  return context.state.userMappings.by.member.first(server.oid, user);
}

export function createUserMapping(context: Context, event: EventOf<"create-user-mapping">): void {
  const { state } = context;
  const { span } = event;
  const server = serverNamed(context, event.server, span);
  const user = mappingUser(context, span, event.user, server);
  const existing = mappingOf(context, user, server);
  if (existing !== undefined && !existing.prelude) {
    if (!event.ifNotExists) refuse(context, span, `user mapping already exists for server "${server.name}"`);
    return;
  }
  const mapping = state.userMappings.put({
    oid: existing?.oid ?? newOid(state),
    server: server.oid,
    user,
    options: changedOptions(context, span, new Map(), event.options),
    place: placeOf(context, span),
    prelude: context.prelude,
  });
  dependOn(state, { oid: mapping.oid }, [{ oid: server.oid }]);
}

export function alterUserMapping(context: Context, event: EventOf<"alter-user-mapping">): void {
  const { span } = event;
  const server = serverNamed(context, event.server, span);
  const user = mappingUser(context, span, event.user, server);
  const mapping = mappingOf(context, user, server);
  if (mapping === undefined) refuse(context, span, `user mapping does not exist for server "${server.name}"`);
  const options = changedOptions(context, span, mapping.options, event.options);
  context.state.userMappings.put({ ...mapping, options });
}

export function dropUserMapping(context: Context, event: EventOf<"drop-user-mapping">): void {
  const { span, ifExists } = event;
  const server = context.state.foreignServers.by.name.first(event.server);
  const known = event.user.kind !== "role" || context.state.roles.by.name.has(event.user.name);
  if (ifExists && (server === undefined || !known)) return;
  const found = server ?? serverNamed(context, event.server, span);
  const user = mappingUser(context, span, event.user, found);
  const mapping = mappingOf(context, user, found);
  if (mapping === undefined) {
    if (!ifExists) refuse(context, span, `user mapping does not exist for server "${found.name}"`);
    return;
  }
  deleteObjects(context, [{ oid: mapping.oid }], { cascade: false, span, what: "user mapping" });
}
