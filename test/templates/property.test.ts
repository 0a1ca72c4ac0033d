import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse, plpgsql, unsafe } from "./helper.ts";

/** Text around a hole, and the position in which it then stands. */
const VALUE_TEXTS = [
  ["SELECT * FROM t WHERE a = ", ""],
  ["SELECT * FROM t WHERE a = ", " AND b = 1"],
  ["SELECT * FROM t LIMIT ", ""],
  ["INSERT INTO t (a) VALUES (", ")"],
  ["UPDATE t SET a = ", " WHERE id = 1"],
  ["SELECT f(", ", 'it''s')"],
  ["SELECT 'x', ", ""],
] as const;
const NAME_TEXTS = [
  ["SELECT * FROM ", ""],
  ["SELECT * FROM app.", " WHERE true"],
  ["DROP TABLE IF EXISTS ", ""],
  ["INSERT INTO ", " VALUES (1)"],
  ["SELECT a FROM t ORDER BY ", ""],
  ['SELECT * FROM "Big Table", ', ""],
] as const;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Ways to put an expression into text; `L`, `I` and `s` are conversions of format. */
type Builder = (before: string, after: string, value: string) => string;
const BUILDERS: readonly Builder[] = [
  (before, after, value) => `EXECUTE ${literal(before)} || ${value} || ${literal(after)};`,
  (before, after, value) => `EXECUTE concat(${literal(before)}, ${value}, ${literal(after)});`,
  (before, after, value) => `EXECUTE format(${literal(`${before}%s${after}`)}, ${value});`,
  (before, after, value) => `EXECUTE format('%s%s%s', ${literal(before)}, ${value}, ${literal(after)});`,
  (before, after, value) =>
    `q := ${literal(before)}; q := q || ${value}; q := q || ${literal(after)}; EXECUTE q;`,
  (before, after, value) => `v := ${value}; EXECUTE ${literal(before)} || v || ${literal(after)};`,
  (before, after, value) => `EXECUTE replace(${literal(`${before}{v}${after}`)}, '{v}', ${value});`,
  (before, after, value) =>
    `a := ARRAY[${literal(before)}, ${value}, ${literal(after)}]; EXECUTE array_to_string(a, '');`,
  (before, after, value) =>
    `IF b THEN q := ${literal(before)} || ${value}; ELSE q := ${literal(before)} || '1'; END IF; EXECUTE q || ${literal(after)};`,
  (before, after, value) =>
    `FOR i IN 1..3 LOOP q := ${literal(before)} || ${value} || ${literal(after)}; END LOOP; EXECUTE coalesce(q, 'SELECT 1');`,
  (before, after, value) => `RETURN QUERY EXECUTE ${literal(before)} || ${value} || ${literal(after)};`,
  (before, after, value) =>
    `PERFORM query_to_xml(${literal(before)} || ${value} || ${literal(after)}, true, true, '');`,
];

function routine(statements: string, type = "text"): string {
  return plpgsql(
    `p ${type}, b bool`,
    `DECLARE q text; v text; a text[]; BEGIN ${statements} END`,
    "SETOF int",
  );
}

const builder = fc.constantFrom(...BUILDERS);
const valueText = fc.constantFrom(...VALUE_TEXTS);
const nameText = fc.constantFrom(...NAME_TEXTS);
const source = fc.constantFrom(
  "p",
  "trim(p)",
  "left(p, 10)",
  "coalesce(p, 'x')",
  "current_setting('a.b')",
  "(SELECT x FROM s)",
  "p || 'x'",
);

