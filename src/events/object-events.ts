/** Events of types, operators, casts, extensions, foreign data and replication. Each stands in `Event` with its span. */

import type { Span } from "../text/span.ts";
import type {
  ColumnDefinition,
  ObjectKind,
  QualifiedName,
  RoleRef,
  RoutineRef,
  TableConstraint,
} from "./event.ts";
import type { Expr, Name, TypeName } from "./tree.ts";

/** One element of OPTIONS (…): `set` also stands for a bare `name 'value'` of CREATE, which is an `add`. */
export interface ForeignOption {
  readonly action: "add" | "set" | "drop";
  readonly name: string;
  readonly value: string;
  readonly span: Span;
}

export interface PublicationObject {
  /** A table, a schema by name, or the current schema. */
  readonly table: QualifiedName | null;
  readonly schema: string | null;
  /** ONLY: without the tables that inherit from it. */
  readonly only: boolean;
  readonly columns: readonly string[] | null;
  readonly where: Expr | null;
  readonly span: Span;
}

/** `name = value` of WITH (…), the value as text; null without one. */
export interface NamedOption {
  readonly name: string;
  readonly value: string | null;
  readonly span: Span;
}

export type DomainAction =
  | { readonly action: "set-default"; readonly default: Expr | null }
  | { readonly action: "set-not-null" | "drop-not-null" }
  | { readonly action: "add-constraint"; readonly constraint: TableConstraint }
  | {
      readonly action: "drop-constraint";
      readonly name: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly action: "validate-constraint"; readonly name: string };

export type EnumChange =
  | {
      readonly action: "add";
      readonly label: string;
      readonly ifNotExists: boolean;
      readonly neighbour: string | null;
      readonly after: boolean;
    }
  | { readonly action: "rename"; readonly from: string; readonly to: string };

/** Parts of CREATE TYPE in its forms; what a form does not have is empty. */
export interface TypeDefinition {
  readonly typeKind: "composite" | "enum" | "range" | "base" | "shell";
  readonly columns: readonly ColumnDefinition[];
  readonly labels: readonly string[];
  /** Of a range. */
  readonly subtype: TypeName | null;
  readonly multirange: Name | null;
}

export type ObjectEvent =
  | ({ readonly kind: "create-type"; readonly name: QualifiedName } & TypeDefinition)
  | {
      readonly kind: "create-domain";
      readonly name: QualifiedName;
      readonly base: TypeName;
      readonly default: Expr | null;
      readonly constraints: readonly TableConstraint[];
      readonly notNull: boolean;
      readonly checks: readonly Expr[];
    }
  | { readonly kind: "alter-enum"; readonly name: QualifiedName; readonly change: EnumChange }
  | { readonly kind: "alter-domain"; readonly name: QualifiedName; readonly change: DomainAction }
  | {
      readonly kind: "create-operator";
      readonly name: QualifiedName;
      readonly left: TypeName | null;
      readonly right: TypeName | null;
      readonly routine: Name;
      readonly routineSpan: Span;
      readonly commutator: Name;
      readonly negator: Name;
    }
  | {
      readonly kind: "create-cast";
      readonly source: TypeName;
      readonly target: TypeName;
      readonly context: "implicit" | "assignment" | "explicit";
      readonly method: "function" | "binary" | "inout";
      readonly routine: RoutineRef | null;
    }
  | {
      readonly kind: "drop-cast";
      readonly source: TypeName;
      readonly target: TypeName;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | {
      readonly kind: "create-extension";
      readonly name: string;
      readonly schema: string | null;
      readonly ifNotExists: boolean;
      readonly cascade: boolean;
    }
  /** ALTER EXTENSION … ADD, DROP: of members. */
  | {
      readonly kind: "alter-extension-members";
      readonly name: string;
      readonly change: "add" | "drop";
      readonly objectKind: ObjectKind;
      readonly object: RoutineRef;
    }
  | {
      readonly kind: "create-foreign-data-wrapper";
      readonly name: string;
      readonly handler: Name | null;
      readonly validator: Name | null;
      readonly options: readonly ForeignOption[];
    }
  /** A handler or validator that is undefined stays, one that is null goes. */
  | {
      readonly kind: "alter-foreign-data-wrapper";
      readonly name: string;
      readonly handler: Name | null | undefined;
      readonly validator: Name | null | undefined;
      readonly options: readonly ForeignOption[];
    }
  | {
      readonly kind: "create-foreign-server";
      readonly name: string;
      readonly wrapper: string;
      readonly ifNotExists: boolean;
      readonly options: readonly ForeignOption[];
    }
  | {
      readonly kind: "alter-foreign-server";
      readonly name: string;
      readonly options: readonly ForeignOption[];
    }
  | {
      readonly kind: "create-user-mapping";
      readonly user: RoleRef;
      readonly server: string;
      readonly ifNotExists: boolean;
      readonly options: readonly ForeignOption[];
    }
  | {
      readonly kind: "alter-user-mapping";
      readonly user: RoleRef;
      readonly server: string;
      readonly options: readonly ForeignOption[];
    }
  | {
      readonly kind: "drop-user-mapping";
      readonly user: RoleRef;
      readonly server: string;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: "create-publication";
      readonly name: string;
      readonly allTables: boolean;
      readonly objects: readonly PublicationObject[];
      readonly options: readonly NamedOption[];
    }
  | {
      readonly kind: "alter-publication";
      readonly name: string;
      readonly change: "add" | "drop" | "set" | "options";
      readonly objects: readonly PublicationObject[];
      readonly options: readonly NamedOption[];
    }
  | {
      readonly kind: "create-subscription";
      readonly name: string;
      readonly connection: string;
      readonly publications: readonly string[];
      readonly options: readonly NamedOption[];
    }
  | {
      readonly kind: "alter-subscription";
      readonly name: string;
      readonly change:
        | "options"
        | "connection"
        | "set-publications"
        | "add-publications"
        | "drop-publications"
        | "enabled"
        | "other";
      readonly connection: string | null;
      readonly publications: readonly string[];
      readonly options: readonly NamedOption[];
    };
