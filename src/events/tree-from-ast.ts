/** From the parser's tree to the trees that everything after events/ reads: the way in. */
import type { Node, TypeName as TypeNameNode } from "@pgsql/types";
import { type PostgresParser, SyntaxProblem, TooComplex } from "../parser/postgres.ts";
import type { MappedText } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { readExpr } from "./expression.ts";
import { readStatementNode } from "./query.ts";
import { readerOf, spanOf } from "./reader.ts";
import type { Expr, Select, Statement, TypeName } from "./tree.ts";
import { readTypeName } from "./type-name.ts";

const PREFIX = "SELECT ";

/**
 * One SQL expression. A list (`a, b`) becomes a row, and what PL/pgSQL accepts after an expression (`count(*) FROM t`)
 * makes it a subquery. Throws `SyntaxProblem` (code points in `text`) or `TooComplex`.
 */
export function readExpression(text: MappedText, parser: PostgresParser): Expr {
  const prefixed = { text: PREFIX + text.text, map: shifted(text.map, PREFIX.length) };
  const statement = parseOne(prefixed, parser, PREFIX.length);
  const query = statementOf(statement, prefixed);
  if (query.kind !== "select") throw new SyntaxProblem("not an expression", 0);
  if (!isPlain(query)) {
    const span = expressionSpan(text);
    return { kind: "subquery", form: "scalar", test: null, operator: null, query, span };
  }
  const operands = query.targets.map((target) => target.value);
  const [only] = operands;
  return only !== undefined && operands.length === 1
    ? only
    : { kind: "row", operands, span: expressionSpan(text) };
}

/** One SQL statement. Throws `SyntaxProblem` or `TooComplex`. */
export function readStatement(text: MappedText, parser: PostgresParser): Statement {
  return statementOf(parseOne(text, parser, 0), text);
}

/** All statements of a text, such as the body of an SQL function. Throws `SyntaxProblem` or `TooComplex`. */
export function readStatements(text: MappedText, parser: PostgresParser): readonly Statement[] {
  return parser.parse(text.text).map((raw) => {
    const start = raw.stmt_location ?? 0;
    const end = raw.stmt_len === undefined ? Number.POSITIVE_INFINITY : start + raw.stmt_len;
    return statementOf(raw.stmt, text, { start, end });
  });
}

/** An expression node whose locations are bytes in `text.text`. Throws `TooComplex`. */
export function expressionOf(node: Node, text: MappedText): Expr {
  return guarded(() => readExpr(node, readerOf(text)).node);
}

/** A statement node whose locations are bytes in `text.text`; `part` is the statement in it. Throws `TooComplex`. */
export function statementOf(node: Node, text: MappedText, part?: Span): Statement {
  return guarded(() => readStatementNode(node, readerOf(text, part)).node);
}

/** A type whose location is in bytes of `text.text`. */
export function typeNameOf(typeName: TypeNameNode, text: MappedText): TypeName {
  return readTypeName(typeName, readerOf(text)).node;
}

/** The only statement of a text; `offset` is the length of what was put in front of it. */
function parseOne(text: MappedText, parser: PostgresParser, offset: number): Node {
  try {
    const [statement, ...more] = parser.parse(text.text);
    if (statement === undefined)
      throw new SyntaxProblem("nothing where a statement or expression should be", 0);
    if (more.length > 0) throw new SyntaxProblem("more than one statement where one should be", 0);
    return statement.stmt;
  } catch (error) {
    if (!(error instanceof SyntaxProblem) || error.codePoint < 0 || offset === 0) throw error;
    throw new SyntaxProblem(error.message, Math.max(0, error.codePoint - offset));
  }
}

/** Trees too deep for this process' stack are too complex to judge. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new TooComplex("nested too deeply to read");
    throw error;
  }
}

/** The map of a text that has `length` bytes more in front. */
function shifted(map: readonly number[], length: number): readonly number[] {
  return map.map((offset, i) => (i % 2 === 0 ? offset + length : offset));
}

function expressionSpan(text: MappedText): Span {
  const reader = readerOf(text);
  return spanOf(reader, reader.whole);
}

/** Nothing but a select list. */
function isPlain(query: Select): boolean {
  return (
    query.ctes.length === 0 &&
    query.distinct === false &&
    query.into === null &&
    query.from.length === 0 &&
    query.where === null &&
    query.groupBy.length === 0 &&
    query.having === null &&
    query.windows.length === 0 &&
    query.orderBy.length === 0 &&
    query.limit === null &&
    query.offset === null &&
    query.values === null &&
    query.setOperation === null
  );
}
