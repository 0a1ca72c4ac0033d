/** CREATE and ALTER FUNCTION, PROCEDURE and ROUTINE, as functioncmds.c and pg_proc.c do them. Aggregates are in aggregates.ts. */

import type { EventOf, Parameter, RoutineOptions } from "../../events/event.ts";
import { NO_ENTRIES } from "../../text/shared.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { mergeAcls } from "../acl.ts";
import { bindBody, boundExpr } from "../bind/query.ts";
import { withoutModifier } from "../bind/types.ts";
import { type Context, currentUser, placeOf, refuse, searchPathOf } from "../context.ts";
import { dependOn, independent, typeUses, usesOf } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type { Address, Routine, RoutineParameter, Schema, TypeRef } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { canSetRole, holdsPrivilege, mayUse, requireOnSchema, requireOwner } from "../permissions.ts";
import { findRoutine, targetName } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { newOid, signatureKey } from "../store.ts";
import { isShell, requireTypeUsage, typeOrShellNamed } from "../types-by-name.ts";
import { requireRewritable } from "./rewrite.ts";
import { storedSettings } from "./settings.ts";
import { typeOrShell } from "./types.ts";

export const isInput = (parameter: { readonly mode: Parameter["mode"] }): boolean =>
  parameter.mode !== "out" && parameter.mode !== "table";

const isOutput = (parameter: RoutineParameter): boolean =>
  parameter.mode === "out" || parameter.mode === "inout" || parameter.mode === "table";

export function parametersOf(
  context: Context,
  written: readonly Parameter[],
  span: Span,
  procedure = false,
): readonly RoutineParameter[] {
  const parameters = written.map((parameter) => ({
    name: parameter.name,
    mode: parameter.mode,
    type: withoutModifier(typeOrShellNamed(context, parameter.type, span)),
    written: parameter,
  }));
  const inputs = parameters.filter(isInput);
  const last = inputs.at(-1);
  // A procedure's OUT parameters are part of its call.
  if (procedure && parameters.slice(0, -1).some((parameter) => parameter.mode === "variadic"))
    refuse(context, span, "VARIADIC parameter must be the last parameter");
  const variadic = inputs.findIndex((parameter) => parameter.mode === "variadic");
  if (variadic >= 0 && variadic < inputs.length - 1)
    refuse(context, span, "VARIADIC parameter must be the last input parameter");
  if (last?.mode === "variadic" && !takesMany(last.type) && !context.assume)
    refuse(context, span, "VARIADIC parameter must be an array");
  const firstDefault = inputs.find((parameter) => parameter.written.default !== null);
  const from = firstDefault === undefined ? parameters.length : parameters.indexOf(firstDefault);
  if (procedure && parameters.slice(from).some((parameter) => parameter.mode === "out"))
    refuse(context, span, "procedure OUT parameters cannot appear after one with a default value");
  let defaults = false;
  for (const parameter of inputs) {
    if (parameter.written.default !== null) defaults = true;
    else if (defaults)
      refuse(context, span, "input parameters after one with a default value must also have defaults");
  }
  // An input and an output parameter of one name are only refused when both are outputs or both are inputs.
  for (const [i, one] of parameters.entries()) {
    const twice = parameters
      .slice(0, i)
      .some(
        (other) =>
          other.name !== null &&
          other.name === one.name &&
          (isInput(other) === isInput(one) || one.mode === "inout" || other.mode === "inout") &&
          (one.mode !== "table" || isOutput(other)),
      );
    if (twice) refuse(context, span, `parameter name "${one.name}" used more than once`);
  }
  return parameters;
}

const MANY: ReadonlySet<string> = new Set(["any", "anyarray", "anycompatiblearray"]);

function takesMany(type: TypeRef): boolean {
  return type.array || (typeof type.base === "string" && MANY.has(type.base.replace("pg_catalog.", "")));
}

/** What a function gives by its OUT parameters; null without any. */
function outputType(parameters: readonly RoutineParameter[]): TypeRef | null {
  const outputs = parameters.filter(isOutput);
  const [first] = outputs;
  if (first === undefined) return null;
  return outputs.length === 1 ? first.type : { base: "pg_catalog.record", array: false };
}

function returnTypeOf(
  context: Context,
  event: EventOf<"create-routine">,
  parameters: readonly RoutineParameter[],
): TypeRef | null {
  if (event.routineKind === "procedure") return null;
  const outputs = outputType(parameters);
  const table = parameters.some((parameter) => parameter.mode === "table");
  if (event.returns === null || table) {
    return outputs ?? refuse(context, event.span, "function result type must be specified");
  }
  const returns = withoutModifier(typeOrShell(context, event.returns, event.language, event.span));
  if (outputs !== null && !sameType(outputs, returns)) {
    refuse(context, event.span, "function result type does not agree with OUT parameters");
  }
  return returns;
}

function returnsTrigger(event: EventOf<"create-routine">): Routine["returnsTrigger"] {
  const name = event.returns?.name.at(-1);
  return name === "trigger" || name === "event_trigger" ? name : null;
}

