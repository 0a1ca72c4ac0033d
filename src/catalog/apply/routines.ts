import type { EventOf, RoutineOptions } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import { mergeAcls } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import type { Routine, RoutineParameter } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { findRoutine, sameTypes, targetName, typeRef } from "../resolve.ts";
import { member, newOid } from "../store.ts";
import { storedSettings } from "./settings.ts";

const isInput = (parameter: RoutineParameter): boolean => parameter.mode !== "out" && parameter.mode !== "table";

function parametersOf(context: Context, event: { readonly parameters: EventOf<"create-routine">["parameters"] }): readonly RoutineParameter[] {
  return event.parameters.map((written) => ({
    name: written.name,
    mode: written.mode,
    type: typeRef(context, written.type),
    written,
  }));
}

function returnsTrigger(event: EventOf<"create-routine">): Routine["returnsTrigger"] {
  const name = event.returns?.name.at(-1);
  return name === "trigger" || name === "event_trigger" ? name : null;
}

/** CREATE [OR REPLACE] FUNCTION: replacing keeps owner and ACL and resets everything that is not stated. */
export function createRoutine(context: Context, event: EventOf<"create-routine">): void {
  const target = targetName(context, event.name.name, event.name.span);
  if (target === null) {
    refuse(context, event.span, "no schema has been selected to create in");
    return;
  }
  const parameters = parametersOf(context, event);
  const inputTypes = parameters.filter(isInput).map((parameter) => parameter.type);
  const existing = context.state.routines
    .by(member(target.schema.oid, target.name))
    .find((routine) => sameTypes(routine.inputTypes, inputTypes));
  const place = placeOf(context, event.name.span);
  const replaces = existing !== undefined && !existing.assumed && (event.orReplace || !existing.prelude);
  if (existing !== undefined && replaces && !event.orReplace) {
    refuse(context, event.span, `function "${target.name}" already exists with same argument types`);
    return;
  }
  if (existing !== undefined && replaces && existing.kind !== event.routineKind) {
    refuse(context, event.span, `cannot change routine kind of "${target.name}"`);
    return;
  }
  const owner = replaces ? existing.owner : currentUser(context);
  const { options } = event;
  context.state.routines.put({
    oid: existing?.oid ?? newOid(context.state),
    name: target.name,
    place,
    prelude: context.prelude,
    assumed: false,
    schema: target.schema.oid,
    kind: event.routineKind,
    owner,
    parameters,
    inputTypes,
    returns: event.returns,
    returnsTrigger: returnsTrigger(event),
    language: event.language ?? "sql",
    securityDefiner: {
      value: options.security?.definer === true,
      place: options.security === undefined ? place : placeOf(context, options.security.span),
    },
    settings: storedSettings(context, new Map(), options.settings),
    settingWriters: settingWriters(context, new Map(), options),
    definition: event,
    definitionPlace: placeOf(context, event.span),
    sessionPath: searchPathOf(context),
    source: event.source,
    volatility: options.volatility ?? "volatile",
    leakproof: {
      value: options.leakproof?.value === true,
      place: options.leakproof === undefined ? place : placeOf(context, options.leakproof.span),
    },
    strict: options.strict === true,
    acl: replaces
      ? existing.acl
      : mergeAcls(newObjectAcl(context, "routine", owner, target.schema.oid), existing?.assumed === true ? existing.acl : []),
    extension: replaces ? existing.extension : null,
  });
}

export function createAggregate(context: Context, event: EventOf<"create-aggregate">): void {
  const target = targetName(context, event.name.name, event.name.span);
  if (target === null) {
    refuse(context, event.span, "no schema has been selected to create in");
    return;
  }
  const parameters = parametersOf(context, event);
  const inputTypes = parameters.map((parameter) => parameter.type);
  const existing = context.state.routines
    .by(member(target.schema.oid, target.name))
    .find((routine) => sameTypes(routine.inputTypes, inputTypes));
  if (existing !== undefined && !event.orReplace && !existing.prelude && !existing.assumed) {
    refuse(context, event.span, `function "${target.name}" already exists with same argument types`);
    return;
  }
  const place = placeOf(context, event.name.span);
  const owner = existing?.owner ?? currentUser(context);
  context.state.routines.put({
    oid: existing?.oid ?? newOid(context.state),
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
    returnsTrigger: null,
    language: "internal",
    securityDefiner: { value: false, place },
    settings: new Map(),
    settingWriters: new Map(),
    definition: event,
    definitionPlace: placeOf(context, event.span),
    sessionPath: searchPathOf(context),
    source: { kind: "none" },
    volatility: "immutable",
    leakproof: { value: false, place },
    strict: false,
    acl: existing?.acl ?? newObjectAcl(context, "routine", owner, target.schema.oid),
    extension: null,
  });
}

function settingWriters(
  context: Context,
  before: ReadonlyMap<string, Place>,
  options: RoutineOptions,
): ReadonlyMap<string, Place> {
  if (options.settings.length === 0) return before;
  const writers = new Map(before);
  for (const change of options.settings) {
    const place = placeOf(context, change.span);
    if (change.change !== "reset-all") writers.set(change.name, place);
    else for (const name of [...writers.keys(), "search_path"]) writers.set(name, place);
  }
  return writers;
}

/** ALTER FUNCTION/PROCEDURE/ROUTINE: changes what is stated and nothing else. */
export function alterRoutine(context: Context, event: EventOf<"alter-routine">): void {
  const routine = findRoutine(context, event.routine, event.routineKind);
  if (routine === undefined || routine === "ambiguous") {
    const name = event.routine.name.join(".");
    refuse(
      context,
      event.span,
      routine === "ambiguous" ? `function name "${name}" is not unique` : `function ${name} does not exist`,
    );
    return;
  }
  const { options } = event;
  context.state.routines.put({
    ...routine,
    securityDefiner:
      options.security === undefined
        ? routine.securityDefiner
        : { value: options.security.definer, place: placeOf(context, options.security.span) },
    settings: storedSettings(context, routine.settings, options.settings),
    settingWriters: settingWriters(context, routine.settingWriters, options),
    volatility: options.volatility ?? routine.volatility,
    leakproof:
      options.leakproof === undefined
        ? routine.leakproof
        : { value: options.leakproof.value, place: placeOf(context, options.leakproof.span) },
    strict: options.strict ?? routine.strict,
  });
}
