/** PostgreSQL's own objects, put into the catalog when a statement first speaks of their privileges. */
import type { RoutineRef } from "../events/event.ts";
import type { Name } from "../events/tree.ts";
import { defaultAcl } from "./acl.ts";
import { BUILT_IN_PLACE } from "./bootstrap.ts";
import {
  type BuiltinGrant,
  type CatalogFunction,
  catalogFunctionNames,
  catalogFunctions,
  catalogRelation,
  catalogRelationNames,
  catalogType,
  functionSignature,
} from "./builtin/index.ts";
import { quoteIdentifier } from "./catalog.ts";
import type { Context } from "./context.ts";
import type { Acl, AclItem, BuiltinObject, Oid, Privilege, Schema, TypeRef } from "./model.ts";
import { PUBLIC } from "./model.ts";
import { explicitSchema, searchSchemas, typeRef } from "./resolve.ts";
import { sameTypes } from "./same-type.ts";
import { newOid } from "./store.ts";

type BuiltinSchema = "pg_catalog" | "information_schema";

function builtinSchema(schema: Schema): BuiltinSchema | null {
  return schema.name === "pg_catalog" || schema.name === "information_schema" ? schema.name : null;
}

/** Letters of aclitem. */
const LETTERS: Readonly<Record<string, Privilege>> = {
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
  D: "truncate",
  x: "references",
  t: "trigger",
  m: "maintain",
  X: "execute",
  U: "usage",
  C: "create",
};

/** The superuser's grants as items. */
function grantedItems(context: Context, grants: readonly BuiltinGrant[]): Acl {
  const items: AclItem[] = [];
  for (const { role, privileges } of grants) {
    const grantee = role === null ? PUBLIC : context.state.roles.by.name.first(role)?.oid;
    if (grantee === undefined) continue;
    for (const letter of privileges) {
      const privilege = LETTERS[letter];
      if (privilege === undefined) continue;
      const origin = { kind: "built-in", place: null, prelude: false } as const;
      items.push({ grantee, grantor: context.bootstrap, privilege, grantable: false, origin });
    }
  }
  return items;
}

function materialised(
  context: Context,
  kind: BuiltinObject["kind"],
  name: string,
  schema: Oid,
  made: () => {
    readonly acl: Acl;
    readonly columns?: ReadonlyMap<string, Acl>;
    readonly systemTable?: boolean;
  },
): BuiltinObject {
  const known = context.state.builtins.by.name.first(`${kind} ${name}`);
  if (known !== undefined) return known;
  const { acl, columns = new Map(), systemTable = false } = made();
  return context.state.builtins.put({
    oid: newOid(context.state),
    kind,
    systemTable,
    name,
    place: BUILT_IN_PLACE,
    prelude: true,
    assumed: false,
    schema,
    owner: context.bootstrap,
    acl,
    columns,
    initial: { owner: context.bootstrap, acl },
  });
}

function relationIn(context: Context, schema: Schema, name: string): BuiltinObject | undefined {
  const own = builtinSchema(schema);
  const entry = own === null ? null : catalogRelation(name, context.postgresVersion, own);
  if (entry === null || own === null) return undefined;
  return materialised(context, "relation", `${own}.${quoteIdentifier(name)}`, schema.oid, () => ({
    acl: [
      ...defaultAcl("table", context.bootstrap, context.postgresVersion),
      ...grantedItems(context, entry.grants),
    ],
    systemTable: own === "pg_catalog" && entry.kind === "table",
    columns: new Map(entry.columns.map((column) => [column.name, grantedItems(context, column.grants)])),
  }));
}

function routineOf(context: Context, schema: Schema, entry: CatalogFunction): BuiltinObject {
  const signature = functionSignature(entry);
  const name = `${schema.name}.${quoteIdentifier(entry.name)}${signature.slice(entry.name.length)}`;
  return materialised(context, "routine", name, schema.oid, () => ({
    acl: [
      ...defaultAcl("routine", context.bootstrap, context.postgresVersion).filter(
        (item) => item.grantee !== PUBLIC || !entry.revokedFromPublic,
      ),
      ...grantedItems(
        context,
        entry.grantedTo.map((role) => ({ role, privileges: "X" })),
      ),
    ],
  }));
}

