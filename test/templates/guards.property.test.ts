import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDERS, NAME_TEXTS, ORIGINS, QUOTED_TEXTS, VALUE_TEXTS } from "./builders.ts";
import { unsafe } from "./helper.ts";

/** What makes of a value one that is guarded; `before` statements that see it in the variable w2. */
interface Guard {
  readonly before?: string;
  readonly value: (value: string) => string;
}

const expression = (value: Guard["value"]): Guard => ({ value });
const checked = (condition: string): Guard => ({
  before: `IF ${condition} THEN RAISE EXCEPTION 'no'; END IF;`,
  value: (value) => value,
});

const AS_VALUE: readonly Guard[] = [
  expression((value) => `quote_literal(${value})`),
  expression((value) => `quote_nullable(${value})`),
  expression((value) => `format('%L', ${value})`),
  expression((value) => `pg_catalog.format('%1$L', ${value})`),
];
const AS_NAME: readonly Guard[] = [
  expression((value) => `quote_ident(${value})`),
  expression((value) => `format('%I', ${value})`),
  expression((value) => `concat('', quote_ident(${value}))`),
];
const ANYWHERE: readonly Guard[] = [
  ...[
    "int",
    "bigint",
    "numeric(10,2)",
    "uuid",
    "boolean",
    "date",
    "timestamptz",
    "interval",
    "oid",
    "inet",
  ].map((type) => expression((value) => `(${value})::${type}`)),
  expression((value) => `CASE ${value} WHEN 'a' THEN 'x' ELSE 'y' END`),
  expression((value) => `CASE WHEN ${value} = 'a' THEN 'x' WHEN ${value} = 'b' THEN 'y' END`),
  expression((value) => `md5(${value})`),
  expression((value) => `encode(convert_to(${value}, 'utf8'), 'hex')`),
  expression((value) => `length(${value})`),
  expression((value) => `regexp_replace(${value}, '[^a-z0-9_]', '', 'g')`),
  checked("w2 NOT IN ('a', 'b')"),
  checked("w2 IS NULL OR w2 NOT IN ('a', 'b')"),
  checked("NOT (w2 = ANY (ARRAY['a', 'b']))"),
  checked("w2 <> ALL (ARRAY['a', 'b'])"),
  checked("w2 <> 'a' AND w2 <> 'b'"),
  checked("w2 IS DISTINCT FROM 'a'"),
  checked("w2 !~ '^[a-z_][a-z0-9_]*$'"),
  checked("lower(w2) NOT IN ('asc', 'desc')"),
  checked("NOT coalesce(w2 IN ('a', 'b'), false)"),
  checked("(w2 IN ('a', 'b')) IS NOT TRUE"),
];

/** The routine with the value from `origin` put in by the builder, guarded or not. */
function routine(
  [, from]: (typeof ORIGINS)[number],
  build: (typeof BUILDERS)[number],
  [before, after]: readonly [string, string],
  guard: Guard | null,
): string {
  return from((value) => {
    // Without a guard the value goes in as it is.
    const text = guard === null ? "w2" : guard.value("w2");
    return `DECLARE w2 text := ${value}; BEGIN ${guard?.before ?? ""} ${build(before, after, `(${text})`)} END;`;
  });
}

const origin = fc.constantFrom(...ORIGINS);
const build = fc.constantFrom(...BUILDERS);

function holds(
  texts: readonly (readonly [string, string])[],
  guards: readonly Guard[],
  expected: "safe" | "open",
): void {
  fc.assert(
    fc.property(
      origin,
      build,
      fc.constantFrom(...texts),
      fc.constantFrom(...guards),
      (from, builder, text, guard) => {
        const found = unsafe(routine(from, builder, text, guard));
        if (expected === "safe") expect(found).toEqual([]);
        else expect(found).not.toEqual([]);
        expect(unsafe(routine(from, builder, text, null))).not.toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
}

describe("over all sources, builders and places: guarded never, the same without the guard always", () => {
  test("quoted as a literal where a value stands", () => {
    holds(VALUE_TEXTS, AS_VALUE, "safe");
  });

  test("quoted as a name where a name stands", () => {
    holds(NAME_TEXTS, AS_NAME, "safe");
  });

  test("types that carry nothing, constants by CASE, allow lists and patterns, wherever they stand", () => {
    holds([...VALUE_TEXTS, ...NAME_TEXTS], ANYWHERE, "safe");
    holds(QUOTED_TEXTS, ANYWHERE, "safe");
  });

  test("quoting between quotes is none", () => {
    holds(QUOTED_TEXTS, [...AS_VALUE, ...AS_NAME], "open");
  });

  test("each source with each way to build, once", () => {
    for (const from of ORIGINS) {
      for (const builder of BUILDERS) {
        const sql = (guard: Guard | null): string => routine(from, builder, VALUE_TEXTS[0], guard);
        const which = `${from[0]}: ${builder("<", ">", "v")}`;
        expect(unsafe(sql(null)), which).not.toEqual([]);
        expect(unsafe(sql(AS_VALUE[0] ?? null)), which).toEqual([]);
      }
    }
  });
});
