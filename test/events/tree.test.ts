import { describe, expect, test } from "vitest";
import type { Body, Expr, Select, Statement } from "../../src/events/tree.ts";
import { readExpression, readStatement, readStatements } from "../../src/events/tree-from-ast.ts";
import { walkBody, walkExpr } from "../../src/events/walk.ts";
import { SyntaxProblem, TooComplex } from "../../src/parser/postgres.ts";
import { decodeLiteral } from "../../src/parser/string-literal.ts";
import { toSource, verbatim } from "../../src/text/mapped-text.ts";
import { cut, cuts, everything, parser, read } from "./tree-helpers.ts";

function select(sql: string): Select {
  const statement = read(sql);
  if (statement.kind !== "select") throw new Error(`${sql} is no query`);
  return statement;
}

/** Relations as `name role-of-WITH`. */
function relations(sql: string): readonly string[] {
  return everything(read(sql)).relations.map((item) => `${item.name.join(".")}${item.cte ? " (with)" : ""}`);
}

describe("places of names", () => {
  test.each([
    ["SELECT  pg_catalog . lower /* x */ (a)", "pg_catalog . lower"],
    ['SELECT "My"."Fn"(1)', '"My"."Fn"'],
    ["SELECT 'é', s.f(ARRAY[1])", "s.f"],
    ["SELECT -- f(x)\n g(y)", "g"],
    ["SELECT extract(epoch FROM x)", "extract"],
    ["SELECT x AT TIME ZONE 'UTC'", "AT"],
    ["CALL s.p(1)", "s.p"],
    ["SELECT * FROM s.g(1) AS f", "s.g"],
    ["SELECT * FROM t TABLESAMPLE ext.m (1)", "ext.m"],
  ])("the call in %s", (sql, name) => {
    expect(everything(read(sql)).calls.map((call) => cut(sql, call.nameSpan))).toEqual([name]);
  });

  test.each([
    ["SELECT * FROM /* s.u */ ONLY s . t AS x", "s . t"],
    ['INSERT INTO "S"."T" (a) VALUES (1)', '"S"."T"'],
    ["UPDATE ONLY (t) SET a = 1", "t"],
    ["DELETE FROM db.s.t WHERE true", "db.s.t"],
    ["MERGE INTO s.t AS x USING (SELECT 1) y ON true WHEN MATCHED THEN DO NOTHING", "s.t"],
    ["SELECT 1 INTO TEMP s.t", "s.t"],
    ["LOCK TABLE s.t", "s.t"],
    ["TRUNCATE ONLY s.t", "s.t"],
    ["COPY s.t FROM STDIN", "s.t"],
    ["DROP TABLE IF EXISTS s.t", "s.t"],
    ["DROP MATERIALIZED VIEW s.t", "s.t"],
    ["DROP INDEX CONCURRENTLY IF EXISTS s.t", "s.t"],
    ["CREATE INDEX ON s.t (a)", "s.t"],
  ])("the relation in %s", (sql, name) => {
    expect(everything(read(sql)).relations.map((item) => cut(sql, item.span))).toEqual([name]);
  });

  test.each([
    ["SELECT a::s.t", "s.t"],
    ["SELECT a::s . t (3)[]", "s . t (3)[]"],
    ["SELECT CAST(a AS character  varying(20))", "character  varying(20)"],
    ["SELECT a::timestamp(3) without time zone[]", "timestamp(3) without time zone[]"],
    ["SELECT a::interval day to second(3)", "interval day to second(3)"],
    ["SELECT date '2020-01-01'", "date"],
    ["SELECT N'x'", "N"],
    ["SELECT a::double precision + 1", "double precision"],
    ['SELECT * FROM f() AS x (a "T")', '"T"'],
    ["PREPARE p (s.t) AS SELECT 1", "s.t"],
  ])("the type in %s", (sql, name) => {
    expect(everything(read(sql)).types.map((type) => cut(sql, type.span))).toEqual([name]);
  });

  test("brackets around operands belong to the operator, not to the operand", () => {
    expect(cuts("SELECT ((a || b)) || (c)", "operator")).toEqual(["((a || b)) || (c)", "a || b"]);
    expect(cuts("SELECT f((a || b), (c) || d)", "operator")).toEqual(["a || b", "(c) || d"]);
    expect(cuts("SELECT (a AND b) AND (c)", "and")).toEqual(["(a AND b) AND (c)"]);
  });

  test("a query ends before what does not belong to it", () => {
    const query = (sql: string): readonly string[] => {
      const met = everything(read(sql)).statements;
      return met.filter((one) => one.kind === "select").map((one) => cut(sql, one.span));
    };
    expect(query("CREATE VIEW v AS SELECT 1 AS with WITH CHECK OPTION")).toEqual(["SELECT 1 AS with"]);
    expect(query("INSERT INTO t SELECT a FROM u JOIN v ON w ON CONFLICT DO NOTHING")).toEqual([
      "SELECT a FROM u JOIN v ON w",
    ]);
    expect(query("INSERT INTO t SELECT 1 RETURNING a")).toEqual(["SELECT 1"]);
    expect(query("SELECT a UNION (SELECT b ORDER BY 1) ORDER BY 1")).toEqual([
      "SELECT a UNION (SELECT b ORDER BY 1) ORDER BY 1",
      "SELECT a",
      "SELECT b ORDER BY 1",
    ]);
  });
});

