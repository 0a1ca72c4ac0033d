import type { EventOf } from "../../events/event.ts";
import type { Name } from "../../events/tree.ts";
import { withoutModifier } from "../bind/types.ts";
import { catalogFunctions } from "../builtin/index.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import { dependOn, independent, typeUses } from "../depend.ts";
import type { RoutineTarget, TypeRef } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { requireOwner } from "../permissions.ts";
import { routineTarget, targetUses } from "../routine-target.ts";
import { newOid } from "../store.ts";
import { isShell, knownType, requireTypeUsage } from "../types-by-name.ts";
import { isInput, parametersOf, routineTargetName, routineWith } from "./routines.ts";

/** CREATE [OR REPLACE] AGGREGATE: its result is its final function's, or its state (AggregateCreate). */
export function createAggregate(context: Context, event: EventOf<"create-aggregate">): void {
  const { state } = context;
  const { span } = event;
  const target = routineTargetName(context, event);
  const parameters = parametersOf(context, event.parameters, span);
  if (!context.assume && parameters.some(({ type }) => isShell(context, type)))
    refuse(context, span, "aggregate cannot accept a shell type");
  const inputTypes = parameters.filter(isInput).map((parameter) => parameter.type);
  const stateType =
    event.stateType === null ? null : withoutModifier(knownType(context, event.stateType, span));
  if (event.stateFunction === null || stateType === null)
    refuse(context, span, "aggregate sfunc and stype must be specified");
  for (const type of [...inputTypes, stateType]) requireTypeUsage(context, type, span);
  const plain = event.directArguments < 0 ? inputTypes : inputTypes.slice(event.directArguments);
  const transition = support(context, event, event.stateFunction, [stateType, ...plain]);
  const final = event.finalFunction === null ? null : support(context, event, event.finalFunction, null);
  const existing = routineWith(context, target.schema.oid, target.name, inputTypes);
  if (existing !== undefined && !existing.assumed && !(existing.prelude && context.assume)) {
    if (!event.orReplace)
      refuse(context, span, `function "${target.name}" already exists with same argument types`);
    requireOwner(context, span, existing.owner, `function ${existing.name}`);
    if (existing.kind !== "aggregate") refuse(context, span, "cannot change routine kind");
  }
  const place = placeOf(context, event.name.span);
  const owner = existing?.owner ?? currentUser(context);
  const routine = state.routines.put({
    oid: existing?.oid ?? newOid(state),
    name: target.name,
    place,
    prelude: context.prelude,
    assumed: false,
    schema: target.schema.oid,
    kind: "aggregate",
    owner,
    parameters,
    inputTypes,
    returns: null,
    returnType: final === null ? stateType : resultOf(context, final),
    returnsSet: false,
    returnsTrigger: null,
    language: "internal",
    securityDefiner: { value: false, place },
    settings: new Map(),
    settingWriters: new Map(),
    definition: event,
    definitionPlace: placeOf(context, span),
    sessionPath: searchPathOf(context),
    source: { kind: "none" },
    volatility: "immutable",
    leakproof: { value: false, place },
    strict: false,
    acl: existing?.acl ?? newObjectAcl(context, "routine", owner, target.schema.oid),
    extension: null,
  });
  independent(state, { oid: routine.oid });
  dependOn(state, { oid: routine.oid }, [
    ...typeUses([...inputTypes, stateType]),
    ...targetUses(transition, final),
  ]);
}

/** A transition or final function. Types that only match by coercion are not checked. */
function support(
  context: Context,
  event: EventOf<"create-aggregate">,
  name: Name,
  types: readonly TypeRef[] | null,
): RoutineTarget | null {
  const found =
    (types === null ? undefined : routineTarget(context, name, types)) ?? routineTarget(context, name, null);
  if (found === undefined && !context.assume)
    refuse(context, event.span, `function ${name.join(".")} does not exist`);
  return found ?? null;
}

function resultOf(context: Context, target: RoutineTarget): TypeRef | null {
  if (typeof target === "number") return context.state.routines.get(target)?.returnType ?? null;
  const name = target.slice("pg_catalog.".length, target.indexOf("("));
  const returns = catalogFunctions(name, context.postgresVersion)[0]?.returns;
  if (returns === undefined) return null;
  return { base: `pg_catalog.${returns.replace("[]", "")}`, array: returns.endsWith("[]") };
}
