/** Rules over values: what they must not say, and where they stand. */
import { describe, expect, it } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintTexts, type TextOptions } from "../support/lint.ts";

/** Findings of these rules above info: `rule/variant severity source text`. */
async function found(sql: string, options: TextOptions = {}): Promise<readonly string[]> {
  const report = await lintTexts([{ path: "a.sql", text: sql }], options);
  return report.findings
    .filter(
      ({ rule, severity }) =>
        severity !== "info" &&
        /^(dynamic-sql-injection|pgr-subscribe-(template|identity|audience))$/.test(rule),
    )
    .map(({ rule, variant, severity, place }) => `${rule}/${variant} ${severity} ${textOf(place)}`);
}

const definer = (parameters: string, body: string, returns = "void"): string =>
  `CREATE FUNCTION public.f(${parameters}) RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ ${body} $$;\n`;

describe("dynamic-sql-injection", () => {
  it.each<[string, string, TextOptions, readonly string[]]>([
    [
      "a part of a format string that is one of several names",
      definer(
        "p text, t regtype",
        "BEGIN EXECUTE format('SELECT %L::' || (CASE WHEN p = 'x' THEN t::text || '[]' ELSE t::text END) || ';', p); END",
      ),
      {},
      [],
    ],
    [
      "a name that a column of type regclass holds",
      `CREATE TABLE public.queue (tab regclass);\n${definer("", "DECLARE r record; BEGIN FOR r IN SELECT tab FROM public.queue LOOP EXECUTE format('ANALYZE %s', r.tab); END LOOP; END")}`,
      {},
      [],
    ],
    [
      "a name that a column of type text holds",
      `CREATE TABLE public.queue (tab text); GRANT INSERT ON public.queue TO PUBLIC;\n${definer("", "DECLARE r record; BEGIN FOR r IN SELECT tab FROM public.queue LOOP EXECUTE format('ANALYZE %s', r.tab); END LOOP; END")}`,
      {},
      ["dynamic-sql-injection/stored-value critical r.tab"],
    ],
    [
      "text in a variable whose type no file creates",
      definer(
        "p text",
        "DECLARE q app.long_text; BEGIN q := 'SELECT 1 FROM app.t WHERE a = ' || p; EXECUTE q; END",
      ),
      {},
      ["dynamic-sql-injection/parameter critical p"],
    ],
    [
      "quoted text in a variable whose type no file creates",
      definer(
        "p text",
        "DECLARE q app.long_text := 'SELECT 1 FROM app.t WHERE a = ' || quote_literal(p); BEGIN EXECUTE q; END",
      ),
      {},
      [],
    ],
    [
      "a setting of the server's own that any role may set to any text",
      definer(
        "",
        "BEGIN EXECUTE 'INSERT INTO public.log VALUES (''' || current_setting('application_name') || ''')'; END",
      ),
      {},
      ["dynamic-sql-injection/session-setting critical current_setting('application_name')"],
    ],
    [
      "a setting of the server's own that holds words of its own",
      definer(
        "",
        "BEGIN EXECUTE 'INSERT INTO public.log VALUES (''' || current_setting('server_version') || ''')'; END",
      ),
      {},
      [],
    ],
    [
      "a value of a query that runs with its caller's rights",
      "CREATE FUNCTION public.f(p text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM public.t WHERE a = ''' || p || ''''; END $$;",
      {},
      ["dynamic-sql-injection/invoker low p"],
    ],
    [
      "words and names of a statement that runs with its caller's rights",
      "CREATE FUNCTION public.f(p text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER TABLE ' || p || ' ADD c int'; EXECUTE p; END $$;",
      {},
      [],
    ],
    [
      "fields of a composite type, by their own types",
      `CREATE TYPE public.request AS (condition text, n int);
${definer("r public.request", "BEGIN EXECUTE 'DELETE FROM public.t WHERE id = ' || (r).n || ' AND ' || (r).condition; END")}`,
      {},
      ["dynamic-sql-injection/parameter critical (r).condition"],
    ],
    [
      "a format string that may be any text",
      definer(
        "p text, q text",
        "BEGIN EXECUTE format(CASE WHEN p = 'x' THEN q ELSE 'SELECT %L' END, p); END",
      ),
      {},
      ["dynamic-sql-injection/whole-statement critical q"],
    ],
    [
      "the values of one text are one finding",
      definer("p text, q text", "BEGIN EXECUTE 'SELECT ' || p || quote_literal(p) || q; END"),
      {},
      ["dynamic-sql-injection/parameter critical p"],
    ],
    [
      "each statement is one of its own",
      definer("p text, q text", "BEGIN EXECUTE 'SELECT ' || p; EXECUTE 'SELECT ' || q; END"),
      {},
      ["dynamic-sql-injection/parameter critical p", "dynamic-sql-injection/parameter critical q"],
    ],
    [
      "a text that two statements execute is one finding",
      definer(
        "p text, q text",
        "DECLARE s text := 'SELECT ' || p; BEGIN EXECUTE s || quote_literal(q); EXECUTE s; END",
      ),
      {},
      ["dynamic-sql-injection/parameter critical p"],
    ],
    [
      "to which the second adds a value of its own",
      definer("p text, q text", "DECLARE s text := 'SELECT ' || p; BEGIN EXECUTE s; EXECUTE s || q; END"),
      {},
      ["dynamic-sql-injection/parameter critical p", "dynamic-sql-injection/parameter critical q"],
    ],
    [
      "who chooses the values tells findings of one statement apart",
      definer("p text", "BEGIN EXECUTE 'SELECT ' || p || current_setting('app.x'); END"),
      {},
      [
        "dynamic-sql-injection/parameter critical p",
        "dynamic-sql-injection/session-setting critical current_setting('app.x')",
      ],
    ],
    [
      "nobody but the owner may call it",
      `${definer("p text", "BEGIN EXECUTE p; END")}REVOKE EXECUTE ON FUNCTION public.f(text) FROM PUBLIC;`,
      {},
      [],
    ],
    [
      "an application role may call it: one step lower",
      `CREATE ROLE app LOGIN; ${definer("p text", "BEGIN EXECUTE p; END")}REVOKE EXECUTE ON FUNCTION public.f(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.f(text) TO app;`,
      {},
      ["dynamic-sql-injection/whole-statement high p"],
    ],
    [
      "with the caller's rights and clients that have SQL anyway",
      "CREATE FUNCTION public.f(p text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE p; END $$;",
      {},
      [],
    ],
    [
      "a table that only its owner writes",
      `CREATE TABLE public.t (x text); GRANT SELECT ON public.t TO PUBLIC; ${definer("", "DECLARE v text; BEGIN SELECT x INTO v FROM public.t; EXECUTE v; END")}`,
      {},
      [],
    ],
    [
      "names and values that only the owner of the code chooses",
      `CREATE ROLE web; CREATE ROLE app; CREATE SCHEMA app AUTHORIZATION app; SET ROLE app; CREATE TABLE app.t (x text);
       GRANT USAGE ON SCHEMA app TO web; GRANT SELECT ON app.t TO web;
       ${definer("", "DECLARE v record; BEGIN FOR v IN SELECT relname FROM pg_class LOOP EXECUTE 'SELECT * FROM ' || v.relname; END LOOP; FOR v IN SELECT x FROM app.t LOOP EXECUTE v.x; END LOOP; END").replace("public.f", "app.f")}`,
      {},
      [],
    ],
    [
      "names that somebody else chooses too",
      `CREATE ROLE web; CREATE ROLE app; CREATE SCHEMA app AUTHORIZATION app; SET ROLE app;
       GRANT USAGE, CREATE ON SCHEMA app TO web;
       ${definer("", "DECLARE v record; BEGIN FOR v IN SELECT relname FROM pg_class LOOP EXECUTE 'SELECT * FROM ' || v.relname; END LOOP; END").replace("public.f", "app.f")}`,
      {},
      ["dynamic-sql-injection/catalog-name high v.relname"],
    ],
    [
      "a table in a project that grants nothing on tables",
      `CREATE TABLE public.t (x text); ${definer("", "DECLARE v text; BEGIN SELECT x INTO v FROM public.t; EXECUTE v; END")}`,
      {},
      ["dynamic-sql-injection/stored-value medium v"],
    ],
    [
      "a column of a harmless type",
      `CREATE TABLE public.t (x int); GRANT INSERT ON public.t TO PUBLIC; ${definer("", "DECLARE v public.t%ROWTYPE; w public.t.x%TYPE; BEGIN SELECT x INTO w FROM public.t; EXECUTE 'SELECT ' || w; END")}`,
      {},
      [],
    ],
    [
      "a field of a whole row",
      `CREATE TABLE public.t (x text); GRANT INSERT ON public.t TO PUBLIC; ${definer("", "DECLARE v public.t%ROWTYPE; BEGIN SELECT * INTO v FROM public.t; EXECUTE 'SELECT ' || v.x; END")}`,
      {},
      ["dynamic-sql-injection/stored-value critical v.x"],
    ],
    [
      "catalog names where only administrators create",
      "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE 'DROP TABLE ' || r.tablename; END LOOP; END $$;",
      {},
      ["dynamic-sql-injection/catalog-name low r.tablename"],
    ],
    [
      "a settled setting of the server",
      definer("", "BEGIN EXECUTE 'SET search_path = ' || current_setting('search_path'); END"),
      {},
      [],
    ],
    ["a helper that builds the text is not known", definer("", "BEGIN EXECUTE public.build(); END"), {}, []],
    [
      "a parameter that the helper gets is suspected",
      definer("p text", "BEGIN EXECUTE public.build(p); END"),
      {},
      ["dynamic-sql-injection/whole-statement critical public.build(p)"],
    ],
  ])("%s", async (_, sql, options, expected) => {
    expect(await found(sql, options)).toEqual(expected);
  });

  it("says that it cannot tell who writes a table that no file creates", async () => {
    const sql = definer("", "DECLARE v text; BEGIN SELECT x INTO v FROM app.other; EXECUTE v; END");
    const report = await lintTexts([{ path: "a.sql", text: sql }]);
    expect(report.unknown.map(({ message }) => message).join()).toContain("app.other");
  });
});

