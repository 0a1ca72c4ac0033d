import { describe, expect, test } from "vitest";
import { constantText, objectsOf } from "../../src/templates/index.ts";
import { analyse, onlySink, origins, plpgsql, unsafe } from "./helper.ts";

/** A body with one `BEGIN … END`. */
function body(statements: string, parameters = "p text"): string {
  return plpgsql(parameters, `BEGIN ${statements} END`);
}

describe("text is followed", () => {
  test.each([
    ["||", body("EXECUTE 'SELECT ''' || p || '''';"), "p quoted parameter p"],
    ["a number of pieces", body("EXECUTE 'SELECT ' || 1 || p || now();"), "p value parameter p"],
    ["concat", body("EXECUTE concat('SELECT * FROM ', p);"), "p identifier parameter p"],
    ["concat_ws", body("EXECUTE concat_ws(' ', 'SELECT', '1', p);"), "p other parameter p"],
    ["format %s", body("EXECUTE format('DELETE FROM t WHERE id = %s', p);"), "p value parameter p"],
    ["format with position", body("EXECUTE format('SELECT %2$L, %1$s', p, 1);"), "p value parameter p"],
    ["format with width", body("EXECUTE format('SELECT %-10s', p);"), "p value parameter p"],
    ["format with * width", body("EXECUTE format('SELECT %*s, %L', 5, p, p);"), "p value parameter p"],
    ["format in pieces", body("EXECUTE format('SELECT %' || 's', p);"), "p value parameter p"],
    [
      "format VARIADIC",
      body("EXECUTE format('SELECT %L, %s', VARIADIC ARRAY[p, p]);"),
      "ARRAY[p, p] value parameter p",
    ],
    [
      "format VARIADIC parameter",
      body("EXECUTE format('SELECT %s', VARIADIC p);", "p text[]"),
      "p value parameter p",
    ],
    ["a format string that is not known", body("EXECUTE format(p, 1);"), "p statement parameter p"],
    ["replace", body("EXECUTE replace('SELECT {x}', '{x}', p);"), "p value parameter p"],
    [
      "string_agg",
      body("EXECUTE (SELECT 'SELECT ' || string_agg(x, ',') FROM unnest(p) AS x);", "p text[]"),
      "string_agg(x, ',') value parameter p",
    ],
    [
      "array_to_string",
      body("EXECUTE 'SELECT ' || array_to_string(p, ',');", "p text[]"),
      "array_to_string(p, ',') value parameter p",
    ],
    ["coalesce", body("EXECUTE 'SELECT 1 ORDER BY ' || coalesce(p, '1');"), "p identifier parameter p"],
    ["CASE", body("EXECUTE 'SELECT ' || CASE WHEN p IS NULL THEN '1' ELSE p END;"), "p value parameter p"],
    ["E''", body("EXECUTE E'SELECT \\'' || p || E'\\'';"), "p quoted parameter p"],
    ["dollar quotes", body("EXECUTE $x$SELECT '$x$ || p || $x$'$x$;"), "p quoted parameter p"],
    ["->>", body("EXECUTE 'SELECT ' || (p ->> 'a');", "p jsonb"), "p ->> 'a' value parameter p"],
    ["trim", body("EXECUTE 'SELECT ' || trim(p);"), "trim(p) value parameter p"],
    [
      "left takes a guard away",
      body("EXECUTE 'SELECT ' || left(quote_literal(p), 9);"),
      "left(quote_literal(p), 9) value parameter p",
    ],
    [
      "right takes a guard away",
      body("EXECUTE 'SELECT ' || right(quote_literal(p), 9);"),
      "right(quote_literal(p), 9) value parameter p",
    ],
    ["$1", body("EXECUTE $1;"), "$1 statement parameter p"],
    ["subscript", body("EXECUTE p[1];", "p text[]"), "p[1] statement parameter p"],
  ])("%s", (_, sql, expected) => {
    expect(unsafe(sql)).toEqual([expected]);
  });

  test.each([
    ["constants only", body("EXECUTE 'SELECT ' || upper('x') || E'\\n' || $$y$$;")],
    ["%L", body("EXECUTE format('SELECT %L', p);")],
    ["%I", body("EXECUTE format('SELECT * FROM app.%I', p);")],
    ["%% is no placeholder", body("EXECUTE format('SELECT 5 %% 2, %L', p);")],
    ["USING", body("EXECUTE 'SELECT $1' USING p;")],
    [
      "CASE to constants",
      body("EXECUTE 'SELECT 1 ORDER BY 1 ' || CASE p WHEN 'asc' THEN 'ASC' ELSE 'DESC' END;"),
    ],
    [
      "CASE to the checked value",
      body("EXECUTE 'SELECT ' || CASE WHEN p IN ('a', 'b') THEN p ELSE 'a' END;"),
    ],
    ["an integer", body("EXECUTE 'SELECT ' || p;", "p integer")],
    ["a cast", body("EXECUTE 'SELECT ' || p::int;")],
    ["md5", body("EXECUTE 'SELECT ''' || md5(p) || '''';")],
    ["to_char of a date", body("EXECUTE 'CREATE TABLE t_' || to_char(p, 'YYYY_MM');", "p date")],
    ["regclass outside quotes", body("EXECUTE 'SELECT * FROM ' || p;", "p regclass")],
    [
      "regexp_replace to harmless letters",
      body("EXECUTE 'SELECT ''' || regexp_replace(p, '[^a-z0-9_]', '', 'g') || '''';"),
    ],
    ["lower keeps a guard", body("EXECUTE 'SELECT ' || lower(quote_literal(p));")],
    [
      "cutting the author's own text",
      plpgsql(
        "p text",
        "DECLARE q text := 'SELECT '; BEGIN q := q || quote_literal(p) || ', '; EXECUTE rtrim(q, ', '); END",
      ),
    ],
    ["an array of integers", body("EXECUTE 'SELECT ' || array_to_string(p, ',');", "p int[]")],
    [
      "string_agg of quoted names",
      body("EXECUTE (SELECT 'SELECT ' || string_agg(quote_ident(x), ',') FROM unnest(p) AS x);", "p text[]"),
    ],
  ])("safe: %s", (_, sql) => {
    expect(unsafe(sql)).toEqual([]);
  });
});

