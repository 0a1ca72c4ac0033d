import { beforeAll, describe, expect, test } from "vitest";
import { type PlpgsqlInput, readPlpgsqlBody } from "../../src/events/plpgsql-body.ts";
import type { Body, Expr, PlBlock, PlStatement } from "../../src/events/tree.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { verbatim } from "../../src/text/mapped-text.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

const OFFSET = 11;

function read(body: string, more: Partial<PlpgsqlInput> = {}): Body {
  const span = { start: OFFSET, end: OFFSET + Buffer.byteLength(body) };
  const returns = { name: ["text"], array: false, span };
  return readPlpgsqlBody(
    { body: verbatim(body, OFFSET), span, parameters: [], returns, isProcedure: false, ...more },
    parser,
  );
}

function block(body: string): PlBlock {
  const result = read(body);
  if (result.language !== "plpgsql") throw new Error("message" in result ? result.message : result.language);
  return result.block;
}

const DECLARE = "DECLARE v int; r record; a int[]; c CURSOR (k int) FOR SELECT k; rc refcursor; BEGIN ";

function statement(text: string): PlStatement {
  const [first, ...more] = block(`${DECLARE}${text} END`).body;
  if (first === undefined || more.length > 0) throw new Error("not one statement");
  return first;
}

/** An expression in short. */
function brief(expr: Expr | null): string {
  if (expr === null) return "-";
  switch (expr.kind) {
    case "string":
      return `'${expr.value}'`;
    case "number":
      return expr.value;
    case "column":
      return expr.name.join(".");
    case "operator":
      return expr.operands.map(brief).join(` ${expr.name.join(".")} `);
    case "call":
      return `${expr.name.join(".")}(${expr.args.map((arg) => brief(arg.value)).join(", ")})`;
    default:
      return expr.kind;
  }
}

/** A tree with expressions and statements in short, without spans: what a reader of the body would say. */
function outline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outline);
  if (typeof value !== "object" || value === null) return value;
  const kind = "kind" in value && typeof value.kind === "string" ? value.kind : "";
  const keep = Object.entries(value).filter(([key]) => key !== "span");
  if (EXPRESSIONS.has(kind) && !("call" in value)) return isExpr(value) ? brief(value) : null;
  if (kind === "select" || kind === "insert" || kind === "utility") return kind;
  if ("name" in value && Array.isArray(value.name)) return value.name.join(".");
  return Object.fromEntries(keep.map(([key, item]) => [key, outline(item)]));
}

const EXPRESSIONS = new Set([
  "string",
  "number",
  "column",
  "operator",
  "call",
  "null",
  "boolean",
  "subquery",
  "other",
]);
function isExpr(value: object): value is Expr {
  return "span" in value && "kind" in value;
}

