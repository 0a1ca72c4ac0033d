import type { EventOf } from "../../events/event.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { isSuperuser } from "../membership.ts";
import { requireOwner } from "../permissions.ts";
import { routineTarget } from "../routine-target.ts";
import { newOid } from "../store.ts";

export function createEventTrigger(context: Context, event: EventOf<"create-event-trigger">): void {
  const { state } = context;
  const { span } = event;
  const owner = currentUser(context);
  if (!context.assume && !isSuperuser(state, owner)) {
    refuse(context, span, `permission denied to create event trigger "${event.name}"`);
  }
  const existing = state.eventTriggers.by.name.first(event.name);
  if (existing !== undefined && !existing.prelude)
    refuse(context, span, `event trigger "${event.name}" already exists`);
  const target = routineTarget(context, event.routine.name, []);
  const routine = typeof target === "number" ? target : null;
  if (routine === null && !context.assume)
    refuse(context, span, `function ${event.routine.name.join(".")}() does not exist`);
  const returns = routine === null ? null : state.routines.get(routine)?.returnsTrigger;
  if (routine !== null && returns !== "event_trigger" && !context.assume) {
    refuse(context, span, `function ${event.routine.name.join(".")} must return type event_trigger`);
  }
  const place = placeOf(context, event.nameSpan);
  state.eventTriggers.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    owner,
    event: event.event,
    tags: event.tags,
    routine,
    enabled: { value: "origin", place },
  });
}

export function alterEventTrigger(context: Context, event: EventOf<"alter-event-trigger">): void {
  const trigger = context.state.eventTriggers.by.name.first(event.name);
  if (trigger === undefined) refuse(context, event.span, `event trigger "${event.name}" does not exist`);
  requireOwner(context, event.span, trigger.owner, `event trigger ${trigger.name}`);
  context.state.eventTriggers.put({
    ...trigger,
    enabled: { value: event.enabled, place: placeOf(context, event.span) },
  });
}
