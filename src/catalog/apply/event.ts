/** Which function does what each kind of statement says. */
import type { Event } from "../../events/event.ts";
import { type Context, currentUser, placeOf, searchPathOf, unknown } from "../context.ts";
import { runCalled, runDoBlock } from "../do/run.ts";
import { isSuperuser } from "../membership.ts";
import { newOid } from "../store.ts";
import { createAggregate } from "./aggregates.ts";
import { alterRelation } from "./alter-relation.ts";
import { alterDefaultPrivileges } from "./default-privileges.ts";
import { alterDomain, createDomain } from "./domains.ts";
import { drop } from "./drop.ts";
import { alterEventTrigger, createEventTrigger } from "./event-triggers.ts";
import { alterExtensionMembers, createExtension } from "./extensions.ts";
import { fireEventTriggers, runEventTriggers } from "./fire-event-triggers.ts";
import {
  alterForeignDataWrapper,
  alterForeignServer,
  alterUserMapping,
  createForeignDataWrapper,
  createForeignServer,
  createUserMapping,
  dropUserMapping,
} from "./foreign.ts";
import { applyGrant } from "./grants.ts";
import { alterPolicy, createPolicy, createRule, createTrigger } from "./guards.ts";
import { createIndex } from "./indexes.ts";
import { createLanguage } from "./languages.ts";
import { largeObjectCall } from "./large-objects.ts";
import { grantRole } from "./memberships.ts";
import { dropObjects, renameObject, setObjectOwner, setObjectSchema } from "./objects.ts";
import { createCast, createOperator, dropCast } from "./operators.ts";
import { dropOwned, reassignOwned } from "./owned.ts";
import { setOwner } from "./owner.ts";
import { alterPublication, createPublication } from "./publications.ts";
import { rename, setSchema } from "./rename.ts";
import { alterRole, createRole, dropRole } from "./roles.ts";
import { alterRoutine, createRoutine, requireLanguage } from "./routines.ts";
import { createSchema } from "./schemas.ts";
import { alterSequence, createSequence } from "./sequences.ts";
import {
  applySessionAuthorization,
  applySetConfig,
  applySetRole,
  applySetting,
  applyTransaction,
  discardAll,
  discardTemporary,
} from "./session.ts";
import { alterDatabaseSet, alterRoleSet } from "./settings.ts";
import { dropShared, renameShared, setSharedOwner } from "./shared-objects.ts";
import { streamTableCall } from "./stream-tables.ts";
import { alterSubscription, createSubscription } from "./subscriptions.ts";
import { createTable } from "./tables.ts";
import { alterCompositeType, alterEnum, createType } from "./types.ts";
import { createTableAs, createView } from "./views.ts";

/** Does to the catalog what the statement says; `initial`: the session to which RESET goes back. */
export function applyEvent(context: Context, event: Event, initial: Context["session"]): void {
  keep(context, event);
  fireEventTriggers(context, event, "ddl_command_start");
  const { dropped } = context;
  change(context, event, initial);
  if (context.dropped > dropped) fireEventTriggers(context, event, "sql_drop");
  fireEventTriggers(context, event, "ddl_command_end");
  runEventTriggers(context, event, (inner) => applyEvent(context, inner, initial));
}

