/** Puts the objects of a known extension into the catalog, as its script would. */
import type { Span } from "../../text/span.ts";
import type { AclObject } from "../acl.ts";
import { mergeAcls } from "../acl.ts";
import { catalog } from "../bind/types.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn } from "../depend.ts";
import {
  type Acl,
  type Extension,
  type ObjectBase,
  type Oid,
  type Privilege,
  PUBLIC,
  type RoutineParameter,
  type RoutineTarget,
  type Schema,
  type Setting,
  type TypeRef,
} from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { emptyRelation, sameTypes, schemaNamed } from "../resolve.ts";
import { member, newOid } from "../store.ts";
import type {
  ExtensionData,
  ExtensionFunction,
  ExtensionGrant,
  ExtensionRelation,
  ExtensionType,
} from "./data.ts";

interface Installation {
  readonly context: Context;
  readonly extension: Extension;
  readonly data: ExtensionData;
  /** Of what the script creates: not the extension's when the script runs as the bootstrap superuser. */
  readonly owner: Oid;
  readonly span: Span;
  /** Where types of this extension and of those it requires are looked for, in this order. */
  readonly schemas: readonly Oid[];
}

/** Creates everything that the extension is known to bring; `owner` runs its script. */
export function createMembers(
  context: Context,
  extension: Extension,
  data: ExtensionData,
  owner: Oid,
  span: Span,
): void {
  const required = data.control.requires.flatMap(
    (name) => context.state.extensions.by(name)[0]?.schema ?? [],
  );
  const at: Installation = {
    context,
    extension,
    data,
    owner,
    span,
    schemas: [extension.schema, ...required],
  };
  for (const { name, grants } of data.schemas) createSchema(at, name, grants);
  for (const { name, trusted } of data.languages) createLanguage(at, name, trusted);
  const types = data.types.map((type) => ({ type, oid: createType(at, type) }));
  for (const relation of data.relations) createRelation(at, relation);
  for (const { type, oid } of types) completeType(at, type, oid);
  for (const each of data.functions) createFunction(at, each);
  createOperators(at);
  createCasts(at);
  createWrappers(at);
  createEventTriggers(at);
}

/** The fields of every member; it is nothing that the project wrote. */
function base(at: Installation, name: string): ObjectBase & { readonly extension: string } {
  return {
    oid: newOid(at.context.state),
    name,
    place: placeOf(at.context, at.span),
    prelude: true,
    assumed: false,
    extension: at.extension.name,
  };
}

function belongs(at: Installation, oid: Oid): void {
  dependOn(at.context.state, { oid }, [{ oid: at.extension.oid }], "extension");
}

/**
 * Whether the project has something of that name and shape itself: the script fails on it. Where it is only assumed that nothing else
 * is there, what the project has stays. What a statement spoke of before is the member.
 */
function taken(at: Installation, existing: ObjectBase | undefined, what: string): boolean {
  if (existing === undefined || existing.assumed) return false;
  if (!at.context.assume) refuse(at.context, at.span, `${what} "${existing.name}" already exists`);
  return true;
}

/** `cron.job` is in that schema, a name without one in the extension's. */
function placed(at: Installation, text: string): { readonly schema: Oid; readonly name: string } {
  const dot = text.indexOf(".");
  const schema = dot <= 0 ? undefined : schemaNamed(at.context.state, text.slice(0, dot));
  return schema === undefined
    ? { schema: at.extension.schema, name: text }
    : { schema: schema.oid, name: text.slice(dot + 1) };
}

function typeNamed(at: Installation, text: string): TypeRef {
  if (text.endsWith("[]")) return { ...typeNamed(at, text.slice(0, -2)), array: true };
  const { state } = at.context;
  const dot = text.indexOf(".");
  if (dot < 0) return catalog(text);
  const name = text.slice(dot + 1);
  const named = dot === 0 ? undefined : schemaNamed(state, text.slice(0, dot))?.oid;
  for (const schema of named === undefined ? at.schemas : [named]) {
    const key = member(schema, name);
    const found = state.types.by(key)[0] ?? state.relations.by(key)[0];
    if (found !== undefined) return { base: found.oid, array: false };
  }
  // information_schema has types, too.
  return dot > 0 ? catalog(text) : { base: `?${name}`, array: false };
}

const LETTERS: Readonly<Record<string, Privilege>> = {
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
  D: "truncate",
  x: "references",
  t: "trigger",
  m: "maintain",
  U: "usage",
  C: "create",
  X: "execute",
};

function granted(at: Installation, grants: readonly ExtensionGrant[]): Acl {
  return grants.flatMap(({ role, privileges }) => {
    const grantee = role === null ? PUBLIC : at.context.state.roles.by(role)[0]?.oid;
    if (grantee === undefined) return [];
    return [...privileges].flatMap((letter) => {
      const privilege = LETTERS[letter];
      if (privilege === undefined || (privilege === "maintain" && at.context.postgresVersion < 17)) return [];
      const origin = { kind: "grant", place: placeOf(at.context, at.span), prelude: true } as const;
      return [{ grantee, grantor: at.owner, privilege, grantable: false, origin }];
    });
  });
}

