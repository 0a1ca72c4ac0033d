/** Events to catalog: replays the statements of a database's sources, in order. */
import type { Event } from "../events/event.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Source } from "../text/source.ts";
import { createAggregate } from "./apply/aggregates.ts";
import { alterRelation } from "./apply/alter-relation.ts";
import { alterDefaultPrivileges } from "./apply/default-privileges.ts";
import { alterDomain, createDomain } from "./apply/domains.ts";
import { drop } from "./apply/drop.ts";
import { alterEventTrigger, createEventTrigger } from "./apply/event-triggers.ts";
import { createExtension } from "./apply/extensions.ts";
import {
  alterForeignDataWrapper,
  alterForeignServer,
  alterUserMapping,
  createForeignDataWrapper,
  createForeignServer,
  createUserMapping,
  dropUserMapping,
} from "./apply/foreign.ts";
import { applyGrant } from "./apply/grants.ts";
import { alterPolicy, createPolicy, createRule, createTrigger } from "./apply/guards.ts";
import { createIndex } from "./apply/indexes.ts";
import { createLanguage } from "./apply/languages.ts";
import { largeObjectCall } from "./apply/large-objects.ts";
import { grantRole } from "./apply/memberships.ts";
import { dropObjects, renameObject, setObjectOwner, setObjectSchema } from "./apply/objects.ts";
import { createCast, createOperator, dropCast } from "./apply/operators.ts";
import { dropOwned, reassignOwned } from "./apply/owned.ts";
import { setOwner } from "./apply/owner.ts";
import {
  alterPublication,
  alterSubscription,
  createPublication,
  createSubscription,
} from "./apply/publications.ts";
import { rename, setSchema } from "./apply/rename.ts";
import { alterRole, createRole, dropRole } from "./apply/roles.ts";
import { alterRoutine, createRoutine } from "./apply/routines.ts";
import { createSchema } from "./apply/schemas.ts";
import { alterSequence, createSequence } from "./apply/sequences.ts";
import {
  applySessionAuthorization,
  applySetConfig,
  applySetRole,
  applySetting,
  applyTransaction,
  commitAll,
  discardAll,
  discardTemporary,
  startSession,
} from "./apply/session.ts";
import { alterDatabaseSet, alterRoleSet } from "./apply/settings.ts";
import { dropShared, renameShared, setSharedOwner } from "./apply/shared-objects.ts";
import { createTable } from "./apply/tables.ts";
import { alterCompositeType, alterEnum, createType } from "./apply/types.ts";
import { createTableAs, createView } from "./apply/views.ts";
import { bootstrap } from "./bootstrap.ts";
import { attempt, type Context, currentUser, placeOf, refuse, searchPathOf, unknown } from "./context.ts";
import { runDoBlock } from "./do/run.ts";
import { isSuperuser } from "./membership.ts";
import { roleNamed } from "./resolve.ts";
import { newOid, type State } from "./store.ts";

export interface ReplaySource {
  readonly source: Source;
  readonly events: readonly Event[];
  /** States what the platform gives; not the project's own. */
  readonly prelude: boolean;
}

export interface ReplayOptions {
  readonly postgresVersion: number;
  /** Who runs each file; `postgres` is the bootstrap superuser. */
  readonly sessionRole: string;
  readonly searchPath: readonly string[];
  /** Whether objects that statements use and none creates are taken to be there; PostgreSQL would refuse the statement. */
  readonly assume: boolean;
  /** The last session does not end: its temporary objects are still there. */
  readonly leaveOpen?: boolean;
  /** Reads what DO blocks execute as text; without one such statements are unknown. */
  readonly parser?: PostgresParser;
}

/** Replays sources in order. Each starts a session of its own; prelude objects are marked as such. */
export function replay(sources: Iterable<ReplaySource>, options: ReplayOptions): State {
  const { state, superuser } = bootstrap(options.postgresVersion);
  const initial = startSession(superuser, options.searchPath, options.postgresVersion);
  const context: Context = {
    state,
    postgresVersion: options.postgresVersion,
    bootstrap: superuser,
    source: { path: "<postgresql>", bytes: Buffer.alloc(0) },
    prelude: true,
    session: initial,
    lasting: initial,
    transactions: [],
    guarded: false,
    assume: options.assume,
    parser: options.parser ?? null,
    failed: false,
  };
  let endSession = (): void => undefined;
  for (const { source, events, prelude } of sources) {
    endSession();
    context.source = source;
    context.prelude = prelude;
    const user = prelude ? superuser : roleNamed(context, options.sessionRole, { start: 0, end: 0 }).oid;
    const session = startSession(user, options.searchPath, options.postgresVersion);
    context.session = session;
    context.lasting = session;
    for (const event of events) run(context, event, session);
    state.session = context.session;
    // A transaction left open at the end of a file is taken as committed: the file's runner may do that.
    commitAll(context);
    endSession = () => discardTemporary(context);
  }
  if (options.leaveOpen !== true) endSession();
  return state;
}

