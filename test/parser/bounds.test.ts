// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of other languages
import { describe, expect, it } from "vitest";
import { parsePlpgsqlBody } from "../../src/parser/plpgsql.ts";
import { loadParser, SyntaxProblem, TooComplex } from "../../src/parser/postgres.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import { tell } from "./helpers.ts";
import { NO_SIGNATURE, parseBody } from "./plpgsql-helpers.ts";

const parser = await loadParser();

describe("too much", () => {
  const last = "\nCREATE TABLE last ();";

  it.each([
    ["nested parentheses", `SELECT ${"(".repeat(5000)}1${")".repeat(5000)};`],
    ["nested sub-selects", `SELECT ${"(SELECT ".repeat(3000)}1${")".repeat(3000)};`],
    ["a long chain of operators", `SELECT 1${" || a".repeat(20_000)};`],
    ["a run of operator characters", `SELECT ${"+".repeat(100_000)}1;`],
    ["an enormous statement", `SELECT '${"x".repeat(17 << 20)}';`],
    ["a list of values", `SELECT ${"1, ".repeat(150_000)}1;`],
  ])("of %s is said to be too complex and costs one statement", (_, sql) => {
    const { parsed, statements } = tell(sql + last);
    expect(parsed.problems.map(({ kind }) => kind)).toEqual(["too-complex"]);
    expect(statements).toEqual(["CreateStmt: CREATE TABLE last ()"]);
  });

  it("data in one INSERT are passed over, a call among them is not", () => {
    const rows = "(1, 'it''s', NULL, -2.5, '{}'::jsonb), ".repeat(40_000);
    expect(
      tell(`INSERT INTO t (a, b) VALUES ${rows}(1) ON CONFLICT DO NOTHING;${last}`).statements,
    ).toHaveLength(1);
    const { parsed } = tell(`INSERT INTO t VALUES ${rows}(lo_import('/etc/passwd'));${last}`);
    expect(parsed.statements.length + parsed.problems.length).toBe(2);
  }, 20_000);

  it("of a body is an answer", () => {
    const body = verbatim(`BEGIN ${"NULL;".repeat(40_000)} END`, 0);
    expect(() => parsePlpgsqlBody(parser, { body, signature: NO_SIGNATURE })).toThrow(TooComplex);
  });

  it("small INSERTs of data are looked at a hundred times for each list of columns, those with calls always", () => {
    const text = Array.from(
      { length: 300 },
      (_, i) =>
        `INSERT INTO t (a) VALUES (${i}, 'x''y');INSERT INTO u VALUES (1::text);INSERT INTO t (a) VALUES (f(${i}));`,
    ).join("\n");
    const { parsed, statements } = tell(`${text}${last}`);
    expect(parsed.problems).toEqual([]);
    const count = (part: string) => statements.filter((statement) => statement.includes(part)).length;
    expect([count("'x''y'"), count("INTO u"), count("f("), count("last")]).toEqual([100, 100, 300, 1]);
  });

  it("the same statement again and again is read sixteen times in a row, where that changes nothing", () => {
    const count = (sql: string) => tell(sql).statements.length;
    expect(count("GRANT SELECT ON t TO r;\n".repeat(16))).toBe(16);
    expect(count(`${"GRANT SELECT ON t TO r;\n".repeat(500)}REVOKE ALL ON t FROM r;`)).toBe(17);
    expect(count("GRANT SELECT ON t TO r;\nREVOKE SELECT ON t FROM r;\n".repeat(500))).toBe(1000);
    expect(count("SAVEPOINT a;\n".repeat(500))).toBe(500);
  });

  it("of statements is said once, for the rest of the file", () => {
    const { parsed } = tell("SELECT 1;\nSELECT 2;\n".repeat(50_001));
    expect(parsed.statements).toHaveLength(100_000);
    expect(parsed.problems).toMatchObject([
      {
        kind: "too-complex",
        span: { start: 1_000_000 },
        message: "more than 100000 statements above: the rest of the file was not checked",
      },
    ]);
  }, 20_000);

  it("rows of a large statement that differ in constants alone are parsed a few times, calls in them all the same", () => {
    const rows = "(1, random(), 'it''s', NULL), (2, now(), $$)$$, x.y), ".repeat(3000);
    const { parsed, statements } = tell(
      `INSERT INTO t VALUES ${rows}(3, lo_import('/etc/passwd'), '', NULL), (9, now(), '', "x".y) RETURNING a;${last}`,
    );
    expect(parsed.problems).toEqual([]);
    expect(statements).toHaveLength(2);
    const parsedRows = JSON.stringify(parsed.statements[0]?.node).split('"List":').length - 1;
    expect(parsedRows).toBeGreaterThan(20);
    expect(parsedRows).toBeLessThan(60);
    expect(JSON.stringify(parsed.statements[0]?.node)).toContain("lo_import");
    expect(parsed.statements[0]?.text.text).toContain(`(9, now(), '', "x".y) RETURNING a`);
  });

  it("rows that lack something are told where", () => {
    const rows = "(1, random()), ".repeat(10_000);
    const sql = `INSERT INTO t VALUES ${rows}(3, 4;${last}`;
    const { parsed } = tell(sql);
    expect(parsed.problems.map(({ kind, span }) => [kind, span.start])).toEqual([
      ["parse-error", sql.indexOf(";")],
    ]);
  });

  it.each([
    ["nested comments", "/*".repeat(1 << 20)],
    ["adjacent comments", `SELECT 1 ${"/**/".repeat(1 << 19)} + 1`],
    ["open dollar quotes", Array.from({ length: 100_000 }, (_, i) => `CREATE TABLE $a${i}$\n`).join("")],
    ["open quotes", "CREATE TABLE '\n".repeat(150_000)],
    ["open parentheses", "CREATE TABLE (\n".repeat(150_000)],
    ["backslashes", "\\".repeat(2 << 20)],
    ["COPY without data", "COPY t FROM stdin\\g\n".repeat(50_000)],
    ["broken statements", "x;".repeat(1 << 20)],
    ["open templates", "{{'".repeat(500_000)],
    ["variables", "x :v {{ a }} ${b} y\n".repeat(100_000)],
  ])(
    "of %s comes to an end",
    (_, sql) => {
      // Anything quadratic takes minutes, and runs into the limit of the test.
      expect(() => tell(sql)).not.toThrow();
    },
    60_000,
  );

  it("of too deep statements is said of each", () => {
    const deep = `SELECT ${"(".repeat(2000)}1${")".repeat(2000)};\n`;
    expect(tell(deep + deep).parsed.problems).toHaveLength(2);
  });

  it("of errors is said once, for the rest of the file", () => {
    const { parsed } = tell("SELECT a b c;\n".repeat(3000));
    expect(parsed.problems).toHaveLength(1001);
    expect(parsed.problems.at(-1)?.message).toContain("the rest of the file was not checked");
  });
});

