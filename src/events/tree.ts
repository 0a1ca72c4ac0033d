/**
 * Small, serialisable trees of expressions, queries and routine bodies: what everything after events/ reads instead of
 * the parser's own tree. All spans are UTF-8 byte offsets in the source, through every level of quoting.
 */
import type { TextMap } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";

/** A possibly qualified name as written, outermost part first: `["public", "todos"]`. Case already folded by the parser. */
export type Name = readonly string[];

/** A type as written. `name` keeps the parser's qualification: keyword types (`integer`) come as `["pg_catalog", "int4"]`. */
export interface TypeName {
  readonly name: Name;
  readonly array: boolean;
  /** `%TYPE`: `name` is then a column (`t.c`), `%ROWTYPE`: a relation. */
  readonly of?: "type" | "rowtype";
  readonly setof?: boolean;
  /** `(20)`, `(10, 2)` as written; `interval` has its fields as the number the grammar makes of them. */
  readonly modifiers?: readonly string[];
  readonly span: Span;
}

interface ExprBase {
  readonly span: Span;
}

/** A string constant with what is needed to find a byte of its value in the source again. */
export interface StringConstant extends ExprBase {
  readonly kind: "string";
  readonly value: string;
  /** Maps byte offsets in `value` to the source. */
  readonly map: TextMap;
}

export type Expr =
  | StringConstant
  | (ExprBase & { readonly kind: "number"; readonly value: string })
  | (ExprBase & { readonly kind: "boolean"; readonly value: boolean })
  | (ExprBase & { readonly kind: "null" })
  /** Column, variable, parameter or `record.field`; a trailing `*` stands as `"*"`. */
  | (ExprBase & { readonly kind: "column"; readonly name: Name })
  /** `$1` */
  | (ExprBase & { readonly kind: "parameter"; readonly number: number })
  | Call
  /** Operators, also those hidden in IN, BETWEEN, LIKE, NULLIF, DISTINCT FROM, ANY/ALL (`operator` says which). */
  | (ExprBase & {
      readonly kind: "operator";
      readonly name: Name;
      readonly form:
        | "plain"
        | "in"
        | "not-in"
        | "between"
        | "not-between"
        | "like"
        | "ilike"
        | "similar"
        | "nullif"
        | "distinct"
        | "not-distinct"
        | "any"
        | "all";
      readonly operands: readonly Expr[];
    })
  | (ExprBase & { readonly kind: "cast"; readonly type: TypeName; readonly operand: Expr })
  | (ExprBase & { readonly kind: "and" | "or" | "not"; readonly operands: readonly Expr[] })
  /** IS [NOT] NULL / TRUE / FALSE / UNKNOWN */
  | (ExprBase & {
      readonly kind: "is";
      readonly what: "null" | "true" | "false" | "unknown";
      readonly not: boolean;
      readonly operand: Expr;
    })
  | (ExprBase & {
      readonly kind: "case";
      readonly subject: Expr | null;
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr | null;
    })
  | (ExprBase & {
      readonly kind: "coalesce" | "greatest" | "least" | "row" | "array";
      readonly operands: readonly Expr[];
    })
  /** CURRENT_USER, SESSION_USER, CURRENT_DATE, … in lower case with `_`. */
  | (ExprBase & { readonly kind: "session-value"; readonly name: string })
  /** `(SELECT …)`, EXISTS, IN (SELECT), ANY/ALL (SELECT), ARRAY(SELECT …) */
  | (ExprBase & {
      readonly kind: "subquery";
      readonly form: "scalar" | "exists" | "in" | "any" | "all" | "array";
      readonly test: Expr | null;
      readonly operator: Name | null;
      readonly query: Query;
    })
  /** `a[1]`, `(row).field`: what is taken from the operand. */
  | (ExprBase & {
      readonly kind: "field" | "subscript";
      readonly operand: Expr;
      readonly field?: string;
      readonly subscripts?: readonly Expr[];
    })
  /** `DEFAULT`, XML and JSON constructors and the like: only the parts matter. `name` is the collation of COLLATE. */
  | (ExprBase & {
      readonly kind: "other";
      readonly what: string;
      readonly operands: readonly Expr[];
      readonly name?: Name;
      readonly types?: readonly TypeName[];
    });

