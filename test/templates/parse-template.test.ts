import { describe, expect, test } from "vitest";
import type { Expr, FromItem, Select, Statement } from "../../src/events/tree.ts";
import { HOLE_NAME, parseTemplate } from "../../src/templates/index.ts";
import { type Analysed, analyse, onlySink, parser, plpgsql } from "./helper.ts";

interface Seen {
  readonly text: string;
  /** Relations with the source text of their spans. */
  readonly relations: readonly string[];
  /** Columns of WHERE with the source text of their spans. */
  readonly columns: readonly string[];
}

function templates(sql: string): readonly Seen[] {
  const analysed = analyse(sql);
  const value = onlySink(analysed).query?.value;
  if (value === undefined) throw new Error("no query");
  return parseTemplate(value, parser).map((parsed) => {
    if (parsed.statements === null) throw new Error(`does not parse: ${parsed.text.text}`);
    return { text: parsed.text.text, ...named(parsed.statements, analysed) };
  });
}

function named(statements: readonly Statement[], { text }: Analysed): Omit<Seen, "text"> {
  const relations: string[] = [];
  const columns: string[] = [];
  const visitItem = (item: FromItem): void => {
    if (item.kind === "relation") relations.push(`${item.name.join(".")}=${text(item.span)}`);
    else if (item.kind === "join") for (const side of [item.left, item.right]) visitItem(side);
  };
  const visitExpr = (expr: Expr): void => {
    if (expr.kind === "column") columns.push(`${expr.name.join(".")}=${text(expr.span)}`);
    if (expr.kind === "operator" || expr.kind === "and")
      for (const operand of expr.operands) visitExpr(operand);
  };
  const selects = statements.filter((statement): statement is Select => statement.kind === "select");
  for (const select of selects) {
    for (const item of select.from) visitItem(item);
    if (select.where !== null) visitExpr(select.where);
  }
  return { relations, columns };
}

describe("templates as SQL", () => {
  test.each([
    [
      "%L is a constant",
      plpgsql("p text", "BEGIN EXECUTE format('SELECT id FROM app.todos WHERE user_id = %L', p); END"),
      {
        text: "SELECT id FROM app.todos WHERE user_id = 'x'",
        relations: ["app.todos=app.todos"],
        columns: ["user_id=user_id"],
      },
    ],
    [
      "a number that is part of a name",
      plpgsql("p int", "BEGIN EXECUTE 'SELECT id FROM part_' || p || ' WHERE part = ' || p; END"),
      {
        text: `SELECT id FROM part_${HOLE_NAME} WHERE part = NULL`,
        relations: [`part_${HOLE_NAME}=part_' || p`],
        columns: ["part=part"],
      },
    ],
    [
      "doubled quotes before the name",
      plpgsql("p text", "BEGIN EXECUTE 'SELECT ''ab'' FROM todos WHERE a = ''' || p || ''' AND b = 1'; END"),
      {
        text: "SELECT 'ab' FROM todos WHERE a = 'x' AND b = 1",
        relations: ["todos=todos"],
        columns: ["a=a", "b=b"],
      },
    ],
    [
      "E'' with escapes",
      plpgsql("", "BEGIN EXECUTE E'SELECT\\n 1\\tFROM\\u0020todos'; END"),
      { text: "SELECT\n 1\tFROM todos", relations: ["todos=todos"], columns: [] },
    ],
    [
      "a name that is not known",
      plpgsql("p text", "BEGIN EXECUTE format('SELECT 1 FROM %I.todos, other', p); END"),
      {
        text: `SELECT 1 FROM ${HOLE_NAME}.todos, other`,
        relations: [`${HOLE_NAME}.todos=%I.todos`, "other=other"],
        columns: [],
      },
    ],
    [
      "non-ASCII text before",
      plpgsql("p text", "BEGIN EXECUTE format('SELECT ''äöü€'' FROM todos WHERE x = %L', p); END"),
      { text: "SELECT 'äöü€' FROM todos WHERE x = 'x'", relations: ["todos=todos"], columns: ["x=x"] },
    ],
    [
      "a body in quotes",
      "CREATE FUNCTION f(p text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE ''SELECT 1 FROM todos WHERE a = '''''' || p || ''''''''; END'",
      { text: "SELECT 1 FROM todos WHERE a = 'x'", relations: ["todos=todos"], columns: ["a=a"] },
    ],
    [
      "a constant that is quoted",
      plpgsql("", "BEGIN EXECUTE format('SELECT %L FROM %I', 'it''s', 'Big'); END"),
      { text: `SELECT 'it''s' FROM "Big"`, relations: ["Big='Big'"], columns: [] },
    ],
    [
      "a direction that is not known",
      plpgsql("p text", "BEGIN EXECUTE 'SELECT 1 FROM todos ORDER BY a ' || p; END"),
      { text: "SELECT 1 FROM todos ORDER BY a ", relations: ["todos=todos"], columns: [] },
    ],
  ])("%s", (_, sql, expected) => {
    const [only, ...more] = templates(sql);
    expect(more).toEqual([]);
    expect(only).toEqual(expected);
  });

  test("every alternative is parsed", () => {
    const sql = plpgsql(
      "a bool, b bool",
      "DECLARE q text := 'SELECT 1 FROM t WHERE true'; BEGIN IF a THEN q := q || ' AND x = 1'; END IF; IF b THEN q := q || ' AND y = 2'; ELSE q := q || ' AND z = 3'; END IF; EXECUTE q; END",
    );
    const texts = templates(sql);
    expect(new Set(texts.flatMap((template) => template.columns))).toEqual(new Set(["x=x", "y=y", "z=z"]));
  });

  test("a whole statement that is not known has no text", () => {
    const analysed = analyse(plpgsql("p text", "BEGIN EXECUTE p; END"));
    const value = onlySink(analysed).query?.value;
    expect(value === undefined ? null : parseTemplate(value, parser)).toEqual([]);
  });

  test("text that is no SQL says so", () => {
    const value = onlySink(analyse(plpgsql("", "BEGIN EXECUTE 'SELEC 1'; END"))).query?.value;
    expect(
      value === undefined ? [] : parseTemplate(value, parser).map((parsed) => parsed.statements),
    ).toEqual([null]);
  });
});
