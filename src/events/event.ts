/**
 * What statements do to the catalog, in PostgreSQL's own terms. Small, typed and serialisable: events depend on a
 * source's bytes alone, so they can be cached by content. All spans are UTF-8 byte offsets in the source.
 */
import type { MappedText } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import type { ObjectEvent } from "./object-events.ts";
import type { Expr, Name, PlBlock, Select, Statement, TypeName } from "./tree.ts";

/** A role as a statement names it. */
export type RoleRef =
  | { readonly kind: "role"; readonly name: string; readonly span: Span }
  | { readonly kind: "public" | "current-user" | "session-user" | "current-role"; readonly span: Span };

/** A schema-qualifiable name with its place. */
export interface QualifiedName {
  readonly name: Name;
  readonly span: Span;
}

/** A routine as DDL names it: with its input argument types, or by name alone. */
export interface RoutineRef extends QualifiedName {
  readonly args: readonly TypeName[] | null;
  /** The list has IN, OUT, INOUT or VARIADIC in it. */
  readonly modes?: boolean;
}

/** Object kinds that statements address by kind. */
export type ObjectKind =
  | "table"
  | "view"
  | "materialized-view"
  | "sequence"
  | "index"
  | "foreign-table"
  | "function"
  | "procedure"
  | "routine"
  | "aggregate"
  | "schema"
  | "type"
  | "domain"
  | "role"
  | "database"
  | "language"
  | "policy"
  | "trigger"
  | "event-trigger"
  | "rule"
  | "extension"
  | "foreign-server"
  | "foreign-data-wrapper"
  | "large-object"
  | "parameter"
  | "publication"
  | "subscription"
  | "operator"
  | "cast"
  | "column"
  | "constraint"
  | "domain-constraint"
  | "other";

/** SET name = …, SET name FROM CURRENT, RESET name, RESET ALL. */
export interface SettingChange {
  readonly change: "set" | "default" | "current" | "reset" | "reset-all";
  /** Lower case; empty for reset-all. */
  readonly name: string;
  /** One string per list element, as written (a quoted `'a, b'` is one element). */
  readonly values: readonly string[];
  readonly span: Span;
}

export const ROLE_ATTRIBUTES = [
  "superuser",
  "inherit",
  "createrole",
  "createdb",
  "login",
  "replication",
  "bypassrls",
] as const;
export type RoleAttribute = (typeof ROLE_ATTRIBUTES)[number];

export interface RoleOptions {
  readonly attributes: readonly {
    readonly attribute: RoleAttribute;
    readonly value: boolean;
    readonly span: Span;
  }[];
  readonly password: { readonly value: string | null; readonly span: Span } | null;
  readonly connectionLimit: number | null;
  readonly validUntil: string | null;
  readonly inRoles: readonly RoleRef[];
  readonly members: readonly RoleRef[];
  readonly adminMembers: readonly RoleRef[];
}

export type ParameterMode = "in" | "out" | "inout" | "variadic" | "table";

export interface Parameter {
  readonly name: string | null;
  readonly mode: ParameterMode;
  readonly type: TypeName;
  readonly default: Expr | null;
  readonly span: Span;
}

/** Routine options that CREATE and ALTER share; undefined: not stated. */
export interface RoutineOptions {
  readonly security?: { readonly definer: boolean; readonly span: Span };
  readonly settings: readonly SettingChange[];
  readonly volatility?: "immutable" | "stable" | "volatile";
  readonly leakproof?: { readonly value: boolean; readonly span: Span };
  readonly strict?: boolean;
  readonly parallel?: string;
  readonly cost?: string;
  readonly window?: boolean;
}

/** A routine's code as text; read into a Body only when somebody asks. */
export type RoutineSource =
  | { readonly kind: "text"; readonly text: MappedText; readonly span: Span }
  /** BEGIN ATOMIC … END or RETURN: bound when created. */
  | { readonly kind: "atomic"; readonly statements: readonly Statement[]; readonly span: Span }
  /** C and internal functions: the symbol in the object file, or the internal name. */
  | { readonly kind: "none"; readonly symbol?: string };

export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeName | null;
  readonly notNull: boolean;
  readonly default: Expr | null;
  readonly identity: "always" | "by-default" | null;
  readonly generated: boolean;
  readonly primaryKey: boolean;
  readonly checks: readonly Expr[];
  readonly references: QualifiedName | null;
  /** As written at the column, in order; its NOT NULL too. */
  readonly constraints: readonly TableConstraint[];
  /** SEQUENCE NAME and data type of an identity column, where they are stated. */
  readonly identitySequence: Name | null;
  /** GENERATED … VIRTUAL: the default from PostgreSQL 18 on. */
  readonly virtual: boolean;
  readonly span: Span;
}

