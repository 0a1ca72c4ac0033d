/**
 * The static catalog: what the replayed statements leave behind, in the terms of PostgreSQL's system catalogs. Records
 * are immutable; a change replaces the record. `oid`s are the replay's own numbers, unique over all kinds of objects.
 */
import type {
  ColumnDefinition,
  DefaultPrivilegeObjects,
  EventOf,
  Parameter,
  ParameterMode,
  RoleAttribute,
  RoutineSource,
  SettingChange,
  TableConstraint,
} from "../events/event.ts";
import type { Expr, Select, Statement, TypeName } from "../events/tree.ts";
import type { Place } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** 0 is PUBLIC where a grantee is meant. */
export type Oid = number;
export const PUBLIC: Oid = 0;

/** A value with the statement that wrote it last. */
export interface Written<T> {
  readonly value: T;
  readonly place: Place;
}

/** Where an ACL item comes from: `place` is null for PostgreSQL's built-in defaults. */
export interface AclOrigin {
  readonly kind: "built-in" | "owner" | "grant" | "default-privileges";
  readonly place: Place | null;
  /** Stated by a preset or prelude, not by the project. */
  readonly prelude: boolean;
}

/** One privilege of one grantee from one grantor (a flattened aclitem). */
export interface AclItem {
  readonly grantee: Oid;
  readonly grantor: Oid;
  readonly privilege: Privilege;
  readonly grantable: boolean;
  readonly origin: AclOrigin;
}

export type Acl = readonly AclItem[];

export const PRIVILEGES = [
  "select",
  "insert",
  "update",
  "delete",
  "truncate",
  "references",
  "trigger",
  "maintain",
  "usage",
  "create",
  "connect",
  "temporary",
  "execute",
  "set",
  "alter-system",
] as const;
export type Privilege = (typeof PRIVILEGES)[number];

interface ObjectBase {
  readonly oid: Oid;
  readonly name: string;
  /** The statement that created it (or first spoke of it, when `assumed`). */
  readonly place: Place;
  /** Created by a preset or prelude, not by the project. */
  readonly prelude: boolean;
  /** No statement created it: a statement used it as if it were there. What it is otherwise is not known. */
  readonly assumed: boolean;
}

/** pg_authid */
export interface Role extends ObjectBase {
  readonly attributes: Readonly<Record<RoleAttribute, boolean>>;
  readonly attributePlaces: Readonly<Partial<Record<RoleAttribute, Place>>>;
  readonly settings: Settings;
  /** Predefined (`pg_read_all_data`) or the bootstrap superuser. */
  readonly builtIn: boolean;
}

/** pg_auth_members */
export interface Membership {
  readonly oid: Oid;
  readonly role: Oid;
  readonly member: Oid;
  readonly grantor: Oid;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
  readonly place: Place;
  /** Stated by a preset or prelude, not by the project. */
  readonly prelude: boolean;
}

/** proconfig, rolconfig: by lower-case name. */
export type Settings = ReadonlyMap<string, Setting>;

export interface Setting {
  readonly name: string;
  /** List elements as written; `from-current` holds the values the session had. */
  readonly values: readonly string[];
  readonly change: SettingChange["change"];
  readonly place: Place;
}

/** pg_namespace */
export interface Schema extends ObjectBase {
  readonly owner: Oid;
  readonly acl: Acl;
  readonly extension: string | null;
}

export type RelationKind =
  | "table"
  | "partitioned-table"
  | "view"
  | "materialized-view"
  | "sequence"
  | "foreign-table"
  | "composite-type"
  | "index";

export interface Column {
  readonly name: string;
  readonly type: TypeRef;
  readonly notNull: boolean;
  readonly default: Expr | null;
  readonly definition: ColumnDefinition | null;
  readonly acl: Acl;
  readonly place: Place;
  /** Inherited from a parent and not defined here as well. */
  readonly inherited: boolean;
}

/** pg_class */
export interface Relation extends ObjectBase {
  readonly schema: Oid;
  readonly kind: RelationKind;
  readonly owner: Oid;
  readonly temporary: boolean;
  readonly columns: readonly Column[];
  readonly constraints: readonly TableConstraint[];
  readonly acl: Acl;
  /** relrowsecurity, relforcerowsecurity: the last writer is the CREATE when nothing else spoke of it. */
  readonly rowSecurity: Written<boolean>;
  readonly forceRowSecurity: Written<boolean>;
  /** reloptions by name; `optionsWriter` is the last statement that set, reset or (OR REPLACE) dropped options. */
  readonly options: ReadonlyMap<string, Written<string>>;
  readonly optionsWriter: Place;
  /** Options that a later statement took away, with that statement. */
  readonly lostOptions: ReadonlyMap<string, Place>;
  /** View, materialized view and CREATE TABLE AS: the query as it was bound. */
  readonly query: BoundQuery | null;
  readonly checkOption: "none" | "local" | "cascaded";
  readonly parents: readonly Oid[];
  readonly partition: boolean;
  /** Table of an index, owning table and column of a sequence. */
  readonly belongsTo: { readonly relation: Oid; readonly column: string | null } | null;
  readonly server: string | null;
  readonly extension: string | null;
}