export interface Call extends ExprBase {
  readonly kind: "call";
  /** As written; constructs that the grammar itself binds to pg_catalog have `pg_catalog` in front and `grammar` set. */
  readonly name: Name;
  readonly nameSpan: Span;
  readonly args: readonly Argument[];
  readonly star: boolean;
  readonly distinct: boolean;
  readonly variadic: boolean;
  /** EXTRACT, TRIM, OVERLAY, POSITION, SUBSTRING … FROM, AT TIME ZONE: always pg_catalog, never looked up. */
  readonly grammar: boolean;
  readonly filter: Expr | null;
  readonly order: readonly Expr[];
  readonly window: readonly Expr[] | null;
}

export interface Argument {
  /** Name in `f(name => value)`. */
  readonly name: string | null;
  readonly value: Expr;
}

/** A relation named in FROM, or as the target of INSERT/UPDATE/DELETE/MERGE. */
export interface RelationItem {
  readonly kind: "relation";
  readonly name: Name;
  readonly alias: string | null;
  readonly only: boolean;
  /** The name names a WITH query in scope, not a relation. */
  readonly cte: boolean;
  /** TABLESAMPLE method, which is looked up as a function, with its arguments. */
  readonly sample?: Call;
  /** `t AS a (x, y)` */
  readonly columnNames?: readonly string[];
  readonly span: Span;
}

export type FromItem =
  | RelationItem
  | {
      readonly kind: "function";
      readonly calls: readonly Expr[];
      readonly alias: string | null;
      readonly lateral: boolean;
      readonly columnTypes: readonly TypeName[];
      /** `f() AS a (x, y)` and the names of a column definition list. */
      readonly columnNames?: readonly string[];
      /** WITH ORDINALITY */
      readonly ordinality?: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "subquery";
      readonly query: Query;
      readonly alias: string | null;
      readonly columnNames?: readonly string[];
      readonly lateral: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "join";
      readonly join: "inner" | "left" | "right" | "full";
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expr | null;
      readonly using: readonly string[] | null;
      readonly natural: boolean;
      readonly alias: string | null;
      readonly span: Span;
    }
  /** XMLTABLE, JSON_TABLE. */
  | {
      readonly kind: "other";
      readonly operands: readonly Expr[];
      readonly columnTypes: readonly TypeName[];
      readonly alias: string | null;
      readonly span: Span;
    };

export interface CommonTable {
  readonly name: string;
  readonly query: Statement;
  readonly materialized: "always" | "never" | "default";
  readonly recursive: boolean;
  /** `WITH c (x, y)` */
  readonly columns?: readonly string[];
}

export interface Target {
  /** Output name (`AS x`), or the column assigned in INSERT/UPDATE. */
  readonly name: string | null;
  readonly value: Expr;
  /** In `SET a[i] = …`. */
  readonly subscripts?: readonly Expr[];
}

export interface Select {
  readonly kind: "select";
  readonly span: Span;
  readonly ctes: readonly CommonTable[];
  readonly distinct: false | true | readonly Expr[];
  readonly targets: readonly Target[];
  /** SELECT … INTO name (plain SQL only). */
  readonly into: RelationItem | null;
  readonly from: readonly FromItem[];
  readonly where: Expr | null;
  readonly groupBy: readonly Expr[];
  readonly having: Expr | null;
  readonly windows: readonly Expr[];
  readonly orderBy: readonly Expr[];
  readonly limit: Expr | null;
  readonly offset: Expr | null;
  readonly locking: boolean;
  readonly values: readonly (readonly Expr[])[] | null;
  readonly setOperation: {
    readonly operator: "union" | "intersect" | "except";
    readonly all: boolean;
    readonly left: Select;
    readonly right: Select;
  } | null;
}

export type Query = Select;

