/**
 * What a generated history believes to be there, so that most of its statements are accepted. It takes every statement for
 * accepted and knows little of permissions: where it is wrong, PostgreSQL refuses a statement, which is welcome now and then.
 */
import type { Draw } from "./draw.ts";

export interface Named {
  schema: string;
  name: string;
}

export interface Column {
  name: string;
  type: string;
}

export type RelationKind = "table" | "partitioned" | "view" | "matview" | "sequence" | "foreign";

export interface Relation extends Named {
  kind: RelationKind;
  columns: Column[];
  temporary: boolean;
  /** Has a primary key. */
  key: boolean;
  /** Partitioned table that it is a part of. */
  partition: boolean;
}

export interface Routine extends Named {
  kind: "function" | "procedure" | "aggregate";
  /** Input types. */
  args: readonly string[];
  returns: string;
}

export interface UserType extends Named {
  kind: "enum" | "composite" | "domain" | "range";
  labels: string[];
  attributes: string[];
}

/** A policy, trigger, rule, index or constraint of a relation. */
export interface Part {
  kind: "policy" | "trigger" | "rule" | "index" | "constraint";
  name: string;
  relation: Named;
}

export interface Things {
  roles: string[];
  schemas: string[];
  relations: Relation[];
  routines: Routine[];
  types: UserType[];
  parts: Part[];
  eventTriggers: string[];
  publications: string[];
  wrappers: string[];
  servers: string[];
  /** Their numbers. */
  largeObjects: string[];
}

export interface Model extends Things {
  /** Innermost last. */
  savepoints: { name: string; before: Things }[];
}

export const ROLES = ["r1", "r2", "r3", "r4"] as const;
export const SCHEMAS = ["s1", "s2", "s3"] as const;
export const TABLES = ["t1", "t2", "t3", "t4"] as const;
export const VIEWS = ["v1", "v2", "v3"] as const;
export const SEQUENCES = ["q1", "q2"] as const;
export const FUNCTIONS = ["f1", "f2", "f3"] as const;
export const TYPES = ["y1", "y2", "y3"] as const;
export const COLUMNS = ["a", "b", "c", "d", "e"] as const;

export function emptyModel(): Model {
  return {
    roles: [],
    schemas: ["public"],
    relations: [],
    routines: [],
    types: [],
    parts: [],
    eventTriggers: [],
    publications: [],
    wrappers: [],
    servers: [],
    largeObjects: [],
    savepoints: [],
  };
}

export function thingsOf(model: Model): Things {
  const { savepoints: _, ...things } = model;
  return structuredClone(things);
}

/** A name of an object; unqualified now and then, which may name another one or none. */
export function ref(draw: Draw, object: Named): string {
  return draw.chance(object.schema === "public" ? 60 : 8) || object.schema === "pg_temp"
    ? object.name
    : `${object.schema}.${object.name}`;
}

/** An existing role, rarely one that may not be there. */
export function role(draw: Draw, model: Model): string {
  return draw.chance(2) ? draw.of(ROLES) : draw.of(model.roles);
}

/** A grantee or member as GRANT takes it. */
export function grantee(draw: Draw, model: Model): string {
  return draw.chance(12) ? "PUBLIC" : draw.chance(4) ? "CURRENT_USER" : role(draw, model);
}

export function schema(draw: Draw, model: Model): string {
  return draw.chance(2) ? draw.of(SCHEMAS) : draw.of(model.schemas);
}

export function relation(draw: Draw, model: Model, ...kinds: readonly RelationKind[]): Relation {
  return draw.where(model.relations, (each) => kinds.length === 0 || kinds.includes(each.kind));
}

export function isSame(a: Named, b: Named): boolean {
  return a.schema === b.schema && a.name === b.name;
}

export function removeRelation(model: Model, gone: Named): void {
  model.relations = model.relations.filter((each) => !isSame(each, gone));
  model.parts = model.parts.filter((each) => !isSame(each.relation, gone));
}

/** `CASCADE`, `RESTRICT` or nothing. */
export function behavior(draw: Draw, cascade = 40): string {
  return draw.chance(cascade) ? " CASCADE" : draw.chance(10) ? " RESTRICT" : "";
}

export const BUILTIN_TYPES = [
  "integer",
  "integer",
  "text",
  "text",
  "bigint",
  "boolean",
  "numeric(10,2)",
  "varchar(20)",
  "date",
  "timestamptz",
  "integer[]",
  "text[]",
  "uuid",
  "jsonb",
  "char(3)",
] as const;

/** A column's type; a user's own now and then. */
export function columnType(draw: Draw, model: Model): string {
  if (draw.chance(12) && model.types.length > 0) {
    const type = draw.of(model.types);
    return `${type.schema}.${type.name}${draw.maybe("[]", 15)}`;
  }
  return draw.of(BUILTIN_TYPES);
}

/** A condition that is right whatever the columns' types are; with a model it may call functions. */
export function condition(
  draw: Draw,
  columns: readonly Column[],
  prefix = "",
  model: Model | null = null,
): string {
  return draw.one([
    [
      model === null ? 0 : 1,
      () => {
        const called = draw.where(
          model?.routines ?? [],
          (each) => each.kind === "function" && each.returns === "boolean" && each.args.length === 0,
        );
        return `${ref(draw, called)}()`;
      },
    ],
    [4, () => `${prefix}${draw.of(columns).name} IS NOT NULL`],
    [2, () => `${prefix}${draw.of(columns).name} IS NULL OR ${prefix}${draw.of(columns).name} IS NOT NULL`],
    [2, () => draw.of(["true", "false", "NOT false"])],
    [2, () => `current_user = '${draw.of(ROLES)}'`],
    [1, () => `(SELECT current_setting('app.tenant', true)) = 'x'`],
    [1, () => `coalesce(${prefix}${draw.of(columns).name} IS NULL, true)`],
  ]);
}
