import { describe, expect, test } from "vitest";
import { analyse, onlySink, plpgsql, unsafe } from "./helper.ts";

/** A function that does `before` and then executes `p` in the text. */
function guarded(before: string, parameters = "p text", use = "p"): string {
  return plpgsql(parameters, `BEGIN ${before} EXECUTE 'SELECT a FROM t ORDER BY ' || ${use}; END`);
}

describe("allow lists clean a value", () => {
  test.each([
    ["NOT IN, RAISE", guarded("IF p NOT IN ('a', 'b') THEN RAISE EXCEPTION 'no'; END IF;")],
    ["NOT IN or NULL", guarded("IF p IS NULL OR p NOT IN ('a', 'b') THEN RAISE EXCEPTION 'no'; END IF;")],
    ["NOT (IN)", guarded("IF NOT (p IN ('a', 'b')) THEN RAISE EXCEPTION 'no'; END IF;")],
    ["NOT IN, RETURN", guarded("IF p NOT IN ('a', 'b') THEN RETURN; END IF;")],
    ["NOT IN, replaced", guarded("IF p NOT IN ('a', 'b') THEN p := 'a'; END IF;")],
    ["<> ALL", guarded("IF p <> ALL (ARRAY['a', 'b']) THEN RAISE EXCEPTION 'no'; END IF;")],
    [
      "NOT = ANY of an array literal",
      guarded("IF NOT p = ANY ('{a,b}'::text[]) THEN RAISE EXCEPTION 'no'; END IF;"),
    ],
    ["<> several", guarded("IF p <> 'a' AND p <> 'b' THEN RAISE EXCEPTION 'no'; END IF;")],
    ["a safe pattern", guarded("IF p !~ '^[a-z_][a-z0-9_]*$' THEN RAISE EXCEPTION 'no'; END IF;")],
    ["a word pattern", guarded("IF p !~ '^\\w+$' OR p IS NULL THEN RAISE EXCEPTION 'no'; END IF;")],
    ["in another case", guarded("IF lower(p) NOT IN ('asc', 'desc') THEN RAISE EXCEPTION 'no'; END IF;")],
    [
      "a constant array variable",
      plpgsql(
        "p text",
        "DECLARE ok constant text[] := ARRAY['a', 'b']; BEGIN IF NOT (p = ANY (ok)) THEN RAISE EXCEPTION 'no'; END IF; EXECUTE 'SELECT ' || p; END",
      ),
    ],
    [
      "before the text is built from it",
      plpgsql(
        "p text",
        "DECLARE q text := 'SELECT ' || p; BEGIN IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; EXECUTE q; END",
      ),
    ],
    [
      "a value made of it",
      guarded("IF p NOT IN ('a', 'b') THEN RAISE EXCEPTION 'no'; END IF;", "p text", "reverse(p)"),
    ],
    [
      "in the branch where it holds",
      plpgsql("p text", "BEGIN IF p IN ('a', 'b') THEN EXECUTE 'SELECT ' || p; END IF; END"),
    ],
    [
      "a CASE statement without ELSE",
      plpgsql("p text", "BEGIN CASE p WHEN 'a', 'b' THEN NULL; END CASE; EXECUTE 'SELECT ' || p; END"),
    ],
    [
      "an element in a loop",
      plpgsql(
        "p text[]",
        "DECLARE x text; BEGIN FOREACH x IN ARRAY p LOOP IF x NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; EXECUTE 'SELECT ' || x; END LOOP; END",
      ),
    ],
    [
      "CONTINUE in a loop",
      plpgsql(
        "p text[]",
        "DECLARE x text; BEGIN FOREACH x IN ARRAY p LOOP CONTINUE WHEN x NOT IN ('a'); EXECUTE 'SELECT ' || x; END LOOP; END",
      ),
    ],
    [
      "regclass",
      guarded(
        "IF p <> ALL (ARRAY['app.events']::regclass[]) THEN RAISE EXCEPTION 'no'; END IF;",
        "p regclass",
        "'''' || p || ''''",
      ),
    ],
  ])("%s", (_, sql) => {
    expect(unsafe(sql)).toEqual([]);
  });

  test.each([
    ["IN, RAISE (the wrong way round)", guarded("IF p IN ('a', 'b') THEN RAISE EXCEPTION 'no'; END IF;")],
    ["RAISE NOTICE does not stop", guarded("IF p NOT IN ('a', 'b') THEN RAISE NOTICE 'no'; END IF;")],
    [
      "only one branch checks",
      guarded("IF b THEN IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; END IF;", "p text, b bool"),
    ],
    ["another parameter", guarded("IF q NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF;", "p text, q text")],
    [
      "compared with another parameter",
      guarded("IF p <> q THEN RAISE EXCEPTION 'no'; END IF;", "p text, q text"),
    ],
    [
      "an AND of failures",
      guarded("IF p NOT IN ('a') AND b THEN RAISE EXCEPTION 'no'; END IF;", "p text, b bool"),
    ],
    ["a pattern without its end", guarded("IF p !~ '^[a-z]+' THEN RAISE EXCEPTION 'no'; END IF;")],
    ["a pattern with quotes", guarded("IF p !~ '^[a-z''\"]+$' THEN RAISE EXCEPTION 'no'; END IF;")],
    ["a pattern that is open at the side", guarded("IF p !~ '^a|b$' THEN RAISE EXCEPTION 'no'; END IF;")],
    ["a pattern with any character", guarded("IF p !~ '^a.*$' THEN RAISE EXCEPTION 'no'; END IF;")],
    [
      "swallowed by a handler",
      plpgsql(
        "p text",
        "BEGIN BEGIN IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; EXCEPTION WHEN others THEN NULL; END; EXECUTE 'SELECT ' || p; END",
      ),
    ],
    ["an assertion, which anyone can turn off", guarded("ASSERT p IN ('a', 'b');")],
    [
      "assigned afterwards",
      guarded("IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; p := q;", "p text, q text"),
    ],
    [
      "after the sink",
      plpgsql(
        "p text",
        "BEGIN EXECUTE 'SELECT ' || p; IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; END",
      ),
    ],
    [
      "another element of the array",
      plpgsql(
        "p text[]",
        "BEGIN IF p[1] NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; EXECUTE 'SELECT ' || p[2]; END",
      ),
    ],
  ])("not: %s", (_, sql) => {
    expect(unsafe(sql)).toHaveLength(1);
  });
});

