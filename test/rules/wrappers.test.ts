/** Functions that execute what they are given: judged where it is given to them. */
import { describe, expect, test } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintTexts } from "../support/lint.ts";

const PATH = "SET search_path = pg_catalog, pg_temp";

const plpgsql = (name: string, parameters: string, body: string, more = "SECURITY DEFINER"): string =>
  `CREATE FUNCTION ${name}(${parameters}) RETURNS void LANGUAGE plpgsql ${more} ${PATH} AS $$ BEGIN ${body} END $$;\n`;

/** A function that only the owner may call. */
const hidden = (name: string, parameters: string, body: string, more = ""): string =>
  `${plpgsql(name, parameters, body, more)}REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC;\n`;

async function found(sql: string): Promise<readonly string[]> {
  const { findings } = await lintTexts([{ path: "a.sql", text: sql }]);
  return findings
    .filter(({ rule, severity }) => rule.startsWith("dynamic-sql") && severity !== "info")
    .map(({ variant, severity, place, related }) => {
      const steps = related.filter(({ message }) => /given|gives|executed here/.test(message));
      return [
        variant,
        severity,
        textOf(place),
        ...steps.map((step) => `${textOf(step.place)}: ${step.message}`),
      ].join(" | ");
    });
}

const RUN = hidden("app.run", "q text", "EXECUTE q;");
const SETUP = "CREATE SCHEMA app;\nGRANT USAGE ON SCHEMA app TO PUBLIC;\n";