describe("variables", () => {
  test.each([
    [
      "built up over statements",
      plpgsql(
        "p text",
        "DECLARE q text; BEGIN q := 'SELECT * FROM t'; q := q || ' WHERE a = ''' || p || ''''; EXECUTE q; END",
      ),
      ["p quoted parameter p"],
    ],
    [
      "one branch is enough",
      plpgsql(
        "p text, b bool",
        "DECLARE q text := p; BEGIN IF b THEN q := quote_literal(p); END IF; EXECUTE 'SELECT ' || q; END",
      ),
      ["q value parameter p"],
    ],
    [
      "later assignment replaces",
      plpgsql("p text", "DECLARE q text := p; BEGIN q := quote_literal(p); EXECUTE 'SELECT ' || q; END"),
      [],
    ],
    [
      "a path that returned does not count",
      plpgsql(
        "p text, b bool",
        "DECLARE q text := 'x'; BEGIN IF b THEN q := p; RETURN; END IF; EXECUTE 'SELECT ' || q; END",
      ),
      [],
    ],
    [
      "an exception handler sees what was assigned before the error",
      plpgsql(
        "p text",
        "DECLARE q text := 'x'; BEGIN BEGIN q := p; PERFORM 1/0; q := 'y'; EXCEPTION WHEN others THEN EXECUTE 'SELECT ' || q; END; END",
      ),
      ["q value parameter p"],
    ],
    [
      "through a loop, in as many rounds as it takes",
      plpgsql(
        "p text",
        "DECLARE a text := 'x'; b text := 'x'; c text := 'x'; BEGIN FOR i IN 1..9 LOOP EXECUTE 'SELECT ' || a; a := b; b := c; c := p; END LOOP; END",
      ),
      ["a value parameter p"],
    ],
    [
      "shadowing",
      plpgsql("p text", "DECLARE q text := p; BEGIN DECLARE q text := 'x'; BEGIN EXECUTE q; END; END"),
      [],
    ],
    [
      "after the inner block the outer one counts",
      plpgsql("p text", "DECLARE q text := p; BEGIN DECLARE q text := 'x'; BEGIN NULL; END; EXECUTE q; END"),
      ["q statement parameter p"],
    ],
    ["alias", plpgsql("text", "DECLARE q ALIAS FOR $1; BEGIN EXECUTE q; END"), ["q statement parameter $1"]],
    [
      "label",
      plpgsql(
        "p text",
        "<<o>> DECLARE q text := p; BEGIN DECLARE q text := 'x'; BEGIN EXECUTE o.q; END; END",
      ),
      ["o.q statement parameter p"],
    ],
    ["the function's own name", plpgsql("p text", "BEGIN EXECUTE f.p; END"), ["f.p statement parameter p"]],
    ["declared integer", plpgsql("p text", "DECLARE n int := p; BEGIN EXECUTE 'SELECT ' || n; END"), []],
    [
      "a record's field",
      plpgsql(
        "p text",
        "DECLARE r record; BEGIN SELECT p AS a, 1 AS b INTO r; EXECUTE 'SELECT ' || r.a || r.b; END",
      ),
      ["r.a value parameter p"],
    ],
    [
      "array elements",
      plpgsql(
        "p text",
        "DECLARE a text[] := '{}'; BEGIN a := a || ('x = ' || p); EXECUTE 'SELECT ' || array_to_string(a, ' AND '); END",
      ),
      ["p value parameter p"],
    ],
    [
      "guarded array elements",
      plpgsql(
        "p text",
        "DECLARE a text[]; BEGIN a := array_append(a, format('x = %L', p)); EXECUTE 'SELECT ' || array_to_string(a, ' AND '); END",
      ),
      [],
    ],
    [
      "FOREACH",
      plpgsql(
        "p text[]",
        "DECLARE x text; BEGIN FOREACH x IN ARRAY p LOOP EXECUTE 'SELECT ' || x; END LOOP; END",
      ),
      ["x value parameter p"],
    ],
    [
      "FOREACH over constants",
      plpgsql(
        "",
        "DECLARE x text; BEGIN FOREACH x IN ARRAY ARRAY['a','b'] LOOP EXECUTE 'SELECT ' || x; END LOOP; END",
      ),
      [],
    ],
    [
      "FOREACH over an array literal",
      plpgsql(
        "",
        "DECLARE x text; BEGIN FOREACH x IN ARRAY '{a,b}'::text[] LOOP EXECUTE 'SELECT ' || x; END LOOP; END",
      ),
      [],
    ],
    [
      "EXIT leaves with what was assigned",
      plpgsql(
        "p text, b bool",
        "DECLARE q text := 'x'; BEGIN LOOP q := p; EXIT WHEN b; q := 'y'; END LOOP; EXECUTE q; END",
      ),
      ["q statement parameter p"],
    ],
    [
      "OUT parameters are NULL at first",
      plpgsql("p text, OUT q text", "BEGIN EXECUTE 'SELECT ' || coalesce(q, '1'); END", "text"),
      [],
    ],
  ])("%s", (_, sql, expected) => {
    expect(unsafe(sql)).toEqual(expected);
  });
});

