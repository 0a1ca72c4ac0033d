import type { PrivilegeRef } from "../../events/event.ts";
import { defaultAcl, sameAcl } from "../acl.ts";
import { setting } from "../builtin/index.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { changedAcl, type GrantChange } from "../granting.ts";
import type { ParameterAcl } from "../model.ts";
import { newOid } from "../store.ts";
import { privilegesFor } from "./privileges.ts";

/** The configuration parameter that a GRANT names. Null: REVOKE from one that nobody was granted on. */
export function parameterNamed(context: Context, name: string, change: GrantChange): ParameterAcl | null {
  const { state, bootstrap: owner } = context;
  const known = state.parameters.by.name.first(name.toLowerCase());
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

/** GRANT or REVOKE on a parameter; when nobody but its owner has anything left, nothing is kept of it. */
export function grantOnParameter(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  parameter: ParameterAcl,
): void {
  const { owner, name } = parameter;
  const privileges = privilegesFor(context, refs, "parameter", change.span);
  const acl = changedAcl(
    context,
    change,
    { kind: "parameter", owner, acl: parameter.acl, what: `parameter ${name}` },
    privileges,
  );
  if (sameAcl(acl, defaultAcl("parameter", owner, context.postgresVersion)))
    context.state.parameters.delete(parameter.oid);
  else context.state.parameters.put({ ...parameter, acl });
}