describe("a parameter that reaches a sink", () => {
  test("is reported where a caller gives it its own argument, with the way", async () => {
    const sql = `${SETUP}${RUN}${plpgsql("app.f", "p text", "PERFORM app.run('SELECT ' || p);")}`;
    expect(await found(sql)).toEqual([
      "parameter | critical | p | app.run: given on to this function | EXECUTE q: executed here",
    ]);
  });

  test("over several functions, of SQL too", async () => {
    const sql = `${SETUP}${RUN}
      CREATE FUNCTION app.middle(q text) RETURNS void LANGUAGE sql AS $$ SELECT app.run(q || ' LIMIT 1') $$;
      REVOKE EXECUTE ON FUNCTION app.middle FROM PUBLIC;
      ${plpgsql("app.f", "p text", "PERFORM app.middle(q => p);")}`;
    expect(await found(sql)).toEqual([
      "whole-statement | critical | p | app.middle: given on to this function | app.run(q || ' LIMIT 1'): app.middle gives it to app.run | EXECUTE q: executed here",
    ]);
  });

  test("over functions that call each other", async () => {
    const sql = `${SETUP}
      ${hidden("app.a", "q text, n int", "IF n > 0 THEN PERFORM app.b(q, n - 1); END IF;")}
      ${hidden("app.b", "q text, n int", "IF n = 0 THEN EXECUTE q; ELSE PERFORM app.a(q, n - 1); END IF;")}
      ${plpgsql("app.f", "p text", "PERFORM app.a(p, 2);")}`;
    expect(await found(sql)).toEqual([
      "whole-statement | critical | p | app.a: given on to this function | app.b(q, n - 1): app.a gives it to app.b | EXECUTE q: executed here",
    ]);
  });

  test("in a circle of 300 functions", async () => {
    const ring = Array.from({ length: 300 }, (_, i) =>
      hidden(
        `app.f${i}`,
        "q text",
        `IF q IS NULL THEN PERFORM app.f${(i + 1) % 300}(q || 'x'); END IF;${i === 3 ? " EXECUTE q;" : ""}`,
      ),
    ).join("");
    const lines = await found(`${SETUP}${ring}${plpgsql("app.f", "p text", "PERFORM app.f1(p);")}`);
    expect(lines.map((line) => line.split(" | ").slice(1, 3))).toEqual([["critical", "p"]]);
  });

  test("is defined after its caller", async () => {
    const sql = `${SETUP}${plpgsql("app.f", "p text", "PERFORM app.run(p);")}${RUN}`;
    expect(await found(sql)).toHaveLength(1);
  });

  test("in a view, a policy and a default: values of the table", async () => {
    const sql = `${SETUP}
      CREATE FUNCTION app.value(q text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER ${PATH} AS $$
      DECLARE r text; BEGIN EXECUTE 'SELECT ' || q INTO r; RETURN r; END $$;
      REVOKE EXECUTE ON FUNCTION app.value FROM PUBLIC;
      CREATE TABLE app.t (c text); GRANT INSERT, UPDATE ON app.t TO PUBLIC;
      CREATE VIEW app.v AS SELECT app.value(c) FROM app.t;
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON app.t USING (app.value('1' || c) = '1');`;
    expect((await found(sql)).map((line) => line.split(" | ").slice(0, 3))).toEqual([
      ["stored-value", "critical", "c"],
      ["stored-value", "critical", "c"],
    ]);
  });

  test.each<[string, string]>([
    ["constants", plpgsql("app.f", "p text", "PERFORM app.run('SELECT 1');")],
    [
      "quoted rightly for where it goes",
      plpgsql("app.f", "p text", "PERFORM app.run(format('SELECT %L', p));"),
    ],
    ["a type that cannot carry SQL", plpgsql("app.f", "p int", "PERFORM app.run('SELECT ' || p);")],
    [
      "checked before",
      plpgsql(
        "app.f",
        "p text",
        "IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; PERFORM app.run('SELECT ' || p);",
      ),
    ],
    [
      "checked by a function that raises",
      `${hidden("app.check", "n text", "IF n NOT IN ('a', 'b') OR n IS NULL THEN RAISE EXCEPTION 'no'; END IF;")}
       ${plpgsql("app.f", "p text", "PERFORM app.check(p); PERFORM app.run('SELECT ' || p);")}`,
    ],
    ["only administrators call it", hidden("app.f", "p text", "PERFORM app.run(p);", "SECURITY DEFINER")],
  ])("not: %s", async (_, sql) => {
    expect(await found(`${SETUP}${RUN}${sql}`)).toEqual([]);
  });

  test("a check that does not hold for all ways back is none", async () => {
    const sql = `${SETUP}${RUN}
      ${hidden("app.check", "n text", "IF n = 'x' THEN RETURN; END IF; IF n NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF;")}
      ${plpgsql("app.f", "p text", "PERFORM app.check(p); PERFORM app.run('SELECT ' || p);")}`;
    // Both ways are allow lists.
    expect(await found(sql)).toEqual([]);
    const open = sql.replace("IF n = 'x' THEN", "IF length(n) > 3 THEN");
    expect(await found(open)).toHaveLength(1);
  });

  test("a callee that quotes rightly is fine, one that quotes wrongly is not", async () => {
    const f = plpgsql("app.f", "p text", "PERFORM app.find(p);");
    const right = hidden("app.find", "v text", "EXECUTE format('SELECT %L', v);");
    const wrong = hidden("app.find", "v text", "EXECUTE format('SELECT ''%L''', v);");
    expect(await found(SETUP + right + f)).toEqual([]);
    expect((await found(SETUP + wrong + f))[0]).toMatch(/^quoted-placeholder \| critical \| p \|/);
  });

  test("the callee that everybody can call is reported instead", async () => {
    const sql = `${SETUP}${plpgsql("app.run", "q text", "EXECUTE q;")}${plpgsql("app.f", "p text", "PERFORM app.run(p);")}`;
    expect((await found(sql)).map((line) => line.split(" | ")[2])).toEqual(["q"]);
  });

  test("overloads: the one that the arguments choose", async () => {
    const sql = `${SETUP}${RUN.replace(/app\.run/g, "app.go").replace("FUNCTION app.go FROM", "FUNCTION app.go(text) FROM")}
      ${hidden("app.go", "n int", "EXECUTE 'SELECT ' || n;").replace("FUNCTION app.go FROM", "FUNCTION app.go(int) FROM")}`;
    expect(await found(sql + plpgsql("app.f", "p int", "PERFORM app.go(p);"))).toEqual([]);
    expect(await found(sql + plpgsql("app.f", "p text", "PERFORM app.go(p);"))).toHaveLength(1);
  });
});

describe("results of functions of the project", () => {
  const sqlOf = (name: string, parameters: string, body: string): string =>
    `CREATE FUNCTION ${name}(${parameters}) RETURNS text LANGUAGE sql AS $$ SELECT ${body} $$;\n`;

  test("are what the body makes of the arguments", async () => {
    const f = plpgsql("app.f", "p text", "EXECUTE app.build(p);");
    expect(await found(SETUP + sqlOf("app.build", "v text", "format('SELECT %L', v)") + f)).toEqual([]);
    expect(await found(SETUP + sqlOf("app.build", "v text", "format('SELECT %s', v)") + f)).toEqual([
      "parameter | critical | p",
    ]);
  });

  test("of a safe type carry nothing", async () => {
    const sql = `${SETUP}CREATE FUNCTION app.n(v text) RETURNS int LANGUAGE sql AS $$ SELECT length(v) $$;
      ${plpgsql("app.f", "p text", "EXECUTE 'SELECT ' || app.n(p);")}`;
    expect(await found(sql)).toEqual([]);
  });

  test("a name that is looked up in the catalogs and quoted", async () => {
    const sql = `${SETUP}CREATE FUNCTION app.known(v text) RETURNS text LANGUAGE sql AS $$ SELECT quote_ident(relname) FROM pg_class WHERE relname = v $$;
      ${plpgsql("app.f", "p text", "EXECUTE 'SELECT 1 FROM app.' || app.known(p);")}`;
    expect(await found(sql)).toEqual([]);
  });
});