/** The schema a routine goes to; refuses when it may not. */
export function routineTargetName(
  context: Context,
  event: Pick<EventOf<"create-routine">, "name" | "span">,
): { readonly schema: Schema; readonly name: string } {
  const target = targetName(context, event.name.name, event.name.span);
  if (target === null) return refuse(context, event.span, "no schema has been selected to create in");
  requireOnSchema(context, event.span, target.schema, "create");
  return target;
}

export function routineWith(
  context: Context,
  schema: number,
  name: string,
  types: readonly TypeRef[],
): Routine | undefined {
  return context.state.routines.by.signature.first(schema, signatureKey(name, types));
}

/** ProcedureCreate()'s refusals to put a new definition in the place of an old one. */
function checkReplacement(
  context: Context,
  span: Span,
  existing: Routine,
  next: Pick<Routine, "kind" | "parameters" | "returnType" | "returnsSet">,
): void {
  if (context.assume && existing.prelude) return;
  requireOwner(context, span, existing.owner, `function ${existing.name}`);
  if (existing.kind !== next.kind) refuse(context, span, "cannot change routine kind");
  const sameReturn =
    existing.returnsSet === next.returnsSet &&
    (existing.returnType === null
      ? next.returnType === null
      : next.returnType !== null && sameType(existing.returnType, next.returnType));
  // The return type "record" of OUT parameters stands for their names and types.
  const row = (parameters: readonly RoutineParameter[]): readonly RoutineParameter[] =>
    parameters.filter(isOutput);
  const before = row(existing.parameters);
  const after = row(next.parameters);
  const sameRow =
    before.length === after.length &&
    before.every((parameter, i) => {
      const other = after[i];
      return (
        other !== undefined &&
        sameType(parameter.type, other.type) &&
        (before.length === 1 || parameter.name === other.name)
      );
    });
  if (existing.language !== "unknown" && (!sameReturn || !sameRow)) {
    refuse(context, span, "cannot change return type of existing function");
  }
  const inputs = next.parameters.filter(isInput);
  existing.parameters.filter(isInput).forEach((parameter, i) => {
    const other = inputs[i];
    if (parameter.name !== null && parameter.name !== (other?.name ?? null)) {
      refuse(context, span, `cannot change name of input parameter "${parameter.name}"`);
    }
    if (parameter.written.default !== null && other?.written.default === null) {
      refuse(context, span, "cannot remove parameter defaults from existing function");
    }
  });
}

/** Refuses unless the current user may write code in the language. */
export function requireLanguage(context: Context, name: string, span: Span): void {
  if (context.assume) return;
  const { state } = context;
  const language = state.languages.by.name.first(name);
  if (language === undefined) refuse(context, span, `language "${name}" does not exist`);
  const allowed = language.trusted
    ? mayUse(context, language.acl, "usage")
    : isSuperuser(state, currentUser(context));
  if (!allowed) refuse(context, span, `permission denied for language ${name}`);
}

/** Language, LEAKPROOF and the types: what the creating user must be allowed to use. */
function checkUse(context: Context, event: EventOf<"create-routine">, types: readonly TypeRef[]): void {
  if (context.assume) return;
  const { state } = context;
  const { span } = event;
  requireLanguage(context, event.language ?? "sql", span);
  if (event.options.leakproof?.value === true && !isSuperuser(state, currentUser(context))) {
    refuse(context, span, "only superuser can define a leakproof function");
  }
  for (const type of types) requireTypeUsage(context, type, span);
}

/** What the language's validator refuses, which runs under the routine's settings. */
function checkBody(context: Context, event: EventOf<"create-routine">, returnType: TypeRef | null): void {
  const { span } = event;
  if (
    event.language === "sql" &&
    (returnType?.base === "pg_catalog.trigger" || returnType?.base === "pg_catalog.event_trigger")
  )
    refuse(context, span, `SQL functions cannot return type ${event.returns?.name.at(-1)}`);
  for (const setting of event.options.settings) {
    const [name] = setting.values;
    if (setting.name !== "role" || name === undefined || name === "none") continue;
    const role = context.state.roles.by.name.first(name);
    if (role === undefined) refuse(context, span, `role "${name}" does not exist`);
    if (!canSetRole(context.state, context.session.sessionUser, role.oid, context.postgresVersion))
      refuse(context, span, `permission denied to set role "${name}"`);
  }
}

/** CheckFunctionValidatorAccess(): under the routine's settings its language and itself must be allowed to be used. */
function requireValidator(context: Context, routine: Routine, span: Span): void {
  const { state, postgresVersion } = context;
  const named = state.roles.by.name.first(routine.settings.get("role")?.values[0] ?? "");
  const role = named?.oid ?? currentUser(context);
  const language = state.languages.by.name.first(routine.language);
  if (language?.trusted && !holdsPrivilege(state, role, language.acl, "usage", postgresVersion))
    refuse(context, span, `permission denied for language ${language.name}`);
  if (!holdsPrivilege(state, role, routine.acl, "execute", postgresVersion))
    refuse(context, span, `permission denied for function ${routine.name}`);
}