function aclOf(
  at: Installation,
  object: AclObject,
  schema: Oid | null,
  grants: readonly ExtensionGrant[],
): Acl {
  return mergeAcls(newObjectAcl(at.context, object, at.owner, schema), granted(at, grants));
}

/** The schema that a name stands for; made by the script unless the project has one of that name. */
function createSchema(at: Installation, name: string, grants: readonly ExtensionGrant[]): void {
  const { state } = at.context;
  const existing = schemaNamed(state, name);
  if (existing !== undefined && !existing.assumed) return;
  const schema: Schema = {
    ...base(at, name),
    oid: existing?.oid ?? newOid(state),
    owner: at.owner,
    acl: mergeAcls(aclOf(at, "schema", null, grants), existing?.acl ?? []),
  };
  state.schemas.put(schema);
  belongs(at, schema.oid);
}

function createLanguage(at: Installation, name: string, trusted: boolean): void {
  const { state } = at.context;
  if (state.languages.by(name).length > 0) return;
  const { extension: _, ...fields } = base(at, name);
  const language = { ...fields, owner: at.owner, acl: aclOf(at, "language", null, []), trusted };
  belongs(at, state.languages.put(language).oid);
}

function createType(at: Installation, type: ExtensionType): Oid {
  const { state } = at.context;
  const { schema, name } = placed(at, type.name);
  const existing = state.types.by(member(schema, name))[0];
  if (existing !== undefined && taken(at, existing, "type")) return existing.oid;
  const { oid } = state.types.put({
    ...base(at, name),
    ...(existing === undefined ? {} : { oid: existing.oid }),
    schema,
    kind: type.kind,
    owner: at.owner,
    acl: aclOf(at, "type", schema, []),
    baseType: null,
    attributes: [],
    nextAttribute: 1,
    labels: type.labels,
    default: null,
    notNull: false,
  });
  belongs(at, oid);
  return oid;
}

/** What a type is made of may be a later type of the same extension. */
function completeType(at: Installation, type: ExtensionType, oid: Oid): void {
  const { state } = at.context;
  const row = state.types.get(oid);
  if (row === undefined || (type.base === null && type.attributes.length === 0)) return;
  state.types.put({
    ...row,
    baseType: type.base === null ? null : typeNamed(at, type.base),
    attributes: type.attributes.map((attribute, i) => ({
      number: i + 1,
      name: attribute.name,
      type: typeNamed(at, attribute.type),
    })),
    nextAttribute: type.attributes.length + 1,
  });
}

function createRelation(at: Installation, relation: ExtensionRelation): void {
  const { state } = at.context;
  const { schema, name } = placed(at, relation.name);
  const existing = state.relations.by(member(schema, name))[0];
  if (taken(at, existing, "relation")) return;
  const fields = { ...base(at, name), ...(existing === undefined ? {} : { oid: existing.oid }) };
  const { place } = fields;
  const object = relation.kind === "sequence" ? "sequence" : "table";
  state.relations.put({
    ...emptyRelation(fields.oid, name, schema, relation.kind, at.owner),
    ...fields,
    optionsWriter: place,
    rowSecurity: { value: relation.rowSecurity, place },
    forceRowSecurity: { value: false, place },
    acl: mergeAcls(aclOf(at, object, schema, relation.grants), existing?.acl ?? []),
    columns: relation.columns.map((column, i) => ({
      number: i + 1,
      name: column.name,
      type: typeNamed(at, column.type),
      notNull: false,
      default: null,
      generated: null,
      identity: null,
      definition: null,
      acl: granted(at, column.grants),
      place,
      local: true,
      inheritCount: 0,
    })),
    nextColumn: relation.columns.length + 1,
    sequenceType: relation.kind === "sequence" ? catalog("int8") : null,
  });
  belongs(at, fields.oid);
}

function createFunction(at: Installation, data: ExtensionFunction): void {
  const { context, span, owner } = at;
  const { schema, name } = placed(at, data.name);
  const parameters = parametersOf(at, data);
  const inputTypes = parameters
    .filter(({ mode }) => mode !== "out" && mode !== "table")
    .map((parameter) => parameter.type);
  const existing = context.state.routines
    .by(member(schema, name))
    .find((routine) => sameTypes(routine.inputTypes, inputTypes));
  if (taken(at, existing, "function")) return;
  const fields = { ...base(at, name), ...(existing === undefined ? {} : { oid: existing.oid }) };
  const { place } = fields;
  const returnType = typeNamed(at, data.returns);
  const acl = newObjectAcl(context, "routine", owner, schema).filter(
    (item) => !data.revokedFromPublic || item.grantee !== PUBLIC,
  );
  const settings = data.settings.map((text): [string, Setting] => {
    const equals = text.indexOf("=");
    const setting = text.slice(0, equals);
    const values = text.slice(equals + 1).split(",");
    return [setting, { name: setting, values, change: "set", place }];
  });
  context.state.routines.put({
    ...fields,
    schema,
    kind: data.kind,
    owner,
    parameters,
    inputTypes,
    returns:
      data.kind === "procedure" ? null : { ...writtenType(data.returns, span), setof: data.returnsSet },
    returnType: data.kind === "procedure" ? null : returnType,
    returnsSet: data.returnsSet,
    returnsTrigger: data.returns === "trigger" || data.returns === "event_trigger" ? data.returns : null,
    language: data.language,
    securityDefiner: { value: data.securityDefiner, place },
    settings: new Map(settings),
    settingWriters: new Map(settings.map(([setting]) => [setting, place])),
    definition: null,
    definitionPlace: place,
    sessionPath: [],
    source: { kind: "none" },
    volatility: data.volatility,
    leakproof: { value: data.leakproof, place },
    strict: data.strict,
    acl: mergeAcls(
      mergeAcls(
        acl,
        granted(
          at,
          data.grantedTo.map((role) => ({ role, privileges: "X" })),
        ),
      ),
      existing?.acl ?? [],
    ),
  });
  belongs(at, fields.oid);
}

