import { parseSource } from "../../src/parser/parse-source.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import type { ParsedSource } from "../../src/parser/types.ts";
import { spanToSource } from "../../src/text/mapped-text.ts";
import type { Span } from "../../src/text/span.ts";

const parser = await loadParser();

/** A parsed source told in the file's own words. */
export interface Told {
  readonly parsed: ParsedSource;
  /** `CreateStmt: CREATE TABLE a ()` for each statement. */
  readonly statements: readonly string[];
  /** `message @ text of the span` for each problem. */
  readonly problems: readonly string[];
  readonly unseen: readonly string[];
}

/** Parses text or bytes and tells what came out. */
export function tell(sql: string | Buffer, range: Span | null = null, path = "file.sql"): Told {
  const bytes = typeof sql === "string" ? Buffer.from(sql, "utf8") : sql;
  const parsed = parseSource({ path, bytes }, parser, range);
  const text = ({ start, end }: Span): string => bytes.toString("utf8", start, end);
  return {
    parsed,
    statements: parsed.statements.map(({ node, span }) => `${Object.keys(node)[0]}: ${text(span)}`),
    problems: parsed.problems.map(({ message, span }) => `${message} @ ${text(span)}`),
    unseen: parsed.unseen.map(({ message, span }) => `${message} @ ${text(span)}`),
  };
}

/** The source text of every statement. */
export function statementTexts(sql: string): readonly string[] {
  const bytes = Buffer.from(sql, "utf8");
  return parseSource({ path: "file.sql", bytes }, parser).statements.map(({ text, span }) => {
    const mapped = spanToSource(text.map, { start: 0, end: Buffer.byteLength(text.text) });
    if (mapped.start !== span.start || mapped.end !== span.end) throw new Error("text and span disagree");
    return bytes.toString("utf8", span.start, span.end);
  });
}