export type ForeignKeyAction = "no action" | "restrict" | "cascade" | "set null" | "set default";

/** A constraint of a table, column or domain (pg_constraint), as written. */
export interface TableConstraint {
  readonly name: string | null;
  readonly type: "check" | "primary" | "unique" | "foreign" | "exclude" | "not-null" | "other";
  readonly expression: Expr | null;
  /** Of keys, foreign keys and NOT NULL; empty where it stands at the column itself. */
  readonly columns: readonly string[];
  readonly references: QualifiedName | null;
  /** Empty: the primary key of the referenced table. */
  readonly referencedColumns: readonly string[];
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  /** ON DELETE SET NULL (columns). */
  readonly deleteColumns: readonly string[];
  readonly match: "simple" | "full";
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly noInherit: boolean;
  /** Not NOT VALID. */
  readonly validated: boolean;
  /** Not NOT ENFORCED. */
  readonly enforced: boolean;
  readonly nullsNotDistinct: boolean;
  readonly including: readonly string[];
  readonly usingIndex: string | null;
  readonly withoutOverlaps: boolean;
  readonly period: boolean;
  /** Access method of EXCLUDE. */
  readonly method: string | null;
  readonly exclusions: readonly {
    readonly column: string | null;
    readonly expression: Expr | null;
    readonly operator: Name;
  }[];
  /** Predicate of EXCLUDE. */
  readonly where: Expr | null;
  readonly span: Span;
}

/** pg_class.relpersistence */
export type Persistence = "permanent" | "unlogged" | "temporary";

/** PARTITION BY */
export interface PartitionKey {
  readonly strategy: "list" | "range" | "hash";
  readonly elements: readonly { readonly column: string | null; readonly expression: Expr | null }[];
}

/** A bound's value: text of a constant, null for NULL, or MINVALUE and MAXVALUE. */
export type BoundValue =
  | { readonly kind: "value"; readonly expression: Expr }
  | { readonly kind: "minvalue" | "maxvalue" };

/** FOR VALUES … */
export type PartitionBound =
  | { readonly kind: "default" }
  | { readonly kind: "list"; readonly values: readonly BoundValue[] }
  | { readonly kind: "range"; readonly from: readonly BoundValue[]; readonly to: readonly BoundValue[] }
  | { readonly kind: "hash"; readonly modulus: number; readonly remainder: number };

/** A key of an index: a column or an expression. */
export interface IndexKey {
  readonly column: string | null;
  readonly expression: Expr | null;
}

/** Relation options (`WITH (security_barrier)`), values normalised: a bare option is "true". */
export interface RelationOption {
  readonly name: string;
  readonly value: string | null;
  readonly span: Span;
}

/** A privilege as named: `all` stands alone; `columns` empty for the whole object. */
export interface PrivilegeRef {
  readonly privilege: string;
  readonly columns: readonly string[];
}

export interface Grant {
  readonly grant: boolean;
  readonly privileges: readonly PrivilegeRef[];
  readonly grantees: readonly RoleRef[];
  /** WITH GRANT OPTION, or REVOKE GRANT OPTION FOR. */
  readonly grantOption: boolean;
  readonly grantedBy: RoleRef | null;
  readonly cascade: boolean;
}

/** What a GRANT addresses. */
export type GrantTarget =
  | { readonly kind: "relations"; readonly objects: readonly QualifiedName[]; readonly sequences: boolean }
  | {
      readonly kind: "routines";
      readonly objects: readonly RoutineRef[];
      readonly routineKind: "function" | "procedure" | "routine";
    }
  | {
      readonly kind:
        | "schemas"
        | "languages"
        | "databases"
        | "foreign-servers"
        | "foreign-data-wrappers"
        | "parameters"
        | "large-objects"
        | "tablespaces";
      readonly names: readonly string[];
    }
  | { readonly kind: "types"; readonly objects: readonly QualifiedName[]; readonly domains: boolean }
  | {
      readonly kind: "all-in-schema";
      readonly objects: "tables" | "sequences" | "functions" | "procedures" | "routines";
      readonly schemas: readonly string[];
    };

export type DefaultPrivilegeObjects =
  | "tables"
  | "sequences"
  | "functions"
  | "types"
  | "schemas"
  | "large-objects";

