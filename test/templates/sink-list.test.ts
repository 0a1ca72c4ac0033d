/** Every way to execute text or to look up a name at run time, each once. */
import { describe, expect, test } from "vitest";
import type { ArgumentRole } from "../../src/templates/index.ts";
import { analyse, plpgsql, unsafe } from "./helper.ts";

const sink = (statements: string, parameters = "p text", returns = "SETOF record"): string =>
  plpgsql(parameters, `DECLARE c refcursor; r record; BEGIN ${statements} END`, returns);

/** Roles of the arguments in which the parameter is open. */
function roles(sql: string): readonly ArgumentRole[] {
  return analyse(sql)
    .flow.sinks.flatMap((one) => one.arguments)
    .filter(
      ({ role, holes }) =>
        role !== "other" && holes.some(({ hole }) => hole.origins[0]?.kind === "parameter"),
    )
    .map(({ role }) => role);
}

describe("SQL text", () => {
  test.each([
    "EXECUTE p;",
    "EXECUTE 'SELECT ' || p INTO r;",
    "EXECUTE 'SELECT $1 ' || p USING 1;",
    "RETURN QUERY EXECUTE 'SELECT ' || p;",
    "FOR r IN EXECUTE 'SELECT ' || p LOOP NULL; END LOOP;",
    "OPEN c FOR EXECUTE 'SELECT ' || p;",
    "PERFORM query_to_xml(p, true, true, '');",
    "PERFORM pg_catalog.query_to_xmlschema(p, true, true, '');",
    "PERFORM query_to_xml_and_xmlschema(p, true, true, '');",
    "PERFORM * FROM ts_stat('SELECT ' || p);",
    "PERFORM ts_rewrite('a'::tsquery, 'SELECT ' || p);",
    "PERFORM * FROM crosstab('SELECT ' || p) AS x(a int);",
    "PERFORM * FROM crosstab('SELECT 1', p) AS x(a int);",
    "PERFORM * FROM crosstab2(p);",
    "PERFORM * FROM dblink('db', 'SELECT ' || p) AS x(a int);",
    "PERFORM * FROM dblink(p) AS x(a int);",
    "PERFORM dblink_exec('db', p);",
    "PERFORM dblink_open('db', 'cur', p);",
    "PERFORM dblink_send_query('db', p);",
    "PERFORM cron.schedule('* * * * *', p);",
    "PERFORM cron.schedule('job', '* * * * *', p);",
    "PERFORM cron.schedule_in_database('job', '* * * * *', p, 'db');",
    "PERFORM cron.alter_job(1, command => p);",
    "PERFORM pg_background_launch(p);",
    "PERFORM ext.pg_background_launch_v2(p);",
    "PERFORM pgr.subscribe('id', p, 'delta');",
    "PERFORM pgr.subscribe(p_query_id => 'id', p_sql => p, p_mode => 'delta');",
    "PERFORM pgtrickle.create_stream_table('t', p, '1m');",
    "PERFORM pgtrickle.create_stream_table_if_not_exists('t', p, '1m');",
    "PERFORM pgtrickle.create_or_replace_stream_table('t', p, '1m');",
    "PERFORM pgtrickle.alter_stream_table('t', query => p);",
    "PERFORM pgtrickle.exec_stream_ddl(p);",
    "PERFORM pgtrickle.write_and_refresh(p, 't');",
    "PERFORM pglogical.replicate_ddl_command(p);",
    "PERFORM run_command_on_workers(p);",
    "PERFORM run_command_on_shards('t', p);",
    "PERFORM aws_s3.query_export_to_s3(p, 'x');",
  ])("%s", (statements) => {
    expect(roles(sink(statements))).toEqual(["query"]);
  });

  test("in a SQL function, a view's query and a trigger", () => {
    expect(
      roles(
        "CREATE FUNCTION f(p text) RETURNS xml LANGUAGE sql AS $$ SELECT query_to_xml(p, true, true, '') $$",
      ),
    ).toEqual(["query"]);
    expect(analyse("SELECT query_to_xml(name, true, true, '') FROM t").flow.sinks).toHaveLength(1);
    expect(unsafe(sink("EXECUTE 'SELECT ' || NEW.a; RETURN NEW;", "", "trigger"))).toEqual([
      "NEW.a value new.a",
    ]);
  });

  test("functions that configuration names", () => {
    const sql = sink("PERFORM app.run_sql(p);");
    expect(analyse(sql).flow.sinks).toEqual([]);
    expect(analyse(sql, { extraSinks: ["app.run_sql"] }).flow.sinks).toHaveLength(1);
  });
});

