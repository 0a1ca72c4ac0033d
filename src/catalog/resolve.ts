/** Names to objects, as namespace.c does it. */

import type { RoleRef, RoutineRef } from "../events/event.ts";
import type { Name, TypeName } from "../events/tree.ts";
import { NO_ENTRIES } from "../text/shared.ts";
import type { Span } from "../text/span.ts";
import { NO_ATTRIBUTES } from "./acl.ts";
import { catalog } from "./bind/types.ts";
import { isCatalogType } from "./builtin/index.ts";
import {
  type Context,
  currentUser,
  placeOf,
  refuse,
  type SessionPath,
  searchPathOf,
  unknown,
} from "./context.ts";
import {
  type Oid,
  PUBLIC,
  type Relation,
  type RelationKind,
  type Role,
  type Routine,
  type RoutineKind,
  type Schema,
  type TypeRef,
  type UserType,
} from "./model.ts";
import { mayUseSchema } from "./permissions.ts";
import { mayBeTypes, sameTypes } from "./same-type.ts";
import { newOid, type State } from "./store.ts";

export function roleName(state: State, oid: Oid): string {
  return oid === PUBLIC ? "PUBLIC" : (state.roles.get(oid)?.name ?? `role ${oid}`);
}

/** The role of this name; one that no statement created is assumed, so that it can be granted to. */
export function roleNamed(context: Context, name: string, span: Span): Role {
  const found = context.state.roles.by.name.first(name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `role "${name}" does not exist`);
  return context.state.roles.put({
    oid: newOid(context.state),
    name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: true,
    attributes: NO_ATTRIBUTES,
    attributePlaces: {},
    connectionLimit: -1,
    password: "none",
    validUntil: null,
    builtIn: false,
  });
}

/** A role reference of a statement; PUBLIC is 0. */
export function roleOid(context: Context, ref: RoleRef): Oid {
  switch (ref.kind) {
    case "public":
      return PUBLIC;
    case "current-user":
    case "current-role":
      return currentUser(context);
    case "session-user":
      return context.session.sessionUser;
    case "role":
      return roleNamed(context, ref.name, ref.span).oid;
  }
}

export function schemaNamed(state: State, name: string): Schema | undefined {
  return state.schemas.by.name.first(name);
}

/** The schema of this name; one that nothing created is assumed. Owner and privileges of assumed schemas are not known. */
export function schemaOrAssumed(context: Context, name: string, span: Span): Schema {
  const found = schemaNamed(context.state, name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `schema "${name}" does not exist`);
  return context.state.schemas.put({
    oid: newOid(context.state),
    name,
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: true,
    owner: context.bootstrap,
    acl: [],
    extension: null,
  });
}

/** One element of a search_path as a schema: `$user` becomes the current user's own. */
function pathElement(context: Context, element: string): Schema | undefined {
  const name = element === "$user" ? context.state.roles.get(currentUser(context))?.name : element;
  const schema = name === undefined ? undefined : schemaNamed(context.state, name);
  // What the user may not use is passed over.
  return schema === undefined || !mayUseSchema(context, schema, "usage") ? undefined : schema;
}

/** LookupExplicitNamespace(): the schema before a name's dot. Refuses one that the user may not use. */
export function explicitSchema(context: Context, name: string): Schema | undefined {
  const schema = schemaNamed(context.state, name);
  if (schema !== undefined && !mayUseSchema(context, schema, "usage"))
    refuse(context, null, `permission denied for schema ${name}`);
  return schema;
}

/** Schemas in the order relations and types are looked for: pg_temp and pg_catalog implicitly first (namespace.c). */
export function searchSchemas(context: Context): readonly Schema[] {
  return sessionPath(context).schemas;
}

/** Where a new object with an unqualified name goes: the first schema of the path that exists. Null: none does. */
export function creationSchema(context: Context): Schema | null {
  return sessionPath(context).creation;
}

function sessionPath(context: Context): SessionPath {
  const { session, path, state } = context;
  // What they say of roles decides which schemas may be used.
  const changes =
    state.schemas.changes + state.roles.changes + state.memberships.changes + state.databases.changes;
  if (path?.session === session && path.changes === changes && state.journal.watcher === null) return path;
  const found = foundPath(context, changes);
  context.path = found;
  return found;
}

function foundPath(context: Context, changes: number): SessionPath {
  const named: Schema[] = [];
  for (const element of searchPathOf(context)) {
    const schema = pathElement(context, element);
    if (schema !== undefined && !named.includes(schema)) named.push(schema);
  }
  const implicit = ["pg_temp", "pg_catalog"].flatMap((name) =>
    named.some((schema) => schema.name === name) ? [] : (schemaNamed(context.state, name) ?? []),
  );
  return { session: context.session, changes, schemas: [...implicit, ...named], creation: named[0] ?? null };
}

