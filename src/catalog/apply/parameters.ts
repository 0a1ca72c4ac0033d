import { defaultAcl } from "../acl.ts";
import { setting } from "../builtin/index.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import type { GrantChange } from "../granting.ts";
import type { ParameterAcl } from "../model.ts";
import { newOid } from "../store.ts";

/** The configuration parameter that a GRANT names. Null: REVOKE from one that nobody was granted on. */
export function parameterNamed(context: Context, name: string, change: GrantChange): ParameterAcl | null {
  const { state, bootstrap: owner } = context;
  const known = state.parameters.by(name.toLowerCase())[0];
  if (known !== undefined) return known;
  if (!change.grant) return null;
  if (!name.includes(".") && setting(name, context.postgresVersion) === null) {
    refuse(context, change.span, `unrecognized configuration parameter "${name}"`);
  }
  return state.parameters.put({
    oid: newOid(state),
    name: name.toLowerCase(),
    place: placeOf(context, change.span),
    prelude: context.prelude,
    assumed: false,
    owner,
    acl: defaultAcl("parameter", owner, context.postgresVersion),
  });
}