describe("checks against the caller's identity", () => {
  /** What is known about the parameter in the text executed. */
  function checks(before: string, parameters = "p uuid", use = "p"): readonly string[] {
    const sink = onlySink(analyse(guarded(before, parameters, use)));
    const origins = sink.query?.holes.flatMap((placed) => placed.hole.origins) ?? [];
    return origins.flatMap((origin) => origin.checks.map((check) => `${check.kind} ${check.by}`));
  }
  const refuse = "RAISE EXCEPTION 'forbidden'";

  test.each([
    ["IS DISTINCT FROM", `IF p IS DISTINCT FROM auth.uid() THEN ${refuse}; END IF;`, "identity auth.uid()"],
    ["<>", `IF p <> auth.uid() THEN ${refuse}; END IF;`, "identity auth.uid()"],
    ["the other way round", `IF auth.uid() <> p THEN ${refuse}; END IF;`, "identity auth.uid()"],
    [
      "claims, NULL refused",
      `IF p IS NULL OR p IS DISTINCT FROM (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid THEN ${refuse}; END IF;`,
      "identity current_setting('request.jwt.claims') ->> 'sub'",
    ],
    ["positive form", `IF p = auth.uid() THEN NULL; ELSE ${refuse}; END IF;`, "identity auth.uid()"],
    ["IS NOT TRUE", `IF (p = auth.uid()) IS NOT TRUE THEN ${refuse}; END IF;`, "identity auth.uid()"],
    ["coalesce", `IF NOT coalesce(p = auth.uid(), false) THEN ${refuse}; END IF;`, "identity auth.uid()"],
    ["session_user", `IF p::text <> session_user THEN ${refuse}; END IF;`, "identity session_user"],
    [
      "a function that is asked",
      `IF NOT app.is_member(p) THEN ${refuse}; END IF;`,
      "authorised app.is_member",
    ],
    [
      "a function that is asked, with the identity",
      `IF NOT app.may(auth.uid(), p) THEN ${refuse}; END IF;`,
      "authorised app.may",
    ],
    [
      "EXISTS",
      `IF NOT EXISTS (SELECT 1 FROM app.m WHERE m.org = p AND m.who = auth.uid()) THEN ${refuse}; END IF;`,
      "authorised auth.uid()",
    ],
    [
      "PERFORM, NOT FOUND",
      `PERFORM 1 FROM app.m WHERE m.org = p AND m.who = auth.uid(); IF NOT FOUND THEN ${refuse}; END IF;`,
      "authorised auth.uid()",
    ],
    [
      "the owner of what it names",
      `IF (SELECT o.owner FROM app.o WHERE o.id = p) IS DISTINCT FROM auth.uid() THEN ${refuse}; END IF;`,
      "authorised auth.uid()",
    ],
  ])("%s", (_, before, expected) => {
    expect(checks(before)).toContain(expected);
  });

  test("a variable that holds the identity", () => {
    const sql = plpgsql(
      "p uuid",
      `DECLARE me uuid := auth.uid(); BEGIN IF p <> me THEN ${refuse}; END IF; EXECUTE 'SELECT ' || p; END`,
    );
    expect(onlySink(analyse(sql)).checks.map((check) => check.kind)).toEqual(["identity"]);
  });

  test("an answer that is kept in a variable", () => {
    const sql = plpgsql(
      "p uuid",
      `DECLARE ok bool; BEGIN SELECT EXISTS (SELECT 1 FROM app.m WHERE m.org = p AND m.who = auth.uid()) INTO ok; IF NOT ok THEN ${refuse}; END IF; EXECUTE 'SELECT ' || p; END`,
    );
    expect(onlySink(analyse(sql)).checks.map((check) => check.kind)).toEqual(["authorised"]);
  });

  test.each([
    ["nothing", ""],
    ["a role is not an identity", `IF auth.role() <> 'authenticated' THEN ${refuse}; END IF;`],
    ["the identity alone", `IF auth.uid() IS NULL THEN ${refuse}; END IF;`],
    ["a notice", "IF p <> auth.uid() THEN RAISE NOTICE 'x'; END IF;"],
    ["the wrong way round", `IF p = auth.uid() THEN ${refuse}; END IF;`],
    ["built-in functions answer nothing", `IF length(p::text) <> 36 THEN ${refuse}; END IF;`],
    ["swallowed", `BEGIN IF p <> auth.uid() THEN ${refuse}; END IF; EXCEPTION WHEN others THEN NULL; END;`],
  ])("not: %s", (_, before) => {
    expect(checks(before)).toEqual([]);
  });
});