/** Schema and name for a new object; the schema is assumed when nothing created it. Null: no schema to create in. */
export function targetName(
  context: Context,
  name: Name,
  span: Span,
  temporary = false,
): { readonly schema: Schema; readonly name: string } | null {
  const last = name.at(-1) ?? "";
  if (temporary) return { schema: schemaOrAssumed(context, "pg_temp", span), name: last };
  const qualifier = name.at(-2);
  if (qualifier !== undefined) return { schema: schemaOrAssumed(context, qualifier, span), name: last };
  const schema = creationSchema(context);
  return schema === null ? null : { schema, name: last };
}

export function findRelation(context: Context, name: Name): Relation | undefined {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  if (qualifier !== undefined) {
    const schema = explicitSchema(context, qualifier);
    return schema === undefined ? undefined : context.state.relations.by.member.first(schema.oid, last);
  }
  for (const schema of searchSchemas(context)) {
    const found = context.state.relations.by.member.first(schema.oid, last);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A relation a statement speaks of; when nothing created it, it is assumed where its name would put it. */
export function relationOrAssumed(context: Context, name: Name, span: Span, kind: RelationKind): Relation {
  const found = findRelation(context, name);
  if (found !== undefined) return found;
  if (context.assume) unknown(context, span, `relation ${name.join(".")} is not created in the files seen`);
  else refuse(context, span, `relation "${name.join(".")}" does not exist`);
  const schema =
    name.length > 1
      ? schemaOrAssumed(context, name.at(-2) ?? "", span)
      : (creationSchema(context) ?? schemaOrAssumed(context, "public", span));
  return context.state.relations.put(
    emptyRelation({
      oid: newOid(context.state),
      name: name.at(-1) ?? "",
      schema: schema.oid,
      kind,
      owner: context.bootstrap,
      place: placeOf(context, span),
      prelude: context.prelude,
      assumed: true,
    }),
  );
}

type RelationCore = Pick<
  Relation,
  "oid" | "name" | "schema" | "kind" | "owner" | "place" | "prelude" | "assumed"
>;

/**
 * A relation with nothing in it. All fields are there, so that callers only replace some: objects to which each caller
 * adds its own are all of different shapes to the engine, and everything that reads them is slow.
 */
export function emptyRelation(core: RelationCore): Relation {
  const { oid, name, schema, kind, owner, place, prelude, assumed } = core;
  const off = { value: false, place };
  return {
    oid,
    name,
    schema,
    kind,
    owner,
    temporary: false,
    unlogged: false,
    columns: [],
    nextColumn: 1,
    acl: [],
    options: NO_ENTRIES,
    lostOptions: NO_ENTRIES,
    query: null,
    checkOption: "none",
    parents: [],
    partition: false,
    partitionKey: null,
    partitionBound: null,
    ofType: null,
    sequenceType: null,
    belongsTo: null,
    index: null,
    server: null,
    extension: null,
    copiedFrom: [],
    place,
    optionsWriter: place,
    rowSecurity: off,
    forceRowSecurity: off,
    prelude,
    assumed,
  };
}

/** A type of the schema, or a relation, which has a type for its rows. */
function typeIn({ types, relations }: State, schema: Oid, name: string): UserType | Relation | undefined {
  const type = types.by.member.first(schema, name);
  if (type !== undefined) return type;
  const relation = relations.by.member.first(schema, name);
  return relation?.kind === "index" ? undefined : relation;
}

export function findType(context: Context, name: Name): UserType | Relation | undefined {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  if (qualifier !== undefined) {
    const schema = explicitSchema(context, qualifier);
    return schema === undefined ? undefined : typeIn(context.state, schema.oid, last);
  }
  for (const schema of searchSchemas(context)) {
    if (schema.name === "pg_catalog" && isCatalogType(last)) return undefined;
    const found = typeIn(context.state, schema.oid, last);
    if (found !== undefined) return found;
  }
  return undefined;
}

const SERIAL: ReadonlyMap<string, string> = new Map([
  ["serial", "int4"],
  ["serial4", "int4"],
  ["bigserial", "int8"],
  ["serial8", "int8"],
  ["smallserial", "int2"],
  ["serial2", "int2"],
]);

/** The integer type behind `serial` and its kin, or null. */
export function serialType(type: TypeName | null): string | null {
  return type !== null && type.name.length === 1 ? (SERIAL.get(type.name[0] ?? "") ?? null) : null;
}

/** What a written type means here and now, with its modifier (which a domain's or user-made type's name cannot have). */
export function typeRef(context: Context, type: TypeName): TypeRef {
  const ref = plainTypeRef(context, type);
  if (type.modifiers === undefined || typeof ref.base === "number") return ref;
  // numeric(10) has a scale of 0.
  const scale = ref.base === "pg_catalog.numeric" && type.modifiers.length === 1 ? ",0" : "";
  return { base: ref.base, array: ref.array, modifier: type.modifiers.join(",") + scale };
}

function plainTypeRef(context: Context, type: TypeName): TypeRef {
  if (type.of === "type") {
    const relation = findRelation(context, type.name.slice(0, -1));
    const column = relation?.columns.find((candidate) => candidate.name === type.name.at(-1));
    if (column !== undefined) return type.array ? { ...column.type, array: true } : column.type;
    return { base: `?${type.name.join(".")}%TYPE`, array: type.array };
  }
  const serial = serialType(type);
  if (serial !== null) return catalog(type.array ? `${serial}[]` : serial);
  const found = findType(context, type.name);
  if (found !== undefined) return { base: found.oid, array: type.array };
  const last = type.name.at(-1) ?? "";
  const qualifier = type.name.at(-2);
  if (qualifier === undefined || qualifier === "pg_catalog") {
    if (isCatalogType(last)) {
      // `_int4` is how the catalog spells `integer[]`.
      if (last.startsWith("_") && isCatalogType(last.slice(1))) return catalog(`${last.slice(1)}[]`);
      return catalog(type.array ? `${last}[]` : last);
    }
  }
  return { base: `?${type.name.join(".")}`, array: type.array };
}

export type RoutineWanted = "function" | "procedure" | "routine" | "aggregate";

function kindFits(kind: RoutineKind, wanted: RoutineWanted): boolean {
  switch (wanted) {
    case "routine":
      return true;
    // ALTER/DROP/GRANT … ON FUNCTION also takes aggregates.
    case "function":
      return kind !== "procedure";
    case "procedure":
      return kind === "procedure";
    case "aggregate":
      return kind === "aggregate";
  }
}

/** Routines of this name where the name is looked up: one schema when qualified, else the path in order (pg_temp never). */
export function routinesNamed(context: Context, name: Name): readonly Routine[] {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  const { routines } = context.state;
  if (qualifier !== undefined) {
    const schema = explicitSchema(context, qualifier);
    return schema === undefined ? [] : routines.by.member.all(schema.oid, last);
  }
  if (!routines.by.name.has(last)) return [];
  return searchSchemas(context).flatMap(({ name: schema, oid }) =>
    schema === "pg_temp" ? [] : routines.by.member.all(oid, last),
  );
}

/** The only one whose types may be these: what `%TYPE` means of a column that no file creates is not known. */
function onlyPossible(all: readonly Routine[], types: readonly TypeRef[]): Routine | undefined {
  const possible = all.filter(({ inputTypes }) => mayBeTypes(inputTypes, types));
  return possible.length === 1 ? possible[0] : undefined;
}

/** The routine that a DDL statement names; "ambiguous" when a name without arguments fits several. */
export function findRoutine(
  context: Context,
  ref: RoutineRef,
  wanted: RoutineWanted,
): Routine | "ambiguous" | undefined {
  const all = routinesNamed(context, ref.name);
  if (ref.args === null) {
    // What takes the same arguments as one that is earlier in the path is not seen.
    const seen = all.filter(
      (each, i) => !all.slice(0, i).some((other) => sameTypes(other.inputTypes, each.inputTypes)),
    );
    const [first, second] = seen.filter(({ kind }) => kindFits(kind, wanted));
    return second === undefined ? first : "ambiguous";
  }
  const types = ref.args.map((arg) => typeRef(context, arg));
  // The first of any kind, which may be of the wrong one.
  const first = all.find((routine) => sameTypes(routine.inputTypes, types)) ?? onlyPossible(all, types);
  const byInputs = first !== undefined && kindFits(first.kind, wanted) ? first : undefined;
  // The standard's list has the OUT parameters, too.
  if ((wanted !== "routine" && wanted !== "procedure") || ref.modes === true || types.length === 0)
    return byInputs;
  const sameAll = all.filter((routine) =>
    sameTypes(
      routine.parameters.map((parameter) => parameter.type),
      types,
    ),
  );
  // Of a name with its schema, those of the wrong kind do not count.
  const alike = ref.name.length > 1 ? sameAll.filter(({ kind }) => kindFits(kind, wanted)) : sameAll;
  const [earliest, second] = alike;
  if (earliest !== undefined && earliest.schema === second?.schema) return "ambiguous";
  const byAll = alike.find(({ kind }) => kindFits(kind, wanted));
  return byInputs !== undefined && byAll !== undefined && byInputs !== byAll
    ? "ambiguous"
    : (byInputs ?? byAll);
}
