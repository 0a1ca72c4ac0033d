import { beforeAll, describe, expect, test } from "vitest";
import type { Signature } from "../../src/parser/plpgsql-types.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { NO_SIGNATURE, parseBody, quotings, returning } from "./plpgsql-helpers.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

function outcome(body: string, signature: Signature = NO_SIGNATURE): string {
  const { result } = parseBody(parser, body, signature);
  return result.kind === "tree" ? "accepted" : result.message;
}

const of = (name: string, more: object = {}) => ({ name: [name], array: false, ...more });
const parameter = (
  name: string | null,
  mode: "in" | "out" | "inout" | "variadic" | "table",
  type = of("int4"),
) => ({
  name,
  mode,
  type,
});

describe("types that only the database knows do not make a body fail", () => {
  test.each([
    ["an enum variable in INTO", "DECLARE e my_enum; n int; BEGIN SELECT 1, 2 INTO e, n; END", NO_SIGNATURE],
    [
      "a domain in GET DIAGNOSTICS",
      "DECLARE n positive; BEGIN GET DIAGNOSTICS n = ROW_COUNT; END",
      NO_SIGNATURE,
    ],
    [
      "fields of a row variable",
      "DECLARE t todos%ROWTYPE; BEGIN t.title := 'x'; SELECT 1 INTO t; END",
      NO_SIGNATURE,
    ],
    [
      "fields of a row variable in INTO",
      "DECLARE t s.todos; BEGIN SELECT 1, 2 INTO t.a, t.b; END",
      NO_SIGNATURE,
    ],
    ["an array of a column's type", "DECLARE t todos.id%TYPE[]; BEGIN t[1] := 2; END", NO_SIGNATURE],
    ["an array of an own type", "DECLARE t my_type[]; n int; BEGIN SELECT 1, 2 INTO t, n; END", NO_SIGNATURE],
    [
      "rows and scalars side by side",
      "DECLARE t todos%ROWTYPE; e mood; n int; BEGIN t.e := e; SELECT 1, 2 INTO e, n; END",
      NO_SIGNATURE,
    ],
    [
      "a parameter of a column's type",
      "BEGIN p := 1; END",
      { ...NO_SIGNATURE, parameters: [parameter("p", "in", of("c", { name: ["t", "c"], of: "type" }))] },
    ],
    [
      "a scalar parameter of an own type",
      "DECLARE n int; BEGIN SELECT 1, 2 INTO p, n; END",
      { ...NO_SIGNATURE, parameters: [parameter("p", "inout", of("mood"))] },
    ],
    [
      "a row parameter",
      "BEGIN p.x := 1; END",
      { ...NO_SIGNATURE, parameters: [parameter("p", "in", of("todos"))] },
    ],
    [
      "a result that is an array of an own type",
      "BEGIN RETURN NULL; END",
      { ...NO_SIGNATURE, returns: of("mood", { array: true }) },
    ],
    [
      "a result of a column's type",
      "BEGIN RETURN 1; END",
      { ...NO_SIGNATURE, returns: of("c", { name: ["t", "c"], of: "type" }) },
    ],
  ] satisfies [string, string, Signature][])("%s", (_, body, signature) => {
    expect(outcome(body, signature)).toBe("accepted");
  });

  test("a row in a list of INTO targets stays an error", () => {
    expect(outcome("DECLARE r record; n int; BEGIN r.x := 1; SELECT 1, 2 INTO r, n; END")).toMatch(
      /multiple-item INTO/,
    );
  });
});