describe("sinks inside text that is executed", () => {
  test.each<[string, string, string]>([
    ["a value given with USING", "EXECUTE 'SELECT app.run($1)' USING p;", "$1"],
    ["a quoted literal", "EXECUTE format('SELECT app.run(%L)', p);", "%L"],
    ["a function of PostgreSQL", "EXECUTE 'SELECT query_to_xml($1, true, true, '''')' USING p;", "$1"],
  ])("%s", async (_, body, where) => {
    const lines = await found(SETUP + RUN + plpgsql("app.f", "p text", body));
    expect(lines.map((line) => line.split(" | ").slice(1, 3))).toEqual([["critical", where]]);
  });

  test("not: values that are quoted again, or no text", async () => {
    const safe =
      "EXECUTE 'SELECT app.run(format(''SELECT %L'', $1))' USING p; EXECUTE 'SELECT lower($1)' USING p;";
    expect(await found(SETUP + RUN + plpgsql("app.f", "p text", safe))).toEqual([]);
  });
});

describe("a value that a function of the project is given again and again", () => {
  test("keeps each of its origins once", async () => {
    const tidy = "CREATE FUNCTION app.tidy(t text) RETURNS text LANGUAGE sql AS $$ SELECT reverse(t) $$;";
    const again = "p := app.tidy(p || q || p || q);\n".repeat(24);
    const sql = `${SETUP}${tidy}${plpgsql("app.f", "p text, q text", `${again} EXECUTE p;`)}`;
    expect(await found(sql)).toHaveLength(1);
  });
});

describe("a text that is quoted as a whole", () => {
  const body = (text: string): string =>
    plpgsql(
      "app.f",
      "p text, n bigint, place text",
      `DECLARE v text; s name; BEGIN SELECT nspname INTO s FROM pg_namespace WHERE oid = 1; v := ${text};
       EXECUTE 'SELECT x FROM ' || quote_ident(s) || '.dblink(' || quote_literal('c') || ',' || quote_literal(v) || ') t (x int)'; END;`,
    );

  test("is judged by its parts where it is executed", async () => {
    const quoted = "'SELECT app.g(' || n || ',' || quote_literal(p) || ')'";
    expect(await found(`${SETUP}${body(quoted)}`)).toEqual([]);
    const bare = "'SELECT app.g(' || n || ',' || p || ')'";
    const lines = await found(`${SETUP}${body(bare)}`);
    expect(lines.map((line) => line.split(" | ").slice(0, 3))).toEqual([["query-function", "critical", "p"]]);
  });

  test("also by a function that executes it", async () => {
    const middle = (text: string): string =>
      hidden("app.middle", "p text", `EXECUTE 'SELECT app.run(' || quote_literal(${text}) || ')';`);
    const call = plpgsql("app.f", "q text", "PERFORM app.middle(q);");
    expect(await found(`${SETUP}${RUN}${middle("'SELECT ' || quote_literal(p)")}${call}`)).toEqual([]);
    expect(await found(`${SETUP}${RUN}${middle("'SELECT ' || p")}${call}`)).toHaveLength(1);
  });

  test("quoted again and again, stays bounded", async () => {
    const again = "p := quote_literal(p || q || p);\n".repeat(40);
    expect(
      await found(`${SETUP}${plpgsql("app.f", "p text, q text", `${again} EXECUTE 'SELECT ' || p;`)}`),
    ).toEqual([]);
  });
});

describe("a domain", () => {
  test.each<[string, number]>([
    ["CHECK (VALUE IN ('asc', 'desc'))", 0],
    ["CHECK (VALUE ~ '^[a-z_]+$')", 0],
    ["CHECK (length(VALUE) < 10 AND VALUE = ANY (ARRAY['a', 'b']))", 0],
    ["CHECK (VALUE ~ '^[a-z_]+')", 1],
    ["CHECK (VALUE IN ('asc') OR length(VALUE) < 10)", 1],
    ["NOT NULL", 1],
  ])("%s", async (check, count) => {
    const sql = `${SETUP}CREATE DOMAIN app.word AS text ${check};
      ${plpgsql("app.f", "p app.word", "EXECUTE 'SELECT 1 ORDER BY 1 ' || p;")}
      ${plpgsql("app.g", "p text", "EXECUTE 'SELECT 1 ORDER BY 1 ' || p::app.word;")}`;
    expect(await found(sql)).toHaveLength(2 * count);
  });
});
