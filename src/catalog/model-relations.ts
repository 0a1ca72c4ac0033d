/** Records of relations and of what is part of them: columns, indexes, partitioning, constraints. */
import type { ColumnDefinition, PartitionBound, TableConstraint } from "../events/event.ts";
import type { Place } from "../text/source.ts";
import type { Acl, BoundExpr, BoundQuery, ObjectBase, Oid, TypeRef, Written } from "./model.ts";

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
  /** attnum: from 1, in order of creation, never used again. */
  readonly number: number;
  readonly name: string;
  readonly type: TypeRef;
  readonly notNull: boolean;
  /** DEFAULT, or the expression of a generated column. */
  readonly default: BoundExpr | null;
  readonly generated: "stored" | "virtual" | null;
  readonly identity: "always" | "by-default" | null;
  readonly definition: ColumnDefinition | null;
  readonly acl: Acl;
  readonly place: Place;
  /** attislocal: defined here, perhaps inherited as well. */
  readonly local: boolean;
  /** attinhcount: from how many parents it comes. */
  readonly inheritCount: number;
}

/** pg_class */
export interface Relation extends ObjectBase {
  readonly schema: Oid;
  readonly kind: RelationKind;
  readonly owner: Oid;
  readonly temporary: boolean;
  readonly unlogged: boolean;
  readonly columns: readonly Column[];
  /** The attnum that the next column gets. */
  readonly nextColumn: number;
  readonly acl: Acl;
  /** relrowsecurity, relforcerowsecurity: the last writer is the CREATE when nothing else spoke of it. */
  readonly rowSecurity: Written<boolean> & {
    /** It was on before the statement that wrote it last. */
    readonly hadBeenOn?: boolean;
  };
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
  /** PARTITION BY of a partitioned table. */
  readonly partitionKey: BoundPartitionKey | null;
  /** FOR VALUES of a partition. */
  readonly partitionBound: PartitionBound | null;
  /** CREATE TABLE … OF */
  readonly ofType: Oid | null;
  /** Data type of a sequence. */
  readonly sequenceType: TypeRef | null;
  /** Table of an index, owning table and column (by number) of a sequence. */
  readonly belongsTo: {
    readonly relation: Oid;
    readonly column: number | null;
    readonly how: "index" | "serial" | "identity";
  } | null;
  readonly index: Index | null;
  /** Of a foreign table. */
  readonly server: Oid | null;
  readonly extension: string | null;
  /** Of a table: what LIKE or CREATE TABLE AS made it from. */
  readonly copiedFrom: readonly CopiedTable[];
}

/** A relation that another one was made from, as it was then: it may be gone or changed by now. */
export interface CopiedTable {
  readonly relation: Oid;
  readonly name: string;
  readonly rowSecurity: boolean;
  /** Where the copy names it. */
  readonly place: Place;
  /** LIKE copies no rows. */
  readonly withRows: boolean;
}

/** PARTITION BY; columns by number. */
export interface BoundPartitionKey {
  readonly strategy: "list" | "range" | "hash";
  readonly elements: readonly { readonly column: number | null; readonly expression: BoundExpr | null }[];
}

/** pg_index; key columns by number, null for an expression. */
export interface Index {
  readonly unique: boolean;
  readonly primary: boolean;
  readonly keys: readonly (number | null)[];
  /** attname of its own columns: what the table's were called then. Copies of the index are named after them. */
  readonly columnNames: readonly string[];
  readonly expressions: readonly BoundExpr[];
  /** The index of the partitioned table that this one is a part of. */
  readonly parent: Oid | null;
}

/** pg_constraint of a table; domains have theirs in `UserType`. */
export interface Constraint extends ObjectBase {
  readonly relation: Oid;
  readonly kind: "check" | "foreign-key" | "not-null" | "primary-key" | "unique" | "trigger" | "exclusion";
  /** Numbers of the columns it is about (conkey). */
  readonly columns: readonly number[];
  readonly expression: BoundExpr | null;
  readonly references: { readonly relation: Oid; readonly columns: readonly number[] } | null;
  /** conindid: the index that a key made, or the referenced one. */
  readonly index: Oid | null;
  /** As it holds now: flags that ALTER CONSTRAINT changed are changed here. */
  readonly definition: TableConstraint;
  readonly local: boolean;
  readonly inheritCount: number;
  /** The constraint of the partitioned table that this one is a copy of. */
  readonly parent: Oid | null;
}
