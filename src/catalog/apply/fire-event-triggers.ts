/**
 * Event triggers run their functions at every statement that they are about. What a function does is not followed here, but under its
 * own settings it may not even begin: then the statement is refused.
 */
import type { Event } from "../../events/event.ts";
import type { Context } from "../context.ts";
import { requireCallable } from "./function-settings.ts";

export type FiringEvent = "ddl_command_start" | "sql_drop" | "ddl_command_end";

/** Lets the event triggers fire that wait for this event of the statement. */
export function fireEventTriggers(context: Context, event: Event, when: FiringEvent): void {
  const { state } = context;
  if (context.assume || state.eventTriggers.size === 0 || !isSupported(event)) return;
  const tag = tagOf(event);
  for (const trigger of state.eventTriggers.all()) {
    const { enabled, tags } = trigger;
    if (trigger.event !== when || (enabled.value !== "origin" && enabled.value !== "always")) continue;
    if (tags.length > 0 && (tag === null || !tags.includes(tag))) continue;
    const routine = trigger.routine === null ? undefined : state.routines.get(trigger.routine);
    if (routine !== undefined) requireCallable(context, routine, event.span);
  }
}

/** EventTriggerSupportsObjectType(): not for what all databases share, nor for event triggers. */
function isSupported(event: Event): boolean {
  switch (event.kind) {
    case "create-role":
    case "alter-role":
    case "alter-role-set":
    case "alter-database-set":
    case "alter-system":
    case "create-database":
    case "grant-role":
    case "drop-role":
    case "create-event-trigger":
    case "alter-event-trigger":
    case "set":
    case "set-role":
    case "set-session-authorization":
    case "discard-all":
    case "discard-temporary":
    case "transaction":
    case "do":
    case "query":
    case "other":
      return false;
    case "rename":
    case "set-owner":
    case "drop":
      return !SHARED.has(event.objectKind);
    case "grant":
      return !["databases", "parameters", "tablespaces"].includes(event.target.kind);
    default:
      return true;
  }
}

const SHARED: ReadonlySet<string> = new Set(["role", "database", "tablespace", "event-trigger"]);

/** The command tag, of the statements that triggers are mostly about; null of others. */
function tagOf(event: Event): string | null {
  switch (event.kind) {
    case "create-table":
      return event.relationKind === "foreign-table" ? "CREATE FOREIGN TABLE" : "CREATE TABLE";
    case "create-table-as":
      return event.relationKind === "materialized-view" ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
    case "create-view":
      return "CREATE VIEW";
    case "create-routine":
      return event.routineKind === "procedure" ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case "drop":
      return `DROP ${event.objectKind.replaceAll("-", " ").toUpperCase()}`;
    case "alter-relation":
      return `ALTER ${event.relationKind.replaceAll("-", " ").toUpperCase()}`;
    case "rename":
    case "set-owner":
    case "set-schema": {
      const { objectKind } = event;
      const ofTable = objectKind === "column" || objectKind === "constraint";
      return `ALTER ${ofTable ? "TABLE" : objectKind.replaceAll("-", " ").toUpperCase()}`;
    }
    default:
      return null;
  }
}
