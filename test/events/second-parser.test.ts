/** A second, independent parser must find the same relations and functions in queries that both accept. */
import fc from "fast-check";
import { type Statement as OtherStatement, parse } from "pgsql-ast-parser";
import { expect, test } from "vitest";
import { SyntaxProblem } from "../../src/parser/postgres.ts";
import { everything, read } from "./tree-helpers.ts";

/** Calls to the other parser; to PostgreSQL's grammar expressions of their own. */
const BOUND = new Set([
  "coalesce",
  "greatest",
  "least",
  "nullif",
  "array",
  "any",
  "some",
  "all",
  "exists",
  "row",
]);

interface Named {
  readonly relations: readonly string[];
  readonly functions: readonly string[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function qualified(name: unknown): string {
  if (!isRecord(name) || typeof name["name"] !== "string") return "?";
  return typeof name["schema"] === "string" ? `${name["schema"]}.${name["name"]}` : name["name"];
}

/** Walks any part of the other parser's tree. */
function namedByOther(statements: readonly OtherStatement[]): Named {
  const relations = new Set<string>();
  const functions = new Set<string>();
  const open: unknown[] = [...statements];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) open.push(...node);
    if (!isRecord(node)) continue;
    switch (node["type"]) {
      case "table":
        relations.add(qualified(node["name"]));
        break;
      case "insert":
        relations.add(qualified(node["into"]));
        break;
      case "update":
        // FOR UPDATE is an "update" too.
        if ("table" in node) relations.add(qualified(node["table"]));
        break;
      case "delete":
        relations.add(qualified(node["from"]));
        break;
      case "call":
        functions.add(qualified(node["function"]));
        break;
    }
    open.push(...Object.values(node));
  }
  const called = [...functions].filter((name) => !BOUND.has(name));
  return { relations: [...relations].sort(), functions: called.sort() };
}

function namedByUs(sql: string): Named {
  const { relations, calls } = everything(read(sql));
  const written = calls.filter((call) => !call.grammar).map((call) => call.name.join("."));
  return {
    relations: [...new Set(relations.map((relation) => relation.name.join(".")))].sort(),
    functions: [...new Set(written)].sort(),
  };
}

