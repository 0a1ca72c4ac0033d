/** Reading the replayed catalog: what rules ask of it. */
import { displayType } from "./builtin/type-display.ts";
import {
  type Oid,
  type Policy,
  PUBLIC,
  type Relation,
  type Role,
  type Routine,
  type Schema,
  type Setting,
  type TypeRef,
} from "./model.ts";
import type { State } from "./store.ts";

export interface Catalog {
  readonly state: State;
  readonly postgresVersion: number;
  /** All routines, also of preludes and assumed ones. */
  routines(): Iterable<Routine>;
  relations(): Iterable<Relation>;
  policiesOf(relation: Relation): readonly Policy[];
  schema(oid: Oid): Schema | undefined;
  schemaNamed(name: string): Schema | undefined;
  schemaName(oid: Oid): string;
  role(oid: Oid): Role | undefined;
  roleNamed(name: string): Role | undefined;
  /** `PUBLIC` for 0. */
  roleName(oid: Oid): string;
  /** `schema.name(type, …)`, quoted where needed. */
  routineName(routine: Routine): string;
  /** `schema.name`, quoted where needed. */
  relationName(relation: Relation): string;
  typeName(type: TypeRef): string;
  /** The relation of this name in this schema. */
  relationIn(schema: string, name: string): Relation | undefined;
  routinesIn(schema: string, name: string): readonly Routine[];
  /** The relation that a name means under a search_path (pg_temp and pg_catalog left out); the first that has it. */
  resolveRelation(name: readonly string[], searchPath: readonly string[]): Relation | undefined;
  resolveRoutines(name: readonly string[], searchPath: readonly string[]): readonly Routine[];
  /** Those that a call of this name may mean: as above, of each schema's overloads the first `MOST_OVERLOADS`. */
  calledRoutines(name: readonly string[], searchPath: readonly string[]): readonly Routine[];
  /** The routine's own search_path setting, if it has one. */
  searchPath(routine: Routine): Setting | undefined;
}

/** A call is taken to mean any overload that fits: among more than these, calls of one name would cost their square. */
export const MOST_OVERLOADS = 100;

const PLAIN = /^[a-z_][a-z0-9_$]*$/;

/** The stand-in that the parser sees for `@extschema@`; people read what they wrote. */
const EXTENSION_SCHEMA = "_extschema_";

/** Whether the files are the scripts of an extension: the preset for these creates the schema it is installed in. */
export function isExtensionScript(catalog: Catalog): boolean {
  return catalog.schemaNamed(EXTENSION_SCHEMA)?.prelude === true;
}

/** An identifier as it must be written: quoted unless plain lower case. */
export function quoteIdentifier(name: string): string {
  if (name === EXTENSION_SCHEMA) return "@extschema@";
  return PLAIN.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function createCatalog(state: State, postgresVersion: number): Catalog {
  const schemaName = (oid: Oid): string => state.schemas.get(oid)?.name ?? "?";
  const typeName = (type: TypeRef): string => {
    let name: string;
    if (typeof type.base === "number") {
      const found = state.types.get(type.base) ?? state.relations.get(type.base);
      const schema = found === undefined ? "?" : schemaName(found.schema);
      name = found === undefined ? "?" : `${quoteIdentifier(schema)}.${quoteIdentifier(found.name)}`;
    } else if (type.base.startsWith("pg_catalog.")) name = displayType(type.base.slice("pg_catalog.".length));
    else name = type.base.replace(/^\?/, "");
    return type.array ? `${name}[]` : name;
  };
  const resolve = <T>(
    name: readonly string[],
    path: readonly string[],
    find: (schema: string, name: string) => readonly T[],
  ): readonly T[] => {
    const last = name.at(-1) ?? "";
    const qualifier = name.at(-2);
    if (qualifier !== undefined) return find(qualifier, last);
    const found: T[] = [];
    for (const schema of path) found.push(...find(schema, last));
    return found;
  };
  const relationsNamed = (schema: string, name: string): readonly Relation[] => {
    const found = state.schemas.by.name.first(schema);
    return found === undefined ? [] : state.relations.by.member.all(found.oid, name);
  };
  const overloads = (schema: string, name: string, most?: number): readonly Routine[] => {
    const found = state.schemas.by.name.first(schema);
    return found === undefined ? [] : state.routines.by.member.all(found.oid, name, most);
  };
  const routinesIn = (schema: string, name: string): readonly Routine[] => overloads(schema, name);
  return {
    state,
    postgresVersion,
    routines: () => state.routines.all(),
    relations: () => state.relations.all(),
    policiesOf: (relation) => state.policies.by.relation.all(relation.oid),
    schema: (oid) => state.schemas.get(oid),
    schemaNamed: (name) => state.schemas.by.name.first(name),
    schemaName,
    role: (oid) => state.roles.get(oid),
    roleNamed: (name) => state.roles.by.name.first(name),
    roleName: (oid) => (oid === PUBLIC ? "PUBLIC" : (state.roles.get(oid)?.name ?? "?")),
    routineName: (routine) =>
      `${quoteIdentifier(schemaName(routine.schema))}.${quoteIdentifier(routine.name)}(${routine.inputTypes.map(typeName).join(", ")})`,
    relationName: (relation) =>
      `${quoteIdentifier(schemaName(relation.schema))}.${quoteIdentifier(relation.name)}`,
    typeName,
    relationIn: (schema, name) => relationsNamed(schema, name)[0],
    routinesIn,
    resolveRelation: (name, path) => resolve(name, path, relationsNamed)[0],
    resolveRoutines: (name, path) => resolve(name, path, routinesIn),
    calledRoutines: (name, path) =>
      // Most calls are of built-in functions.
      state.routines.by.name.has(name.at(-1) ?? "")
        ? resolve(name, path, (schema, last) => overloads(schema, last, MOST_OVERLOADS))
        : [],
    searchPath: (routine) => routine.settings.get("search_path"),
  };
}