/** CREATE [OR REPLACE] FUNCTION: replacing keeps owner and ACL and resets everything that is not stated. */
export function createRoutine(context: Context, event: EventOf<"create-routine">): void {
  const { state } = context;
  const { options, span } = event;
  const target = routineTargetName(context, event);
  const parameters = parametersOf(context, event.parameters, span, event.routineKind === "procedure");
  const inputTypes = parameters.filter(isInput).map((parameter) => parameter.type);
  const returnType = returnTypeOf(context, event, parameters);
  const types = [
    ...parameters.map((parameter) => parameter.type),
    ...(returnType === null ? [] : [returnType]),
  ];
  if (!context.assume && event.language === "sql" && types.some((type) => isShell(context, type)))
    refuse(context, span, "SQL function cannot accept or return a shell type");
  checkUse(context, event, types);
  const existing = routineWith(context, target.schema.oid, target.name, inputTypes);
  const place = placeOf(context, event.name.span);
  const replaces =
    existing !== undefined && !existing.assumed && (event.orReplace || !(existing.prelude && context.assume));
  const kind = options.window === true ? "window" : event.routineKind;
  const returnsSet =
    event.returns?.setof === true || parameters.some((parameter) => parameter.mode === "table");
  if (existing !== undefined && replaces) {
    if (!event.orReplace)
      refuse(context, span, `function "${target.name}" already exists with same argument types`);
    checkReplacement(context, span, existing, { kind, parameters, returnType, returnsSet });
  }
  if (!context.assume) checkBody(context, event, returnType);
  const owner = replaces ? existing.owner : currentUser(context);
  const routine = state.routines.put({
    oid: existing?.oid ?? newOid(state),
    name: target.name,
    place,
    prelude: context.prelude,
    assumed: false,
    schema: target.schema.oid,
    kind,
    owner,
    parameters,
    inputTypes,
    returns: event.returns,
    returnType,
    returnsSet,
    returnsTrigger: returnsTrigger(event),
    language: event.language ?? "sql",
    securityDefiner: {
      value: options.security?.definer === true,
      place: options.security === undefined ? place : placeOf(context, options.security.span),
      ...(replaces && options.security === undefined ? definerLeftOut(existing, place) : {}),
    },
    settings: storedSettings(context, NO_ENTRIES, options.settings),
    settingWriters: settingWriters(context, NO_ENTRIES, options),
    definition: event,
    definitionPlace: placeOf(context, span),
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
      : mergeAcls(
          newObjectAcl(context, "routine", owner, target.schema.oid),
          existing?.assumed === true ? existing.acl : [],
        ),
    extension: replaces ? existing.extension : null,
  });
  if (!context.assume) requireValidator(context, routine, span);
  independent(state, { oid: routine.oid }, "normal");
  dependOn(state, { oid: routine.oid }, usesOfRoutine(context, event, parameters, types));
}

/** A replacement that says nothing of SECURITY makes a definer routine an invoker one. */
function definerLeftOut(
  existing: Routine,
  by: Place,
): { readonly leftOut?: { readonly stated: Place; readonly by: Place } } {
  const { value, place, leftOut } = existing.securityDefiner;
  if (value) return { leftOut: { stated: place, by } };
  return leftOut === undefined ? {} : { leftOut };
}

/** What the routine cannot be without: types, functions in defaults, and what a body bound at creation names. */
function usesOfRoutine(
  context: Context,
  event: EventOf<"create-routine">,
  parameters: readonly RoutineParameter[],
  types: readonly TypeRef[],
): readonly Address[] {
  const uses: Address[] = [...typeUses(types)];
  for (const { written } of parameters) {
    if (written.default !== null)
      uses.push(...usesOf(boundExpr(context, written.default, null).bound.bindings));
  }
  if (event.source.kind === "atomic") {
    const bindings = bindBody(context, event.source.statements, event.name.name.at(-1) ?? "", parameters);
    requireRewritable(context, bindings, currentUser(context), event.span);
    uses.push(...usesOf(bindings));
  }
  return uses;
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
  const { span, options } = event;
  const routine = findRoutine(context, event.routine, event.routineKind);
  if (routine === undefined || routine === "ambiguous") {
    const name = event.routine.name.join(".");
    refuse(
      context,
      span,
      routine === "ambiguous" ? `function name "${name}" is not unique` : `function ${name} does not exist`,
    );
  }
  requireOwner(context, span, routine.owner, `function ${routine.name}`);
  if (routine.kind === "aggregate") refuse(context, span, `"${routine.name}" is an aggregate function`);
  const onlyFunctions =
    options.volatility ?? options.leakproof ?? options.strict ?? options.cost ?? options.parallel;
  if (routine.kind === "procedure" && onlyFunctions !== undefined) {
    refuse(context, span, "invalid attribute in procedure definition");
  }
  if (
    options.leakproof?.value === true &&
    !context.assume &&
    !isSuperuser(context.state, currentUser(context))
  ) {
    refuse(context, span, "only superuser can define a leakproof function");
  }
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