describe("what a body may use of its routine", () => {
  test.each([
    ["trigger variables", "BEGIN NEW.x := TG_OP; RETURN NEW; END", returning("trigger")],
    ["event trigger variables", "BEGIN RAISE NOTICE '%', TG_TAG; END", returning("event_trigger")],
    ["unnamed parameters", "BEGIN $1 := 2; END", { ...NO_SIGNATURE, parameters: [parameter(null, "in")] }],
    [
      "parameters by the routine's name",
      "BEGIN set_it.p := 2; END",
      { ...NO_SIGNATURE, parameters: [parameter("p", "in")] },
    ],
    [
      "OUT parameters",
      "BEGIN a := 1; b := 2; RETURN; END",
      {
        ...NO_SIGNATURE,
        parameters: [parameter("a", "out"), parameter("b", "inout")],
        returns: of("record"),
      },
    ],
    [
      "a set of one OUT parameter",
      "BEGIN a := 1; RETURN NEXT; END",
      { ...NO_SIGNATURE, parameters: [parameter("a", "out")], returns: of("int4", { setof: true }) },
    ],
    [
      "columns of RETURNS TABLE",
      "BEGIN a := 1; RETURN NEXT; END",
      {
        ...NO_SIGNATURE,
        parameters: [parameter("a", "table"), parameter("b", "table", of("mood"))],
        returns: of("record", { setof: true }),
      },
    ],
    [
      "VARIADIC parameters",
      "BEGIN v[1] := 1; END",
      { ...NO_SIGNATURE, parameters: [parameter("v", "variadic", of("int4", { array: true }))] },
    ],
    [
      "polymorphic types",
      "DECLARE x ALIAS FOR p; y p%TYPE; BEGIN RETURN x; END",
      returning("anyelement", "p anyelement"),
    ],
    ["quoted names", 'BEGIN "P ""x" := 2; END', { ...NO_SIGNATURE, parameters: [parameter('P "x', "in")] }],
    [
      "transactions in a procedure",
      "BEGIN COMMIT; p := 1; END",
      { ...NO_SIGNATURE, parameters: [parameter("p", "inout")], isProcedure: true },
    ],
    [
      "a set of rows",
      "BEGIN RETURN QUERY SELECT 1; RETURN NEXT ROW(1); END",
      { ...NO_SIGNATURE, returns: of("todos", { setof: true }) },
    ],
  ] satisfies [string, string, Signature][])("%s", (_, body, signature) => {
    expect(outcome(body, signature)).toBe("accepted");
  });

  test.each([
    ["RETURN with a value from void", "BEGIN RETURN 1; END", NO_SIGNATURE, /cannot have a parameter/],
    ["RETURN NEXT without SETOF", "BEGIN RETURN NEXT 1; END", returning("int4"), /non-SETOF/],
    [
      "RETURN with a value beside OUT parameters",
      "BEGIN RETURN 1; END",
      { ...NO_SIGNATURE, parameters: [parameter("a", "out")] },
      /OUT parameters/,
    ],
    ["an undeclared variable", "BEGIN q := 1; END", returning("int4", "p"), /"q" is not a known variable/],
  ] satisfies [string, string, Signature, RegExp][])("%s stays an error", (_, body, signature, message) => {
    expect(outcome(body, signature)).toMatch(message);
  });
});

describe("the shape of bodies", () => {
  test.each([
    ["options first", "#variable_conflict use_column\n#print_strict_params on\nBEGIN END"],
    ["an empty block", "BEGIN END"],
    ["DECLARE without declarations", "DECLARE BEGIN END;"],
    ["DECLARE twice", "DECLARE a int; DECLARE b int; BEGIN a := b; END"],
    ["CRLF", "DECLARE\r\n a int;\r\nBEGIN\r\n a := 1;\r\nEND;\r\n"],
    ["a tag like the one put around it", "BEGIN RAISE '$pgvet_0$ $pgvet_1'; END -- $pgvet_0"],
    ["a placeholder of a migration tool", "BEGIN INSERT INTO {{ .Schema }}.t VALUES (1); END"],
  ])("%s", (_, body) => {
    expect(outcome(body)).toBe("accepted");
  });

  test.each([
    ["nothing", ""],
    ["a comment", " -- nothing"],
    ["text after the end", "BEGIN END; x"],
  ])("%s is an error", (_, body) => {
    expect(outcome(body)).toMatch(/syntax error/);
  });
});

describe("the place of an error", () => {
  function place(body: string): string {
    const { result, slice } = parseBody(parser, body, NO_SIGNATURE, quotings.plain);
    if (result.kind === "tree") throw new Error("accepted");
    return slice(result.at);
  }

  test("is the word the parser names, when it stands only once", () => {
    expect(place("BEGIN x := 'it'; SELECT nonsense nonsense2 oops; END")).toBe("x");
    expect(place("DECLARE x int; BEGIN x := 'it'; SELECT 1 frm oops; END")).toBe("oops");
  });

  test("is the whole body, when the word could stand in several places", () => {
    const body = "DECLARE a int; BEGIN a := 1; a := 1 2; a := 2; END";
    expect(place(body)).toBe(body);
  });
});
