/**
 * The static catalog: what the replayed statements leave behind, in the terms of PostgreSQL's system catalogs. Records
 * are immutable; a change replaces the record. `oid`s are the replay's own numbers, unique over all kinds of objects.
 */
import type {
  DefaultPrivilegeObjects,
  EventOf,
  Parameter,
  ParameterMode,
  RoleAttribute,
  RoutineSource,
  SettingChange,
} from "../events/event.ts";
import type { Expr, Statement, TypeName } from "../events/tree.ts";
import type { Place } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { Attribute } from "./model-objects.ts";

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

export interface ObjectBase {
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
  /** -1: no limit. */
  readonly connectionLimit: number;
  readonly password: "none" | "md5" | "scram";
  /** VALID UNTIL as written; null: for ever. */
  readonly validUntil: string | null;
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

/** An object, a column of a relation by its number, or that column's default: what pg_depend's rows name. */
export interface Address {
  readonly oid: Oid;
  readonly column?: number;
  readonly part?: "default";
}

/**
 * pg_depend: `normal` wants CASCADE, `auto` goes along silently, `internal` is part of what it depends on and cannot be dropped without it.
 * `extension`: is a member of it, and cannot be dropped without it either.
 */
export interface Dependency {
  readonly oid: Oid;
  readonly dependent: Address;
  readonly on: Address;
  readonly type: "normal" | "auto" | "internal" | "extension";
}

/** What names in a query or expression mean: columns, relations, routines and types by the node that names them. */
export type Bindings = ReadonlyMap<object, Address>;

/** A query bound when it was created: names resolve through the path the session had then. */
export interface BoundQuery {
  readonly statement: Statement;
  /** Relations in its FROM clauses that were known then, at any depth. */
  readonly reads: readonly { readonly relation: Oid; readonly span: Span }[];
  readonly bindings: Bindings;
  readonly searchPath: readonly string[];
  readonly place: Place;
}

/** An expression bound when it was created. */
export interface BoundExpr {
  readonly expr: Expr;
  readonly bindings: Bindings;
  /** Of a publication's filter: columns that stand for the expressions of virtual columns. */
  readonly virtual?: ReadonlyMap<object, BoundExpr>;
  readonly searchPath: readonly string[];
  readonly place: Place;
}

/** A type by reference: a user-made type or relation by oid, a built-in one as `pg_catalog.int4`, an unknown one as `?name`. */
export interface TypeRef {
  readonly base: Oid | string;
  readonly array: boolean;
  /** Type modifier of a column or domain as format_type shows it: `20`, `10,2`; no part of a type's identity. */
  readonly modifier?: string;
}

export type RoutineKind = "function" | "procedure" | "aggregate" | "window";

/** pg_proc */
export interface Routine extends ObjectBase {
  readonly schema: Oid;
  readonly kind: RoutineKind;
  readonly owner: Oid;
  readonly parameters: readonly RoutineParameter[];
  /** Input types: the identity. */
  readonly inputTypes: readonly TypeRef[];
  readonly returns: TypeName | null;
  /** prorettype as it was when the routine was created; null for procedures. */
  readonly returnType: TypeRef | null;
  readonly returnsSet: boolean;
  readonly returnsTrigger: "trigger" | "event_trigger" | null;
  readonly language: string;
  /** prosecdef and who wrote it last (the CREATE when nothing else did). */
  readonly securityDefiner: Written<boolean> & {
    /** It was, until CREATE OR REPLACE left it out: what had stated it, and that statement's name. */
    readonly leftOut?: { readonly stated: Place; readonly by: Place };
  };
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
  readonly kind: "composite" | "enum" | "range" | "multirange" | "base" | "domain" | "shell";
  readonly owner: Oid;
  readonly acl: Acl;
  /** Of a domain; of a range its subtype, of a multirange its range. */
  readonly baseType: TypeRef | null;
  /** Of a composite type. */
  readonly attributes: readonly Attribute[];
  /** The attnum that the next attribute gets. */
  readonly nextAttribute: number;
  readonly labels: readonly string[];
  /** Of a domain; its CHECK and NOT NULL constraints are in `constraints`. */
  readonly default: BoundExpr | null;
  readonly notNull: boolean;
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
  /** UPDATE OF, by number. */
  readonly columns: readonly number[];
  readonly when: BoundExpr | null;
  /** The trigger of the partitioned table that this one is a copy of. */
  readonly parent: Oid | null;
  readonly enabled: Written<"origin" | "disabled" | "replica" | "always">;
}

/** pg_event_trigger */
export interface EventTrigger extends ObjectBase {
  readonly owner: Oid;
  readonly event: string;
  /** WHEN TAG IN (…) */
  readonly tags: readonly string[];
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
  readonly owner: Oid;
  /** Where its objects are: pg_extension.extnamespace. */
  readonly schema: Oid;
}

/** A query or CALL that a script runs at top level, with who ran it. */
export interface TopLevelQuery {
  readonly oid: Oid;
  readonly statement: Statement;
  readonly place: Place;
  readonly role: Oid;
  readonly searchPath: readonly string[];
}

export type * from "./model-access.ts";
export type * from "./model-objects.ts";
export type * from "./model-relations.ts";
export type { Expr, Statement };