describe("every kind of statement", () => {
  test.each([
    ["v := v + 1;", { kind: "assign", target: "v", value: "v + 1" }],
    ["r.x := 'a';", { kind: "assign", target: "r.x", value: "'a'" }],
    ["a[1] := 2;", { kind: "assign", target: "a", value: "2" }],
    [
      "IF v = 1 THEN NULL; ELSE NULL; END IF;",
      {
        kind: "if",
        branches: [{ condition: "v = 1", body: ["null"] }],
        otherwise: ["null"],
      },
    ],
    [
      "CASE v WHEN 1, 2 THEN NULL; END CASE;",
      {
        kind: "case",
        subject: "v",
        branches: [{ when: ["1", "2"], body: ["null"] }],
        otherwise: null,
      },
    ],
    [
      "CASE WHEN v = 1 THEN ELSE END CASE;",
      { kind: "case", subject: null, branches: [{ when: ["v = 1"], body: [] }], otherwise: [] },
    ],
    [
      "<<l>> LOOP EXIT l WHEN v = 1; END LOOP;",
      { kind: "loop", label: "l", body: [{ kind: "exit", target: "l", condition: "v = 1" }] },
    ],
    ["LOOP EXIT; END LOOP;", { kind: "loop", body: [{ kind: "exit", target: null, condition: null }] }],
    [
      "WHILE v > 1 LOOP CONTINUE WHEN v = 2; END LOOP;",
      { kind: "while", condition: "v > 1", body: [{ kind: "continue", target: null, condition: "v = 2" }] },
    ],
    [
      "FOR i IN 1..v BY 2 LOOP END LOOP;",
      { kind: "for-integer", variable: "i", bounds: ["1", "v", "2"], body: [] },
    ],
    ["FOR r IN SELECT 1 LOOP END LOOP;", { kind: "for-query", targets: ["r"], query: "select", body: [] }],
    [
      "FOR v, r.x IN EXECUTE 'q' USING v LOOP END LOOP;",
      { kind: "for-execute", targets: ["v", "r.x"], dynamic: { query: "'q'", using: ["v"] }, body: [] },
    ],
    [
      "FOR q IN c(v) LOOP END LOOP;",
      { kind: "for-cursor", targets: ["q"], cursor: "c", args: ["v"], body: [] },
    ],
    ["FOREACH v IN ARRAY a LOOP END LOOP;", { kind: "foreach", targets: ["v"], array: "a", body: [] }],
    ["RETURN v;", { kind: "return", value: "v" }],
    ["RETURN v || 'x';", { kind: "return", value: "v || 'x'" }],
    [
      "RAISE NOTICE 'a %', v;",
      { kind: "raise", level: "notice", message: "a %", condition: null, params: ["v"], options: [] },
    ],
    [
      "RAISE unique_violation USING MESSAGE = 'm', HINT = v;",
      {
        kind: "raise",
        level: "exception",
        message: null,
        condition: "unique_violation",
        params: [],
        options: [
          { name: "message", value: "'m'" },
          { name: "hint", value: "v" },
        ],
      },
    ],
    ["ASSERT v = 1, 'm';", { kind: "assert", condition: "v = 1", message: "'m'" }],
    [
      "SELECT 1 INTO STRICT v;",
      { kind: "sql", statement: "select", into: ["v"], strict: true, discard: false },
    ],
    [
      "INSERT INTO t VALUES (1) RETURNING 1 INTO v;",
      { kind: "sql", statement: "insert", into: ["v"], strict: false, discard: false },
    ],
    [
      "CREATE TABLE t (x int);",
      { kind: "sql", statement: "utility", into: [], strict: false, discard: false },
    ],
    ["PERFORM f(v);", { kind: "sql", statement: "select", into: [], strict: false, discard: true }],
    ["CALL p(v, 'x');", { kind: "call", call: "p(v, 'x')" }],
    [
      "EXECUTE 'q' || v INTO r USING 1, v;",
      { kind: "execute", dynamic: { query: "'q' || v", using: ["1", "v"] }, into: ["r"], strict: false },
    ],
    ["OPEN rc FOR SELECT 1;", { kind: "open", cursor: "rc", query: "select", dynamic: null, args: [] }],
    [
      "OPEN rc FOR EXECUTE 'q' USING v;",
      { kind: "open", cursor: "rc", query: null, dynamic: { query: "'q'", using: ["v"] }, args: [] },
    ],
    ["OPEN c(v);", { kind: "open", cursor: "c", query: null, dynamic: null, args: ["v"] }],
    ["FETCH NEXT FROM rc INTO v;", { kind: "fetch", cursor: "rc", move: false, into: ["v"] }],
    ["MOVE FORWARD ALL IN rc;", { kind: "fetch", cursor: "rc", move: true, into: [] }],
    ["CLOSE rc;", { kind: "close", cursor: "rc" }],
    [
      "GET CURRENT DIAGNOSTICS v = ROW_COUNT;",
      { kind: "get-diagnostics", stacked: false, items: [{ target: "v", item: "row_count" }] },
    ],
    ["COMMIT;", { kind: "commit" }],
    ["ROLLBACK;", { kind: "rollback" }],
    [
      "BEGIN v := 1; EXCEPTION WHEN unique_violation OR SQLSTATE '22012' THEN RAISE; END;",
      {
        kind: "block",
        label: null,
        declarations: [],
        body: [{ kind: "assign", target: "v", value: "1" }],
        handlers: [
          {
            conditions: ["unique_violation", "22012"],
            body: [
              { kind: "raise", level: "exception", message: null, condition: null, params: [], options: [] },
            ],
          },
        ],
      },
    ],
  ])("%s", (text, expected) => {
    expect(outline(statement(text))).toEqual(expected);
  });

  test("in a set-returning function", () => {
    const span = { start: 0, end: 1 };
    const body = read(
      "BEGIN RETURN NEXT 1; RETURN QUERY SELECT 2; RETURN QUERY EXECUTE 'q' USING 3; RETURN; END",
      {
        returns: { name: ["int4"], array: false, setof: true, span },
      },
    );
    expect(body.language === "plpgsql" && outline(body.block.body)).toEqual([
      { kind: "return-next", value: "1" },
      { kind: "return-query", query: "select" },
      { kind: "return-query-execute", dynamic: { query: "'q'", using: ["3"] } },
      { kind: "return", value: null },
    ]);
  });
});

