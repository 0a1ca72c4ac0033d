import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { parsePlpgsqlBody } from "../../src/parser/plpgsql.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { decodeLiteral } from "../../src/parser/string-literal.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import { fragmentsOf, returning } from "./plpgsql-helpers.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

/** A piece of a body: text, or an expression that the tree has to place exactly where it is written. */
type Part = string | { readonly expression: string };
type Parts = readonly Part[];

const gap = fc.constantFrom(
  " ",
  " ",
  " ",
  "\n",
  "\r\n",
  "\t",
  " /* x := x + 1; é😀 */ ",
  " -- RETURN x; x := 1 'it\n",
  "/*/**/;*/ ",
);

const expression = fc
  .constantFrom(
    "x",
    "y",
    "x + 1",
    "f(x, y)",
    "1",
    "x = 1",
    "'a;b -- x'",
    "'it''s' || 'é'",
    "E'\\'' || x",
    "$q$ THEN ; $q$",
    '"Größe"',
    "(CASE WHEN x = 1 THEN y ELSE x END)",
    "x IN (1, 2)",
    "(ARRAY[x, 1])[1]",
    "x /* LOOP */ + -- THEN\n y",
    "r.x",
    "NOT x",
    "(SELECT 1 FROM t)",
    "x::text",
    "1.5",
    "U&'d\\0061'",
  )
  .map((text) => ({ expression: text }));

const query = fc
  .constantFrom(
    "SELECT x FROM t",
    "SELECT 1",
    "SELECT x, 'é' FROM t WHERE x = 1",
    "WITH c AS (SELECT 1) SELECT * FROM c",
  )
  .map((text) => ({ expression: text }));

/** Pieces in a row; a function stands for white space or comments. */
function sequence(...parts: (string | fc.Arbitrary<Part | Parts>)[]): fc.Arbitrary<Parts> {
  const arbitraries: fc.Arbitrary<Part | Parts>[] = [];
  for (const part of parts) arbitraries.push(gap, typeof part === "string" ? fc.constant(part) : part);
  return fc.tuple(...arbitraries).map((pieces) => pieces.flat());
}

const values = fc
  .array(expression, { minLength: 1, maxLength: 3 })
  .map((list) => list.flatMap((one, i) => (i === 0 ? [one] : [", ", one])));

const simple: fc.Arbitrary<Parts> = fc.oneof(
  sequence("x :=", expression, ";"),
  sequence("a[ 1 ] =", expression, ";"),
  sequence("r.x:=", expression, ";"),
  sequence("RETURN", expression, ";"),
  sequence("RAISE NOTICE '%'", ",", expression, ";"),
  sequence("RAISE WARNING 'x' USING hint =", expression, ", detail :=", expression, ";"),
  sequence("EXECUTE", expression, "INTO y USING", values, ";"),
  sequence("EXECUTE", expression, "USING", values, "INTO STRICT r;"),
  sequence("ASSERT", expression, ",", expression, ";"),
  sequence(query, "INTO y;"),
  sequence("NULL;"),
  fc
    .tuple(gap, expression, gap)
    .map(([space, value, after]) => [space, { expression: `PERFORM ${value.expression}` }, after, ";"]),
  fc
    .tuple(gap, expression)
    .map(([space, value]) => [space, { expression: `UPDATE t SET x = ${value.expression}` }, ";"]),
  fc
    .tuple(gap, expression)
    .map(([space, value]) => [
      space,
      { expression: `SELECT x, ${value.expression} INTO y, x FROM t WHERE ${value.expression}` },
      ";",
    ]),
);

const { list } = fc.letrec<{ list: Parts; compound: Parts; statement: Parts }>((tie) => {
  const inner = tie("list");
  return {
    list: fc.array(tie("statement"), { minLength: 1, maxLength: 4 }).map((statements) => statements.flat()),
    statement: fc.oneof({ depthSize: "small", withCrossShrink: true }, simple, tie("compound")),
    compound: fc.oneof(
      sequence("IF", expression, "THEN", inner, "END IF;"),
      sequence("IF", expression, "THEN", inner, "ELSIF", expression, "THEN", inner, "ELSE", inner, "END IF;"),
      sequence("CASE", expression, "WHEN", values, "THEN", inner, "ELSE", inner, "END CASE;"),
      sequence("CASE WHEN", expression, "THEN", inner, "WHEN", expression, "THEN", inner, "END CASE;"),
      sequence("WHILE", expression, "LOOP", inner, "EXIT WHEN", expression, ";", "END LOOP;"),
      sequence(
        "<<l>> FOR i IN",
        expression,
        "..",
        expression,
        "BY",
        expression,
        "LOOP",
        inner,
        "END LOOP l;",
      ),
      sequence("FOR r IN", query, "LOOP", inner, "END LOOP;"),
      sequence("FOR x, y IN EXECUTE", expression, "USING", values, "LOOP", inner, "END LOOP;"),
      sequence(
        "FOREACH x IN ARRAY",
        expression,
        "LOOP",
        inner,
        "CONTINUE WHEN",
        expression,
        ";",
        "END LOOP;",
      ),
      sequence(
        "DECLARE x int DEFAULT",
        expression,
        ";",
        "z text :=",
        expression,
        "; BEGIN",
        inner,
        "EXCEPTION WHEN others THEN",
        inner,
        "END;",
      ),
    ),
  };
});

const body = sequence(
  "DECLARE x int :=",
  expression,
  "; y text =",
  expression,
  "; a int[]; r record; c CURSOR FOR",
  query,
  "; BEGIN",
  list,
  "END",
);

/** Ways to write a character of the body inside a literal. */
const writings = {
  dollar: { open: "$body$", close: "$body$", write: (character: string) => character },
  plain: { open: "'", close: "'", write: (character: string) => (character === "'" ? "''" : character) },
  escape: {
    open: "E'",
    close: "'",
    write: (character: string) =>
      ({ "'": "\\'", "\\": "\\\\", "\n": "\\n", é: "\\u00e9", "\t": "\\x09" })[character] ?? character,
  },
};

test.each(Object.entries(writings))(
  "generated bodies in %s quotes: every expression is placed where it was written, and nothing else",
  (_, { open, close, write }) => {
    fc.assert(
      fc.property(body, (parts) => {
        let decoded = "";
        let literal = open;
        const truth: { start: number; end: number }[] = [];
        for (const part of parts) {
          const text = typeof part === "string" ? part : part.expression;
          const start = Buffer.byteLength(literal);
          for (const character of text) literal += write(character);
          decoded += text;
          if (typeof part !== "string") truth.push({ start, end: Buffer.byteLength(literal) });
        }
        literal += close;
        const value = decodeLiteral(verbatim(literal, 0));
        expect(value?.text).toBe(decoded);
        if (value === null) return;
        const result = parsePlpgsqlBody(parser, { body: value, signature: returning("text") });
        if (result.kind === "failure") throw new Error(`${result.message}\n${decoded}`);
        const source = Buffer.from(literal);
        const show = (span: { start: number; end: number }) =>
          `${span.start}-${span.end} ${source.toString("utf8", span.start, span.end)}`;
        expect(fragmentsOf(result.block).map(({ span }) => show(span))).toEqual(truth.map(show));
      }),
      { numRuns: 300 },
    );
  },
);