export interface Insert {
  readonly kind: "insert";
  readonly span: Span;
  readonly ctes: readonly CommonTable[];
  readonly target: RelationItem;
  readonly columns: readonly string[];
  readonly source: Select | null;
  readonly conflict: {
    readonly set: readonly Target[];
    readonly where: Expr | null;
    readonly targetExprs: readonly Expr[];
  } | null;
  readonly returning: readonly Target[];
}

export interface Update {
  readonly kind: "update";
  readonly span: Span;
  readonly ctes: readonly CommonTable[];
  readonly target: RelationItem;
  readonly set: readonly Target[];
  readonly from: readonly FromItem[];
  readonly where: Expr | null;
  readonly returning: readonly Target[];
}

export interface Delete {
  readonly kind: "delete";
  readonly span: Span;
  readonly ctes: readonly CommonTable[];
  readonly target: RelationItem;
  readonly using: readonly FromItem[];
  readonly where: Expr | null;
  readonly returning: readonly Target[];
}

export interface Merge {
  readonly kind: "merge";
  readonly span: Span;
  readonly ctes: readonly CommonTable[];
  readonly target: RelationItem;
  readonly source: FromItem;
  readonly on: Expr;
  readonly actions: readonly { readonly condition: Expr | null; readonly targets: readonly Target[] }[];
  readonly returning: readonly Target[];
}

/** Any other statement inside a body or DO block: DDL, GRANT, SET, COPY … What it does stands in its events. */
export interface Utility {
  readonly kind: "utility";
  /** Command tag in upper case as PostgreSQL reports it: `CREATE TABLE`, `SET`, `COPY`. */
  readonly tag: string;
  readonly span: Span;
  /** Relations, functions and types the statement names, without the object that it creates. */
  readonly expressions: readonly Expr[];
  readonly relations: readonly RelationItem[];
  readonly types: readonly TypeName[];
  /** Queries inside: of EXPLAIN, COPY, DECLARE CURSOR, CREATE TABLE AS, CREATE VIEW, PREPARE … */
  readonly statements: readonly Statement[];
  readonly events: readonly import("./event.ts").Event[];
}

export type Statement = Select | Insert | Update | Delete | Merge | Utility;

/** A variable that receives a value: `v`, `rec.field`, `arr[1]`; the first part is the declared name. */
export interface Variable {
  readonly name: Name;
  readonly span: Span | null;
}

export interface Declaration {
  readonly name: string;
  readonly constant: boolean;
  readonly notNull: boolean;
  /** null for an alias, a cursor or an implicit loop variable. */
  readonly type: TypeName | null;
  readonly default: Expr | null;
  /** Bound cursor's query. */
  readonly cursor: Select | null;
  /** ALIAS FOR: the parameter or variable it names (`$1` as `"$1"`). */
  readonly aliasFor: string | null;
  readonly span: Span | null;
}

export interface PlBlock {
  readonly kind: "block";
  readonly span: Span | null;
  readonly label: string | null;
  readonly declarations: readonly Declaration[];
  readonly body: readonly PlStatement[];
  readonly handlers: readonly {
    readonly conditions: readonly string[];
    readonly body: readonly PlStatement[];
    /** From WHEN on. */
    readonly span: Span;
  }[];
}

interface PlBase {
  /** From the statement's first token as far as known; null when it could not be placed. */
  readonly span: Span | null;
  /** `<<label>>` before a loop. */
  readonly label?: string;
}

/** A SQL string built at run time and executed, with its USING values. */
export interface DynamicQuery {
  readonly query: Expr;
  readonly using: readonly Expr[];
}

