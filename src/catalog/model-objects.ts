/** Records of the smaller system catalogs: operators, casts, foreign data, replication. */
import type { Place } from "../text/source.ts";
import type { Acl, BoundExpr, ObjectBase, Oid, TypeRef, Written } from "./model.ts";

/** A function by reference: a user-made one by oid, one of PostgreSQL's own as `pg_catalog.int4pl(integer, integer)`. */
export type RoutineTarget = Oid | string;

/** An attribute of a composite type (pg_attribute). */
export interface Attribute {
  /** attnum: from 1, in order of creation, never used again. */
  readonly number: number;
  readonly name: string;
  readonly type: TypeRef;
}

/** pg_operator */
export interface Operator extends ObjectBase {
  readonly schema: Oid;
  readonly owner: Oid;
  /** null for a prefix operator. */
  readonly left: TypeRef | null;
  readonly right: TypeRef;
  /** null for a shell that only another operator's COMMUTATOR or NEGATOR names. */
  readonly routine: RoutineTarget | null;
  readonly extension: string | null;
}

/** pg_cast; its name is empty. */
export interface Cast extends ObjectBase {
  readonly source: TypeRef;
  readonly target: TypeRef;
  readonly context: "implicit" | "assignment" | "explicit";
  readonly method: "function" | "binary" | "inout";
  readonly routine: RoutineTarget | null;
}

/** OPTIONS (…) by name, in their own case. */
export type ForeignOptions = ReadonlyMap<string, Written<string>>;

/** pg_foreign_data_wrapper */
export interface ForeignDataWrapper extends ObjectBase {
  readonly owner: Oid;
  readonly acl: Acl;
  readonly options: ForeignOptions;
  readonly handler: RoutineTarget | null;
  readonly validator: RoutineTarget | null;
  readonly extension: string | null;
}

/** pg_foreign_server */
export interface ForeignServer extends ObjectBase {
  readonly wrapper: Oid;
  readonly owner: Oid;
  readonly acl: Acl;
  readonly options: ForeignOptions;
}

/** pg_user_mapping */
export interface UserMapping {
  readonly oid: Oid;
  readonly server: Oid;
  /** PUBLIC or a role. */
  readonly user: Oid;
  readonly options: ForeignOptions;
  readonly place: Place;
  readonly prelude: boolean;
}

export type PublishedAction = "insert" | "update" | "delete" | "truncate";

/** pg_publication */
export interface Publication extends ObjectBase {
  readonly owner: Oid;
  readonly allTables: boolean;
  readonly publishes: ReadonlySet<PublishedAction>;
  readonly viaRoot: boolean;
}

/** pg_publication_rel and pg_publication_namespace: a table, or all tables of a schema. */
export interface Published {
  readonly oid: Oid;
  readonly publication: Oid;
  readonly relation: Oid | null;
  readonly schema: Oid | null;
  /** By number; null: all columns. */
  readonly columns: readonly number[] | null;
  readonly where: BoundExpr | null;
  readonly place: Place;
}

/** pg_subscription */
export interface Subscription extends ObjectBase {
  readonly owner: Oid;
  readonly enabled: boolean;
  readonly connection: Written<string>;
  readonly publications: readonly string[];
  readonly passwordRequired: Written<boolean>;
  readonly runAsOwner: Written<boolean>;
}