describe("where values come from", () => {
  test.each([
    [
      "a table",
      plpgsql("", "DECLARE t text; BEGIN SELECT x INTO t FROM app.s; EXECUTE t; END"),
      ["t statement stored app.s.x"],
    ],
    [
      "a table, in a loop",
      plpgsql(
        "",
        "DECLARE r record; BEGIN FOR r IN SELECT * FROM app.s LOOP EXECUTE 'SELECT ' || r.x; END LOOP; END",
      ),
      ["r.x value stored app.s.x"],
    ],
    [
      "a subquery",
      plpgsql("", "BEGIN EXECUTE 'SELECT ' || (SELECT q.y FROM (SELECT s.x AS y FROM app.s) q); END"),
      ["(SELECT q.y FROM (SELECT s.x AS y FROM app.s) q) value stored app.s.x"],
    ],
    [
      "WITH",
      plpgsql("", "BEGIN EXECUTE (WITH w AS (SELECT x FROM app.s) SELECT w.x FROM w); END"),
      ["w.x statement stored app.s.x"],
    ],
    [
      "RETURNING",
      plpgsql("", "DECLARE t text; BEGIN DELETE FROM app.s RETURNING x INTO t; EXECUTE t; END"),
      ["t statement stored app.s.x"],
    ],
    [
      "a cursor",
      plpgsql(
        "",
        "DECLARE c CURSOR FOR SELECT x FROM app.s; t text; BEGIN OPEN c; FETCH c INTO t; EXECUTE t; END",
      ),
      ["t statement stored app.s.x"],
    ],
    [
      "an opened cursor",
      plpgsql(
        "",
        "DECLARE c refcursor; t text; BEGIN OPEN c FOR SELECT x FROM app.s; FETCH c INTO t; EXECUTE t; END",
      ),
      ["t statement stored app.s.x"],
    ],
    [
      "a cursor loop",
      plpgsql(
        "",
        "DECLARE c CURSOR FOR SELECT x FROM app.s; BEGIN FOR r IN c LOOP EXECUTE r.x; END LOOP; END",
      ),
      ["r.x statement stored app.s.x"],
    ],
    [
      "a dynamic query that is constant",
      plpgsql(
        "",
        "DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT relname FROM pg_class' LOOP EXECUTE r.relname; END LOOP; END",
      ),
      ["r.relname statement catalog pg_class.relname"],
    ],
    [
      "the catalog",
      "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE 'DROP TABLE ' || r.tablename; END LOOP; END $$",
      ["r.tablename identifier catalog pg_tables.tablename"],
    ],
    [
      "the catalog, joined",
      "DO $$ DECLARE r record; BEGIN FOR r IN SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LOOP EXECUTE format('DROP TABLE %I.%s', r.nspname, r.relname); END LOOP; END $$",
      ["r.relname identifier catalog pg_class.relname"],
    ],
    [
      "information_schema",
      "DO $$ DECLARE t text; BEGIN FOR t IN SELECT table_name FROM information_schema.tables LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END $$",
      ["t identifier catalog information_schema.tables.table_name"],
    ],
    [
      "a trigger row",
      plpgsql(
        "",
        "BEGIN EXECUTE 'SELECT ''' || NEW.a || '''' || TG_TABLE_NAME || TG_ARGV[0] || TG_OP; RETURN NEW; END",
        "trigger",
      ),
      ["NEW.a quoted new.a", "TG_TABLE_NAME other tg_table_name", "TG_ARGV[0] other tg_argv"],
    ],
    [
      "a trigger row as json",
      plpgsql("", "BEGIN EXECUTE 'SELECT ' || (to_jsonb(OLD) ->> 'x'); RETURN NEW; END", "trigger"),
      ["to_jsonb(OLD) ->> 'x' value old"],
    ],
    [
      "a setting",
      plpgsql("", "BEGIN EXECUTE 'SELECT ' || current_setting('app.t'); END"),
      ["current_setting('app.t') value setting app.t"],
    ],
    [
      "claims",
      plpgsql(
        "",
        "BEGIN EXECUTE 'SELECT ' || (current_setting('request.jwt.claims', true)::jsonb ->> 'org'); END",
      ),
      [
        "current_setting('request.jwt.claims', true)::jsonb ->> 'org' value identity current_setting('request.jwt.claims').org",
      ],
    ],
    [
      "a function",
      plpgsql("p text", "BEGIN EXECUTE app.build(p); END"),
      ["app.build(p) statement parameter p, call app.build"],
    ],
  ])("%s", (_, sql, expected) => {
    expect(unsafe(sql)).toEqual(expected);
  });

  test.each([
    [
      "regprocedure of a catalog row",
      "DO $$ DECLARE r record; BEGIN FOR r IN SELECT oid::regprocedure AS f FROM pg_proc LOOP EXECUTE 'ALTER FUNCTION ' || r.f || ' RESET ALL'; END LOOP; END $$",
    ],
    [
      "arguments as the server writes them",
      "DO $$ DECLARE r record; BEGIN FOR r IN SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS a FROM pg_proc p LOOP EXECUTE format('DROP FUNCTION %I(%s)', r.proname, r.a); END LOOP; END $$",
    ],
    ["auth.uid() is a uuid", plpgsql("", "BEGIN EXECUTE 'SELECT ''' || auth.uid() || ''''; END")],
    [
      "VALUES of constants",
      plpgsql(
        "",
        "DECLARE t text; BEGIN FOR t IN SELECT x FROM (VALUES ('a'), ('b')) AS v(x) LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END",
      ),
    ],
    [
      "row_count",
      plpgsql("", "DECLARE n int; BEGIN GET DIAGNOSTICS n = ROW_COUNT; EXECUTE 'SELECT ' || n; END"),
    ],
  ])("safe: %s", (_, sql) => {
    expect(unsafe(sql)).toEqual([]);
  });
});

