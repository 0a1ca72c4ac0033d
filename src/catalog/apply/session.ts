/** SET, RESET, SET ROLE, SET SESSION AUTHORIZATION, DISCARD and transactions, as guc.c and xact.c do it. */
import type { EventOf, SettingChange } from "../../events/event.ts";
import { type Context, refuse, type SessionState } from "../context.ts";
import type { Oid } from "../model.ts";
import { roleNamed } from "../resolve.ts";
import { undoTo } from "../store.ts";

/** The session a file starts with. */
export function startSession(user: Oid, searchPath: readonly string[]): SessionState {
  return { sessionUser: user, role: null, settings: new Map([["search_path", searchPath]]) };
}

function change(context: Context, local: boolean, update: (session: SessionState) => SessionState): void {
  const inTransaction = context.transactions.length > 0;
  // SET LOCAL outside of a transaction block has no effect beyond its own statement.
  if (local && !inTransaction) return;
  context.session = update(context.session);
  if (!local) context.lasting = update(context.lasting);
}

/** search_path elements: an empty string stands for no schema at all. */
function normalised(name: string, values: readonly string[]): readonly string[] {
  return name === "search_path" ? values.filter((value) => value !== "") : values;
}

export function applySetting(context: Context, setting: SettingChange, local: boolean, initial: SessionState): void {
  change(context, local, (session) => {
    const settings = new Map(session.settings);
    switch (setting.change) {
      case "set":
        settings.set(setting.name, normalised(setting.name, setting.values));
        break;
      case "current":
        break;
      case "default":
      case "reset": {
        const value = initial.settings.get(setting.name);
        if (value === undefined) settings.delete(setting.name);
        else settings.set(setting.name, value);
        break;
      }
      case "reset-all":
        return { ...session, settings: initial.settings };
    }
    return { ...session, settings };
  });
}

export function applySetRole(context: Context, event: EventOf<"set-role">): void {
  const { role } = event;
  const oid = role === "none" || role.kind !== "role" ? null : roleNamed(context, role.name, role.span).oid;
  change(context, event.local, (session) => ({ ...session, role: oid }));
}

export function applySessionAuthorization(
  context: Context,
  event: EventOf<"set-session-authorization">,
  initial: SessionState,
): void {
  const { role } = event;
  const oid =
    role === "default" || role.kind !== "role" ? initial.sessionUser : roleNamed(context, role.name, role.span).oid;
  // SET SESSION AUTHORIZATION also ends SET ROLE.
  change(context, event.local, (session) => ({ ...session, sessionUser: oid, role: null }));
}

export function applyTransaction(context: Context, event: EventOf<"transaction">): void {
  switch (event.what) {
    case "begin":
      if (context.transactions.length === 0) begin(context);
      return;
    case "commit":
      commitAll(context);
      if (event.chain) begin(context);
      return;
    case "rollback":
      rollbackTo(context, 0);
      if (event.chain) begin(context);
      return;
    case "savepoint":
      if (context.transactions.length > 0) open(context, event.savepoint ?? "");
      return;
    case "release": {
      const at = lastSavepoint(context, event.savepoint);
      if (at < 0) refuse(context, event.span, `savepoint "${event.savepoint}" does not exist`);
      else context.transactions.length = at;
      return;
    }
    case "rollback-to": {
      const at = lastSavepoint(context, event.savepoint);
      if (at < 0) {
        refuse(context, event.span, `savepoint "${event.savepoint}" does not exist`);
        return;
      }
      const name = context.transactions[at]?.name ?? "";
      rollbackTo(context, at);
      open(context, name);
      return;
    }
  }
}

function begin(context: Context): void {
  context.state.journal.steps ??= [];
  open(context, null);
}

function open(context: Context, name: string | null): void {
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
  if (context.failed) return rollbackTo(context, 0);
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