describe("strings", () => {
  test.each([
    ["'it''s'"],
    ["E'a\\'b\\u00e9'"],
    ["$q$a $$ b$q$"],
    ["U&'d!0061t' UESCAPE '!'"],
    ["'one'\n  'two'"],
    ["'é''ü'"],
  ])("%s is whole and leads back to its bytes", (literal) => {
    const sql = `SELECT f(é, ${literal})`;
    const string = everything(read(sql)).exprs.find((expr) => expr.kind === "string");
    if (string?.kind !== "string") throw new Error("no string");
    expect(cut(sql, string.span)).toBe(literal);
    const start = Buffer.byteLength("SELECT f(é, ", "utf8");
    expect(string.map).toEqual(decodeLiteral(verbatim(literal, start))?.map);
    expect(string.value).toBe(decodeLiteral(verbatim(literal, start))?.text);
  });

  test("places lead through a quoted body to the file", () => {
    // CREATE FUNCTION … AS 'SELECT ''a''||f(x)'
    const file = "'SELECT ''a''||f(x)'";
    const body = decodeLiteral(verbatim(file, 100));
    if (body === null) throw new Error("not decoded");
    const met = everything(readStatement(body, parser));
    const [operator, string] = met.exprs;
    const inFile = (start: number, end: number): string => file.slice(start - 100, end - 100);
    expect(operator && inFile(operator.span.start, operator.span.end)).toBe("''a''||f(x)");
    expect(string && inFile(string.span.start, string.span.end)).toBe("''a''");
    expect(string?.kind === "string" && toSource(string.map, 0)).toBe(100 + file.indexOf("a"));
  });
});

describe("names bound by the grammar", () => {
  const grammar = (sql: string): readonly boolean[] =>
    everything(read(sql)).calls.map((call) => call.grammar);

  test.each([
    "SELECT extract(year FROM a)",
    "SELECT trim(a)",
    "SELECT overlay(a PLACING b FROM 1)",
    "SELECT position(a IN b)",
    "SELECT substring(a FROM 1)",
    "SELECT a AT TIME ZONE b",
    "SELECT a AT LOCAL",
    "SELECT collation for (a)",
    "SELECT (a, b) OVERLAPS (c, d)",
    "SELECT a LIKE b ESCAPE c",
    "SELECT a SIMILAR TO b",
    "SELECT a IS NORMALIZED",
    "SELECT xmlexists(a PASSING b)",
    "SELECT system_user",
  ])("%s is", (sql) => expect(grammar(sql)).toEqual([true]));

  test.each([
    "SELECT date_part('year', a)",
    "SELECT btrim(a)",
    "SELECT substring(a, 1)",
    "SELECT overlay(a, b, 1)",
    "SELECT pg_catalog.timezone(b, a)",
    'SELECT "trim"(a)',
    "SELECT pg_catalog . extract(a, b)",
  ])("%s is not", (sql) => expect(grammar(sql)).toEqual([false]));

  test("coalesce and its like are no calls", () => {
    expect(
      grammar("SELECT coalesce(a), greatest(a), nullif(a, b), current_user, json_object('a': 1)"),
    ).toEqual([]);
  });
});