function writtenType(text: string, span: Span): RoutineParameter["written"]["type"] {
  const array = text.endsWith("[]");
  const name = (array ? text.slice(0, -2) : text).split(".").filter((part) => part !== "");
  return { name, array, span };
}

/** Input arguments, then the columns that the function gives. */
function parametersOf(at: Installation, data: ExtensionFunction): readonly RoutineParameter[] {
  const { span } = at;
  const first = data.args.length - data.defaults;
  const parameter = (
    mode: RoutineParameter["mode"],
    attribute: { readonly name: string; readonly type: string },
    optional: boolean,
  ): RoutineParameter => {
    const name = attribute.name === "" ? null : attribute.name;
    // What the default is nobody asks; that there is one says how many arguments a call needs.
    const value = optional ? ({ kind: "null", span } as const) : null;
    const written = { name, mode, type: writtenType(attribute.type, span), default: value, span };
    return { name, mode, type: typeNamed(at, attribute.type), written };
  };
  const inputs = data.args.map((argument, i) =>
    parameter(data.variadic && i === data.args.length - 1 ? "variadic" : "in", argument, i >= first),
  );
  // Of INOUT arguments the data says both: the inputs stand for themselves, the columns for the result.
  return [...inputs, ...(data.columns ?? []).map((column) => parameter("out", column, false))];
}

/** The extension's own function of that name for these types, one of another signature (binary-coercible types), or PostgreSQL's. */
function target(at: Installation, name: string, types: readonly TypeRef[]): RoutineTarget {
  const own = at.schemas.flatMap((schema) => at.context.state.routines.by(member(schema, name)));
  const found =
    own.find((routine) => sameTypes(routine.inputTypes, types)) ??
    own.find((routine) => routine.inputTypes.length === types.length) ??
    own[0];
  return found?.oid ?? `pg_catalog.${name}`;
}

function createOperators(at: Installation): void {
  const { state } = at.context;
  for (const operator of at.data.operators) {
    const { schema, name } = placed(at, operator.name);
    const left = operator.left === null ? null : typeNamed(at, operator.left);
    const right = typeNamed(at, operator.right);
    const routine = target(at, operator.function, left === null ? [right] : [left, right]);
    const { oid } = state.operators.put({
      ...base(at, name),
      schema,
      owner: at.owner,
      left,
      right,
      routine,
    });
    belongs(at, oid);
  }
}

function createCasts(at: Installation): void {
  for (const cast of at.data.casts) {
    const { extension: _, ...fields } = base(at, "");
    const source = typeNamed(at, cast.source);
    at.context.state.casts.put({
      ...fields,
      source,
      target: typeNamed(at, cast.target),
      context: cast.context,
      method: cast.method,
      routine: cast.function === null ? null : target(at, cast.function, [source]),
    });
    belongs(at, fields.oid);
  }
}

function createWrappers(at: Installation): void {
  const { state } = at.context;
  for (const wrapper of at.data.wrappers) {
    const existing = state.foreignDataWrappers.by(wrapper.name)[0];
    if (existing !== undefined && !existing.assumed) continue;
    const { oid } = state.foreignDataWrappers.put({
      ...base(at, wrapper.name),
      oid: existing?.oid ?? newOid(state),
      owner: at.owner,
      acl: newObjectAcl(at.context, "foreign-data-wrapper", at.owner, null),
      options: new Map(),
      handler: wrapper.handler === null ? null : target(at, wrapper.handler, []),
      validator:
        wrapper.validator === null
          ? null
          : target(at, wrapper.validator, [catalog("text[]"), catalog("oid")]),
    });
    belongs(at, oid);
  }
}

function createEventTriggers(at: Installation): void {
  const { state } = at.context;
  for (const trigger of at.data.eventTriggers) {
    if (state.eventTriggers.by(trigger.name).length > 0) continue;
    const { extension: _, ...fields } = base(at, trigger.name);
    const routine = target(at, trigger.function, []);
    state.eventTriggers.put({
      ...fields,
      owner: at.owner,
      event: trigger.event,
      tags: trigger.tags,
      routine: typeof routine === "number" ? routine : null,
      enabled: { value: "origin", place: fields.place },
    });
    belongs(at, fields.oid);
  }
}
