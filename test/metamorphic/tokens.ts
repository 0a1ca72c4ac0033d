/** Statements as tokens of PostgreSQL's own scanner, to be changed and written again. */
import { loadModule, scanSync } from "libpg-query";
import { splitStatements } from "../oracle/split.ts";

export interface Token {
  /** White space and comments before it. */
  readonly gap: string;
  readonly text: string;
  readonly kind: "name" | "keyword" | "string" | "other";
}

/** Without its semicolon. */
export type Statement = readonly Token[];

await loadModule();
const scanned = new Map<string, Statement>();

/** The tokens of a text. Throws where PostgreSQL's scanner does. */
export function tokensOf(text: string): Statement {
  const known = scanned.get(text);
  if (known !== undefined) return known;
  const bytes = Buffer.from(text);
  const tokens: Token[] = [];
  let end = 0;
  for (const token of scanSync(text).tokens) {
    if (token.tokenName.endsWith("COMMENT")) continue;
    const written = bytes.toString("utf8", token.start, token.end);
    tokens.push({
      gap: bytes.toString("utf8", end, token.start),
      text: written,
      kind: kindOf(token, written),
    });
    end = token.end;
  }
  scanned.set(text, tokens);
  return tokens;
}

function kindOf(token: { tokenName: string; keywordName: string }, text: string): Token["kind"] {
  if (token.tokenName === "IDENT") return "name";
  if (token.keywordName !== "NO_KEYWORD") return "keyword";
  return /^(?:[eE]?'|\$\w*\$)/.test(text) ? "string" : "other";
}

export function statementsOf(text: string): readonly Statement[] {
  return splitStatements(text).map(tokensOf);
}

export function textOf(tokens: Statement): string {
  return tokens.map(({ gap, text }) => gap + text).join("");
}

/** One statement a line, so that comments before one end before the next. */
export function scriptOf(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join("");
}

/** The words at the beginning, in upper case: `CREATE OR REPLACE FUNCTION`. */
export function head(tokens: Statement, count = 3): string {
  return tokens
    .slice(0, count)
    .map(({ text }) => text.toUpperCase())
    .join(" ");
}

/** Index of the next token with this text, in any case, outside brackets that open after `from`; -1. */
export function find(tokens: Statement, word: string, from = 0): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const { text } = tokens[i] ?? { text: "" };
    if (depth === 0 && text.toUpperCase() === word) return i;
    if (text === "(" || text === "[") depth++;
    if (text === ")" || text === "]") depth--;
    if (depth < 0) return -1;
  }
  return -1;
}

/** Index of the bracket that closes the one at `open`. */
export function closing(tokens: Statement, open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const text = tokens[i]?.text;
    if (text === "(" || text === "[") depth++;
    if ((text === ")" || text === "]") && --depth === 0) return i;
  }
  return -1;
}

/** Parts between commas outside brackets. */
export function parts(tokens: Statement): readonly Statement[] {
  const all: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(" || token.text === "[") depth++;
    if (token.text === ")" || token.text === "]") depth--;
    if (token.text === "," && depth === 0) all.push([]);
    else all.at(-1)?.push(token);
  }
  return all;
}

/** The dotted name that begins at an index; null when there is none. */
export function nameAt(
  tokens: Statement,
  at: number,
): { readonly text: string; readonly end: number } | null {
  let end = at;
  if (!isName(tokens[at])) return null;
  while (tokens[end + 1]?.text === "." && isName(tokens[end + 2])) end += 2;
  return {
    text: tokens
      .slice(at, end + 1)
      .map(({ text }) => text)
      .join(""),
    end: end + 1,
  };
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "name" || (token?.kind === "keyword" && /^[a-z]/i.test(token.text));
}

export interface Body {
  /** Of the string that holds the code. */
  readonly index: number;
  readonly language: string;
  readonly code: string;
}

/** The code of CREATE FUNCTION, CREATE PROCEDURE or DO that is written as one string. */
export function bodyOf(tokens: Statement): Body | null {
  const isDo = head(tokens, 1) === "DO";
  if (!isDo && !/^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)/.test(head(tokens, 4))) return null;
  const index = isDo ? tokens.findIndex(({ kind }) => kind === "string") : find(tokens, "AS") + 1;
  const string = tokens[index];
  if (string === undefined || string.kind !== "string" || tokens[index + 1]?.text === ",") return null;
  const language = find(tokens, "LANGUAGE");
  const code = contentOf(string.text);
  if (code === null) return null;
  const named = tokens[language + 1]?.text.replace(/['"]/g, "").toLowerCase();
  return { index, language: language < 0 ? "plpgsql" : (named ?? "sql"), code };
}

/** What a string means; null with escapes. */
export function contentOf(text: string): string | null {
  const dollar = /^(\$\w*\$)([\s\S]*)\1$/.exec(text);
  if (dollar !== null) return dollar[2] ?? "";
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : null;
}

/** A statement with another code in its body, written between dollar signs. */
export function withCode(tokens: Statement, body: Body, code: string): Statement {
  return tokens.map((token, index) => (index === body.index ? { ...token, text: dollars(code) } : token));
}

/** A text between dollar signs, with a tag that is not in it. */
export function dollars(text: string): string {
  let tag = "$$";
  for (let i = 0; text.includes(tag) || text.endsWith("$"); i++) {
    tag = `$q${i}$`;
    if (!text.includes(tag)) break;
  }
  return `${tag}${text}${tag}`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
