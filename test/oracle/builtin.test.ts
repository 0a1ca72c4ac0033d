// The data about PostgreSQL's own objects against PostgreSQL itself.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  catalogCasts,
  catalogFunctions,
  catalogOperators,
  catalogRelation,
  catalogType,
  displayType,
  functionSignature,
  LAST_VERSION,
  predefinedRoles,
  setting,
} from "../../src/catalog/builtin/index.ts";
import { type Oracle, startOracle } from "./postgres.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
  await oracle.run("SET search_path = pg_catalog");
}, 60_000);
afterAll(() => oracle.close());

test("the embedded PostgreSQL is the last version of the data", () => {
  expect(oracle.version).toBe(LAST_VERSION);
});

test("functions of pg_catalog", async () => {
  const rows = await oracle.query<{ name: string; facts: readonly string[] }>(
    `SELECT proname AS name, array_agg(concat_ws(' ', proname || '(' || oidvectortypes(proargtypes) || ')', prokind, provolatile, proisstrict, proleakproof, proretset, provariadic <> 0, pronargdefaults,
        proacl IS NOT NULL AND NOT has_function_privilege('public', oid, 'EXECUTE')) ORDER BY 1) AS facts
     FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname`,
  );
  const kinds = { function: "f", aggregate: "a", window: "w", procedure: "p" };
  const wrong = rows.filter(({ name, facts }) => {
    const known = catalogFunctions(name, oracle.version).map((each) =>
      [
        functionSignature(each),
        kinds[each.kind],
        each.volatility[0],
        each.strict ? "t" : "f",
        each.leakproof ? "t" : "f",
      ]
        .concat([
          each.returnsSet ? "t" : "f",
          each.variadic ? "t" : "f",
          `${each.defaults}`,
          each.revokedFromPublic ? "t" : "f",
        ])
        .join(" "),
    );
    return JSON.stringify([...known].sort()) !== JSON.stringify([...facts].sort());
  });
  expect(wrong).toEqual([]);
  expect(rows.length).toBeGreaterThan(2500);
});

test("relations and their columns", async () => {
  const rows = await oracle.query<{ name: string; columns: readonly string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname || ' ' || format_type(a.atttypid, NULL) ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') GROUP BY c.relname`,
  );
  const wrong = rows.filter(
    ({ name, columns }) =>
      JSON.stringify(
        catalogRelation(name, oracle.version)?.columns.map(
          (each) => `${each.name} ${displayType(each.type)}`,
        ),
      ) !== JSON.stringify(columns),
  );
  expect(wrong).toEqual([]);
});

test("types, operators, casts, roles, settings", async () => {
  const types = await oracle.query<{ name: string; oid: number; shown: string }>(
    `SELECT typname AS name, oid::int AS oid, format_type(oid, NULL) AS shown FROM pg_type t
     WHERE typnamespace = 'pg_catalog'::regnamespace AND typrelid = 0 AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`,
  );
  expect(types.filter((each) => catalogType(each.name, oracle.version)?.oid !== each.oid)).toEqual([]);
  expect(types.filter((each) => displayType(each.name) !== each.shown)).toEqual([]);

  const operators = await oracle.query<{ name: string; count: number }>(
    "SELECT oprname AS name, count(*)::int AS count FROM pg_operator GROUP BY 1",
  );
  expect(
    operators.filter((each) => catalogOperators(each.name, oracle.version).length !== each.count),
  ).toEqual([]);

  const casts = await oracle.query<{ source: string; count: number }>(
    "SELECT t.typname AS source, count(*)::int AS count FROM pg_cast c JOIN pg_type t ON t.oid = c.castsource GROUP BY 1",
  );
  expect(casts.filter((each) => catalogCasts(each.source, oracle.version).length !== each.count)).toEqual([]);

  const roles = await oracle.query<{ name: string }>(
    "SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^pg_' ORDER BY 1",
  );
  expect(predefinedRoles(oracle.version).map((each) => each.name)).toEqual(roles.map((each) => each.name));

  const settings = await oracle.query<{ name: string; context: string }>(
    "SELECT name, context FROM pg_settings WHERE name !~ '\\.'",
  );
  expect(
    settings.filter(({ name, context }) => {
      const known = setting(name, oracle.version);
      return known?.name !== name || known.context !== context;
    }),
  ).toEqual([]);
});