describe("declared types", () => {
  test.each([
    ["mood", ["mood"], false, undefined],
    ["public.mood", ["public", "mood"], false, undefined],
    ["public.mood[]", ["public", "mood"], true, undefined],
    ["integer", ["pg_catalog", "int4"], false, undefined],
    ["int ARRAY", ["pg_catalog", "int4"], true, undefined],
    ["numeric(10, 2)", ["pg_catalog", "numeric"], false, undefined],
    ["timestamp with time zone", ["pg_catalog", "timestamptz"], false, undefined],
    ['"My Type"', ["My Type"], false, undefined],
    ["record", ["record"], false, undefined],
    ["todos%ROWTYPE", ["todos"], false, "rowtype"],
    ["s.todos % rowtype", ["s", "todos"], false, "rowtype"],
    ["s.todos.id%TYPE", ["s", "todos", "id"], false, "type"],
    ["todos.id%TYPE[]", ["todos", "id"], true, "type"],
  ])("%s", (text, name, array, of) => {
    const body = `DECLARE v /* é */ ${text}; n int; BEGIN SELECT 1, 2 INTO n, n; END`;
    const type = block(body).declarations[0]?.type;
    expect(type).toMatchObject({ name, array, ...(of === undefined ? {} : { of }) });
    expect(type?.of).toBe(of);
    const source = Buffer.from("-".repeat(OFFSET) + body);
    expect(source.toString("utf8", type?.span.start, type?.span.end)).toBe(text);
  });

  test("keep their real names where the parser needed a substitute", () => {
    const { declarations } = block(
      "DECLARE a mood; b todos%ROWTYPE; c t.x%TYPE[]; n int; BEGIN b.x := 1; SELECT 1, 2 INTO a, n; END",
    );
    expect(declarations.map(({ type }) => [type?.name, type?.of, type?.array])).toEqual([
      [["mood"], undefined, false],
      [["todos"], "rowtype", false],
      [["t", "x"], "type", true],
      [["pg_catalog", "int4"], undefined, false],
    ]);
  });
});

test("a variable of an inner block stays apart from the outer one of the same name", () => {
  const outer = block(
    "DECLARE v text := 'out'; BEGIN DECLARE v int := 1; c CURSOR FOR SELECT 1; BEGIN END; END",
  );
  const [inner] = outer.body;
  expect(outer.declarations.map(({ name, default: value }) => [name, brief(value)])).toEqual([
    ["v", "'out'"],
  ]);
  expect(
    inner?.kind === "block" &&
      inner.declarations.map(({ name, default: value, cursor }) => [name, brief(value), cursor?.kind]),
  ).toEqual([
    ["v", "1", undefined],
    ["c", "-", "select"],
  ]);
});

test("a body that PostgreSQL refuses is unparsed, at the word it stumbles over", () => {
  const body = "BEGIN SELECT 1 frm oops; END";
  const at = OFFSET + body.indexOf("oops");
  expect(read(body)).toEqual({
    language: "unparsed",
    name: "plpgsql",
    span: { start: OFFSET, end: OFFSET + body.length },
    message: 'syntax error at or near "oops"',
    at: { start: at, end: at + 4 },
  });
});

test("a thousand nested blocks are read", () => {
  const depth = 1000;
  const result = read(`${"BEGIN ".repeat(depth)}${"END;".repeat(depth)}`);
  expect(result.language).toBe("plpgsql");
});

test("many statements with many escapes are read", () => {
  const body = `DECLARE v text; BEGIN ${"v := v || 'é';\n".repeat(5000)} END`;
  expect(block(body).body.length).toBe(5000);
});
