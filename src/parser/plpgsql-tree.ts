import type { MappedText } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";

/**
 * SQL inside a PL/pgSQL body: an expression or a statement. `text` is what PostgreSQL would parse (INTO blanked, SELECT for
 * PERFORM), mapped to the source; `span` is where it stands in the source.
 */
export interface Fragment {
  readonly text: MappedText;
  readonly span: Span;
}

/** A variable that is assigned, or a name: parts folded, with its span in the source. */
export interface PlaceName {
  readonly name: readonly string[];
  readonly span: Span;
}

export interface PlacedDeclaration {
  readonly name: string;
  readonly constant: boolean;
  readonly notNull: boolean;
  /** The declared type as written, with `%TYPE`; null for an alias or a cursor. */
  readonly type: PlacedType | null;
  readonly default: Fragment | null;
  readonly cursor: Fragment | null;
  readonly aliasFor: string | null;
  readonly span: Span;
}

/** A type as written. `of` says that `name` is a column or relation whose type is meant. */
export interface PlacedType {
  readonly text: MappedText;
  /** The leading name as written: all of the type when `of` is set. */
  readonly name: readonly string[];
  readonly array: boolean;
  readonly of: "type" | "rowtype" | null;
  /** Bytes in the body. */
  readonly within: Span;
  /** Bytes in the source. */
  readonly span: Span;
}

export interface PlacedBlock {
  readonly kind: "block";
  readonly span: Span;
  readonly label: string | null;
  readonly declarations: readonly PlacedDeclaration[];
  readonly body: readonly PlacedStatement[];
  readonly handlers: readonly {
    readonly conditions: readonly string[];
    readonly body: readonly PlacedStatement[];
    /** From WHEN to the end of its last statement. */
    readonly span: Span;
  }[];
}

export interface PlacedDynamic {
  readonly query: Fragment;
  readonly using: readonly Fragment[];
}

type Statements = readonly PlacedStatement[];

/** What a statement is, without its place. */
export type PlacedKind =
  | { readonly kind: "assign"; readonly target: PlaceName; readonly value: Fragment }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: Fragment; readonly body: Statements }[];
      readonly otherwise: Statements;
    }
  | {
      readonly kind: "case";
      readonly subject: Fragment | null;
      readonly branches: readonly { readonly when: readonly Fragment[]; readonly body: Statements }[];
      readonly otherwise: Statements | null;
    }
  | { readonly kind: "loop"; readonly body: Statements }
  | { readonly kind: "while"; readonly condition: Fragment; readonly body: Statements }
  | {
      readonly kind: "for-integer";
      readonly variable: string;
      readonly bounds: readonly Fragment[];
      readonly body: Statements;
    }
  | {
      readonly kind: "for-query";
      readonly targets: readonly PlaceName[];
      readonly query: Fragment;
      readonly body: Statements;
    }
  | {
      readonly kind: "for-execute";
      readonly targets: readonly PlaceName[];
      readonly dynamic: PlacedDynamic;
      readonly body: Statements;
    }
  | {
      readonly kind: "for-cursor";
      readonly targets: readonly PlaceName[];
      readonly cursor: string;
      readonly args: readonly Fragment[];
      readonly body: Statements;
    }
  | {
      readonly kind: "foreach";
      readonly targets: readonly PlaceName[];
      readonly array: Fragment;
      readonly body: Statements;
    }
  | {
      readonly kind: "exit" | "continue";
      readonly target: string | null;
      readonly condition: Fragment | null;
    }
  | { readonly kind: "return" | "return-next"; readonly value: Fragment | null }
  | { readonly kind: "return-query"; readonly query: Fragment }
  | { readonly kind: "return-query-execute"; readonly dynamic: PlacedDynamic }
  | {
      readonly kind: "raise";
      readonly level: "debug" | "log" | "info" | "notice" | "warning" | "exception";
      readonly message: string | null;
      readonly condition: string | null;
      readonly params: readonly Fragment[];
      readonly options: readonly { readonly name: string; readonly value: Fragment }[];
    }
  | { readonly kind: "assert"; readonly condition: Fragment; readonly message: Fragment | null }
  | {
      readonly kind: "sql";
      readonly statement: Fragment;
      readonly into: readonly PlaceName[];
      readonly strict: boolean;
      readonly discard: boolean;
    }
  /** CALL: the function call after the keyword. DO is a `sql` statement. */
  | { readonly kind: "call"; readonly call: Fragment }
  | {
      readonly kind: "execute";
      readonly dynamic: PlacedDynamic;
      readonly into: readonly PlaceName[];
      readonly strict: boolean;
    }
  | {
      readonly kind: "open";
      readonly cursor: string;
      readonly query: Fragment | null;
      readonly dynamic: PlacedDynamic | null;
      readonly args: readonly Fragment[];
    }
  | {
      readonly kind: "fetch";
      readonly cursor: string;
      readonly move: boolean;
      readonly into: readonly PlaceName[];
    }
  | { readonly kind: "close"; readonly cursor: string }
  | {
      readonly kind: "get-diagnostics";
      readonly stacked: boolean;
      readonly items: readonly { readonly target: PlaceName; readonly item: string }[];
    }
  | { readonly kind: "commit" | "rollback" | "null" };

/** A statement with its span in the source: first token (or label) to last, without the `;`. */
export type PlacedStatement = PlacedBlock | (PlacedKind & { readonly span: Span; readonly label?: string });