describe("positions decide", () => {
  test.each([
    ["%L between quotes", body("EXECUTE format('SELECT ''%L''', p);"), ["p quoted parameter p"]],
    [
      "quote_ident between quotes",
      body("EXECUTE 'SELECT ''' || quote_ident(p) || '''';"),
      ["quote_ident(p) quoted parameter p"],
    ],
    [
      "%I between double quotes",
      body("EXECUTE format('SELECT * FROM \"%I\"', p);"),
      ["p quoted-identifier parameter p"],
    ],
    [
      "a name between double quotes",
      body("EXECUTE 'SELECT * FROM \"' || p || '\"';"),
      ["p quoted-identifier parameter p"],
    ],
    [
      "a dollar quote",
      body("EXECUTE 'DO $x$ ' || quote_literal(p) || '$x$';"),
      ["quote_literal(p) dollar-quoted parameter p"],
    ],
    [
      "a dollar quote is safe for what is harmless without quotes",
      body(
        "EXECUTE format('DO $x$ BEGIN INSERT INTO %I VALUES (''%I''); END $x$', 't_' || to_char(p, 'YYYYMMDD'), 't_' || p);",
        "p date",
      ),
      [],
    ],
    ["a comment", body("EXECUTE '/* ' || p || ' */ SELECT 1';"), ["p comment parameter p"]],
    [
      "regclass between quotes",
      body("EXECUTE 'SELECT ''' || p || '''';", "p regclass"),
      ["p quoted parameter p"],
    ],
    ["an integer between quotes is safe", body("EXECUTE 'SELECT ''' || p || '''';", "p int"), []],
    ["a second statement", body("EXECUTE 'SELECT 1; ' || p;"), ["p statement parameter p"]],
    ["part of a name", body("EXECUTE 'SELECT * FROM t_' || p;"), ["p identifier parameter p"]],
    [
      "a column list",
      body("EXECUTE 'INSERT INTO t (' || p || ') VALUES (1)';"),
      ["p identifier parameter p"],
    ],
    ["a VALUES list", body("EXECUTE 'INSERT INTO t (a) VALUES (' || p || ')';"), ["p value parameter p"]],
    ["sort direction", body("EXECUTE 'SELECT a FROM t ORDER BY a ' || p;"), ["p other parameter p"]],
    ["before a dot", body("EXECUTE 'SELECT ' || p || '.a FROM t';"), ["p identifier parameter p"]],
    ["quotes that the text itself closes", body("EXECUTE 'SELECT ''a'', ' || p;"), ["p value parameter p"]],
    ["doubled quotes inside", body("EXECUTE 'SELECT ''a''''' || p || '''';"), ["p quoted parameter p"]],
  ])("%s", (_, sql, expected) => {
    expect(unsafe(sql)).toEqual(expected);
  });
});

