import { maskBody } from "../parser/mask-body.ts";
import { type PostgresParser, SyntaxProblem, TooComplex } from "../parser/postgres.ts";
import { byteLength, type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Parameter, RoutineSource } from "./event.ts";
import { readPlpgsqlBody } from "./plpgsql-body.ts";
import type { Body, TypeName } from "./tree.ts";
import { readStatements } from "./tree-from-ast.ts";

/** What is needed to read a routine's code. For a DO block: no parameters, no result. */
export interface RoutineHeader {
  readonly language: string;
  readonly source: RoutineSource;
  readonly parameters: readonly Parameter[];
  readonly returns: TypeName | null;
  readonly isProcedure: boolean;
}

/** Reads a routine's code. Never throws: what the parser does not accept comes back as `unparsed`. */
export function readBody(header: RoutineHeader, parser: PostgresParser): Body {
  const { source } = header;
  switch (source.kind) {
    case "none":
      return { language: "other", name: header.language, span: null };
    case "atomic":
      return { language: "sql", atomic: true, span: source.span, statements: source.statements };
    case "text":
      break;
  }
  try {
    if (header.language === "sql") return readSqlBody(source.text, source.span, parser);
    if (header.language === "plpgsql") {
      return readPlpgsqlBody(
        {
          body: source.text,
          span: source.span,
          parameters: header.parameters,
          returns: header.returns,
          isProcedure: header.isProcedure,
        },
        parser,
      );
    }
  } catch (error) {
    if (!(error instanceof TooComplex) && !(error instanceof RangeError)) throw error;
    const message = error instanceof TooComplex ? error.message : "nested too deeply";
    return { language: "unparsed", name: header.language, span: source.span, message, at: source.span };
  }
  return { language: "other", name: header.language, span: source.span };
}

/** A SQL string body: its statements, with placeholders of scripts masked when it does not parse as it stands. */
function readSqlBody(text: MappedText, span: Body["span"] & object, parser: PostgresParser): Body {
  const attempt = (candidate: MappedText): Body => {
    return { language: "sql", atomic: false, span, statements: readStatements(candidate, parser) };
  };
  try {
    return attempt(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    for (const masked of maskBody(text)) {
      try {
        return attempt(masked);
      } catch (again) {
        if (!(again instanceof SyntaxProblem)) throw again;
      }
    }
    const before = error.codePoint < 0 ? "" : [...text.text].slice(0, error.codePoint).join("");
    const at = byteLength(before);
    const place = spanToSource(text.map, { start: at, end: Math.min(at + 1, byteLength(text.text)) });
    return { language: "unparsed", name: "sql", span, message: error.message, at: place };
  }
}