describe("pieces of SQL, names, settings and files", () => {
  test.each<[ArgumentRole, string]>([
    ["fragment", "PERFORM * FROM connectby(p, 'id', 'parent', '1', 0) AS x(a int);"],
    ["fragment", "PERFORM * FROM xpath_table('id', 'doc', p, '/a', 'true') AS x(a int);"],
    ["object", "PERFORM nextval(p);"],
    ["object", "PERFORM setval(p, 1);"],
    ["object", "PERFORM currval(p::text);"],
    ["object", "PERFORM to_regclass(p);"],
    ["object", "PERFORM to_regprocedure(p);"],
    ["object", "PERFORM p::regclass;"],
    ["object", "PERFORM CAST(p AS regprocedure);"],
    ["object", "PERFORM ('app.' || p)::regtype;"],
    ["object", "PERFORM pg_get_serial_sequence(p, 'id');"],
    ["object", "PERFORM table_to_xml(p, true, true, '');"],
    ["object", "PERFORM schema_to_xml(p, true, true, '');"],
    ["object", "PERFORM cursor_to_xml(p, 1, true, true, '');"],
    ["object", "PERFORM dblink_build_sql_insert(p, '1', 1, '{}', '{}');"],
    ["setting", "PERFORM set_config(p, 'on', true);"],
    ["file", "PERFORM lo_import(p);"],
    ["file", "PERFORM lo_export(1, p);"],
    ["file", "PERFORM pg_read_file(p);"],
    ["file", "PERFORM pg_read_binary_file('/x/' || p);"],
    ["file", "PERFORM pg_ls_dir(p);"],
    ["file", "PERFORM pg_stat_file(p);"],
  ])("%s: %s", (role, statements) => {
    expect(roles(sink(statements))).toEqual([role]);
  });

  test.each([
    "PERFORM nextval('app.seq');",
    "PERFORM set_config('search_path', p, true);",
    "PERFORM 'app.t'::regclass, pg_read_file('/etc/x'), lo_unlink(p::oid);",
    "IF p NOT IN ('a') THEN RAISE EXCEPTION 'no'; END IF; PERFORM p::regclass;",
    "PERFORM app.nextval(p);",
  ])("not: %s", (statements) => {
    expect(roles(sink(statements))).toEqual([]);
  });
});

describe("COPY", () => {
  const around = (text: string): readonly string[] =>
    analyse(sink(`EXECUTE ${text};`)).flow.sinks.flatMap(
      (one) =>
        one.query?.holes.map(
          (placed) => `${placed.around.command} ${placed.around.last} ${placed.around.depth}`,
        ) ?? [],
    );

  test.each<[string, string]>([
    ["format('COPY t TO %L', p)", "copy to 0"],
    ["'COPY t FROM ''/srv/' || p || ''''", "copy from 0"],
    ["format('COPY t FROM PROGRAM %L', 'curl ' || p)", "copy program 0"],
    ["format('COPY (SELECT * FROM t WHERE a = %L) TO ''/x''', p)", "copy = 1"],
    ["format('COPY %I FROM stdin', p)", "copy copy 0"],
  ])("%s", (text, expected) => {
    expect(around(text)).toEqual([expected]);
  });
});