describe("WITH names", () => {
  test.each([
    ["WITH a AS (SELECT 1) SELECT * FROM a, s.a, b", ["a (with)", "s.a", "b"]],
    ["WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a", "a (with)"]],
    ["WITH RECURSIVE a AS (SELECT * FROM a) SELECT 1", ["a (with)"]],
    ["WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT 1", ["b", "a (with)"]],
    ["WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT 1", ["b (with)"]],
    ["SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", ["a (with)", "a"]],
    ["WITH a AS (SELECT 1) SELECT (SELECT (SELECT x FROM a))", ["a (with)"]],
    ["WITH a AS (SELECT 1) SELECT 1 UNION SELECT x FROM a UNION SELECT y FROM a", ["a (with)", "a (with)"]],
    ["WITH a AS (SELECT 1) INSERT INTO a SELECT * FROM a", ["a", "a (with)"]],
    [
      "WITH a AS (SELECT 1) UPDATE t SET x = 1 FROM a WHERE EXISTS (SELECT FROM a)",
      ["t", "a (with)", "a (with)"],
    ],
    ["WITH a AS (SELECT 1) DELETE FROM a USING a AS b", ["a", "a (with)"]],
    ["WITH a AS (SELECT 1) MERGE INTO t USING a ON true WHEN MATCHED THEN DELETE", ["t", "a (with)"]],
    [
      "INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a RETURNING (SELECT x FROM a)",
      ["t", "a (with)", "a"],
    ],
    [
      "CREATE VIEW v AS WITH a AS (SELECT 1) SELECT * FROM a JOIN LATERAL (SELECT * FROM a) b ON true",
      ["a (with)", "a (with)"],
    ],
  ])("%s", (sql, expected) => expect(relations(sql)).toEqual(expected));
});

describe("statements", () => {
  test("ON CONFLICT names no relation", () => {
    expect(relations("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a")).toEqual(["t"]);
  });

  test("a created object is not looked up, what it is made from is", () => {
    expect(relations("CREATE TABLE x (a int REFERENCES y, LIKE z) INHERITS (p)")).toEqual(["y", "z", "p"]);
    expect(relations("CREATE TEMP TABLE x AS SELECT * FROM t")).toEqual(["t"]);
    expect(relations("CREATE VIEW x AS SELECT * FROM t")).toEqual(["t"]);
    expect(relations("ALTER TABLE x ADD FOREIGN KEY (a) REFERENCES y")).toEqual(["x", "y"]);
  });

  test.each([
    ["CREATE TEMP TABLE x AS SELECT 1", "CREATE TABLE AS"],
    ["CREATE MATERIALIZED VIEW x AS SELECT 1", "CREATE MATERIALIZED VIEW"],
    ["CALL p()", "CALL"],
    ["COPY t TO STDOUT", "COPY"],
    ["LOCK t", "LOCK TABLE"],
    ["TRUNCATE t", "TRUNCATE TABLE"],
    ["SET a = 1", "SET"],
    ["RESET ALL", "RESET"],
    ["REVOKE ALL ON t FROM PUBLIC", "REVOKE"],
    ["GRANT a TO b", "GRANT ROLE"],
    ["DROP FUNCTION f", "DROP FUNCTION"],
    ["ALTER TABLE a RENAME COLUMN b TO c", "ALTER TABLE"],
    ["ALTER VIEW a RENAME TO b", "ALTER VIEW"],
    ["ALTER FUNCTION f() OWNER TO o", "ALTER FUNCTION"],
    ["CREATE TYPE t AS ENUM ('a')", "CREATE TYPE"],
    ["CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS ''", "CREATE PROCEDURE"],
    ["DO 'x'", "DO"],
    ["NOTIFY c", "NOTIFY"],
    ["REASSIGN OWNED BY a TO b", "REASSIGN OWNED"],
    ["ROLLBACK TO SAVEPOINT a", "ROLLBACK"],
    ["CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()", "CREATE TRIGGER"],
    ["ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC", "ALTER DEFAULT PRIVILEGES"],
    ["ANALYZE t", "ANALYZE"],
    ["DISCARD ALL", "DISCARD ALL"],
  ])("%s has tag %s", (sql, tag) => expect(read(sql)).toMatchObject({ kind: "utility", tag }));

  test("SET (a, b) = ROW(x, y) gives each column its value", () => {
    expect(read("UPDATE t SET (a, b) = ROW (1, f(2))")).toMatchObject({
      set: [
        { name: "a", value: { kind: "number", value: "1" } },
        { name: "b", value: { kind: "call", name: ["f"] } },
      ],
    });
  });

  test("of SET (a, b) = (SELECT …) the query is read once", () => {
    expect(relations("UPDATE t SET (a, b) = (SELECT 1, 2 FROM u)")).toEqual(["t", "u"]);
  });

  test("MERGE pairs columns with values", () => {
    const sql = "MERGE INTO t USING u ON f(1) WHEN NOT MATCHED AND g() THEN INSERT (a, b) VALUES (1, h(2))";
    expect(read(sql)).toMatchObject({
      kind: "merge",
      source: { kind: "relation", name: ["u"] },
      on: { kind: "call", name: ["f"] },
      actions: [
        {
          condition: { kind: "call", name: ["g"] },
          targets: [{ name: "a" }, { name: "b", value: { kind: "call", name: ["h"] } }],
        },
      ],
    });
  });

  test("SELECT INTO, DISTINCT ON, LIMIT and locks", () => {
    expect(select("SELECT DISTINCT ON (f(a)) a INTO u FROM t LIMIT 1 OFFSET 2 FOR UPDATE")).toMatchObject({
      distinct: [{ kind: "call" }],
      into: { name: ["u"] },
      limit: { value: "1" },
      offset: { value: "2" },
      locking: true,
    });
    expect(select("SELECT DISTINCT a FROM t")).toMatchObject({ distinct: true, into: null, locking: false });
  });

  test("a statement among others has its own place", () => {
    const sql = "SELECT 1; /* x */ LOCK t ;\n DELETE FROM u; -- end";
    const statements = readStatements(verbatim(sql, 0), parser);
    expect(statements.map((one) => cut(sql, one.span))).toEqual(["SELECT 1", "LOCK t", "DELETE FROM u"]);
  });
});

