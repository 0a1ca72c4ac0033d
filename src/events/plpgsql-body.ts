import { parsePlpgsqlBody } from "../parser/plpgsql.ts";
import type {
  Fragment,
  PlacedBlock,
  PlacedDeclaration,
  PlacedDynamic,
  PlacedStatement,
  PlacedType,
} from "../parser/plpgsql-tree.ts";
import { type PostgresParser, SyntaxProblem, TooComplex } from "../parser/postgres.ts";
import type { MappedText, TextMap } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import type { Parameter } from "./event.ts";
import { plainCondition } from "./plain-condition.ts";
import type {
  Body,
  Declaration,
  DynamicQuery,
  Expr,
  PlBlock,
  PlStatement,
  Select,
  Statement,
  TypeName,
} from "./tree.ts";
import { readExpression, readStatement } from "./tree-from-ast.ts";

/** The body of a PL/pgSQL routine or DO block, as text, with what its routine declares. */
export interface PlpgsqlInput {
  readonly body: MappedText;
  /** Of the body in the source. */
  readonly span: Span;
  readonly parameters: readonly Parameter[];
  readonly returns: TypeName | null;
  readonly isProcedure: boolean;
}

/** Reads a PL/pgSQL body; one that PostgreSQL would refuse comes back as `unparsed`. Throws `TooComplex` or `RangeError`. */
export function readPlpgsqlBody(input: PlpgsqlInput, parser: PostgresParser): Body {
  const { body, span, parameters, returns, isProcedure } = input;
  const parsed = parsePlpgsqlBody(parser, { body, signature: { parameters, returns, isProcedure } });
  if (parsed.kind === "failure") {
    return { language: "unparsed", name: "plpgsql", span, message: parsed.message, at: parsed.at };
  }
  return { language: "plpgsql", span, block: blockOf(parsed.block, parser) };
}

function blockOf(block: PlacedBlock, parser: PostgresParser): PlBlock {
  return {
    kind: "block",
    span: block.span,
    label: block.label,
    declarations: block.declarations.map((declaration) => declarationOf(declaration, parser)),
    body: statementsOf(block.body, parser),
    handlers: block.handlers.map(({ conditions, body, span }) => ({
      conditions,
      span,
      body: statementsOf(body, parser),
    })),
  };
}

function declarationOf(declaration: PlacedDeclaration, parser: PostgresParser): Declaration {
  return {
    name: declaration.name,
    constant: declaration.constant,
    notNull: declaration.notNull,
    type: declaration.type === null ? null : typeOf(declaration.type, parser),
    default: optional(declaration.default, parser),
    cursor: declaration.cursor === null ? null : cursorOf(declaration.cursor, parser),
    aliasFor: declaration.aliasFor,
    span: declaration.span,
  };
}

function cursorOf(fragment: Fragment, parser: PostgresParser): Select | null {
  const statement = sqlOf(fragment, parser);
  return statement.kind === "select" ? statement : null;
}

/** A declared type; the SQL parser reads all but `%TYPE`, which is PL/pgSQL's own. */
function typeOf(type: PlacedType, parser: PostgresParser): TypeName {
  const { name, array, of, span } = type;
  if (of !== null) return { name, array, of, span };
  const prefix = "NULL::";
  const text = { text: prefix + type.text.text, map: behind(prefix, type.text.map) };
  const cast = attempt(() => readExpression(text, parser));
  return cast?.kind === "cast" ? { ...cast.type, span } : { name, array, span };
}

/** The map of a text with a prefix that has no place of its own. */
function behind(prefix: string, map: TextMap): TextMap {
  return [0, map[1] ?? 0, ...map.map((offset, index) => (index % 2 === 0 ? offset + prefix.length : offset))];
}

function statementsOf(statements: readonly PlacedStatement[], parser: PostgresParser): PlStatement[] {
  return statements.map((statement) => statementOf(statement, parser));
}

