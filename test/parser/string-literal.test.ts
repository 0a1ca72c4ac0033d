import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { decodeLiteral, literalAt } from "../../src/parser/string-literal.ts";
import { byteLength, type MappedText, spanToSource, verbatim } from "../../src/text/mapped-text.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

function valueOfServer(literal: string): string | null {
  try {
    const text = JSON.stringify(parser.parse(`SELECT (${literal})`));
    const found: { sval?: { sval?: string } }[] = [];
    JSON.parse(text, (key, value) => {
      if (key === "A_Const") found.push(value);
      return value;
    });
    return found.length === 1 ? (found[0]?.sval?.sval ?? null) : null;
  } catch {
    return null;
  }
}

/** The source text that each code point of the value was written as. */
function pieces(raw: string, before = 7): string[] {
  const source = Buffer.from("-".repeat(before) + raw);
  const value = decode(raw, before);
  const result: string[] = [];
  let at = 0;
  for (const character of value.text) {
    const end = at + byteLength(character);
    const span = spanToSource(value.map, { start: at, end });
    result.push(source.toString("utf8", span.start, span.end));
    at = end;
  }
  return result;
}

function decode(raw: string, before = 0): MappedText {
  const value = decodeLiteral(verbatim(raw, before));
  if (value === null) throw new Error(`not a literal: ${raw}`);
  return value;
}

describe("the value of a string literal", () => {
  test.each([
    "''",
    "'a'",
    "'it''s'",
    "''''",
    "'a\\b'",
    "N'n'",
    "E'a\\n\\t\\\\\\''",
    "E'\\101\\7\\x41\\x4'",
    "E'\\u00e9\\U0001F600'",
    "E'\\uD83D\\uDE00'",
    "E'\\xc3\\xa9'",
    "E'\\é'",
    "U&'d\\0061t\\+000061'",
    "U&'d!0061t!!' UESCAPE '!'",
    "U&'it''s \\00e9'",
    "U&'\\D83D\\DE00'",
    "$$a'b$$",
    "$é1$ $$ $é1$",
    "'a'\n'b'",
    "'a'  \n  'b'\r\n\t'c'",
    "E'a\\n'\n'\\n'",
    "$x$a$x",
    "E'\\u00'",
    "E'\\xff'",
    "'a' 'b'",
    "'a' /* \n */ 'b'",
    "U&'\\00g1'",
    "E'\\uD83D'",
    "1",
  ])("%s is what the server reads", (literal) => {
    expect(decodeLiteral(verbatim(literal, 0))?.text ?? null).toBe(valueOfServer(literal));
  });

  // The server skips comments here; libpg-query, which keeps comments as tokens, does not.
  test("a continuation may follow a line comment", () => {
    expect(decode("'a' -- note\n  'b'").text).toBe("ab");
  });

  test("any literal made of quotes, escapes, tags and breaks is read as the server does", () => {
    const piece = fc.constantFrom(
      ..."a|é|😀|''|'|\\\\|\\'|\\n|\\x41|\\u00e9|\\U0001F600|\\101|\n|'\n'| |$|$$|\\0061|\\+01F600|--".split(
        "|",
      ),
    );
    const literal = fc
      .tuple(fc.constantFrom("'", "E'", "e'", "U&'", "N'"), fc.array(piece, { maxLength: 8 }))
      .map(([open, parts]) => `${open}${parts.join("")}'`);
    fc.assert(
      fc.property(literal, (text) => {
        const server = valueOfServer(text);
        // A comment inside the text can hide the rest of the statement from the server's answer.
        fc.pre(server !== null);
        expect(decode(text).text).toBe(server);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the way back to the source", () => {
  test("each character leads to exactly what it was written as", () => {
    expect(pieces("'ab''é'")).toEqual(["a", "b", "''", "é"]);
    expect(pieces("E'\\u00e9x\\'''\\101'")).toEqual(["\\u00e9", "x", "\\'", "''", "\\101"]);
    expect(pieces("U&'a!0062''!!' uescape '!'")).toEqual(["a", "!0062", "''", "!!"]);
    expect(pieces("$q$é'$q$")).toEqual(["é", "'"]);
  });

  test("text before a continuation ends before the gap, text after it starts behind", () => {
    expect(pieces("'ab'\n 'c'''")).toEqual(["a", "b", "c", "''"]);
  });

  test("an empty value stands between its quotes", () => {
    expect(decode("''", 5).map).toEqual([0, 6]);
  });

  test("a literal in a literal leads to the outermost source", () => {
    const raw = "'EXECUTE E''a\\n b'';'";
    const outer = decode(raw, 3);
    const start = outer.text.indexOf("E'");
    const inner = literalAt(Buffer.from(outer.text), start, outer.map);
    expect(inner?.value.text).toBe("a\n b");
    expect(inner?.end).toBe(outer.text.indexOf(";"));
    const source = Buffer.from(`---${raw}`);
    const slice = (a: number, b: number) => {
      const span = spanToSource(inner?.value.map ?? [], { start: a, end: b });
      return source.toString("utf8", span.start, span.end);
    };
    expect(slice(1, 2)).toBe("\\n");
    expect(slice(0, 4)).toBe("a\\n b");
  });

  test("a literal of a hundred thousand escapes is read", () => {
    const outer = decode(`'${"''".repeat(100_000)}'`);
    expect(outer.text.length).toBe(100_000);
    expect(decode(`'${outer.text}'`, 0).text.length).toBe(50_000);
  });
});
