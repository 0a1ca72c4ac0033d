import type { EventOf } from "../../events/event.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import type { Schema } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { creationSchema, schemaNamed, schemaOrAssumed } from "../resolve.ts";
import { newOid } from "../store.ts";

/** Extensions whose control file names their schema, which CREATE EXTENSION makes if it is not there. */
const FIXED_SCHEMA: ReadonlyMap<string, string> = new Map([
  ["plpgsql", "pg_catalog"],
  ["pg_cron", "pg_catalog"],
  ["plpython3u", "pg_catalog"],
  ["plperl", "pg_catalog"],
  ["plperlu", "pg_catalog"],
  ["pltcl", "pg_catalog"],
  ["postgis_topology", "topology"],
  ["postgis_tiger_geocoder", "tiger"],
  ["pgmq", "pgmq"],
  ["pgsodium", "pgsodium"],
  ["supabase_vault", "vault"],
]);

/** CREATE EXTENSION: the extension itself; what its script creates is not known here. */
export function createExtension(context: Context, event: EventOf<"create-extension">): void {
  const { state } = context;
  const { span } = event;
  const existing = state.extensions.by(event.name)[0];
  if (existing !== undefined) {
    if (!event.ifNotExists && !existing.prelude)
      refuse(context, span, `extension "${event.name}" already exists`);
    return;
  }
  const owner = currentUser(context);
  const schema = schemaFor(context, event, owner);
  if (schema === null) refuse(context, span, "no schema has been selected to create in");
  state.extensions.put({
    oid: newOid(state),
    name: event.name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    owner,
    schema: schema.oid,
  });
}

function schemaFor(context: Context, event: EventOf<"create-extension">, owner: number): Schema | null {
  const { state } = context;
  const fixed = FIXED_SCHEMA.get(event.name);
  if (fixed !== undefined) {
    return (
      schemaNamed(state, fixed) ??
      state.schemas.put({
        oid: newOid(state),
        name: fixed,
        place: placeOf(context, event.span),
        prelude: context.prelude,
        assumed: false,
        owner,
        acl: newObjectAcl(context, "schema", owner, null),
        extension: event.name,
      })
    );
  }
  if (event.schema !== null) return schemaOrAssumed(context, event.schema, event.span);
  return creationSchema(context);
}