/** `text[]` as a TypeRef. */
function argument(type: string): TypeRef {
  const array = type.endsWith("[]");
  return { base: `pg_catalog.${array ? type.slice(0, -2) : type}`, array };
}

function sameArguments(entry: CatalogFunction, types: readonly TypeRef[]): boolean {
  return (
    entry.args.length === types.length &&
    entry.args.every((arg, i) => {
      const wanted = argument(arg);
      const given = types[i];
      return given !== undefined && given.base === wanted.base && given.array === wanted.array;
    })
  );
}

function routineIn(
  context: Context,
  schema: Schema,
  name: string,
  types: readonly TypeRef[] | null,
): BuiltinObject | undefined {
  const own = builtinSchema(schema);
  if (own === null) return undefined;
  const found = catalogFunctions(name, context.postgresVersion, own).filter(
    (entry) => types === null || sameArguments(entry, types),
  );
  const [only] = found;
  return only === undefined || found.length > 1 ? undefined : routineOf(context, schema, only);
}

/** Looks for a name along the path; what users made in a schema comes before what initdb made there. */
function alongPath(
  context: Context,
  name: Name,
  taken: (schema: Oid, name: string) => boolean,
  find: (schema: Schema, last: string) => BuiltinObject | undefined,
): BuiltinObject | undefined {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  const named = qualifier === undefined ? undefined : explicitSchema(context, qualifier);
  const schemas = qualifier === undefined ? searchSchemas(context) : named === undefined ? [] : [named];
  for (const schema of schemas) {
    if (taken(schema.oid, last)) return undefined;
    const found = find(schema, last);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The relation of initdb that a name means here and now. */
export function builtinRelation(context: Context, name: Name): BuiltinObject | undefined {
  const taken = (schema: Oid, last: string): boolean => context.state.relations.by.member.has(schema, last);
  return alongPath(context, name, taken, (schema, last) => relationIn(context, schema, last));
}

/** The routine of initdb that DDL names here and now; of several of that name none unless it says the argument types. */
export function builtinRoutine(context: Context, ref: RoutineRef): BuiltinObject | undefined {
  const types = ref.args?.map((arg) => typeRef(context, arg)) ?? null;
  const taken = (schema: Oid, last: string): boolean =>
    context.state.routines.by.member
      .all(schema, last)
      .some((routine) => types === null || sameTypes(routine.inputTypes, types));
  return alongPath(context, ref.name, taken, (schema, last) => routineIn(context, schema, last, types));
}

/** The type of initdb that a name means here and now. */
export function builtinType(context: Context, name: Name): BuiltinObject | undefined {
  const taken = (schema: Oid, last: string): boolean => context.state.types.by.member.has(schema, last);
  return alongPath(context, name, taken, (schema, last) => {
    const own = builtinSchema(schema);
    if (own === null || catalogType(last, context.postgresVersion, own) === null) return undefined;
    return materialised(context, "type", `${own}.${quoteIdentifier(last)}`, schema.oid, () => ({
      acl: defaultAcl("type", context.bootstrap, context.postgresVersion),
    }));
  });
}

/** Everything of a kind that initdb made in a schema. */
export function builtinsIn(
  context: Context,
  schema: Schema,
  objects: "tables" | "functions" | "procedures" | "routines",
): readonly BuiltinObject[] {
  const own = builtinSchema(schema);
  if (own === null) return [];
  const prefix = own === "pg_catalog" ? "" : `${own}.`;
  const namesIn = (names: Iterable<string>): readonly string[] =>
    [...names].flatMap((name) => {
      if (prefix === "") return name.startsWith("information_schema.") ? [] : [name];
      return name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
    });
  if (objects === "tables") {
    return namesIn(catalogRelationNames()).flatMap((name) => relationIn(context, schema, name) ?? []);
  }
  return namesIn(catalogFunctionNames()).flatMap((name) =>
    catalogFunctions(name, context.postgresVersion, own).flatMap((entry) => {
      const fits = objects === "routines" || (objects === "procedures") === (entry.kind === "procedure");
      return fits ? [routineOf(context, schema, entry)] : [];
    }),
  );
}
