import { type PlpgsqlFailure, type PlpgsqlTree, parsePlpgsqlBody } from "../../src/parser/plpgsql.ts";
import type { Fragment, PlacedBlock } from "../../src/parser/plpgsql-tree.ts";
import type { Signature } from "../../src/parser/plpgsql-types.ts";
import type { PostgresParser } from "../../src/parser/postgres.ts";
import { decodeLiteral } from "../../src/parser/string-literal.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import type { Span } from "../../src/text/span.ts";

export const NO_SIGNATURE: Signature = { parameters: [], returns: null, isProcedure: false };

/** A routine returning one value, with parameters of these names. */
export function returning(type: string, ...parameters: readonly string[]): Signature {
  const of = (name: string) => ({ name: [name], array: false });
  return {
    parameters: parameters.map((parameter) => {
      const [name = "", typeName = "text"] = parameter.split(" ");
      return { name, mode: "in" as const, type: of(typeName) };
    }),
    returns: of(type),
    isProcedure: false,
  };
}

export const quotings = {
  dollar: (body: string) => `$body$${body}$body$`,
  plain: (body: string) => `'${body.replaceAll("'", "''")}'`,
  escape: (body: string) =>
    `E'${body.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("é", "\\u00e9")}'`,
};

/** A body inside a file, after some text, in one of the quotings. */
export interface Parsed {
  readonly source: Buffer;
  readonly result: PlpgsqlTree | PlpgsqlFailure;
  slice(span: Span): string;
}

export function parseBody(
  parser: PostgresParser,
  body: string,
  signature = NO_SIGNATURE,
  quote: (body: string) => string = quotings.dollar,
): Parsed {
  const before = "-- é\nCREATE FUNCTION f() AS ";
  const literal = quote(body);
  const source = Buffer.from(`${before}${literal};`, "utf8");
  const decoded = decodeLiteral(verbatim(literal, Buffer.byteLength(before)));
  if (decoded === null || decoded.text !== body) throw new Error("the test's own literal is wrong");
  const result = parsePlpgsqlBody(parser, { body: decoded, signature });
  return { source, result, slice: ({ start, end }) => source.toString("utf8", start, end) };
}

export function blockOf(parsed: Parsed): PlacedBlock {
  if (parsed.result.kind === "failure") throw new Error(parsed.result.message);
  return parsed.result.block;
}

/** All fragments below a value, in the order of the source. */
export function fragmentsOf(value: unknown, found: Fragment[] = []): Fragment[] {
  if (Array.isArray(value)) for (const item of value) fragmentsOf(item, found);
  else if (isFragment(value)) found.push(value);
  else if (typeof value === "object" && value !== null) fragmentsOf(Object.values(value), found);
  return found.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function isFragment(value: unknown): value is Fragment {
  return (
    typeof value === "object" && value !== null && "text" in value && "span" in value && !("of" in value)
  );
}