export type AlterRelationAction =
  | { readonly action: "rls"; readonly enabled: boolean; readonly span: Span }
  | { readonly action: "force-rls"; readonly forced: boolean; readonly span: Span }
  | { readonly action: "owner"; readonly owner: RoleRef; readonly span: Span }
  | { readonly action: "set-options"; readonly options: readonly RelationOption[]; readonly span: Span }
  | { readonly action: "reset-options"; readonly options: readonly string[]; readonly span: Span }
  | {
      readonly action: "add-column";
      readonly column: ColumnDefinition;
      readonly ifNotExists: boolean;
      /** Of an attribute: to the typed tables as well. */
      readonly cascade: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "drop-column";
      readonly name: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "alter-type";
      readonly name: string;
      readonly type: TypeName;
      readonly using: Expr | null;
      /** Of an attribute: to the typed tables as well. */
      readonly cascade: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "column-default";
      readonly name: string;
      readonly default: Expr | null;
      readonly span: Span;
    }
  | {
      readonly action: "column-not-null";
      readonly name: string;
      readonly notNull: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "add-identity";
      readonly name: string;
      readonly identity: "always" | "by-default";
      readonly sequence: Name | null;
      readonly span: Span;
    }
  | {
      readonly action: "set-identity";
      readonly name: string;
      readonly identity: "always" | "by-default" | null;
      readonly span: Span;
    }
  | {
      readonly action: "drop-identity";
      readonly name: string;
      readonly ifExists: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "set-expression";
      readonly name: string;
      readonly expression: Expr;
      readonly span: Span;
    }
  | {
      readonly action: "drop-expression";
      readonly name: string;
      readonly ifExists: boolean;
      readonly span: Span;
    }
  | { readonly action: "add-constraint"; readonly constraint: TableConstraint; readonly span: Span }
  | {
      readonly action: "drop-constraint";
      readonly name: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
      readonly span: Span;
    }
  | {
      readonly action: "alter-constraint";
      readonly constraint: TableConstraint;
      readonly changes: readonly ("deferrability" | "enforceability" | "inheritability")[];
      readonly span: Span;
    }
  | { readonly action: "validate-constraint"; readonly name: string; readonly span: Span }
  | { readonly action: "inherit" | "no-inherit"; readonly parent: QualifiedName; readonly span: Span }
  | {
      readonly action: "attach-partition";
      readonly partition: QualifiedName;
      readonly bound: PartitionBound | null;
      readonly span: Span;
    }
  | { readonly action: "detach-partition"; readonly partition: QualifiedName; readonly span: Span }
  | { readonly action: "set-persistence"; readonly persistence: Persistence; readonly span: Span }
  | { readonly action: "of-type"; readonly type: TypeName; readonly span: Span }
  | { readonly action: "not-of-type"; readonly span: Span }
  | {
      readonly action: "trigger-enabled";
      readonly trigger: string | null;
      readonly which: "named" | "all" | "user";
      readonly enabled: "origin" | "disabled" | "replica" | "always";
      readonly span: Span;
    }
  | {
      readonly action: "rule-enabled";
      readonly rule: string;
      readonly enabled: "origin" | "disabled" | "replica" | "always";
      readonly span: Span;
    }
  | { readonly action: "other"; readonly what: string; readonly span: Span };

interface EventBase {
  /** The whole statement. */
  readonly span: Span;
}

