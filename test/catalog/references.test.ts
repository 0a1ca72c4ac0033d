/** Names that bodies look up unqualified, and where exactly they stand in the source. */
import { describe, expect, test } from "vitest";
import { namesOf, namesOfStatement, type UnqualifiedNames } from "../../src/catalog/references.ts";
import { readBody } from "../../src/events/body.ts";
import { eventsOf } from "../../src/events/extract.ts";
import { parseSource } from "../../src/parser/parse-source.ts";
import { parseTemplate } from "../../src/templates/index.ts";
import { analyse, parser, plpgsql } from "../templates/helper.ts";

interface Seen {
  readonly names: UnqualifiedNames;
  readonly text: (span: { readonly start: number; readonly end: number }) => string;
}

function namesIn(sql: string): Seen {
  const source = { path: "test.sql", bytes: Buffer.from(sql) };
  const parsed = parseSource(source, parser);
  for (const event of parsed.statements.flatMap(eventsOf)) {
    if (event.kind !== "create-routine") continue;
    const { language, parameters, returns } = event;
    const header = { language: language ?? "sql", source: event.source, parameters, returns };
    const body = readBody({ ...header, isProcedure: false }, parser);
    if (body.language === "unparsed") throw new Error(body.message);
    const text: Seen["text"] = (span) => source.bytes.toString("utf8", span.start, span.end);
    return { names: namesOf(body), text };
  }
  throw new Error(`no routine in ${sql}`);
}

/** `operator =: the source text`. */
function callable(sql: string): readonly string[] {
  const { names, text } = namesIn(sql);
  return names.callable.map(({ kind, name, span }) => `${kind} ${name.join(".")}: ${text(span)}`);
}

const query = (sql: string): string => `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $q$ ${sql} $q$`;

describe("operators that no sign stands for", () => {
  test.each([
    ["a IN (1, b)", ["operator =: a IN (1, b)"]],
    ["a NOT IN (1)", ["operator <>: a NOT IN (1)"]],
    ["a IN (SELECT 1)", ["operator =: a IN (SELECT 1)"]],
    ["(a, b) = (SELECT 1, 2)", ["operator =: (a, b) = (SELECT 1, 2)"]],
    ["a < ALL (SELECT 1)", ["operator <: a < ALL (SELECT 1)"]],
    ["a = ANY (b)", ["operator =: a = ANY (b)"]],
    ["a BETWEEN 1 AND 2", ["operator >=: a BETWEEN 1 AND 2", "operator <=: a BETWEEN 1 AND 2"]],
    ["a NOT BETWEEN 1 AND 2", ["operator <: a NOT BETWEEN 1 AND 2", "operator >: a NOT BETWEEN 1 AND 2"]],
    ["NULLIF(a, 1)", ["operator =: NULLIF(a, 1)"]],
    ["a IS DISTINCT FROM b", ["operator =: a IS DISTINCT FROM b"]],
    ["CASE a WHEN 1 THEN 2 END", ["operator =: CASE a WHEN 1 THEN 2 END"]],
    ["a LIKE 'x'", ["operator ~~: a LIKE 'x'"]],
  ])("%s", (expr, expected) => {
    expect(callable(query(`SELECT ${expr} FROM app.t`))).toEqual(expected);
  });

  test.each([
    "a IS DISTINCT FROM NULL",
    "a IS NULL",
    "CASE WHEN a THEN 2 END",
    "EXISTS (SELECT 1)",
    "a OPERATOR(pg_catalog.=) 1",
    "a::int[][1]",
    "(a)[1:2]",
  ])("%s looks up none", (expr) => {
    expect(callable(query(`SELECT ${expr} FROM app.t`))).toEqual([]);
  });

  test("joins", () => {
    expect(callable(query("SELECT 1 FROM app.t JOIN app.u USING (a)"))).toEqual([
      "operator =: app.t JOIN app.u",
    ]);
    expect(callable(query("SELECT 1 FROM app.t NATURAL JOIN app.u"))).toEqual([
      "operator =: app.t NATURAL JOIN app.u",
    ]);
    expect(callable(query("SELECT 1 FROM app.t CROSS JOIN app.u"))).toEqual([]);
  });

  test("CASE of PL/pgSQL", () => {
    expect(callable(plpgsql("p text", "BEGIN CASE p WHEN 'a' THEN NULL; ELSE NULL; END CASE; END"))).toEqual([
      "operator =: p",
    ]);
    expect(callable(plpgsql("p text", "BEGIN CASE WHEN p IS NULL THEN NULL; END CASE; END"))).toEqual([]);
  });
});

describe("spans through quoting", () => {
  const bodies: readonly (readonly [string, string])[] = [
    ["dollar quotes", "$a$ BEGIN PERFORM f(x) FROM t WHERE é BETWEEN 1 AND 2; END $a$"],
    ["doubled quotes", "' BEGIN PERFORM ''it''''s'', f(x) FROM t WHERE a = ''é''; END '"],
    ["E'' with escapes", "E' BEGIN\\n PERFORM \\'\\u00e9\\', f(x) FROM t WHERE \\x61 = 1; END '"],
    ["U&''", "U&' BEGIN PERFORM \\00e9, f(x) FROM t WHERE a = 1; END '"],
  ];
  test.each(bodies)("%s", (_, body) => {
    const { names, text } = namesIn(`CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS ${body}`);
    const calls = names.callable.filter(({ kind }) => kind === "function");
    expect(calls.map(({ span }) => text(span))).toEqual(["f"]);
    expect(names.temporary.map(({ span }) => text(span))).toEqual(["t"]);
  });

  const dynamic: readonly (readonly [string, string])[] = [
    ["dollar in dollar", "$a$ BEGIN EXECUTE $b$SELECT f(x) FROM t WHERE a = '$b$ || p || $b$'$b$; END $a$"],
    ["quotes in dollar", "$a$ BEGIN EXECUTE 'SELECT ''é'', f(x) FROM t WHERE a = ''' || p || ''''; END $a$"],
    [
      "quotes in quotes",
      "' BEGIN EXECUTE ''SELECT ''''é'''', f(x) FROM t WHERE a = '''''' || p || ''''''''; END '",
    ],
    [
      "E'' in dollar",
      "$a$ BEGIN EXECUTE E'SELECT \\'\\u00e9\\n\\', f(x)\\tFROM\\tt WHERE a = \\'' || p || '\\''; END $a$".replace(
        "'\\''; END",
        "E'\\''; END",
      ),
    ],
    ["U&'' in dollar", "$a$ BEGIN EXECUTE U&'SELECT \\00e9, f(x) FROM t WHERE a = ' || p; END $a$"],
  ];
  test.each(dynamic)("text that is executed: %s", (_, body) => {
    const sql = `CREATE FUNCTION g(p text) RETURNS void LANGUAGE plpgsql AS ${body}`;
    const { flow, text } = analyse(sql);
    const [sink] = flow.sinks;
    if (sink?.query == null) throw new Error("no query");
    const holes = sink.arguments.flatMap(({ holes }) => holes.map(({ hole }) => text(hole.span)));
    expect(holes).toEqual(["p"]);
    const found = parseTemplate(sink.query.value, parser).flatMap(({ statements }) =>
      (statements ?? []).map((statement) => namesOfStatement(statement)),
    );
    const functions = found.flatMap(({ callable }) => callable.filter(({ kind }) => kind === "function"));
    expect(functions.map(({ span }) => text(span))).toEqual(["f"]);
    expect(found.flatMap(({ temporary }) => temporary.map(({ span }) => text(span)))).toEqual(["t"]);
  });
});
