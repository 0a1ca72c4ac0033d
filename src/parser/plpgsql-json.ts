/** What libpg-query says of a PL/pgSQL function: the part read here. Empty lists, false and 0 are absent. */

export interface JsonExpr {
  readonly PLpgSQL_expr: { readonly query: string };
}

type Exprs = readonly JsonExpr[];
export type JsonStatements = readonly JsonStatement[];

export interface JsonBlock {
  readonly lineno?: number;
  readonly body?: JsonStatements;
  readonly exceptions?: {
    readonly PLpgSQL_exception_block: {
      readonly exc_list?: readonly {
        readonly PLpgSQL_exception: {
          readonly conditions?: readonly { readonly PLpgSQL_condition: { readonly condname: string } }[];
          readonly action?: JsonStatements;
        };
      }[];
    };
  };
}

export interface JsonIf {
  readonly cond: JsonExpr;
  readonly then_body?: JsonStatements;
  readonly elsif_list?: readonly {
    readonly PLpgSQL_if_elsif: { readonly cond: JsonExpr; readonly stmts?: JsonStatements };
  }[];
  readonly else_body?: JsonStatements;
}

export interface JsonCase {
  readonly t_expr?: JsonExpr;
  readonly case_when_list?: readonly {
    readonly PLpgSQL_case_when: { readonly expr: JsonExpr; readonly stmts?: JsonStatements };
  }[];
  readonly have_else?: boolean;
  readonly else_stmts?: JsonStatements;
}

interface Body {
  readonly body?: JsonStatements;
}

export interface JsonForInteger extends Body {
  readonly lower: JsonExpr;
  readonly upper: JsonExpr;
  readonly step?: JsonExpr;
}

export interface JsonForQuery extends Body {
  readonly query: JsonExpr;
  readonly params?: Exprs;
}

export interface JsonReturn {
  readonly lineno?: number;
  readonly expr?: JsonExpr;
}

export interface JsonReturnQuery {
  readonly query?: JsonExpr;
  readonly dynquery?: JsonExpr;
  readonly params?: Exprs;
}

export interface JsonRaise {
  /** 10–14 DEBUG, 15 LOG, 17 INFO, 18 NOTICE, 19 WARNING, 21 EXCEPTION. */
  readonly elog_level: number;
  readonly condname?: string;
  readonly message?: string;
  readonly params?: Exprs;
  readonly options?: readonly {
    readonly PLpgSQL_raise_option: { readonly opt_type?: number; readonly expr: JsonExpr };
  }[];
}

export interface JsonSql {
  readonly sqlstmt: JsonExpr;
  readonly into?: boolean;
}

export interface JsonExecute {
  readonly query: JsonExpr;
  readonly into?: boolean;
  readonly params?: Exprs;
}

export interface JsonOpen {
  readonly argquery?: JsonExpr;
  readonly query?: JsonExpr;
  readonly dynquery?: JsonExpr;
  readonly params?: Exprs;
}

/** An object with one key, which names the statement. */
export type JsonStatement =
  | { readonly PLpgSQL_stmt_block: JsonBlock }
  | { readonly PLpgSQL_stmt_assign: { readonly expr: JsonExpr } }
  | { readonly PLpgSQL_stmt_if: JsonIf }
  | { readonly PLpgSQL_stmt_case: JsonCase }
  | { readonly PLpgSQL_stmt_loop: Body }
  | { readonly PLpgSQL_stmt_while: Body & { readonly cond: JsonExpr } }
  | { readonly PLpgSQL_stmt_fori: JsonForInteger }
  | { readonly PLpgSQL_stmt_fors: JsonForQuery }
  | { readonly PLpgSQL_stmt_forc: Body }
  | { readonly PLpgSQL_stmt_dynfors: JsonForQuery }
  | { readonly PLpgSQL_stmt_foreach_a: Body & { readonly expr: JsonExpr } }
  | { readonly PLpgSQL_stmt_exit: { readonly is_exit?: boolean; readonly cond?: JsonExpr } }
  | { readonly PLpgSQL_stmt_return: JsonReturn }
  | { readonly PLpgSQL_stmt_return_next: JsonReturn }
  | { readonly PLpgSQL_stmt_return_query: JsonReturnQuery }
  | { readonly PLpgSQL_stmt_raise: JsonRaise }
  | { readonly PLpgSQL_stmt_assert: { readonly cond: JsonExpr; readonly message?: JsonExpr } }
  | { readonly PLpgSQL_stmt_execsql: JsonSql }
  | { readonly PLpgSQL_stmt_perform: { readonly expr: JsonExpr } }
  | { readonly PLpgSQL_stmt_call: { readonly expr: JsonExpr } }
  | { readonly PLpgSQL_stmt_dynexecute: JsonExecute }
  | { readonly PLpgSQL_stmt_open: JsonOpen }
  | { readonly PLpgSQL_stmt_fetch: object }
  | { readonly PLpgSQL_stmt_close: object }
  | { readonly PLpgSQL_stmt_getdiag: object }
  | { readonly PLpgSQL_stmt_commit: object }
  | { readonly PLpgSQL_stmt_rollback: object };

interface JsonFunctions {
  readonly plpgsql_funcs: readonly {
    readonly PLpgSQL_function?: { readonly action?: { readonly PLpgSQL_stmt_block: JsonBlock } };
  }[];
}

function isFunctions(value: unknown): value is JsonFunctions {
  return (
    typeof value === "object" &&
    value !== null &&
    "plpgsql_funcs" in value &&
    Array.isArray(value.plpgsql_funcs)
  );
}

/** The block that stands in the body, without the one the compiler wraps around it; null when there is none. */
export function outermostBlock(answer: unknown): JsonBlock | null {
  const block = isFunctions(answer)
    ? answer.plpgsql_funcs[0]?.PLpgSQL_function?.action?.PLpgSQL_stmt_block
    : undefined;
  if (block === undefined) return null;
  const first = block.body?.[0];
  return block.lineno === undefined && first !== undefined && "PLpgSQL_stmt_block" in first
    ? first.PLpgSQL_stmt_block
    : block;
}