/** One statement with all that belongs to it: it happens as a whole or not at all. */
function run(context: Context, event: Event, initial: Context["session"]): void {
  const done = attempt(
    context,
    () => {
      if (context.failed && !endsFailure(event)) {
        refuse(
          context,
          event.span,
          "current transaction is aborted, commands ignored until end of transaction block",
        );
      }
      apply(context, event, initial);
    },
    event.span,
  );
  if (!done && !context.assume && context.transactions.length > 0) context.failed = true;
  if (context.transactions.length === 0) context.state.journal.steps = null;
}

/** Statements that are let through in a failed transaction. */
function endsFailure(event: Event): boolean {
  return (
    event.kind === "transaction" &&
    (event.what === "rollback" || event.what === "rollback-to" || event.what === "commit")
  );
}

function apply(context: Context, event: Event, initial: Context["session"]): void {
  keep(context, event);
  switch (event.kind) {
    case "create-role":
      return createRole(context, event);
    case "alter-role":
      return alterRole(context, event);
    case "alter-role-set":
      return alterRoleSet(context, event);
    case "alter-database-set":
      return alterDatabaseSet(context, event);
    case "grant-role":
      return grantRole(context, event);
    case "create-schema":
      return createSchema(context, event, (element) => apply(context, element, initial));
    case "create-routine":
      return createRoutine(context, event);
    case "create-aggregate":
      return createAggregate(context, event);
    case "alter-routine":
      return alterRoutine(context, event);
    case "create-table":
      return createTable(context, event);
    case "create-table-as":
      return createTableAs(context, event);
    case "create-view":
      return createView(context, event);
    case "create-sequence":
      return createSequence(context, event);
    case "alter-sequence":
      return alterSequence(context, event);
    case "create-index":
      return createIndex(context, event);
    case "alter-relation":
      return event.relationKind === "type"
        ? alterCompositeType(context, event)
        : alterRelation(context, event);
    case "create-type":
      return createType(context, event);
    case "create-domain":
      return createDomain(context, event);
    case "alter-enum":
      return alterEnum(context, event);
    case "alter-domain":
      return alterDomain(context, event);
    case "create-operator":
      return createOperator(context, event);
    case "create-cast":
      return createCast(context, event);
    case "drop-cast":
      return dropCast(context, event);
    case "create-foreign-data-wrapper":
      return createForeignDataWrapper(context, event);
    case "alter-foreign-data-wrapper":
      return alterForeignDataWrapper(context, event);
    case "create-foreign-server":
      return createForeignServer(context, event);
    case "alter-foreign-server":
      return alterForeignServer(context, event);
    case "create-user-mapping":
      return createUserMapping(context, event);
    case "alter-user-mapping":
      return alterUserMapping(context, event);
    case "drop-user-mapping":
      return dropUserMapping(context, event);
    case "create-publication":
      return createPublication(context, event);
    case "alter-publication":
      return alterPublication(context, event);
    case "create-subscription":
      return createSubscription(context, event);
    case "alter-subscription":
      return alterSubscription(context, event);
    case "create-policy":
      return createPolicy(context, event);
    case "alter-policy":
      return alterPolicy(context, event);
    case "create-trigger":
      return createTrigger(context, event);
    case "create-event-trigger":
      return createEventTrigger(context, event);
    case "alter-event-trigger":
      return alterEventTrigger(context, event);
    case "create-rule":
      return createRule(context, event);
    case "grant":
      return applyGrant(context, event);
    case "alter-default-privileges":
      return alterDefaultPrivileges(context, event);
    case "set":
      return applySetting(context, event.setting, event.local, initial);
    case "set-role":
      return applySetRole(context, event);
    case "set-session-authorization":
      return applySessionAuthorization(context, event, initial);
    case "discard-all":
      return discardAll(context, event.span, initial);
    case "discard-temporary":
      return discardTemporary(context);
    case "create-language":
      return createLanguage(context, event);
    case "transaction":
      return applyTransaction(context, event);
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
      return dropRole(context, event);
    case "drop-owned":
      return dropOwned(context, event);
    case "reassign-owned":
      return reassignOwned(context, event);
    case "create-extension":
      return createExtension(context, event);
    case "do":
      if (event.block !== null)
        runDoBlock(context, event.block, context.parser, (inner) => apply(context, inner, initial));
      return;
    case "query":
      return query(context, event, initial);
    case "other":
      if (!event.modelled) unknown(context, event.span, `${event.tag} is not modelled`);
      return;
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

/** `SELECT set_config('search_path', '', false)` is a SET, and large objects are made by calls. */
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
        continue;
      }
      const [name, setting, local] = args;
      if (name?.kind !== "string" || setting?.kind !== "string") continue;
      const how = { local: local?.kind === "boolean" && local.value, span, initial };
      applySetConfig(context, name.value.toLowerCase(), setting.value, how);
    }
  }
  context.state.queries.put({
    oid: newOid(context.state),
    statement,
    place: placeOf(context, event.span),
    role: currentUser(context),
    searchPath: searchPathOf(context),
  });
}
