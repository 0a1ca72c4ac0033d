import type { Event, EventOf } from "../../events/event.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { newObjectAcl } from "../object-acl.ts";
import { roleName, roleOid, schemaNamed } from "../resolve.ts";
import { newOid } from "../store.ts";

/** CREATE SCHEMA; `applyElement` replays what stands inside, with the new schema first in the path and its owner as the user. */
export function createSchema(
  context: Context,
  event: EventOf<"create-schema">,
  applyElement: (element: Event) => void,
): void {
  const owner = event.authorization === null ? currentUser(context) : roleOid(context, event.authorization);
  const name = event.name ?? roleName(context.state, owner);
  const existing = schemaNamed(context.state, name);
  const place = placeOf(context, event.nameSpan);
  if (existing !== undefined && !existing.assumed && !existing.prelude) {
    if (!event.ifNotExists) refuse(context, event.span, `schema "${name}" already exists`);
    return;
  }
  // A platform has the schema already and keeps it; a project that also creates it says the same again.
  if (existing?.prelude === true && event.ifNotExists) return;
  context.state.schemas.put({
    oid: existing?.oid ?? newOid(context.state),
    name,
    place,
    prelude: context.prelude,
    assumed: false,
    owner,
    acl: newObjectAcl(context, "schema", owner, null),
    extension: null,
  });
  if (event.elements.length === 0) return;
  const { session } = context;
  const settings = new Map(session.settings);
  settings.set("search_path", [name, ...(session.settings.get("search_path") ?? [])]);
  context.session = { ...session, settings, role: owner === currentUser(context) ? session.role : owner };
  for (const element of event.elements) applyElement(element);
  context.session = session;
}
