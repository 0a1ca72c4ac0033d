import type { Call, Expr, RelationItem, Statement, TypeName } from "../../src/events/tree.ts";
import { readStatement } from "../../src/events/tree-from-ast.ts";
import { walkStatement } from "../../src/events/walk.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import type { Span } from "../../src/text/span.ts";

export const parser: PostgresParser = await loadParser();

/** Reads a statement that stands at byte 0. */
export function read(sql: string): Statement {
  return readStatement(verbatim(sql, 0), parser);
}

/** The text of a byte span. */
export function cut(sql: string, span: Span): string {
  return Buffer.from(sql, "utf8").toString("utf8", span.start, span.end);
}

export interface Met {
  readonly exprs: Expr[];
  readonly calls: Call[];
  readonly relations: RelationItem[];
  readonly types: TypeName[];
  readonly statements: Statement[];
}

/** Everything in a statement, in the order of the walk. */
export function everything(statement: Statement): Met {
  const met: Met = { exprs: [], calls: [], relations: [], types: [], statements: [] };
  walkStatement(statement, {
    expr(expr) {
      met.exprs.push(expr);
      if (expr.kind === "call") met.calls.push(expr);
    },
    relation: (relation) => met.relations.push(relation),
    type: (type) => met.types.push(type),
    statement: (inner) => met.statements.push(inner),
  });
  return met;
}

/** Texts of the expressions of one kind. */
export function cuts(sql: string, kind: Expr["kind"]): readonly string[] {
  return everything(read(sql))
    .exprs.filter((expr) => expr.kind === kind)
    .map((expr) => cut(sql, expr.span));
}

/** The tree without places, for comparison. */
export function shape(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) =>
      ["span", "nameSpan", "map"].includes(key) ? undefined : value,
    ),
  );
}