/** A query bound when it was created: names resolve through the path the session had then. */
export interface BoundQuery {
  readonly statement: Statement;
  /** Relations in its FROM clauses that were known then, at any depth. */
  readonly reads: readonly { readonly relation: Oid; readonly span: Span }[];
  readonly searchPath: readonly string[];
  readonly place: Place;
}

/** An expression bound when it was created. */
export interface BoundExpr {
  readonly expr: Expr;
  readonly searchPath: readonly string[];
  readonly place: Place;
}

/** A type by reference: a user-made type or relation by oid, a built-in one as `pg_catalog.int4`, an unknown one as `?name`. */
export interface TypeRef {
  readonly base: Oid | string;
  readonly array: boolean;
}

export type RoutineKind = "function" | "procedure" | "aggregate";

/** pg_proc */
export interface Routine extends ObjectBase {
  readonly schema: Oid;
  readonly kind: RoutineKind;
  readonly owner: Oid;
  readonly parameters: readonly RoutineParameter[];
  /** Input types: the identity. */
  readonly inputTypes: readonly TypeRef[];
  readonly returns: TypeName | null;
  readonly returnsTrigger: "trigger" | "event_trigger" | null;
  readonly language: string;
  /** prosecdef and who wrote it last (the CREATE when nothing else did). */
  readonly securityDefiner: Written<boolean>;
  readonly settings: Settings;
  /** The last statement that set or removed the setting, also when it is absent now. */
  readonly settingWriters: ReadonlyMap<string, Place>;
  /** The last CREATE [OR REPLACE], which reset what it did not state. */
  readonly definition: EventOf<"create-routine"> | EventOf<"create-aggregate"> | null;
  readonly definitionPlace: Place;
  /** search_path of the session when the code was last defined: for BEGIN ATOMIC bodies and FROM CURRENT. */
  readonly sessionPath: readonly string[];
  readonly source: RoutineSource;
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly leakproof: Written<boolean>;
  readonly strict: boolean;
  readonly acl: Acl;
  readonly extension: string | null;
}

export interface RoutineParameter {
  readonly name: string | null;
  readonly mode: ParameterMode;
  readonly type: TypeRef;
  readonly written: Parameter;
}

/** pg_type, without relations' row types. */
export interface UserType extends ObjectBase {
  readonly schema: Oid;
  readonly kind: "composite" | "enum" | "range" | "base" | "domain" | "shell";
  readonly owner: Oid;
  readonly acl: Acl;
  readonly baseType: TypeRef | null;
  readonly columns: readonly ColumnDefinition[];
  readonly labels: readonly string[];
  readonly extension: string | null;
}

/** pg_policy */
export interface Policy extends ObjectBase {
  readonly relation: Oid;
  readonly permissive: boolean;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  /** PUBLIC or role oids. */
  readonly roles: readonly Oid[];
  readonly using: BoundExpr | null;
  readonly withCheck: BoundExpr | null;
}

/** pg_trigger */
export interface Trigger extends ObjectBase {
  readonly relation: Oid;
  readonly routine: Oid | null;
  readonly event: EventOf<"create-trigger">;
  readonly enabled: Written<"origin" | "disabled" | "replica" | "always">;
}

/** pg_event_trigger */
export interface EventTrigger extends ObjectBase {
  readonly owner: Oid;
  readonly event: string;
  readonly routine: Oid | null;
  readonly enabled: Written<"origin" | "disabled" | "replica" | "always">;
}

/** pg_rewrite, without the rules that are views. */
export interface Rule extends ObjectBase {
  readonly relation: Oid;
  readonly event: EventOf<"create-rule">;
  readonly enabled: Written<"origin" | "disabled" | "replica" | "always">;
}

/** pg_default_acl */
export interface DefaultAcl {
  readonly oid: Oid;
  readonly role: Oid;
  /** null: for all schemas. */
  readonly schema: Oid | null;
  readonly objects: DefaultPrivilegeObjects;
  readonly acl: Acl;
}

/** pg_extension */
export interface Extension extends ObjectBase {
  readonly schema: string | null;
}

/** A query or CALL that a script runs at top level, with who ran it. */
export interface TopLevelQuery {
  readonly oid: Oid;
  readonly statement: Statement;
  readonly place: Place;
  readonly role: Oid;
  readonly searchPath: readonly string[];
}

export type { Expr, Select, Statement };
