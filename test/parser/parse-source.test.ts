import { describe, expect, it } from "vitest";
import { tell } from "./helpers.ts";

describe("statements", () => {
  it("have the span from the first to the last token, without comments and semicolon", () => {
    const sql = "-- one\nSELECT 1 /* inner */ + 2 /* after */ ; -- é\n\n  SELECT 'é';;\n";
    expect(tell(sql).statements).toEqual(["SelectStmt: SELECT 1 /* inner */ + 2", "SelectStmt: SELECT 'é'"]);
    expect(tell(sql).problems).toEqual([]);
  });

  it.each([
    ["a semicolon in a string", "SELECT 'a;b', E'a\\';b', U&'a;b';"],
    ["a backslash that ends an ordinary string", "SELECT 'a\\';"],
    ["a semicolon in a quoted name", 'SELECT ";", "a"";b";'],
    ["a tagged dollar quote that holds another", "SELECT $a$ ; $$ ; $b$ $a$;"],
    ["a dollar inside an identifier", "SELECT a$b$ FROM t;"],
    ["nested comments", "SELECT 1 /* ; /* ' */ ; */ + 2;"],
    ["a rule with several commands", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);"],
    [
      "BEGIN ATOMIC with CASE, and END as a name",
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN t.end END AS end FROM t; SELECT 1; END;",
    ],
  ])("are not split at %s", (_, sql) => {
    expect(tell(`${sql} SELECT 99`).statements).toEqual([
      expect.stringContaining(sql.slice(0, -1)),
      "SelectStmt: SELECT 99",
    ]);
  });

  it("are split after a transaction's BEGIN and END, which are no block", () => {
    expect(tell("BEGIN; SELECT CASE WHEN true THEN 1 END; END; SELECT 2").statements).toHaveLength(4);
  });

  it.each(["\r\n", "\r", "\n"])("end their line comments at a line break %j", (br) => {
    expect(tell(`SELECT 1; -- it's${br}SELECT 2; --'${br}`).statements).toHaveLength(2);
  });

  it("outside the replayed range are left out, and a quote there does no harm", () => {
    const sql = "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\n-- don't\nDROP TABLE a;'";
    const end = sql.indexOf("-- +goose Down");
    expect(tell(sql, { start: 0, end }).statements).toEqual(["CreateStmt: CREATE TABLE a ()"]);
    expect(tell(sql, { start: 0, end }).problems).toEqual([]);
    expect(tell(sql).statements).toHaveLength(2);
  });
});

