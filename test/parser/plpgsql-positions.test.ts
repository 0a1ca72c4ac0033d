import { beforeAll, describe, expect, test } from "vitest";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { spanToSource } from "../../src/text/mapped-text.ts";
import { blockOf, fragmentsOf, parseBody, quotings, returning } from "./plpgsql-helpers.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

const DECLARE =
  "DECLARE v int; r record; a int[]; c CURSOR (k int, l int) FOR SELECT k; rc refcursor; BEGIN ";

/** The source text under every fragment of a statement. */
function fragments(statement: string, quote = quotings.dollar): string[] {
  const parsed = parseBody(parser, `${DECLARE}${statement} END`, returning("text"), quote);
  return fragmentsOf(blockOf(parsed).body).map((fragment) => parsed.slice(fragment.span));
}

describe("every expression of a statement stands where its span says", () => {
  test.each([
    ["v := v + 1;", ["v + 1"]],
    ["r.x = f(v);", ["f(v)"]],
    ["a[v + 1] := a[v];", ["a[v]"]],
    [
      "IF v = 1 THEN v := 2; ELSIF v = 2 THEN ELSEIF v = 3 THEN NULL; ELSE v := 4; END IF;",
      ["v = 1", "2", "v = 2", "v = 3", "4"],
    ],
    [
      "CASE v WHEN 1, f(2, 3) THEN v := 1; WHEN 4 THEN ELSE v := 5; END CASE;",
      ["v", "1", "f(2, 3)", "1", "4", "5"],
    ],
    ["CASE WHEN v = 1 THEN v := 1; END CASE;", ["v = 1", "1"]],
    ["LOOP EXIT WHEN v > 1; CONTINUE WHEN v < 1; END LOOP;", ["v > 1", "v < 1"]],
    ["<<l>> LOOP EXIT l WHEN v > 1; CONTINUE l; EXIT; END LOOP l;", ["v > 1"]],
    ["WHILE v < 3 LOOP v := v + 1; END LOOP;", ["v < 3", "v + 1"]],
    ["FOR i IN 1..10 LOOP v := i; END LOOP;", ["1", "10", "i"]],
    ["FOR i IN REVERSE v .. 3 BY v LOOP END LOOP;", ["v", "3", "v"]],
    ["FOR r IN SELECT 1 FROM t LOOP v := 1; END LOOP;", ["SELECT 1 FROM t", "1"]],
    ["FOR v, r.x IN EXECUTE 'x' || v USING v, 'y' LOOP END LOOP;", ["'x' || v", "v", "'y'"]],
    ["FOR r IN c(1, l := v) LOOP END LOOP;", ["1", "v"]],
    ["FOREACH v SLICE 0 IN ARRAY a || v LOOP END LOOP;", ["a || v"]],
    ["RETURN v;", ["v"]],
    ["RETURN v || v;", ["v || v"]],
    ["RAISE 'x % %', v, f(v, 1) USING hint = v, errcode := 'P0001';", ["v", "f(v, 1)", "v", "'P0001'"]],
    ["RAISE division_by_zero;", []],
    ["RAISE;", []],
    ["RAISE SQLSTATE '22012' USING message = 'm' || v;", ["'m' || v"]],
    ["ASSERT v > 0, 'no' || v;", ["v > 0", "'no' || v"]],
    ["PERFORM f(v);", ["PERFORM f(v)"]],
    ["PERFORM/* c */f(v) FROM t;", ["PERFORM/* c */f(v) FROM t"]],
    ["CALL p(v, 1);", ["p(v, 1)"]],
    ["DO $x$ BEGIN END $x$;", ["DO $x$ BEGIN END $x$"]],
    ["INSERT INTO t VALUES (v) RETURNING 1, 2 INTO v, r.x;", ["INSERT INTO t VALUES (v) RETURNING 1, 2"]],
    ["SELECT 1 INTO STRICT v FROM t WHERE x = v;", ["SELECT 1 INTO STRICT v FROM t WHERE x = v"]],
    ["CREATE TABLE t (x int);", ["CREATE TABLE t (x int)"]],
    ["EXECUTE 'a' || v INTO STRICT v USING v, 1;", ["'a' || v", "v", "1"]],
    ["EXECUTE 'a' USING v INTO r;", ["'a'", "v"]],
    ["OPEN rc FOR SELECT v;", ["SELECT v"]],
    ["OPEN rc NO SCROLL FOR EXECUTE 'x' || v USING v;", ["'x' || v", "v"]],
    ["OPEN c (l := v + 1, k => 2);", ["v + 1", "2"]],
    ["FETCH ABSOLUTE v FROM rc INTO v; MOVE rc; CLOSE rc;", []],
    ["GET DIAGNOSTICS v = ROW_COUNT, v := PG_CONTEXT;", []],
    ["COMMIT; ROLLBACK AND CHAIN; NULL;", []],
    ["v := 1; v := 1; v := 1;", ["1", "1", "1"]],
    ["v := count(*) FROM t;", ["count(*) FROM t"]],
    [
      "DECLARE v int := 7; BEGIN v := 8; EXCEPTION WHEN others OR SQLSTATE '22012' THEN v := 9; END;",
      ["7", "8", "9"],
    ],
  ])("%s", (statement, expected) => {
    expect(fragments(statement)).toEqual(expected);
  });

  test.each(Object.entries(quotings))(
    "through %s quoting, with breaks, comments and non-ASCII text",
    (_, quote) => {
      const statement = "IF/* v = 1 THEN é */v = 'é''x'\r\nTHEN -- it's\n v := v; v :=v\t; END IF;";
      const literal = quote("v = 'é''x'");
      const inner = literal.slice(
        literal.indexOf("v"),
        literal.length - (literal.endsWith("$body$") ? 6 : 1),
      );
      expect(fragments(statement, quote)).toEqual([inner, "v", "v"]);
    },
  );
});