describe("expressions of PL/pgSQL", () => {
  const expression = (sql: string): Expr => readExpression(verbatim(sql, 50), parser);

  test("a list becomes a row", () => {
    expect(expression("a, f(b)")).toMatchObject({
      kind: "row",
      operands: [{ kind: "column" }, { kind: "call", nameSpan: { start: 53, end: 54 } }],
      span: { start: 50, end: 57 },
    });
  });

  test("what follows an expression makes it a subquery", () => {
    const met = expression(" count(*) > 0 FROM s.t WHERE a");
    expect(met).toMatchObject({
      kind: "subquery",
      query: { from: [{ name: ["s", "t"], span: { start: 69, end: 72 } }] },
    });
    expect(expression("count(*) > 0")).toMatchObject({ kind: "operator" });
  });

  test("an error is where it is in the expression", () => {
    const problem = (sql: string): unknown => {
      try {
        return expression(sql);
      } catch (error) {
        return error instanceof SyntaxProblem ? error.codePoint : error;
      }
    };
    expect(problem("é + + ) b")).toBe(6);
    expect(problem("a; b")).toBe(3);
    expect(problem("a; SELECT b")).toBe(0);
  });
});

describe("nothing is lost and nothing breaks", () => {
  test("expressions inside constructs that are not modelled", () => {
    const sql =
      "SELECT xmlelement(NAME a, xmlattributes(f(1) AS b), g(2)), json_object('a': h(3)), json_value(i(4), '$' PASSING j(5) AS x DEFAULT k(6) ON EMPTY), json_arrayagg(l(7) ORDER BY m(8)) FILTER (WHERE n(9)) FROM json_table(o(10), '$' COLUMNS (a s.t DEFAULT p(11) ON ERROR)) GROUP BY GROUPING SETS ((q(12)), CUBE (r(13)))";
    const names = everything(read(sql)).calls.map((call) => call.name.join("."));
    expect(names.sort()).toEqual([..."fghijklmnopqr"]);
    expect(relations("SELECT json_array(SELECT a FROM t)")).toEqual(["t"]);
  });

  test.each([
    ["||", `SELECT ${Array(3000).fill("a").join("||")}`, "operator", 2999],
    ["+", `SELECT ${Array(3000).fill("a").join("+")}`, "operator", 2999],
    ["UNION", Array(2000).fill("SELECT a").join(" UNION "), "column", 2000],
    ["JOIN", `SELECT a FROM ${Array(2000).fill("t").join(" CROSS JOIN ")}`, "column", 1],
    ["AND", `SELECT ${Array(20000).fill("a").join(" AND ")}`, "column", 20000],
  ])("long chains of %s", (_, sql, kind, count) => {
    const met = everything(read(sql));
    expect(met.exprs.filter((expr) => expr.kind === kind)).toHaveLength(count);
    expect(met.statements[0]?.span).toEqual({ start: 0, end: sql.length });
  });

  test.each([
    ["operators", `SELECT ${Array(20000).fill("a").join("||")}`],
    ["casts", `SELECT a${"::int".repeat(6000)}`],
    ["calls", `SELECT ${"f(".repeat(6000)}1${")".repeat(6000)}`],
    ["queries", `${"SELECT (".repeat(2000)}1${")".repeat(2000)}`],
  ])("too many nested %s are too complex, or read", (_, sql) => {
    let outcome: unknown;
    try {
      outcome = read(sql).kind;
    } catch (error) {
      outcome = error instanceof TooComplex ? "too complex" : error;
    }
    expect(["select", "too complex"]).toContain(outcome);
  });

  test("long lists", () => {
    const sql = `INSERT INTO t VALUES ${Array(60_000).fill("(1)").join(",")}`;
    expect(everything(read(sql)).exprs).toHaveLength(60_000);
  });
});