describe("WHERE", () => {
  const query = (where: string): string =>
    plpgsql(
      "p text",
      `DECLARE q text; BEGIN SELECT 'SELECT ' || p || x.c INTO q FROM app.t x WHERE ${where}; EXECUTE q; END`,
    );

  test.each([
    "p IN ('a', 'b') AND x.c IN ('c')",
    "x.id = 1 AND p = ANY (ARRAY['a']) AND x.c ~ '^[a-z]+$'",
    "(p = 'a' OR p = 'b') AND c = 'x'",
  ])("cleans: %s", (where) => {
    expect(unsafe(query(where))).toEqual([]);
  });

  test.each([
    "p IN ('a') OR x.c IN ('c')",
    "p NOT IN ('a') AND x.c <> 'c'",
    "EXISTS (SELECT 1 WHERE p IN ('a'))",
  ])("not: %s", (where) => {
    expect(unsafe(query(where))).toHaveLength(2);
  });

  test("says nothing about another row", () => {
    const body = `DECLARE a text; b text; BEGIN SELECT c INTO a FROM app.t WHERE id = 1; SELECT c INTO b FROM app.t WHERE id = 2;
      IF a NOT IN ('x') THEN RAISE EXCEPTION 'no'; END IF; EXECUTE 'SELECT ' || b; END`;
    expect(unsafe(plpgsql("p text", body))).toHaveLength(1);
  });
});

describe("EXIT and CONTINUE with a label", () => {
  const loops = (inner: string): string =>
    plpgsql(
      "p text, b bool",
      `DECLARE q text := 'SELECT 1'; BEGIN <<o>> LOOP LOOP ${inner} END LOOP; q := 'SELECT 2'; EXIT; END LOOP; EXECUTE q; END`,
    );

  test.each([
    ["leaves the outer loop with the value", "q := p; EXIT o;", 1],
    ["leaves the inner loop, after which it is cleaned", "q := p; EXIT;", 0],
    ["goes round the outer loop again", "IF b THEN EXIT; END IF; q := p; CONTINUE o;", 0],
    ["leaves the outer loop when a condition holds", "q := p; EXIT o WHEN b; q := 'SELECT 3'; EXIT;", 1],
  ])("%s", (_, inner, count) => {
    expect(unsafe(loops(inner))).toHaveLength(count);
  });

  test("a labelled block", () => {
    const block = (exit: string): string =>
      plpgsql(
        "p text, b bool",
        `DECLARE q text := p; BEGIN <<l>> BEGIN ${exit} q := 'SELECT 1'; END; EXECUTE q; END`,
      );
    expect(unsafe(block("IF b THEN EXIT l; END IF;"))).toHaveLength(1);
    expect(unsafe(block("IF b THEN q := 'x'; EXIT l; END IF;"))).toEqual([]);
  });

  test("the condition of EXIT holds where it leads", () => {
    const sql = plpgsql(
      "p text",
      "BEGIN <<o>> LOOP LOOP EXIT o WHEN p IN ('a', 'b'); END LOOP; END LOOP; EXECUTE 'SELECT ' || p; END",
    );
    expect(unsafe(sql)).toEqual([]);
  });
});
