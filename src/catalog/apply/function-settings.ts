/** A function's own settings, which are made when it is called. */
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import type { Routine } from "../model.ts";
import { canSetRole } from "../permissions.ts";

/** Refuses a call under a role that the session's user may not become. */
export function requireCallable(context: Context, routine: Routine, span: Span): void {
  const name = routine.settings.get("role")?.values[0];
  if (context.assume || name === undefined || name === "none") return;
  const { state, session, postgresVersion } = context;
  const role = state.roles.by.name.first(name);
  if (role === undefined) refuse(context, span, `role "${name}" does not exist`);
  if (!canSetRole(state, session.sessionUser, role.oid, postgresVersion))
    refuse(context, span, `permission denied to set role "${name}"`);
}