const QUERIES = [
  "select 1",
  "select a from t",
  "select a, b as c from s.t as x where x.a = 1",
  "select f(a) from t",
  "select s.f(a, g(b)) from t, u",
  "select count(*), sum(a) from t group by b having max(c) > 1",
  "select count(distinct a) from t",
  "select * from a join b on a.x = b.x",
  "select * from a left join s.b on f(a.x) = g(b.x)",
  "select * from a inner join b using (x)",
  "select * from a cross join b",
  "select * from a full join b on true right join c on false",
  "select * from (select b from t where f(b)) x",
  "select * from (select 1) x, (select a from v) y",
  "select * from t where a in (select b from u)",
  "select * from t where a not in (select b from u where c = h(1))",
  "select * from t where exists (select 1 from u where u.a = t.a)",
  "select * from t where not exists (select 1 from u)",
  "select (select max(b) from u) from t",
  "select * from t where a = any (select b from u)",
  "select * from t where a = any (array[1, f(2)])",
  "select array(select a from t)",
  "select array[f(1), g(2)]",
  "select case when f(a) then g(b) else h(c) end from t",
  "select case a when f(1) then 2 end from t",
  "select coalesce(f(a), g(b)) from t",
  "select greatest(f(1), 2), least(g(3), 4)",
  "select nullif(f(a), 1) from t",
  "select a::text, f(b)::int from t",
  "select cast(f(a) as text) from t",
  "select a || f(b) || 'x' from t",
  "select -f(a), +g(b), not h(c) from t",
  "select f(a) between g(b) and h(c) from t",
  "select f(a) is null, g(a) is not null, h(a) is true from t",
  "select f(a) like g(b), h(a) ilike 'x' from t",
  "select (f(a))[1] from t",
  "select a[f(1)] from t",
  "select f(a) from t",
  "select f(a) -> 'b' ->> 'c' from t",
  "select * from f(1)",
  "select * from s.f(1) as x",
  "select * from t, f(t.a) x",
  "select * from t join f(1) x on x.a = t.a",
  "select * from generate_series(1, 10) as g",
  "select a from t order by f(a) desc nulls last limit 1 offset 2",
  "select distinct a from t",
  "select distinct on (f(a)) a from t",
  "select a from t for update",
  "select a from t limit 10",
  "select a from t union select b from u",
  "select a from t union all select b from s.u union select c from v",
  "(select a from t) union (select b from u)",
  "select f(a) from t union select g(b) from u where h(b)",
  "values (1, f(2)), (3, g(4))",
  "select * from (values (1, f(2))) as v(a, b)",
  "with a as (select 1 from t) select * from a",
  "with a as (select f(x) from t), b as (select * from a) select * from b join c on true",
  "with recursive a (n) as (select 1 union all select f(n) from a) select * from a",
  "with a as (insert into t (x) values (f(1)) returning x) select * from a",
  "with a as (delete from t where f(x) returning x) select * from a",
  "with a as (update t set x = f(1) returning x) select * from a",
  "insert into t values (1, f(2))",
  "insert into s.t (a, b) values (f(1), g(2)), (3, 4)",
  "insert into t (a) select b from u where f(b)",
  "insert into t (a) values (1) returning f(a)",
  "insert into t (a) values (1) on conflict do nothing",
  "insert into t (a) values (1) on conflict (a) do update set b = f(excluded.b)",
  "insert into t (a) values (1) on conflict (a) do update set b = g(1) where h(t.b)",
  "insert into t (a) with x as (select f(1) from u) select * from x",
  "update t set a = f(b)",
  "update s.t set a = 1, b = g(2) where h(c) returning i(a)",
  "update t set a = (select max(b) from u)",
  "update t set a = u.b from u where u.c = t.c",
  "update t set a = default",
  "update t as x set a = f(x.b) where x.c in (select d from v)",
  "delete from t",
  "delete from s.t where f(a) returning g(b)",
  "delete from t where a in (select b from u)",
  "delete from t as x where x.a = 1",
  "select current_user, session_user",
  "select current_date, f(current_timestamp)",
  "select extract(epoch from f(a)) from t",
  "select substring(f(a) from 1 for 2) from t",
  "select overlay(f(a) placing g(b) from 1) from t",
  "select f(a) at time zone 'utc' from t",
  'select \'a\' || quote_literal(x) || "F"(y) from "T"',
  'select "S"."F"(a) from "S"."T" as "X"',
  "select PG_CATALOG.LOWER(A) FROM PUBLIC.T",
  "select a.b, a.*, b.* from a, s.b",
  "select string_agg(f(a), ',' order by g(b)) from t",
  "select sum(f(a)) filter (where g(b)) from t",
  "select row_number() over (partition by f(a) order by g(b)) from t",
  "select rank() over () from t",
  "select f(a) = any (select b from u) from t",
  "select interval '1 day' + f(a) from t",
  "select $1 || f($2)",
  "select f('it''s', E'\\n')",
  "select f(), g(null), h(true), i(1.5)",
  "select f(a, 1)",
  "select * from t where (a, b) in (select c, f(d) from u)",
  "select * from t where (a, f(b)) = (1, 2)",
  "select * from t join u on true",
  "select f(g(h(i(1))))",
  "select /* f(x) */ a -- g(y)\n from t /* , u */",
  "select * from t where f(a) and (g(b) or not h(c))",
  "select * from lateral_t l, lateral (select f(l.a) from u) x",
  "select pg_catalog.set_config('a', f(b), true)",
];

test.each(QUERIES)("%s", (sql) => {
  expect(namedByUs(sql)).toEqual(namedByOther(parse(sql)));
});