describe("sinks", () => {
  const kinds = (sql: string): readonly string[] =>
    analyse(sql).flow.sinks.map((sink) => sink.name?.join(".") ?? sink.kind);

  test.each([
    ["EXECUTE", body("EXECUTE p;"), ["execute"]],
    [
      "RETURN QUERY EXECUTE",
      plpgsql("p text", "BEGIN RETURN QUERY EXECUTE p; END", "SETOF int"),
      ["return-query-execute"],
    ],
    [
      "FOR IN EXECUTE",
      plpgsql("p text", "DECLARE r record; BEGIN FOR r IN EXECUTE p LOOP NULL; END LOOP; END"),
      ["for-execute"],
    ],
    [
      "OPEN FOR EXECUTE",
      plpgsql("p text", "DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE p; END"),
      ["open-execute"],
    ],
    [
      "a query function in SQL",
      "CREATE FUNCTION f(p text) RETURNS xml LANGUAGE sql AS $$ SELECT query_to_xml(p, true, true, '') $$",
      ["query_to_xml"],
    ],
    [
      "in a BEGIN ATOMIC body",
      "CREATE FUNCTION f(p text) RETURNS xml LANGUAGE sql BEGIN ATOMIC SELECT query_to_xml(p, true, true, ''); END",
      ["query_to_xml"],
    ],
    [
      "in FROM",
      "CREATE FUNCTION f(p text) RETURNS text LANGUAGE sql AS $$ SELECT a FROM public.crosstab(p) AS t(a text, b text) $$",
      ["public.crosstab"],
    ],
    ["in a condition", body("IF dblink_exec('c', p) = 'OK' THEN NULL; END IF;"), ["dblink_exec"]],
    ["in a RETURN", plpgsql("p text", "BEGIN RETURN pgr.subscribe('x', p); END", "jsonb"), ["pgr.subscribe"]],
    [
      "in an exception handler",
      plpgsql("p text", "BEGIN NULL; EXCEPTION WHEN others THEN EXECUTE p; END"),
      ["execute"],
    ],
    ["after EXIT", body("LOOP EXIT; END LOOP; EXECUTE p;"), ["execute"]],
    ["never reached", body("RETURN; EXECUTE p;"), []],
    ["another schema's subscribe", body("PERFORM app.subscribe('x', p);"), []],
  ])("%s", (_, sql, expected) => {
    expect(kinds(sql)).toEqual(expected);
  });

  test("which argument of dblink is SQL depends on how many there are", () => {
    const roles = (call: string): readonly string[] =>
      onlySink(analyse(body(`PERFORM ${call};`))).arguments.map((argument) => argument.role);
    expect(roles("dblink(p)")).toEqual(["query"]);
    expect(roles("dblink('c', p)")).toEqual(["other", "query"]);
    expect(roles("dblink(p, true)")).toEqual(["query", "other"]);
    expect(roles("cron.schedule('* * * * *', p)")).toEqual(["other", "query"]);
    expect(roles("cron.schedule('n', '* * * * *', p)")).toEqual(["other", "other", "query"]);
  });

  test("functions named from outside", () => {
    const { flow } = analyse(body("PERFORM app.run('x', p);"), { extraSinks: ["app.run"] });
    expect(flow.sinks.map((sink) => sink.arguments.map((argument) => argument.role))).toEqual([
      ["query", "query"],
    ]);
  });

  test("named notation finds its place", () => {
    const analysed = analyse(
      body(
        "PERFORM pgr.subscribe(p_audience => '{\"sub\":\"1\"}'::jsonb, sql => 'SELECT 1', p_query_id => p);",
      ),
    );
    const sink = onlySink(analysed);
    expect(sink.arguments.map(({ name, position, role }) => [name, position, role])).toEqual([
      ["audience", 3, "other"],
      ["sql", 1, "query"],
      ["query_id", 0, "other"],
    ]);
    expect(sink.query?.value.pieces?.[0]).toMatchObject({ text: "SELECT 1" });
  });

  test("at top level of a script", () => {
    const analysed = analyse("SELECT pgr.subscribe('inv_42', 'SELECT a FROM t WHERE b = ''42''');");
    const sink = onlySink(analysed);
    expect(analysed.text(sink.span)).toBe("pgr.subscribe('inv_42', 'SELECT a FROM t WHERE b = ''42''')");
    expect(
      constantText(
        sink.arguments[1]?.value ?? {
          pieces: null,
          nullable: true,
          type: null,
          fields: null,
          elements: null,
        },
      ),
    ).toBe("SELECT a FROM t WHERE b = '42'");
  });
});