function change(context: Context, event: Event, initial: Context["session"]): void {
  switch (event.kind) {
    case "create-role":
      createRole(context, event);
      return;
    case "alter-role":
      alterRole(context, event);
      return;
    case "alter-role-set":
      alterRoleSet(context, event);
      return;
    case "alter-database-set":
      alterDatabaseSet(context, event);
      return;
    case "grant-role":
      grantRole(context, event);
      return;
    case "create-schema":
      createSchema(context, event, (element) => applyEvent(context, element, initial));
      return;
    case "create-routine":
      createRoutine(context, event);
      return;
    case "create-aggregate":
      createAggregate(context, event);
      return;
    case "alter-routine":
      alterRoutine(context, event);
      return;
    case "create-table":
      createTable(context, event);
      return;
    case "create-table-as":
      createTableAs(context, event);
      return;
    case "create-view":
      createView(context, event);
      return;
    case "create-sequence":
      createSequence(context, event);
      return;
    case "alter-sequence":
      alterSequence(context, event);
      return;
    case "create-index":
      createIndex(context, event);
      return;
    case "alter-relation":
      if (event.relationKind === "type") alterCompositeType(context, event);
      else alterRelation(context, event);
      return;
    case "create-type":
      createType(context, event);
      return;
    case "create-domain":
      createDomain(context, event);
      return;
    case "alter-enum":
      alterEnum(context, event);
      return;
    case "alter-domain":
      alterDomain(context, event);
      return;
    case "create-operator":
      createOperator(context, event);
      return;
    case "create-cast":
      createCast(context, event);
      return;
    case "drop-cast":
      dropCast(context, event);
      return;
    case "create-foreign-data-wrapper":
      createForeignDataWrapper(context, event);
      return;
    case "alter-foreign-data-wrapper":
      alterForeignDataWrapper(context, event);
      return;
    case "create-foreign-server":
      createForeignServer(context, event);
      return;
    case "alter-foreign-server":
      alterForeignServer(context, event);
      return;
    case "create-user-mapping":
      createUserMapping(context, event);
      return;
    case "alter-user-mapping":
      alterUserMapping(context, event);
      return;
    case "drop-user-mapping":
      dropUserMapping(context, event);
      return;
    case "create-publication":
      createPublication(context, event);
      return;
    case "alter-publication":
      alterPublication(context, event);
      return;
    case "create-subscription":
      createSubscription(context, event);
      return;
    case "alter-subscription":
      alterSubscription(context, event);
      return;
    case "create-policy":
      createPolicy(context, event);
      return;
    case "alter-policy":
      alterPolicy(context, event);
      return;
    case "create-trigger":
      createTrigger(context, event);
      return;
    case "create-event-trigger":
      createEventTrigger(context, event);
      return;
    case "alter-event-trigger":
      alterEventTrigger(context, event);
      return;
    case "create-rule":
      createRule(context, event);
      return;
    case "grant":
      applyGrant(context, event);
      return;
    case "alter-default-privileges":
      alterDefaultPrivileges(context, event);
      return;
    case "set":
      applySetting(context, event.setting, event.local, initial);
      return;
    case "set-role":
      applySetRole(context, event);
      return;
    case "set-session-authorization":
      applySessionAuthorization(context, event, initial);
      return;
    case "discard-all":
      discardAll(context, event.span, initial);
      return;
    case "discard-temporary":
      discardTemporary(context);
      return;
    case "create-language":
      createLanguage(context, event);
      return;
    case "transaction":
      applyTransaction(context, event);
      return;
    case "rename":
      if (!renameObject(context, event) && !renameShared(context, event)) rename(context, event);
      return;
    case "set-owner":
      if (!setObjectOwner(context, event) && !setSharedOwner(context, event)) setOwner(context, event);
      return;
    case "set-schema":
      if (!setObjectSchema(context, event)) setSchema(context, event);
      return;
    case "drop":
      if (!dropObjects(context, event) && !dropShared(context, event)) drop(context, event);
      return;
    case "drop-role":
      dropRole(context, event);
      return;
    case "drop-owned":
      dropOwned(context, event);
      return;
    case "reassign-owned":
      reassignOwned(context, event);
      return;
    case "create-extension":
      createExtension(context, event);
      return;
    case "alter-extension-members":
      alterExtensionMembers(context, event);
      return;
    case "do":
      requireLanguage(context, event.language, event.span);
      if (event.block !== null)
        runDoBlock(context, { block: event.block, span: event.span }, context.parser, (inner) =>
          applyEvent(context, inner, initial),
        );
      return;
    case "query":
      query(context, event, initial);
      // Those of code are followed where its variables are known.
      if (context.nested === 0)
        runCalled(context, event.statement, context.parser, (inner) => applyEvent(context, inner, initial));
      return;
    case "other":
      if (!event.modelled) unknown(context, event.span, `${event.tag} is not modelled`);
      return;
    // They change nothing that the catalog holds; that they ran is kept with the statements.
    case "alter-system":
    case "comment":
    case "create-database":
      return;
    default:
      event satisfies never;
  }
}

/** Before it runs: what it creates gets higher numbers. */
function keep(context: Context, event: Event): void {
  const role = currentUser(context);
  context.state.statements.put({
    oid: newOid(context.state),
    event,
    place: placeOf(context, event.span),
    prelude: context.prelude,
    role,
    superuser: isSuperuser(context.state, role),
    searchPath: searchPathOf(context),
  });
}

/** `SELECT set_config('search_path', '', false)` is a SET; large objects and stream tables are made by calls. */
function query(
  context: Context,
  event: Extract<Event, { kind: "query" }>,
  initial: Context["session"],
): void {
  const { statement, span } = event;
  if (statement.kind === "select") {
    for (const { value } of statement.targets) {
      if (value.kind !== "call") continue;
      const args = value.args.map((arg) => arg.value);
      const called = value.name.at(-1) ?? "";
      if (called !== "set_config") {
        largeObjectCall(context, called, args, span);
        streamTableCall(context, value);
        continue;
      }
      const [name, setting, local] = args;
      if (name?.kind !== "string" || setting?.kind !== "string") continue;
      const how = { local: local?.kind === "boolean" && local.value, span, initial };
      applySetConfig(context, name.value.toLowerCase(), setting.value, how);
    }
    for (const item of statement.from)
      if (item.kind === "function")
        for (const call of item.calls) if (call.kind === "call") streamTableCall(context, call);
  }
  const role = currentUser(context);
  const searchPath = searchPathOf(context);
  // A loop comes to the same statement again and again.
  const { queries } = context.state;
  const known = context.nested > 0 ? queries.get(context.effort.queries.get(statement) ?? 0) : undefined;
  if (known?.role === role && known.searchPath === searchPath) return;
  const place = placeOf(context, event.span);
  const { oid } = queries.put({ oid: newOid(context.state), statement, place, role, searchPath });
  if (context.nested > 0) context.effort.queries.set(statement, oid);
}
