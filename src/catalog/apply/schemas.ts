import type { Event, EventOf } from "../../events/event.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import { newObjectAcl } from "../object-acl.ts";
import { requireDatabaseCreate, requireSetRole } from "../permissions.ts";
import { roleName, roleOid, schemaNamed } from "../resolve.ts";
import { settingText } from "../setting-text.ts";
import { newOid } from "../store.ts";

/** CREATE SCHEMA; `applyElement` replays what stands inside, with the new schema first in the path and its owner as the user. */
export function createSchema(
  context: Context,
  event: EventOf<"create-schema">,
  applyElement: (element: Event) => void,
): void {
  const { state } = context;
  const { span } = event;
  const owner = event.authorization === null ? currentUser(context) : roleOid(context, event.authorization);
  const name = event.name ?? roleName(state, owner);
  requireDatabaseCreate(context, span);
  requireSetRole(context, span, owner);
  if (name.startsWith("pg_") && !context.prelude && !context.assume)
    refuse(context, span, `unacceptable schema name "${name}"`);
  const existing = schemaNamed(state, name);
  if (existing !== undefined && !existing.assumed && !(existing.prelude && context.assume)) {
    if (!event.ifNotExists) refuse(context, span, `schema "${name}" already exists`);
    return;
  }
  // A platform has the schema already and keeps it; a project that also creates it says the same again.
  if (existing?.prelude === true && event.ifNotExists) return;
  state.schemas.put({
    oid: existing?.oid ?? newOid(state),
    name,
    place: placeOf(context, event.nameSpan),
    prelude: context.prelude,
    assumed: false,
    owner,
    acl: newObjectAcl(context, "schema", owner, null),
    extension: null,
  });
  if (event.elements.length === 0) return;
  const { session } = context;
  const settings = new Map(session.settings);
  settings.set(
    "search_path",
    settingText("search_path", [name, ...searchPathOf(context)], context.postgresVersion),
  );
  context.session = { ...session, settings, role: owner === currentUser(context) ? session.role : owner };
  for (const element of inOrder(event.elements)) applyElement(within(name, element));
  context.session = session;
}

/** An element's own object is of this schema, whatever else has its name. */
function within(schema: string, element: Event): Event {
  switch (element.kind) {
    case "create-table":
    case "create-view":
    case "create-sequence": {
      const { name, span } = element.name;
      return name.length > 1 ? element : { ...element, name: { name: [schema, ...name], span } };
    }
    default:
      return element;
  }
}

/** transformCreateSchemaStmtElements(): sequences, tables, views, indexes, triggers, grants, whatever order they are written in. */
const ORDER: readonly Event["kind"][] = [
  "create-sequence",
  "create-table",
  "create-view",
  "create-index",
  "create-trigger",
  "grant",
];

function inOrder(elements: readonly Event[]): readonly Event[] {
  return [...elements].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