/** A grammar of queries, so that every construct meets every other. */
const grammar = fc.letrec<{ expr: string; item: string; query: string; statement: string }>((tie) => {
  const name = fc.constantFrom("a", "b", "c_1", '"D e"', "x.a", "y.b");
  const relation = fc.constantFrom("t", "u", "app.v", 'app."W"', '"T"');
  const called = fc.constantFrom("f", "g", "app.h", "lower", "now", 'app."F"');
  const constant = fc.constantFrom("1", "2.5", "'x'", "'it''s'", "true", "null", "$1", "E'\\n'");
  const joined = (parts: readonly string[]): string => parts.join("");
  const list = (arbitrary: fc.Arbitrary<string>, max: number): fc.Arbitrary<string> =>
    fc.array(arbitrary, { minLength: 1, maxLength: max }).map((parts) => parts.join(", "));
  const expr = tie("expr");
  const query = tie("query");
  const alias = fc.constantFrom("x", "y", "z");
  return {
    expr: fc.oneof(
      { maxDepth: 4, depthIdentifier: "expr" },
      name,
      constant,
      fc.tuple(called, fc.constant("("), list(expr, 2), fc.constant(")")).map(joined),
      fc.tuple(called, fc.constant("()")).map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constantFrom(" + ", " || ", " = ", " <> ", " -> ", " ->> ", " like ", " and ", " or "),
          expr,
          fc.constant(")"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constantFrom("::text", "::int", "::app.kind", "::text[]"),
          fc.constant(")"),
        )
        .map(joined),
      fc.tuple(fc.constant("cast("), expr, fc.constant(" as text)")).map(joined),
      fc
        .tuple(
          fc.constant("case when "),
          expr,
          fc.constant(" then "),
          expr,
          fc.constant(" else "),
          expr,
          fc.constant(" end"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constant("case "),
          expr,
          fc.constant(" when "),
          expr,
          fc.constant(" then "),
          expr,
          fc.constant(" end"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constantFrom("coalesce(", "greatest(", "least("),
          expr,
          fc.constant(", "),
          expr,
          fc.constant(")"),
        )
        .map(joined),
      fc.tuple(fc.constant("nullif("), expr, fc.constant(", "), expr, fc.constant(")")).map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constant(" between "),
          expr,
          fc.constant(" and "),
          expr,
          fc.constant(")"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constantFrom(" is null", " is not null", " is true"),
          fc.constant(")"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constantFrom(" in (", " not in ("),
          list(expr, 3),
          fc.constant("))"),
        )
        .map(joined),
      fc
        .tuple(
          fc.constant("("),
          expr,
          fc.constantFrom(" in (", " not in (", " = any ("),
          query,
          fc.constant("))"),
        )
        .map(joined),
      fc.tuple(fc.constantFrom("exists (", "not exists (", "("), query, fc.constant(")")).map(joined),
      fc.tuple(fc.constant("array["), list(expr, 2), fc.constant("]")).map(joined),
      fc
        .tuple(
          fc.constant("sum("),
          expr,
          fc.constant(") over (partition by "),
          expr,
          fc.constant(" order by "),
          expr,
          fc.constant(")"),
        )
        .map(joined),
      fc
        .tuple(fc.constant("count("), expr, fc.constant(") filter (where "), expr, fc.constant(")"))
        .map(joined),
    ),
    item: fc.oneof(
      { maxDepth: 3, depthIdentifier: "item" },
      relation,
      fc.tuple(relation, fc.constant(" as "), alias).map(joined),
      fc.tuple(called, fc.constant("("), expr, fc.constant(") as "), alias).map(joined),
      fc.tuple(fc.constant("("), query, fc.constant(") as "), alias).map(joined),
      fc
        .tuple(
          relation,
          fc.constantFrom(" join ", " left join ", " full join "),
          tie("item"),
          fc.constant(" on "),
          expr,
        )
        .map(joined),
      fc.tuple(relation, fc.constant(" join "), relation, fc.constant(" using (id)")).map(joined),
      fc.tuple(relation, fc.constant(" cross join "), relation).map(joined),
    ),
    query: fc
      .tuple(
        fc.oneof(
          { weight: 4, arbitrary: fc.constant("") },
          fc
            .tuple(
              fc.constant("with q as ("),
              relation.map((r) => `select f(1) from ${r}`),
              fc.constant(") "),
            )
            .map(joined),
        ),
        fc.constantFrom("select ", "select distinct "),
        list(expr, 2),
        fc.oneof(
          fc.constant(""),
          list(tie("item"), 2).map((items) => ` from ${items}`),
        ),
        fc.oneof(
          fc.constant(""),
          expr.map((e) => ` where ${e}`),
        ),
        fc.oneof(
          { weight: 3, arbitrary: fc.constant("") },
          fc.tuple(expr, expr).map(([a, b]) => ` group by ${a} having ${b}`),
        ),
        fc.oneof(
          { weight: 3, arbitrary: fc.constant("") },
          expr.map((e) => ` order by ${e} desc`),
        ),
        fc.constantFrom("", "", " limit 1", " for update"),
      )
      .map(joined),
    statement: fc.oneof(
      { weight: 5, arbitrary: query },
      { weight: 1, arbitrary: fc.tuple(query, fc.constantFrom(" union ", " union all "), query).map(joined) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constant("insert into "),
            relation,
            fc.constant(" (a) "),
            query,
            fc.constant(" returning "),
            expr,
          )
          .map(joined),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constant("update "),
            relation,
            fc.constant(" set a = "),
            expr,
            fc.constant(" where "),
            expr,
          )
          .map(joined),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constant("delete from "), relation, fc.constant(" where "), expr).map(joined),
      },
    ),
  };
});

test("queries made of all constructs: where both accept them, they name the same", () => {
  let both = 0;
  fc.assert(
    fc.property(grammar.statement, (sql) => {
      let other: readonly OtherStatement[];
      try {
        other = parse(sql);
      } catch {
        return;
      }
      let own: Named;
      try {
        own = namedByUs(sql);
      } catch (error) {
        // What PostgreSQL does not accept is no query.
        if (error instanceof SyntaxProblem) return;
        throw error;
      }
      both++;
      expect(own, sql).toEqual(namedByOther(other));
    }),
    { numRuns: 600 },
  );
  expect(both).toBeGreaterThan(200);
});
