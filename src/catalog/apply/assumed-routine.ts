import type { RoutineRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import type { Routine } from "../model.ts";
import { targetName, typeRef } from "../resolve.ts";
import { newOid } from "../store.ts";

/** A routine that a GRANT names and nothing created: assumed with the owner's rights only, so that the grant is seen. */
export function assumedRoutine(context: Context, span: Span, ref: RoutineRef): Routine {
  const target = targetName(context, ref.name, ref.span);
  if (target === null) return refuse(context, span, `function ${ref.name.join(".")} does not exist`);
  const place = placeOf(context, ref.span);
  return context.state.routines.put({
    oid: newOid(context.state),
    name: target.name,
    place,
    prelude: context.prelude,
    assumed: true,
    schema: target.schema.oid,
    kind: "function",
    owner: context.bootstrap,
    parameters: [],
    inputTypes: (ref.args ?? []).map((arg) => typeRef(context, arg)),
    returns: null,
    returnType: null,
    returnsSet: false,
    returnsTrigger: null,
    language: "unknown",
    securityDefiner: { value: false, place },
    settings: new Map(),
    settingWriters: new Map(),
    definition: null,
    definitionPlace: placeOf(context, span),
    sessionPath: [],
    source: { kind: "none" },
    volatility: "volatile",
    leakproof: { value: false, place },
    strict: false,
    acl: [],
    extension: null,
  });
}