test("INTO is blank in what the SQL parser reads, and everything else keeps its place", () => {
  const parsed = parseBody(
    parser,
    `${DECLARE}SELECT é, 'it''s' INTO STRICT v, r.x FROM ü; END`,
    returning("text"),
    quotings.plain,
  );
  const [statement] = blockOf(parsed).body;
  if (statement?.kind !== "sql") throw new Error("not SQL");
  const { text } = statement.statement;
  expect(text.text).toBe("SELECT é, 'it''s'                    FROM ü");
  const start = Buffer.from(text.text).indexOf("FROM ü");
  expect(parsed.slice(spanToSource(text.map, { start, end: start + 7 }))).toBe("FROM ü");
  expect(statement.into.map((target) => [target.name, parsed.slice(target.span)])).toEqual([
    [["v"], "v"],
    [["r", "x"], "r.x"],
  ]);
  expect(statement.strict).toBe(true);
});

test("PERFORM is read as SELECT, and its expressions keep their place", () => {
  const parsed = parseBody(parser, "BEGIN PERFORM /* it's */ f('é'); END", undefined, quotings.plain);
  const [statement] = blockOf(parsed).body;
  if (statement?.kind !== "sql") throw new Error("not SQL");
  const { text, span } = statement.statement;
  expect(text.text).toBe("SELECT f('é')");
  expect(parsed.slice(span)).toBe("PERFORM /* it''s */ f(''é'')");
  expect(parsed.slice(spanToSource(text.map, { start: 0, end: 6 }))).toBe("PERFORM");
  expect(parsed.slice(spanToSource(text.map, { start: 7, end: 14 }))).toBe("f(''é'')");
});

test("statements reach from their first token or label to their last, without the semicolon", () => {
  const body = `${DECLARE} v := 1 ; <<l>> LOOP RAISE NOTICE 'x'; END LOOP l; NULL; BEGIN FETCH c INTO v; END; END`;
  const parsed = parseBody(parser, body);
  const outer = blockOf(parsed);
  const [, loop, , inner] = outer.body;
  expect(parsed.slice(outer.span)).toBe(body);
  expect(outer.body.map((statement) => parsed.slice(statement.span))).toEqual([
    "v := 1",
    "<<l>> LOOP RAISE NOTICE 'x'; END LOOP l",
    "NULL",
    "BEGIN FETCH c INTO v; END",
  ]);
  if (loop?.kind !== "loop" || inner?.kind !== "block") throw new Error("wrong kinds");
  expect(loop.body.map((statement) => parsed.slice(statement.span))).toEqual(["RAISE NOTICE 'x'"]);
  expect(inner.body.map((statement) => parsed.slice(statement.span))).toEqual(["FETCH c INTO v"]);
});

test("declarations belong to the block that declares them, also under the same name", () => {
  const parsed = parseBody(
    parser,
    `<<a>> DECLARE v int := 1; "V" CONSTANT text NOT NULL DEFAULT 'x'; w ALIAS FOR v; c NO SCROLL CURSOR (k int) IS SELECT k;
     BEGIN DECLARE v text COLLATE "C" = 'in'; BEGIN v := v; END; END a;`,
  );
  const outer = blockOf(parsed);
  const [inner] = outer.body;
  if (inner?.kind !== "block") throw new Error("no block");
  const shown = [...outer.declarations, ...inner.declarations].map((declaration) => [
    declaration.name,
    declaration.constant,
    declaration.notNull,
    declaration.type && parsed.slice(declaration.type.span),
    declaration.default && parsed.slice(declaration.default.span),
    declaration.cursor && parsed.slice(declaration.cursor.span),
    declaration.aliasFor,
  ]);
  expect(outer.label).toBe("a");
  expect(shown).toEqual([
    ["v", false, false, "int", "1", null, null],
    ["V", true, true, "text", "'x'", null, null],
    ["w", false, false, null, null, null, "v"],
    ["c", false, false, null, null, "SELECT k", null],
    ["v", false, false, "text", "'in'", null, null],
  ]);
});
