/**
 * Event triggers run their functions at every statement that they are about. What a function does with an object that was just created
 * is replayed. Under its own settings it may not even begin: then the statement is refused.
 */
import type { Event } from "../../events/event.ts";
import type { Context } from "../context.ts";
import { COMMANDS } from "../do/from.ts";
import { registered } from "../do/object-text.ts";
import { runFired } from "../do/run.ts";
import { made, UNKNOWN, type Value } from "../do/value.ts";
import type { Oid } from "../model.ts";
import { findRelation, findRoutine } from "../resolve.ts";
import { requireCallable } from "./function-settings.ts";

export type FiringEvent = "ddl_command_start" | "sql_drop" | "ddl_command_end";

/** What event triggers do with tables, views and routines that a statement made. */
export function runEventTriggers(context: Context, event: Event, apply: (event: Event) => void): void {
  const { state } = context;
  if (context.firing || context.prelude || state.eventTriggers.size === 0) return;
  const command = commandOf(context, event);
  if (command === null) return;
  const tag = tagOf(event) ?? "";
  const variables = (): Map<string, Value> =>
    new Map<string, Value>([
      [COMMANDS, [{ kind: "row", fields: command }]],
      ["tg_tag", made(tag, event.span.start)],
      ["tg_event", made("ddl_command_end", event.span.start)],
    ]);
  let looked = 0;
  context.firing = true;
  try {
    for (const { event: when, enabled, tags, routine: oid } of state.eventTriggers.all()) {
      if (looked++ > MOST_TRIGGERS) break;
      if (when !== "ddl_command_end" || (enabled.value !== "origin" && enabled.value !== "always")) continue;
      if (tags.length > 0 && !tags.includes(tag)) continue;
      const routine = oid === null ? undefined : state.routines.get(oid);
      if (routine !== undefined && !routine.prelude) runFired(context, routine, variables(), apply);
    }
  } finally {
    context.firing = false;
  }
}

/** Databases have few; of more, each statement would be followed through all. */
const MOST_TRIGGERS = 16;

/** The row of pg_event_trigger_ddl_commands() for what the statement created; null: nothing, or something else. */
function commandOf(context: Context, event: Event): Map<string, Value> | null {
  const tag = tagOf(event);
  if (tag === null) return null;
  switch (event.kind) {
    case "create-table":
    case "create-table-as":
    case "create-view": {
      const found = findRelation(context, event.name.name);
      if (found === undefined || found.place.span.start !== event.name.span.start) return null;
      const type = tag.replace(/^CREATE | AS$/g, "").toLowerCase();
      return rowOf(context, event, tag, type, found, registered(context, "regclass", found.oid));
    }
    case "create-routine": {
      const args = event.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
      const ref = { name: event.name.name, args: args.map(({ type }) => type), span: event.span };
      const found = findRoutine(context, ref, "routine");
      if (found === undefined || found === "ambiguous") return null;
      const identity = registered(context, "regprocedure", found.oid);
      return rowOf(context, event, tag, event.routineKind, found, identity);
    }
    default:
      return null;
  }
}

function rowOf(
  { state }: Context,
  { span }: Event,
  tag: string,
  type: string,
  { oid, schema }: { readonly oid: Oid; readonly schema: Oid },
  identity: Value,
): Map<string, Value> {
  const at = span.start;
  return new Map<string, Value>([
    ["classid", UNKNOWN],
    ["objid", oid],
    ["objsubid", 0],
    ["command_tag", made(tag, at)],
    ["object_type", made(type, at)],
    ["schema_name", made(state.schemas.get(schema)?.name ?? "", at)],
    ["object_identity", identity],
    ["in_extension", false],
    ["command", UNKNOWN],
  ]);
}

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
