/** SET, RESET, SET ROLE, SET SESSION AUTHORIZATION, DISCARD and transactions, as guc.c and xact.c do it. */
import type { EventOf, SettingChange } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, refuse, type SessionState } from "../context.ts";
import { deleteObjects, standsAlone } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type { Oid } from "../model.ts";
import { canSetRole } from "../permissions.ts";
import { roleNamed, schemaNamed } from "../resolve.ts";
import { settingText } from "../setting-text.ts";
import { undoTo } from "../table.ts";
import { checkSetting } from "./settings.ts";

/** The session a file starts with. */
export function startSession(
  user: Oid,
  searchPath: readonly string[],
  postgresVersion: number,
): SessionState {
  return {
    sessionUser: user,
    role: null,
    settings: new Map([["search_path", settingText("search_path", searchPath, postgresVersion)]]),
  };
}

function change(context: Context, local: boolean, update: (session: SessionState) => SessionState): void {
  const inTransaction = context.transactions.length > 0;
  // SET LOCAL outside of a transaction block has no effect beyond its own statement.
  if (local && !inTransaction) return;
  context.session = update(context.session);
  if (!local) context.lasting = update(context.lasting);
}

export function applySetting(
  context: Context,
  setting: SettingChange,
  local: boolean,
  initial: SessionState,
): void {
  const { name } = setting;
  if (setting.change !== "reset-all" && setting.change !== "current") {
    checkSetting(context, name, setting.change === "set" ? setting.values : [], setting.span);
  }
  change(context, local, (session) => {
    const settings = new Map(session.settings);
    switch (setting.change) {
      case "set":
        settings.set(name, settingText(name, setting.values, context.postgresVersion));
        break;
      case "current":
        break;
      case "default":
      case "reset": {
        const value = initial.settings.get(name);
        if (value === undefined) settings.delete(name);
        else settings.set(name, value);
        break;
      }
      case "reset-all":
        return { ...session, settings: initial.settings };
    }
    return { ...session, settings };
  });
}

/** set_config() with a value that is one text, kept as it is. */
export function applySetConfig(
  context: Context,
  name: string,
  text: string,
  how: { readonly local: boolean; readonly span: Span; readonly initial: SessionState },
): void {
  const { span, local, initial } = how;
  if (name === "role") {
    applySetRole(context, {
      kind: "set-role",
      span,
      local,
      role: text === "none" ? "none" : { kind: "role", name: text, span },
    });
    return;
  }
  if (name === "session_authorization") {
    const role = { kind: "role", name: text, span } as const;
    applySessionAuthorization(context, { kind: "set-session-authorization", span, local, role }, initial);
    return;
  }
  checkSetting(context, name, [text], span);
  change(context, local, (session) => ({
    ...session,
    settings: new Map([...session.settings, [name, text]]),
  }));
}

export function applySetRole(context: Context, event: EventOf<"set-role">): void {
  const { role } = event;
  const oid = role === "none" || role.kind !== "role" ? null : roleNamed(context, role.name, role.span).oid;
  const { sessionUser } = context.session;
  if (
    oid !== null &&
    !context.assume &&
    !canSetRole(context.state, sessionUser, oid, context.postgresVersion)
  ) {
    refuse(context, event.span, `permission denied to set role "${context.state.roles.get(oid)?.name}"`);
  }
  change(context, event.local, (session) => ({ ...session, role: oid }));
}

export function applySessionAuthorization(
  context: Context,
  event: EventOf<"set-session-authorization">,
  initial: SessionState,
): void {
  const { role } = event;
  const oid =
    role === "default" || role.kind !== "role"
      ? initial.sessionUser
      : roleNamed(context, role.name, role.span).oid;
  if (oid !== initial.sessionUser && !context.assume && !isSuperuser(context.state, initial.sessionUser)) {
    refuse(context, event.span, "permission denied to set session authorization");
  }
  // SET SESSION AUTHORIZATION also ends SET ROLE.
  change(context, event.local, (session) => ({ ...session, sessionUser: oid, role: null }));
}

/** DISCARD ALL; temporary objects go too. */
export function discardAll(context: Context, span: Span, initial: SessionState): void {
  if (context.transactions.length > 0 && !context.assume) {
    refuse(context, span, "DISCARD ALL cannot run inside a transaction block");
  }
  context.session = initial;
  context.lasting = initial;
  discardTemporary(context);
}

/** DISCARD TEMP, and the end of a session. */
export function discardTemporary(context: Context): void {
  const { state } = context;
  const schema = schemaNamed(state, "pg_temp");
  if (schema === undefined) return;
  const relations = state.relations.by.schema.all(schema.oid).filter(({ belongsTo }) => belongsTo === null);
  // Members of an extension that was created among them stay with it.
  const roots = [
    ...relations,
    ...state.routines.by.schema.all(schema.oid),
    ...state.types.by.schema.all(schema.oid),
  ]
    .map(({ oid }) => ({ oid }))
    .filter((address) => standsAlone(state, address));
  if (roots.length === 0) return;
  deleteObjects(context, roots, { cascade: true, span: { start: 0, end: 0 }, what: "temporary objects" });
}

export function applyTransaction(context: Context, event: EventOf<"transaction">): void {
  const open = context.transactions.length > 0;
  switch (event.what) {
    case "begin":
      if (!open) begin(context);
      return;
    case "commit":
    case "rollback":
      if (event.chain && !open) requireTransaction(context, event, "AND CHAIN");
      if (event.what === "commit") commitAll(context);
      else rollbackTo(context, 0);
      if (event.chain) begin(context);
      return;
    case "savepoint":
      if (open) openLevel(context, event.savepoint ?? "");
      else requireTransaction(context, event, "SAVEPOINT");
      return;
    case "release":
    case "rollback-to": {
      const at = lastSavepoint(context, event.savepoint);
      if (at < 0) refuse(context, event.span, `savepoint "${event.savepoint}" does not exist`);
      if (event.what === "release") {
        context.transactions.length = at;
        return;
      }
      const name = context.transactions[at]?.name ?? "";
      rollbackTo(context, at);
      openLevel(context, name);
      return;
    }
  }
}

/** Who runs a file may have opened a transaction around it. */
function requireTransaction(context: Context, event: EventOf<"transaction">, what: string): void {
  if (!context.assume) refuse(context, event.span, `${what} can only be used in transaction blocks`);
}

function begin(context: Context): void {
  context.state.journal.steps ??= [];
  openLevel(context, null);
}

function openLevel(context: Context, name: string | null): void {
  context.transactions.push({
    name,
    steps: context.state.journal.steps?.length ?? 0,
    current: context.session,
    lasting: context.lasting,
  });
}

function lastSavepoint(context: Context, name: string | null): number {
  return context.transactions.findLastIndex((level, index) => index > 0 && level.name === name);
}

/** Ends the transaction; also what the end of a file does to one left open. */
export function commitAll(context: Context): void {
  if (context.transactions.length === 0) return;
  if (context.failed) {
    rollbackTo(context, 0);
    return;
  }
  context.transactions.length = 0;
  context.session = context.lasting;
}

function rollbackTo(context: Context, at: number): void {
  const level = context.transactions[at];
  if (level === undefined) return;
  undoTo(context.state.journal, level.steps);
  context.failed = false;
  context.transactions.length = at;
  context.session = level.current;
  context.lasting = level.lasting;
}