describe("a guarded hole is never reported, the same hole without the guard always", () => {
  test("quote_literal where a value stands", () => {
    fc.assert(
      fc.property(
        builder,
        valueText,
        source,
        fc.constantFrom("quote_literal", "quote_nullable"),
        (build, [before, after], value, quote) => {
          expect(unsafe(routine(build(before, after, `${quote}(${value})`)))).toEqual([]);
          expect(unsafe(routine(build(before, after, `(${value})`)))).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("quote_ident where a name stands", () => {
    fc.assert(
      fc.property(builder, nameText, source, (build, [before, after], value) => {
        expect(unsafe(routine(build(before, after, `quote_ident(${value})`)))).toEqual([]);
        expect(unsafe(routine(build(before, after, `(${value})`)))).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("%L and %I in their places, %s there", () => {
    fc.assert(
      fc.property(valueText, nameText, source, (value, name, expr) => {
        const formatted = (
          [before, after]: readonly [string, string],
          conversion: string,
        ): readonly string[] =>
          unsafe(routine(`EXECUTE format(${literal(`${before}${conversion}${after}`)}, ${expr});`));
        expect(formatted(value, "%L")).toEqual([]);
        expect(formatted(name, "%I")).toEqual([]);
        expect(formatted(value, "%s")).not.toEqual([]);
        expect(formatted(name, "%s")).not.toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("types that cannot carry SQL, wherever they stand", () => {
    const types = fc.constantFrom(
      "int",
      "bigint",
      "numeric",
      "uuid",
      "date",
      "timestamptz",
      "boolean",
      "double precision",
      "oid",
      "inet",
      "interval",
      "int[]",
    );
    const text = fc.constantFrom<readonly [string, string]>(
      ...VALUE_TEXTS,
      ["SELECT * FROM t WHERE a = '", "'"],
      ["SELECT * FROM t_", ""],
    );
    fc.assert(
      fc.property(builder, text, types, (build, [before, after], type) => {
        expect(unsafe(routine(build(before, after, "p"), type))).toEqual([]);
        expect(unsafe(routine(build(before, after, "p"), "text"))).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("USING instead of the text", () => {
    fc.assert(
      fc.property(valueText, source, ([before, after], value) => {
        expect(unsafe(routine(`EXECUTE ${literal(`${before}$1${after}`)} USING ${value};`))).toEqual([]);
      }),
    );
  });

  test("quotes around a quoted literal undo it", () => {
    fc.assert(
      fc.property(builder, source, (build, value) => {
        expect(unsafe(routine(build("SELECT '", "'", `quote_literal(${value})`)))).not.toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("nothing makes the analysis fail", () => {
  const { list: statements } = fc.letrec<{ statement: string; list: string }>((tie) => ({
    statement: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        "EXECUTE q;",
        "q := q || p;",
        "q := p;",
        "v := quote_literal(q);",
        "a := a || q;",
        "RETURN;",
        "EXIT;",
        "CONTINUE;",
        "RAISE 'x';",
        "q := array_to_string(a, v);",
      ),
      tie("list").map((list) => `IF b THEN ${list} ELSE ${list} END IF;`),
      tie("list").map((list) => `LOOP ${list} EXIT WHEN b; END LOOP;`),
      tie("list").map((list) => `FOREACH v IN ARRAY a LOOP ${list} END LOOP;`),
      tie("list").map((list) => `BEGIN ${list} EXCEPTION WHEN others THEN ${list} END;`),
    ),
    list: fc.array(tie("statement"), { minLength: 1, maxLength: 3 }).map((list) => list.join(" ")),
  }));

  test("random bodies end, without an error, the same way each time", () => {
    fc.assert(
      fc.property(statements, (list) => {
        const sql = routine(`LOOP ${list} EXIT WHEN b; END LOOP; q := p; EXECUTE q;`).replace(
          "SETOF int",
          "void",
        );
        const { flow } = analyse(sql);
        expect(flow.approximations.filter((one) => one.message.startsWith("data flow not followed"))).toEqual(
          [],
        );
        expect(analyse(sql).flow).toEqual(flow);
      }),
      { numRuns: 200 },
    );
  });

  test("a chain of 5,000 concatenations", () => {
    const sql = routine(
      `EXECUTE ${Array.from({ length: 5000 }, (_, i) => `'SELECT ${i}; '`).join(" || ")} || p;`,
    );
    expect(unsafe(sql)).toHaveLength(1);
  });

  test("text appended 2,000 times", () => {
    const appends = Array.from(
      { length: 2000 },
      (_, i) => `q := q || ' AND a${i} = ' || quote_literal(p);`,
    ).join("\n");
    expect(unsafe(routine(`q := 'SELECT'; ${appends} q := q || p; EXECUTE q;`))).toHaveLength(1);
  });

  test("500 optional conditions", () => {
    const ifs = Array.from(
      { length: 500 },
      (_, i) => `IF b THEN q := q || format(' AND a${i} = %L', p); END IF;`,
    ).join("\n");
    expect(unsafe(routine(`q := 'SELECT 1 WHERE true'; ${ifs} EXECUTE q;`))).toEqual([]);
    expect(
      unsafe(routine(`q := 'SELECT 1 WHERE true'; ${ifs} IF b THEN q := q || p; END IF; EXECUTE q;`)),
    ).toHaveLength(1);
  });

  test("deeply nested blocks, loops and expressions", () => {
    const nested = `q := ''; ${"LOOP ".repeat(40)} q := q || p; EXECUTE q; EXIT; ${"END LOOP; ".repeat(40)}`;
    expect(unsafe(routine(nested)).length).toBeGreaterThan(0);
    const calls = `EXECUTE ${"lower(".repeat(400)}p${")".repeat(400)};`;
    expect(unsafe(routine(calls)).length).toBeGreaterThan(0);
  });
});