function statementOf(statement: PlacedStatement, parser: PostgresParser): PlStatement {
  const expression = (fragment: Fragment) => expressionOf(fragment, parser);
  const expressions = (fragments: readonly Fragment[]) => fragments.map(expression);
  const body = (statements: readonly PlacedStatement[]) => statementsOf(statements, parser);
  switch (statement.kind) {
    case "block":
      return blockOf(statement, parser);
    case "assign":
      return { ...statement, value: expression(statement.value) };
    case "return":
    case "return-next":
      return { ...statement, value: optional(statement.value, parser) };
    case "if":
      return {
        ...statement,
        branches: statement.branches.map((branch) => ({
          condition: plainCondition(expression(branch.condition)),
          body: body(branch.body),
        })),
        otherwise: body(statement.otherwise),
      };
    case "case":
      return {
        ...statement,
        subject: optional(statement.subject, parser),
        branches: statement.branches.map((branch) => ({
          when: expressions(branch.when),
          body: body(branch.body),
        })),
        otherwise: statement.otherwise === null ? null : body(statement.otherwise),
      };
    case "loop":
      return { ...statement, body: body(statement.body) };
    case "while":
      return {
        ...statement,
        condition: plainCondition(expression(statement.condition)),
        body: body(statement.body),
      };
    case "for-integer":
      return { ...statement, bounds: expressions(statement.bounds), body: body(statement.body) };
    case "for-query":
      return { ...statement, query: sqlOf(statement.query, parser), body: body(statement.body) };
    case "for-execute":
      return { ...statement, dynamic: dynamicOf(statement.dynamic, parser), body: body(statement.body) };
    case "for-cursor":
      return { ...statement, args: expressions(statement.args), body: body(statement.body) };
    case "foreach":
      return { ...statement, array: expression(statement.array), body: body(statement.body) };
    case "exit":
    case "continue":
      return { ...statement, condition: optional(statement.condition, parser) };
    case "return-query":
      return { ...statement, query: sqlOf(statement.query, parser) };
    case "return-query-execute":
      return { ...statement, dynamic: dynamicOf(statement.dynamic, parser) };
    case "raise":
      return {
        ...statement,
        params: expressions(statement.params),
        options: statement.options.map(({ name, value }) => ({ name, value: expression(value) })),
      };
    case "assert":
      return {
        ...statement,
        condition: plainCondition(expression(statement.condition)),
        message: optional(statement.message, parser),
      };
    case "sql":
      return { ...statement, statement: sqlOf(statement.statement, parser) };
    case "call":
      return { ...statement, call: expression(statement.call) };
    case "execute":
      return { ...statement, dynamic: dynamicOf(statement.dynamic, parser) };
    case "open":
      return {
        ...statement,
        query: statement.query === null ? null : sqlOf(statement.query, parser),
        dynamic: statement.dynamic === null ? null : dynamicOf(statement.dynamic, parser),
        args: expressions(statement.args),
      };
    case "fetch":
    case "close":
    case "get-diagnostics":
    case "commit":
    case "rollback":
    case "null":
      return statement;
  }
}

function dynamicOf(dynamic: PlacedDynamic, parser: PostgresParser): DynamicQuery {
  return {
    query: expressionOf(dynamic.query, parser),
    using: dynamic.using.map((value) => expressionOf(value, parser)),
  };
}

function optional(fragment: Fragment | null, parser: PostgresParser): Expr | null {
  return fragment === null ? null : expressionOf(fragment, parser);
}

function expressionOf(fragment: Fragment, parser: PostgresParser): Expr {
  return attempt(() => readExpression(fragment.text, parser)) ?? unparsed(fragment);
}

/** A SQL statement; one that cannot be read costs only itself. */
function sqlOf(fragment: Fragment, parser: PostgresParser): Statement {
  return (
    attempt(() => readStatement(fragment.text, parser)) ?? {
      kind: "utility",
      tag: "",
      span: fragment.span,
      expressions: [unparsed(fragment)],
      relations: [],
      types: [],
      statements: [],
      events: [],
    }
  );
}

function unparsed(fragment: Fragment): Expr {
  return { kind: "other", what: "unparsed", operands: [], span: fragment.span };
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxProblem || error instanceof TooComplex) return null;
    throw error;
  }
}