describe("audiences", () => {
  const audience = (expr: string, declare = ""): readonly unknown[] => {
    const sql = plpgsql(
      "p text, b bool",
      `${declare} BEGIN PERFORM pgr.subscribe('q', 'SELECT 1', 'delta', ${expr}); END`,
    );
    const value = onlySink(analyse(sql)).arguments[3]?.value;
    if (value === undefined) throw new Error("no audience");
    return objectsOf(value).map((object) =>
      typeof object === "string"
        ? object
        : object.entries.map((entry) => [
            entry.key,
            constantText(entry.value) ??
              entry.value.pieces
                ?.map((piece) => (piece.kind === "hole" ? origins(piece) : piece.kind))
                .join(),
          ]),
    );
  };

  test.each([
    ["jsonb_build_object('sub', auth.uid()::text)", [[["sub", "identity auth.uid()"]]]],
    [
      '\'{"role":"x","sub":"1"}\'::jsonb',
      [
        [
          ["role", "x"],
          ["sub", "1"],
        ],
      ],
    ],
    ['\'{"role":"x"}\'', [[["role", "x"]]]],
    ["NULL", ["null"]],
    ["p::jsonb", ["unknown"]],
    [
      "jsonb_build_object('a', 1) || jsonb_build_object('sub', p)",
      [
        [
          ["a", "1"],
          ["sub", "parameter p"],
        ],
      ],
    ],
    ["CASE WHEN b THEN jsonb_build_object('sub', p) END", [[["sub", "parameter p"]], "null"]],
    ["NULLIF(jsonb_build_object('sub', p), '{}')", [[["sub", "parameter p"]]]],
    ["to_jsonb(jsonb_build_object('sub', p))", [[["sub", "parameter p"]]]],
    ["jsonb_build_object(p, 1)", [[[null, "1"]]]],
  ])("%s", (expr, expected) => {
    expect(audience(expr)).toEqual(expected);
  });

  test("through a variable, with alternatives", () => {
    const declare = "DECLARE a jsonb; BEGIN IF b THEN a := jsonb_build_object('sub', auth.uid()); END IF;";
    const sql = plpgsql("b bool", `${declare} PERFORM pgr.subscribe('q', 'SELECT 1', 'delta', a); END`);
    const value = onlySink(analyse(sql)).arguments[3]?.value;
    expect(
      value === undefined
        ? []
        : objectsOf(value).map((object) => (typeof object === "string" ? object : object.entries[0]?.key)),
    ).toEqual(["sub", "null"]);
  });
});