export type PlStatement =
  | PlBlock
  | (PlBase & { readonly kind: "assign"; readonly target: Variable; readonly value: Expr })
  | (PlBase & {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: Expr; readonly body: readonly PlStatement[] }[];
      readonly otherwise: readonly PlStatement[];
    })
  | (PlBase & {
      readonly kind: "case";
      readonly subject: Expr | null;
      readonly branches: readonly { readonly when: readonly Expr[]; readonly body: readonly PlStatement[] }[];
      readonly otherwise: readonly PlStatement[] | null;
    })
  | (PlBase & { readonly kind: "loop"; readonly body: readonly PlStatement[] })
  | (PlBase & { readonly kind: "while"; readonly condition: Expr; readonly body: readonly PlStatement[] })
  | (PlBase & {
      readonly kind: "for-integer";
      readonly variable: string;
      readonly bounds: readonly Expr[];
      readonly body: readonly PlStatement[];
    })
  | (PlBase & {
      readonly kind: "for-query";
      readonly targets: readonly Variable[];
      readonly query: Statement;
      readonly body: readonly PlStatement[];
    })
  | (PlBase & {
      readonly kind: "for-execute";
      readonly targets: readonly Variable[];
      readonly dynamic: DynamicQuery;
      readonly body: readonly PlStatement[];
    })
  | (PlBase & {
      readonly kind: "for-cursor";
      readonly targets: readonly Variable[];
      readonly cursor: string;
      readonly args: readonly Expr[];
      readonly body: readonly PlStatement[];
    })
  | (PlBase & {
      readonly kind: "foreach";
      readonly targets: readonly Variable[];
      readonly array: Expr;
      readonly body: readonly PlStatement[];
    })
  /** `target`: the label of the loop or block that it leaves; null: the innermost loop. */
  | (PlBase & {
      readonly kind: "exit" | "continue";
      readonly target: string | null;
      readonly condition: Expr | null;
    })
  | (PlBase & { readonly kind: "return" | "return-next"; readonly value: Expr | null })
  | (PlBase & { readonly kind: "return-query"; readonly query: Statement })
  | (PlBase & { readonly kind: "return-query-execute"; readonly dynamic: DynamicQuery })
  | (PlBase & {
      readonly kind: "raise";
      readonly level: "debug" | "log" | "info" | "notice" | "warning" | "exception";
      readonly message: string | null;
      readonly condition: string | null;
      readonly params: readonly Expr[];
      readonly options: readonly { readonly name: string; readonly value: Expr }[];
    })
  | (PlBase & { readonly kind: "assert"; readonly condition: Expr; readonly message: Expr | null })
  /** A SQL statement, with INTO targets if any. PERFORM is a Select with `discard`. */
  | (PlBase & {
      readonly kind: "sql";
      readonly statement: Statement;
      readonly into: readonly Variable[];
      readonly strict: boolean;
      readonly discard: boolean;
    })
  | (PlBase & { readonly kind: "call"; readonly call: Expr })
  | (PlBase & {
      readonly kind: "execute";
      readonly dynamic: DynamicQuery;
      readonly into: readonly Variable[];
      readonly strict: boolean;
    })
  | (PlBase & {
      readonly kind: "open";
      readonly cursor: string;
      readonly query: Statement | null;
      readonly dynamic: DynamicQuery | null;
      readonly args: readonly Expr[];
    })
  | (PlBase & {
      readonly kind: "fetch";
      readonly cursor: string;
      readonly move: boolean;
      readonly into: readonly Variable[];
    })
  | (PlBase & { readonly kind: "close"; readonly cursor: string })
  | (PlBase & {
      readonly kind: "get-diagnostics";
      readonly stacked: boolean;
      readonly items: readonly { readonly target: Variable; readonly item: string }[];
    })
  | (PlBase & { readonly kind: "commit" | "rollback" | "null" });

/** The code of a routine or DO block. */
export type Body =
  /** String body or RETURN/BEGIN ATOMIC (`atomic`: bound when created). */
  | {
      readonly language: "sql";
      readonly atomic: boolean;
      readonly span: Span;
      readonly statements: readonly Statement[];
    }
  | { readonly language: "plpgsql"; readonly span: Span; readonly block: PlBlock }
  /** C, internal, plpython, …: not readable here. `text` is the body, for searches for secrets. */
  | { readonly language: "other"; readonly name: string; readonly span: Span | null }
  /** A SQL or PL/pgSQL body that the parser does not accept. */
  | {
      readonly language: "unparsed";
      readonly name: string;
      readonly span: Span;
      readonly message: string;
      readonly at: Span;
    };