describe("walks", () => {
  const sql = (text: string): Statement => read(text);

  test("false keeps out of an expression", () => {
    const seen: string[] = [];
    walkExpr(readExpression(verbatim("f(g(1)) || h(2)", 0), parser), {
      expr(expr) {
        if (expr.kind === "call") seen.push(expr.name.join("."));
        return !(expr.kind === "call" && expr.name[0] === "f");
      },
    });
    expect(seen).toEqual(["f", "h"]);
  });

  test("roles of relations", () => {
    const roles: string[] = [];
    const statements = ["INSERT INTO a SELECT * FROM b", "SELECT 1 INTO c", "LOCK d"].map(sql);
    const body: Body = { language: "sql", atomic: false, span: { start: 0, end: 0 }, statements };
    walkBody(body, { relation: (item, role) => roles.push(`${item.name[0]} ${role}`) });
    expect(roles).toEqual(["a target", "b read", "c into", "d named"]);
  });

  test("all code of a PL/pgSQL body, in order", () => {
    const value = (text: string): Expr => readExpression(verbatim(text, 0), parser);
    const at = { span: null };
    const seen: string[] = [];
    const body: Body = {
      language: "plpgsql",
      span: { start: 0, end: 0 },
      block: {
        kind: "block",
        ...at,
        label: null,
        declarations: [
          {
            name: "v",
            constant: false,
            notNull: false,
            type: { name: ["s", "t"], array: false, ...{ span: { start: 0, end: 0 } } },
            default: value("a()"),
            cursor: null,
            aliasFor: null,
            ...at,
          },
        ],
        body: [
          {
            kind: "if",
            ...at,
            branches: [{ condition: value("b()"), body: [{ kind: "return", ...at, value: value("c()") }] }],
            otherwise: [
              {
                kind: "execute",
                ...at,
                dynamic: { query: value("d()"), using: [value("e()")] },
                into: [],
                strict: false,
              },
            ],
          },
          {
            kind: "for-query",
            ...at,
            targets: [],
            query: sql("SELECT f() FROM u"),
            body: [{ kind: "null", ...at }],
          },
        ],
        handlers: [
          {
            conditions: ["others"],
            span: { start: 0, end: 0 },
            body: [
              {
                kind: "raise",
                ...at,
                level: "notice",
                message: null,
                condition: null,
                params: [value("g()")],
                options: [{ name: "hint", value: value("h()") }],
              },
            ],
          },
        ],
      },
    };
    walkBody(body, {
      expr(expr) {
        if (expr.kind === "call") seen.push(expr.name.join("."));
      },
      type: (type) => seen.push(type.name.join(".")),
      relation: (item) => seen.push(item.name.join(".")),
      plpgsql: (statement) => seen.push(statement.kind),
    });
    expect(seen.join(" ")).toBe("block s.t a if b return c execute d e for-query f u null raise g h");
  });
});
