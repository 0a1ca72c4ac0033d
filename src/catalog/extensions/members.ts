/** Puts the objects of a known extension into the catalog, as its script would. */
import type { Span } from "../../text/span.ts";
import { mergeAcls } from "../acl.ts";
import { catalog } from "../bind/types.ts";
import type { Context } from "../context.ts";
import type { Extension, Oid, RoutineTarget, Schema, TypeRef } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { emptyRelation, schemaNamed } from "../resolve.ts";
import { sameTypes } from "../same-type.ts";
import { newOid } from "../store.ts";
import type { ExtensionData, ExtensionGrant, ExtensionRelation, ExtensionType } from "./data.ts";
import { createFunction } from "./functions.ts";
import {
  aclOf,
  base,
  belongs,
  granted,
  type Installation,
  placed,
  taken,
  typeNamed,
} from "./installation.ts";

/** Creates everything that the extension is known to bring; `owner` runs its script. */
export function createMembers(
  context: Context,
  extension: Extension,
  data: ExtensionData,
  owner: Oid,
  span: Span,
): void {
  const required = data.control.requires.flatMap(
    (name) => context.state.extensions.by.name.first(name)?.schema ?? [],
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
  if (state.languages.by.name.has(name)) return;
  const { extension: _, ...fields } = base(at, name);
  const language = { ...fields, owner: at.owner, acl: aclOf(at, "language", null, []), trusted };
  belongs(at, state.languages.put(language).oid);
}

function createType(at: Installation, type: ExtensionType): Oid {
  const { state } = at.context;
  const { schema, name } = placed(at, type.name);
  const existing = state.types.by.member.first(schema, name);
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
  const existing = state.relations.by.member.first(schema, name);
  if (taken(at, existing, "relation")) return;
  const fields = { ...base(at, name), ...(existing === undefined ? {} : { oid: existing.oid }) };
  const { place } = fields;
  const object = relation.kind === "sequence" ? "sequence" : "table";
  state.relations.put({
    ...emptyRelation({ ...fields, schema, kind: relation.kind, owner: at.owner }),
    ...fields,
    rowSecurity: { value: relation.rowSecurity, place },
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

/** The extension's own function of that name for these types, one of another signature (binary-coercible types), or PostgreSQL's. */
function target(at: Installation, name: string, types: readonly TypeRef[]): RoutineTarget {
  const own = at.schemas.flatMap((schema) => at.context.state.routines.by.member.all(schema, name));
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
    const existing = state.foreignDataWrappers.by.name.first(wrapper.name);
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
    if (state.eventTriggers.by.name.has(trigger.name)) continue;
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