export type Event = EventBase &
  (
    | {
        readonly kind: "create-role";
        readonly name: string;
        readonly nameSpan: Span;
        readonly login: boolean;
        readonly options: RoleOptions;
      }
    | {
        readonly kind: "alter-role";
        readonly role: RoleRef;
        readonly options: RoleOptions;
        readonly addMembers: boolean | null;
      }
    | {
        readonly kind: "alter-role-set";
        readonly role: RoleRef | null;
        readonly database: string | null;
        readonly setting: SettingChange;
      }
    | { readonly kind: "alter-database-set"; readonly database: string; readonly setting: SettingChange }
    | { readonly kind: "alter-system"; readonly setting: SettingChange }
    | { readonly kind: "create-database"; readonly name: string; readonly owner: RoleRef | null }
    | { readonly kind: "comment"; readonly text: string | null }
    | {
        readonly kind: "grant-role";
        readonly grant: boolean;
        readonly roles: readonly { readonly name: string; readonly span: Span }[];
        readonly grantees: readonly RoleRef[];
        readonly options: { readonly admin?: boolean; readonly inherit?: boolean; readonly set?: boolean };
        readonly grantedBy: RoleRef | null;
        readonly cascade: boolean;
      }
    | {
        readonly kind: "create-schema";
        readonly name: string | null;
        readonly nameSpan: Span;
        readonly authorization: RoleRef | null;
        readonly ifNotExists: boolean;
        readonly elements: readonly Event[];
      }
    | {
        readonly kind: "create-routine";
        readonly routineKind: "function" | "procedure";
        readonly name: QualifiedName;
        readonly orReplace: boolean;
        readonly parameters: readonly Parameter[];
        readonly returns: TypeName | null;
        readonly language: string | null;
        readonly languageSpan: Span | null;
        readonly options: RoutineOptions;
        readonly source: RoutineSource;
      }
    | {
        readonly kind: "create-aggregate";
        readonly name: QualifiedName;
        readonly orReplace: boolean;
        readonly parameters: readonly Parameter[];
        /** How many parameters stand before ORDER BY in an ordered-set aggregate; -1 in others. */
        readonly directArguments: number;
        readonly stateFunction: Name | null;
        readonly stateType: TypeName | null;
        readonly finalFunction: Name | null;
      }
    | {
        readonly kind: "alter-routine";
        readonly routineKind: "function" | "procedure" | "routine";
        readonly routine: RoutineRef;
        readonly options: RoutineOptions;
      }
    | {
        readonly kind: "create-table";
        readonly name: QualifiedName;
        readonly relationKind: "table" | "partitioned-table" | "foreign-table";
        readonly temporary: boolean;
        readonly persistence: Persistence;
        /** ON COMMIT DROP */
        readonly onCommitDrop: boolean;
        readonly ifNotExists: boolean;
        /** Columns, and where LIKE clauses stand among them: LIKE number `like` before column number `column`. */
        readonly columns: readonly ColumnDefinition[];
        readonly likeAt: readonly number[];
        readonly constraints: readonly TableConstraint[];
        readonly inherits: readonly QualifiedName[];
        readonly partitionOf: QualifiedName | null;
        readonly partitionBy: PartitionKey | null;
        readonly partitionBound: PartitionBound | null;
        readonly like: readonly (QualifiedName & { readonly including: number })[];
        readonly ofType: TypeName | null;
        readonly server: string | null;
        readonly options: readonly RelationOption[];
      }
    /** CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW. */
    | {
        readonly kind: "create-table-as";
        readonly name: QualifiedName;
        readonly relationKind: "table" | "materialized-view";
        readonly temporary: boolean;
        readonly persistence: Persistence;
        readonly ifNotExists: boolean;
        readonly columnNames: readonly string[];
        /** The query is run: without WITH NO DATA. */
        readonly withData: boolean;
        readonly query: Statement | null;
        readonly options: readonly RelationOption[];
      }
    | {
        readonly kind: "create-view";
        readonly name: QualifiedName;
        readonly orReplace: boolean;
        readonly temporary: boolean;
        readonly columnNames: readonly string[];
        readonly options: readonly RelationOption[];
        readonly checkOption: "none" | "local" | "cascaded";
        readonly query: Select;
      }
    | {
        readonly kind: "create-sequence";
        readonly name: QualifiedName;
        readonly temporary: boolean;
        readonly persistence: Persistence;
        readonly type: TypeName | null;
        readonly ifNotExists: boolean;
        readonly ownedBy: Name | null;
      }
    | {
        readonly kind: "alter-sequence";
        readonly name: QualifiedName;
        readonly ifExists: boolean;
        readonly ownedBy: Name | null | undefined;
        readonly type: TypeName | null;
      }
    | {
        readonly kind: "create-index";
        readonly name: string | null;
        readonly table: QualifiedName;
        readonly only: boolean;
        readonly unique: boolean;
        readonly ifNotExists: boolean;
        readonly keys: readonly IndexKey[];
        readonly including: readonly string[];
        readonly expressions: readonly Expr[];
      }
    | {
        readonly kind: "alter-relation";
        readonly relationKind: ObjectKind;
        readonly name: QualifiedName;
        readonly only: boolean;
        readonly ifExists: boolean;
        readonly actions: readonly AlterRelationAction[];
      }
    | ObjectEvent
    | {
        readonly kind: "create-policy";
        readonly name: string;
        readonly nameSpan: Span;
        readonly table: QualifiedName;
        readonly permissive: boolean;
        readonly command: "all" | "select" | "insert" | "update" | "delete";
        readonly roles: readonly RoleRef[];
        readonly using: Expr | null;
        readonly withCheck: Expr | null;
      }
    | {
        readonly kind: "alter-policy";
        readonly name: string;
        readonly table: QualifiedName;
        readonly roles: readonly RoleRef[] | null;
        readonly using: Expr | null;
        readonly withCheck: Expr | null;
      }
    | {
        readonly kind: "create-trigger";
        readonly name: string;
        readonly nameSpan: Span;
        readonly orReplace: boolean;
        readonly table: QualifiedName;
        readonly routine: QualifiedName;
        readonly timing: "before" | "after" | "instead-of";
        readonly events: readonly ("insert" | "update" | "delete" | "truncate")[];
        readonly row: boolean;
        readonly args: readonly string[];
        readonly when: Expr | null;
        /** REFERENCING OLD/NEW TABLE AS: names that the function's queries can use as relations. */
        readonly transitionTables: readonly string[];
        readonly constraint: boolean;
        /** UPDATE OF */
        readonly columns: readonly string[];
        readonly deferrable: boolean;
        readonly initiallyDeferred: boolean;
      }
    | {
        readonly kind: "create-event-trigger";
        readonly name: string;
        readonly nameSpan: Span;
        readonly event: string;
        readonly tags: readonly string[];
        readonly routine: QualifiedName;
      }
    | {
        readonly kind: "alter-event-trigger";
        readonly name: string;
        readonly enabled: "origin" | "disabled" | "replica" | "always";
      }
    | {
        readonly kind: "create-rule";
        readonly name: string;
        readonly orReplace: boolean;
        readonly table: QualifiedName;
        readonly event: "select" | "update" | "insert" | "delete";
        readonly instead: boolean;
        readonly where: Expr | null;
        readonly actions: readonly Statement[];
      }
    | ({ readonly kind: "grant"; readonly target: GrantTarget } & Grant)
    | ({
        readonly kind: "alter-default-privileges";
        readonly forRoles: readonly RoleRef[];
        readonly schemas: readonly string[];
        readonly objects: DefaultPrivilegeObjects;
      } & Grant)
    | { readonly kind: "set"; readonly setting: SettingChange; readonly local: boolean }
    | { readonly kind: "set-role"; readonly role: RoleRef | "none"; readonly local: boolean }
    | {
        readonly kind: "set-session-authorization";
        readonly role: RoleRef | "default";
        readonly local: boolean;
      }
    | { readonly kind: "discard-all" | "discard-temporary" }
    | {
        readonly kind: "create-language";
        readonly name: string;
        readonly orReplace: boolean;
        readonly trusted: boolean;
      }
    | {
        readonly kind: "transaction";
        readonly what: "begin" | "commit" | "rollback" | "savepoint" | "release" | "rollback-to";
        readonly savepoint: string | null;
        readonly chain: boolean;
      }
    | {
        readonly kind: "rename";
        readonly objectKind: ObjectKind;
        readonly object: RoutineRef;
        readonly newName: string;
        readonly sub: string | null;
        readonly only: boolean;
        readonly ifExists: boolean;
        /** Of an attribute: to the typed tables as well. */
        readonly cascade: boolean;
      }
    | {
        readonly kind: "set-owner";
        readonly objectKind: ObjectKind;
        readonly object: RoutineRef;
        readonly owner: RoleRef;
      }
    | {
        readonly kind: "set-schema";
        readonly objectKind: ObjectKind;
        readonly object: RoutineRef;
        readonly schema: string;
        readonly ifExists: boolean;
      }
    | {
        readonly kind: "drop";
        readonly objectKind: ObjectKind;
        readonly objects: readonly (RoutineRef & { readonly of?: Name })[];
        readonly ifExists: boolean;
        readonly cascade: boolean;
      }
    | { readonly kind: "drop-role"; readonly roles: readonly RoleRef[]; readonly ifExists: boolean }
    | { readonly kind: "drop-owned"; readonly roles: readonly RoleRef[]; readonly cascade: boolean }
    | { readonly kind: "reassign-owned"; readonly roles: readonly RoleRef[]; readonly newOwner: RoleRef }
    /** `block`: its code, where it is PL/pgSQL and was read; replay runs it over the model. */
    | {
        readonly kind: "do";
        readonly language: string;
        readonly source: RoutineSource;
        readonly block: PlBlock | null;
      }
    /** A query or DML at top level: what it calls and reads. */
    | { readonly kind: "query"; readonly statement: Statement }
    /** Parsed, but without effect on the catalog (COMMENT, VACUUM, …) or not modelled (`modelled: false`). */
    | { readonly kind: "other"; readonly tag: string; readonly modelled: boolean }
  );

export type EventOf<K extends Event["kind"]> = Extract<Event, { readonly kind: K }>;