describe("the parser", () => {
  it("replaces an instance that ran out of stack and leaves the exit code alone", async () => {
    const parser = await loadParser();
    process.exitCode = undefined;
    for (let i = 0; i < 40; i++) {
      expect(() => parser.parse(`SELECT 1${" || a".repeat(30_000)}`)).toThrow(TooComplex);
    }
    expect(parser.parse("SELECT 1")).toHaveLength(1);
    expect(process.exitCode).toBeUndefined();
  });

  it("tells errors in code points", async () => {
    const parser = await loadParser();
    try {
      parser.parse("SELECT 'é😀' x y");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxProblem);
      expect(error).toMatchObject({ message: 'syntax error at or near "y"', codePoint: 14 });
    }
  });

  it.each([
    "SELECT a FROM t WHERE a NOT -- é\nIN (1)",
    "SELECT a FROM t ORDER BY a NULLS /* last */ LAST",
    "CREATE TABLE t (a timestamp with /* or without */ time zone)",
    "DO $$ BEGIN IF 1 NOT -- in\nIN (1) THEN NULL; END IF; END $$",
    "SELECT 'é' -- goes on\n  'below'",
    "DO $$ BEGIN EXECUTE E'a\\n' -- one\n -- two\n 'b'; END $$",
  ])("reads past a comment where what follows belongs to what is before it: %s", async (sql) => {
    const parser = await loadParser();
    if (sql.startsWith("DO")) {
      expect(parseBody(parser, sql.slice(6, -3)).result.kind).toBe("tree");
    } else expect(parser.parse(sql)).toHaveLength(1);
  });

  it("refuses a text that is wrong behind such a comment", async () => {
    const parser = await loadParser();
    expect(() => parser.parse("SELECT a NOT -- é\nIN (1) x y")).toThrow(SyntaxProblem);
    expect(() => parser.parse("SELECT 'a' /* on this line */ 'b'")).toThrow(SyntaxProblem);
  });

  it("tells statements in bytes", async () => {
    const parser = await loadParser();
    expect(parser.parse("SELECT 'é'; SELECT 2").map((s) => [s.stmt_location, s.stmt_len])).toEqual([
      [undefined, 11],
      [13, undefined],
    ]);
  });

  it("refuses a NUL byte instead of reading only up to it", async () => {
    const parser = await loadParser();
    expect(() => parser.parse("SELECT 1;\0 SELEC")).toThrow(SyntaxProblem);
    expect(() => parser.parsePlpgsql("\0")).toThrow(SyntaxProblem);
  });
});