describe("a statement that does not parse", () => {
  it("costs only itself", () => {
    const { statements, problems } = tell("SELECT 1; SELEC 2; SELECT 3;");
    expect(statements).toEqual(["SelectStmt: SELECT 1", "SelectStmt: SELECT 3"]);
    expect(problems).toEqual(['syntax error at or near "SELEC" @ SELEC']);
  });

  it("is told at the offending token, counted in bytes after non-ASCII text", () => {
    const { parsed, problems } = tell("SELECT 'äöü', '😀' AS ñ, fröm x y;");
    expect(problems).toEqual(['syntax error at or near "y" @ y']);
    expect(parsed.problems[0]?.statement).toEqual({
      start: 0,
      end: Buffer.byteLength("SELECT 'äöü', '😀' AS ñ, fröm x y"),
    });
  });

  it("is told at its last token when it ends too early", () => {
    expect(tell("SELECT (1").problems).toEqual(["syntax error at end of input @ 1"]);
  });

  it("for lack of a semicolon keeps both statements and reports the place", () => {
    const { parsed, statements, problems } = tell(
      "CREATE TABLE a (x int)\nCREATE TABLE b ();\nGRANT ALL ON b TO PUBLIC;",
    );
    expect(statements.map((s) => s.slice(0, 26))).toEqual([
      "CreateStmt: CREATE TABLE a",
      "CreateStmt: CREATE TABLE b",
      "GrantStmt: GRANT ALL ON b ",
    ]);
    expect(problems).toEqual(['syntax error at or near "CREATE" @ CREATE']);
    expect(parsed.problems[0]).not.toHaveProperty("statement");
  });

  it("does not take a clause of ALTER TABLE for a statement", () => {
    const { statements, problems } = tell(
      "ALTER TABLE a\nADD COLUM b int c,\nALTER COLUMN x DROP DEFAULT,\nDROP CONSTRAINT y;\nSELECT 1;",
    );
    expect(statements).toEqual(["SelectStmt: SELECT 1"]);
    expect(problems).toHaveLength(1);
  });

  it("does not take the GRANT of broken default privileges for a grant on a table", () => {
    const { statements } = tell(
      "ALTER DEFAULT PRIVILEGES IN SCHEMA\nGRANT SELECT ON TABLES TO anon;\nSELECT 1;",
    );
    expect(statements).toEqual(["SelectStmt: SELECT 1"]);
  });

  it.each([
    ["a string", "SELECT 'abc;"],
    ["a quoted name", 'SELECT "abc;'],
    ["a dollar quote", "SELECT $x$ abc;"],
    ["a comment", "SELECT 1; /* abc"],
    ["a parenthesis", "CREATE TABLE a (x int;"],
    ["BEGIN ATOMIC", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;"],
  ])("for lack of the end of %s costs no statement on later lines", (_, broken) => {
    const { statements, problems } = tell(`${broken}\nCREATE TABLE later (y int);\nSELECT 'x';\n`);
    expect(statements.slice(-2)).toEqual([
      "CreateStmt: CREATE TABLE later (y int)",
      "SelectStmt: SELECT 'x'",
    ]);
    expect(problems).toHaveLength(1);
  });

  it("for lack of a closing $$ does not cost the next function", () => {
    const lost = "CREATE FUNCTION a() RETURNS void AS $$\nBEGIN\n  NULL;\nEND;\nLANGUAGE plpgsql;\n\n";
    const kept = (name: string) =>
      `CREATE FUNCTION ${name}() RETURNS void AS $$\nBEGIN\n  NULL;\nEND\n$$ LANGUAGE plpgsql`;
    const { statements, problems } = tell(`${lost}${kept("b")};\n${kept("c")};\n`);
    expect(statements).toEqual([`CreateFunctionStmt: ${kept("b")}`, `CreateFunctionStmt: ${kept("c")}`]);
    expect(problems).toHaveLength(1);
  });

  it("for an apostrophe in a string does not cost the statements after it", () => {
    const { statements } = tell("COMMENT ON TABLE t IS 'it's';\nGRANT ALL ON t TO anon;\nSELECT 'x';\n");
    expect(statements).toEqual(["GrantStmt: GRANT ALL ON t TO anon", "SelectStmt: SELECT 'x'"]);
  });

  it("does not make statements of a body's lines", () => {
    const { statements } = tell(
      "CREATE FUNCTON f() RETURNS void LANGUAGE sql AS $$\nGRANT ALL ON t TO anon;\nDROP TABLE t;\n$$;\nSELECT 1;",
    );
    expect(statements).toEqual(["SelectStmt: SELECT 1"]);
  });

  it("repeats only the beginning of an endless quote", () => {
    const [problem] = tell(`SELECT 'abc ${"x".repeat(5000)}\n${"y\n".repeat(500)}`).parsed.problems;
    expect(problem?.message).toMatch(/^unterminated quoted string at or near "'abc x+…"$/);
    expect(problem?.message.length).toBeLessThan(120);
  });

  it("for a merge conflict leaves both sides to be checked", () => {
    const { statements, problems } = tell(
      "<<<<<<< HEAD\nCREATE TABLE a ();\n=======\nCREATE TABLE b ();\n>>>>>>> main\n",
    );
    expect(statements).toEqual(["CreateStmt: CREATE TABLE a ()", "CreateStmt: CREATE TABLE b ()"]);
    expect(problems).toEqual([expect.stringMatching(/merge conflict.* @ <<<<<<<$/)]);
  });
});

describe("bytes that are no text", () => {
  it("may start with a byte order mark", () => {
    expect(tell("\ufeffSELECT 1").statements).toEqual(["SelectStmt: SELECT 1"]);
    expect(tell("\ufeffSELECT 1").problems).toEqual([]);
  });

  it("are a problem where they stand, and cost nothing else", () => {
    const { parsed, statements } = tell(Buffer.from("SELECT 'caf\xe9'; SELECT\0 2; SELECT 3", "latin1"));
    expect(statements).toHaveLength(3);
    expect(parsed.problems.map(({ span, kind }) => [kind, span.start, span.end])).toEqual([
      ["parse-error", 11, 12],
      ["parse-error", 21, 22],
    ]);
    expect(parsed.problems[0]?.message).toBe('invalid byte sequence for encoding "UTF8": 0xe9');
  });

  it("in UTF-16 cost the file, loudly", () => {
    for (const mark of ["\ufeff", ""]) {
      const { problems, statements } = tell(Buffer.from(`${mark}SELECT 1;\n`, "utf16le"));
      expect(problems).toEqual([expect.stringContaining("UTF-16")]);
      expect(statements).toEqual([]);
    }
  });
});

describe("one mistake", () => {
  it("that shifts the quotes is one problem, and costs what it shifts", () => {
    const sql = "INSERT INTO a VALUES ('it\\'s'), ('one; two'), ('three; four');\nSELECT 1;";
    const { problems, parsed } = tell(sql);
    expect(problems).toEqual([expect.stringContaining('syntax error at or near "s"')]);
    expect(parsed.problems[0]?.statement?.start).toBe(0);
    expect(parsed.problems[0]?.statement?.end).toBeGreaterThan(sql.indexOf("four"));
  });

  it("beside another is not another", () => {
    expect(tell("CREATE TABLE a (b int,);\nCREATE TABLE c (d int,);\nSELECT 1;").problems).toHaveLength(2);
    expect(tell("CREATE TABLE a (b int,);\nSELECT 1;\nfoo bar;").problems).toHaveLength(2);
  });
});

describe("other dialects", () => {
  const mysql = "CREATE TABLE `a` (`id` int AUTO_INCREMENT) ENGINE=InnoDB;\nINSERT INTO `a` VALUES (1);\n";

  it("are one problem per file", () => {
    expect(tell(mysql.repeat(20)).parsed.problems).toEqual([
      expect.objectContaining({ kind: "other-dialect", message: expect.stringContaining("MySQL") }),
    ]);
  });

  it("are not assumed for a stray hint in a PostgreSQL file", () => {
    const { parsed, statements } = tell(`CREATE TABLE a ();\nGRANT ALL ON a TO b;\nSELECT \`x\`;`);
    expect(parsed.problems.map(({ kind }) => kind)).toEqual(["parse-error"]);
    expect(statements).toHaveLength(2);
  });

  it("need no hint in a directory with their name", () => {
    const sql = "CREATE TABLE a (b int);\nALTER TABLE a RENAME KEY b TO c;\nSELECT 1;";
    const kinds = (path: string) => tell(sql, null, path).parsed.problems.map(({ kind }) => kind);
    expect(kinds("migrations/mysql/6_a.sql")).toEqual(["other-dialect"]);
    expect(kinds("migrations/6_mysql_fdw.sql")).toEqual(["parse-error"]);
    expect(kinds("mysql/postgres/6_a.sql")).toEqual(["parse-error"]);
  });

  it("need no hint in a file with their name when most of it does not parse", () => {
    const sql = "CREATE TABLE &registry.a (b int);\nALTER TABLE &registry.a RENAME KEY b TO c;\nSELECT 1;";
    const kinds = (path: string, text = sql) =>
      tell(text, null, path).parsed.problems.map(({ kind }) => kind);
    expect(kinds("schema/snowflake.sql")).toEqual(["other-dialect"]);
    expect(kinds("schema/snowflake-1.1.sql")).toEqual(["other-dialect"]);
    expect(kinds("schema/snowflake_ids.sql")).toEqual(["parse-error", "parse-error"]);
    expect(kinds("schema/oracle.sql", "CREATE TABLE a (b int);\nGRANT ALL ON a TO b;\nSELEC 1;")).toEqual([
      "parse-error",
    ]);
  });

  it("need one hint alone where their name is among the words of the path", () => {
    const rest = "CREATE PROCEDURE a() BEGIN SELECT 1; END;\nSELECT 1;\n".repeat(3);
    const sql = `ALTER TABLE a MODIFY COLUMN b bigint;\n${rest}`;
    const kinds = (path: string, text = sql) =>
      new Set(tell(text, null, path).parsed.problems.map(({ kind }) => kind));
    expect(kinds("mysql-persistence/db/6_a.sql")).toEqual(new Set(["other-dialect"]));
    expect(kinds("db/6_a.mysql.up.sql")).toEqual(new Set(["other-dialect"]));
    expect(kinds("mysql-persistence/db/6_a.sql", rest)).toEqual(new Set(["parse-error"]));
    expect(kinds("mysql-persistence/pg/6_a.sql")).toEqual(new Set(["parse-error"]));
    expect(kinds("import-mysql/6_a.sql", `${sql}SELECT a::int;`)).toEqual(new Set(["parse-error"]));
  });

  it("need one statement alone that no other system has", () => {
    const body = "PROCEDURE a IS BEGIN NULL; END;\nINSERT INTO b VALUES (1);\nUPDATE b SET c = 1;\n".repeat(
      5,
    );
    const kinds = (text: string) => new Set(tell(text).parsed.problems.map(({ kind }) => kind));
    expect(kinds(`CREATE OR REPLACE PACKAGE BODY app.p AS\n${body}`)).toEqual(new Set(["other-dialect"]));
    expect(kinds(`SET NOCOUNT ON;\n${"SELECT 1;\n".repeat(9)}`)).toEqual(new Set(["other-dialect"]));
    expect(kinds(body)).toEqual(new Set(["parse-error"]));
    expect(kinds(`SET NOCOUNT ON;\nCREATE EXTENSION hstore;\n${"SELECT 1;\n".repeat(9)}`)).toEqual(
      new Set(["parse-error"]),
    );
  });

  it("are seen where the parser stops in a long statement", () => {
    const columns = Array.from({ length: 900 }, (_, i) => `column_${i}`).join(", ");
    const sql = `SELECT ${columns} FROM \`a-b.c.d\` WHERE x = 1;`;
    expect(tell(sql).problems).toEqual([expect.stringContaining("looks like")]);
  });

  it("are not looked for in files that parse, whatever their name", () => {
    expect(tell("CREATE TABLE pragma (autoincrement int);", null, "x.mysql.sql").problems).toEqual([]);
  });

  it.each([
    ["SQL Server", "CREATE TABLE [dbo].[t] (a NVARCHAR(10));\nGO\n"],
    ["Oracle", "CREATE TABLE t (a VARCHAR2(10 CHAR));\n/\n"],
    ["Oracle", "CREATE TABLE &registry..t (a integer);\n"],
    ["Oracle", "CREATE SEQUENCE s START WITH 1 NOCACHE NOCYCLE;\n"],
    ["SAP HANA", "CREATE COLUMN TABLE t (a integer CS_INT);\n"],
    ["Redshift", "CREATE TABLE t (a integer) DISTKEY(a);\n"],
    ["DuckDB", "EXPORT DATABASE 'b';\n"],
    ["MonetDB", "COPY 5 OFFSET 2 RECORDS INTO t FROM 'a.csv';\n"],
    ["MySQL", "SELECT DATE_ADD(a, INTERVAL 1 DAY) FROM t;\n"],
    ["Firebird", "CREATE TABLE t (a BLOB SUB_TYPE TEXT);\n"],
    ["Vertica", "CREATE TABLE t (a integer PRIMARY KEY ENABLED ENCODING AUTO);\n"],
    ["H2", "CREATE ALIAS lower_all FOR 'a.B.c';\n"],
    ["CockroachDB", "UPSERT INTO t VALUES (1);\n"],
    ["Exasol", "CREATE TABLE t (a HASHTYPE(16 BYTE), DISTRIBUTE BY a);\n"],
    ["ClickHouse", "CREATE TABLE t (a LowCardinality(String)) ENGINE = MergeTree ORDER BY a;\n"],
    ["SQLite", "PRAGMA foreign_keys=ON;\nCREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n"],
  ])("include %s", (name, sql) => {
    expect(tell(sql).problems).toEqual([expect.stringContaining(name)]);
  });
});
