/** The same tokens, spelled or laid out in another way. */
import {
  bodyOf,
  contentOf,
  quoted,
  type Statement,
  type Token,
  textOf,
  tokensOf,
  withCode,
} from "./tokens.ts";
import { eachStatement, eachText, type Transformation } from "./transformation.ts";

/** Words of PL/pgSQL that PostgreSQL's scanner takes for names. */
const PLPGSQL = new Set(
  `absolute alias and array assert backward call chain close collate column column_name commit constant constraint
  constraint_name continue current cursor datatype debug default detail diagnostics do dump elseif elsif errcode error
  exception exit fetch first forward get hint import info insert is last log merge message message_text move next no notice
  open option perform pg_context pg_datatype_name pg_exception_context pg_exception_detail pg_exception_hint pg_routine_oid
  prior query raise relative return returned_sqlstate reverse rollback row_count rowtype schema schema_name scroll slice
  sqlstate stacked table table_name type use_column use_variable variable_conflict warning while loop foreach if
  strict sqlerrm found new old`.split(/\s+/),
);

/** Applies a change to the tokens of a statement and to those of the code in it. */
function respell(
  name: string,
  change: (token: Token, next: Token | undefined, inBody: boolean) => Token,
): Transformation {
  const spell = (tokens: Statement, inBody: boolean) =>
    tokens.map((token, index) => change(token, tokens[index + 1], inBody));
  return eachStatement(name, (statement) => {
    const body = bodyOf(statement);
    if (body === null) return textOf(spell(statement, false));
    const code = /^(?:sql|plpgsql)$/.test(body.language)
      ? textOf(spell(tokensOf(body.code), body.language === "plpgsql")) + trailing(body.code)
      : body.code;
    return textOf(spell(withCode(statement, body, code), false));
  });
}

/** White space and comments after the last token. */
function trailing(text: string): string {
  return text.slice(textOf(tokensOf(text)).length);
}

const plain = /^[a-z_][a-z0-9_]*$/i;

/** The words of one string each that PostgreSQL reads as a keyword although its scanner calls them names. */
const OPTION =
  /^(?:login|nologin|superuser|nosuperuser|createrole|nocreaterole|createdb|nocreatedb|bypassrls|nobypassrls|replication|noreplication|noinherit)$/i;

export const LEXICAL: readonly Transformation[] = [
  respell("names between quotes", (token, _next, inBody) =>
    token.kind === "name" &&
    plain.test(token.text) &&
    !(inBody && PLPGSQL.has(token.text.toLowerCase())) &&
    !OPTION.test(token.text)
      ? { ...token, text: `"${token.text.toLowerCase()}"` }
      : token,
  ),
  respell("upper case", (token) =>
    (token.kind === "name" || token.kind === "keyword") && plain.test(token.text)
      ? { ...token, text: token.text.toUpperCase() }
      : token,
  ),
  respell("mixed case", (token) =>
    (token.kind === "name" || token.kind === "keyword") && plain.test(token.text)
      ? { ...token, text: token.text.replace(/[a-z]/i, (letter) => letter.toUpperCase()) }
      : token,
  ),
  respell("comments between tokens", (token, _next, inBody) => ({
    ...token,
    gap: `${token.gap}/* it's ; $x$ /* -- */ */${inBody ? "" : "\n"}`,
  })),
  respell("line comments between tokens", (token) => ({
    ...token,
    gap: `${token.gap} -- it's ; " $x$ /*\n`,
  })),
  respell("one line", (token) => ({ ...token, gap: token.gap === "" ? "" : " " })),
  respell("a token a line", (token) => ({ ...token, gap: token.kind === "string" ? token.gap : "\n\t" })),
  eachText("CRLF", (text) => text.replaceAll("\n", "\r\n")),
  eachText("byte order mark", (text) => `\uFEFF${text}`),
  code("code with a long tag", (code) => `$Body_1$${code}$Body_1$`),
  code("code between single quotes", quoted),
  code(
    "code between single quotes with escapes",
    (code) => `E'${code.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
  ),
  eachStatement("strings with escapes", (statement) => {
    if (bodyOf(statement) !== null) return null;
    return textOf(
      statement.map((token) => {
        const content = token.kind === "string" ? contentOf(token.text) : null;
        return content === null || content.includes("\\") || takesPlainString(statement)
          ? token
          : {
              ...token,
              gap: token.gap === "" ? " " : token.gap,
              text: `E'${content.replaceAll("'", "\\x27")}'`,
            };
      }),
    );
  }),
  eachStatement("semicolons after nothing", (statement) => [textOf(statement), "", ""]),
];

/** A line break between two strings joins them, and an escape string may not be the second. */
function takesPlainString(statement: Statement): boolean {
  return statement.some(({ kind }, index) => kind === "string" && statement[index + 1]?.kind === "string");
}

function code(name: string, write: (code: string) => string): Transformation {
  return eachStatement(name, (statement) => {
    const body = bodyOf(statement);
    if (body === null) return null;
    return textOf(
      statement.map((token, index) =>
        index === body.index ? { ...token, gap: " ", text: write(body.code) } : token,
      ),
    );
  });
}