describe("pgr-subscribe", () => {
  const table = `CREATE TABLE public.todos (id int, user_id uuid, list uuid, text text);
ALTER TABLE public.todos ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.todos FOR SELECT TO authenticated USING (user_id = auth.uid());
`;
  const wrapper = (parameters: string, body: string): string =>
    `${table}${definer(parameters, `DECLARE v_uid uuid := auth.uid(); BEGIN ${body} END`)}GRANT EXECUTE ON FUNCTION public.f TO authenticated;`;
  const mine = "format('SELECT id FROM public.todos WHERE user_id = %L', v_uid)";
  const bound = "jsonb_build_object('sub', v_uid::text)";

  it.each<[string, string, readonly string[]]>([
    [
      "a list of one's own in the id and the query",
      wrapper(
        "p_list uuid",
        `PERFORM pgr.subscribe('l_' || v_uid || '_' || p_list, format('SELECT id FROM public.todos WHERE user_id = %L AND list = %L', v_uid, p_list), 'delta', ${bound});`,
      ),
      [],
    ],
    [
      "somebody else's rows of a table that no file creates",
      wrapper(
        "p_user uuid",
        `PERFORM pgr.subscribe('o_' || p_user, format('SELECT id FROM public.orders WHERE user_id = %L', p_user), 'delta', ${bound});`,
      ),
      ["pgr-subscribe-identity/unchecked-argument high p_user"],
    ],
    [
      "a status of a table that no file creates",
      wrapper(
        "p_status text",
        `PERFORM pgr.subscribe('o_' || v_uid, format('SELECT id FROM public.orders WHERE user_id = %L AND status = %L', v_uid, p_status), 'delta', ${bound});`,
      ),
      [],
    ],
    [
      "a further key that the caller chooses only narrows",
      wrapper(
        "p_org text",
        `PERFORM pgr.subscribe('t_' || v_uid, ${mine}, 'delta', jsonb_build_object('sub', v_uid::text, 'org', p_org));`,
      ),
      [],
    ],
    [
      "an id from a list of constants",
      wrapper(
        "p text",
        `IF p NOT IN ('a', 'b') THEN RAISE EXCEPTION 'no'; END IF; PERFORM pgr.subscribe(p, 'SELECT count(*) FROM public.presence');`,
      ),
      [],
    ],
    [
      "named notation",
      wrapper("", `PERFORM pgr.subscribe(sql => ${mine}, audience => ${bound}, query_id => 't_' || v_uid);`),
      [],
    ],
    [
      "NULL on one path",
      wrapper(
        "b bool",
        `PERFORM pgr.subscribe('t_' || v_uid, ${mine}, 'delta', CASE WHEN b THEN ${bound} END);`,
      ),
      ["pgr-subscribe-audience/missing high CASE WHEN b THEN jsonb_build_object('sub', v_uid::text) END"],
    ],
    [
      "the identity of the audience alone is the caller's choice",
      wrapper(
        "p text",
        `PERFORM pgr.subscribe('t_' || v_uid, ${mine}, 'delta', jsonb_build_object('sub', p));`,
      ),
      ["pgr-subscribe-identity/audience high p"],
    ],
    [
      "a checked argument after the text was built",
      wrapper(
        "p uuid",
        `DECLARE q text := format('SELECT id FROM public.todos WHERE user_id = %L', p); BEGIN IF p IS NULL OR p <> v_uid THEN RAISE EXCEPTION 'no'; END IF; PERFORM pgr.subscribe('t_' || p, q, 'delta', jsonb_build_object('sub', p)); END;`,
      ),
      [],
    ],
    [
      "a check that a handler swallows",
      wrapper(
        "p uuid",
        `BEGIN IF p <> v_uid THEN RAISE EXCEPTION 'no'; END IF; EXCEPTION WHEN others THEN NULL; END; PERFORM pgr.subscribe('t_' || p, format('SELECT id FROM public.todos WHERE user_id = %L', p), 'delta', ${bound});`,
      ),
      ["pgr-subscribe-identity/unchecked-argument high p"],
    ],
    [
      "a condition on another column",
      wrapper(
        "p uuid",
        `PERFORM pgr.subscribe('t_' || v_uid, format('SELECT id FROM public.todos WHERE list = %L', p), 'delta', ${bound});`,
      ),
      ["pgr-subscribe-template/unfiltered high public.todos"],
    ],
    [
      "a stream for administrators",
      `${table}SELECT pgr.subscribe('all', 'SELECT id FROM public.todos', 'delta', '{"role":"admin"}'::jsonb);`,
      [],
    ],
    [
      "a policy that lets everybody read",
      `${table}CREATE POLICY everybody ON public.todos FOR SELECT USING (true);\nSELECT pgr.subscribe('all', 'SELECT id FROM public.todos');`,
      [],
    ],
    [
      "with the caller's rights, who may not call pgr.subscribe",
      wrapper("p text", "PERFORM pgr.subscribe(p, p);").replace("SECURITY DEFINER ", ""),
      [],
    ],
  ])("%s", async (_, sql, expected) => {
    expect(await found(sql, { preset: "pgstack" })).toEqual(expected);
  });
});

it("a finding names the other values of its statement, and the other statements that execute its text", async () => {
  const body = "DECLARE s text := 'SELECT ' || p || q || p; BEGIN EXECUTE s; EXECUTE s || ' LIMIT 1'; END";
  const { findings } = await lintTexts([{ path: "a.sql", text: definer("p text, q text", body) }]);
  const [finding, ...others] = findings.filter(({ rule }) => rule === "dynamic-sql-injection");
  expect(others).toEqual([]);
  expect(finding?.related.map(({ place, message }) => `${textOf(place)}: ${message}`)).toEqual([
    "EXECUTE s: executed here",
    "SECURITY DEFINER: runs as postgres",
    "q: argument q too",
    "p: and here",
    "EXECUTE s || ' LIMIT 1': executed here too",
  ]);
});
