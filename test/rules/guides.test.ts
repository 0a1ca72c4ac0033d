/** Points of published guides: of pgStack, pg_trickle, PostgREST, and of PostgreSQL on replication and on views. */
import { describe, expect, it } from "vitest";
import { lintText, type TextOptions } from "../support/lint.ts";

interface Point {
  readonly point: string;
  readonly options?: TextOptions;
  readonly sql: string;
  /** `rule` or `rule/variant`, all above info; `info:rule` for information. */
  readonly expected: readonly string[];
}

const TODOS = `
CREATE TABLE public.todos (id int, user_id uuid, text text);
ALTER TABLE public.todos ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.todos FOR SELECT TO authenticated USING (user_id = auth.uid());
GRANT SELECT ON public.todos TO authenticated;
`;

/** The wrapper of pgStack's guide with parts replaced. */
function wrapper(
  parts: Partial<Record<"head" | "path" | "id" | "sql" | "mode" | "audience" | "grant", string>> = {},
): string {
  return `${TODOS}
CREATE FUNCTION ${parts.head ?? "public.subscribe_my_todos()"} RETURNS text LANGUAGE plpgsql SECURITY DEFINER
${parts.path ?? "SET search_path = pg_catalog, pg_temp"} AS $$
DECLARE
  v_uid uuid := auth.uid();
  v_qid text;
BEGIN
  IF v_uid IS NULL THEN RAISE EXCEPTION 'auth required' USING ERRCODE = '28000'; END IF;
  v_qid := ${parts.id ?? "'todos_' || v_uid::text"};
  PERFORM pgr.subscribe(v_qid, ${parts.sql ?? "format('SELECT id, text FROM public.todos WHERE user_id = %L', v_uid)"},
    ${parts.mode ?? "'delta'"}${parts.audience ?? ", jsonb_build_object('sub', v_uid::text)"});
  RETURN v_qid;
END
$$;
${parts.grant ?? `GRANT EXECUTE ON FUNCTION ${parts.head?.replace(/p_\w+ /g, "") ?? "public.subscribe_my_todos()"} TO authenticated;`}
`;
}

const PGSTACK: readonly Point[] = [
  { point: "the wrapper as it should be", sql: wrapper(), expected: [] },
  {
    point: "pgr.subscribe granted to an application role",
    sql: "CREATE ROLE myapp_role; GRANT EXECUTE ON FUNCTION pgr.subscribe(text, text, text, jsonb) TO myapp_role;",
    expected: ["pgr-subscribe-granted"],
  },
  {
    point: "pgr.unsubscribe granted to an application role",
    sql: "CREATE ROLE myapp_role; GRANT EXECUTE ON FUNCTION pgr.unsubscribe(text) TO myapp_role;",
    expected: ["pgr-subscribe-granted"],
  },
  {
    point: "installed alone, without REVOKE FROM PUBLIC",
    options: { preset: "none" },
    sql: "CREATE SCHEMA pgr; GRANT USAGE ON SCHEMA pgr TO PUBLIC; CREATE FUNCTION pgr.subscribe(text, text, text, jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;",
    expected: ["pgr-subscribe-granted"],
  },
  {
    point: "template that the caller influences",
    sql: wrapper({
      head: "public.subscribe_my_todos(p_filter text)",
      sql: "'SELECT id FROM public.todos WHERE user_id = ' || quote_literal(v_uid) || ' AND ' || p_filter",
    }),
    expected: ["pgr-subscribe-template/dynamic"],
  },
  {
    point: "query id that the client chooses",
    sql: wrapper({ head: "public.subscribe_my_todos(p_id text)", id: "p_id" }),
    expected: ["pgr-subscribe-identity/query-id"],
  },
  {
    point: "one query id for all",
    sql: wrapper({ id: "'my_todos'" }),
    expected: ["pgr-subscribe-identity/query-id"],
  },
  {
    point: "audience that the client chooses",
    sql: wrapper({
      head: "public.subscribe_my_todos(p_sub text)",
      audience: ", jsonb_build_object('sub', p_sub)",
    }),
    expected: ["pgr-subscribe-identity/audience"],
  },
  { point: "no audience", sql: wrapper({ audience: "" }), expected: ["pgr-subscribe-audience/missing"] },
  {
    point: "audience of a role",
    sql: wrapper({ audience: ', \'{"role":"authenticated"}\'::jsonb' }),
    expected: ["pgr-subscribe-audience/not-identity"],
  },
  {
    point: "audience that 512 bytes do not hold",
    sql: wrapper({ audience: ", jsonb_build_object('sub', v_uid::text, 'claims', auth.jwt())" }),
    expected: ["pgr-subscribe-audience/too-large"],
  },
  { point: "a role as mode", sql: wrapper({ mode: "'authenticated'" }), expected: ["pgr-subscribe-mode"] },
  { point: "no pinned path", sql: wrapper({ path: "" }), expected: ["definer-search-path/unset"] },
  {
    point: "path with public",
    sql: wrapper({ path: "SET search_path = pg_catalog, public" }),
    expected: ["definer-search-path/no-pg-temp"],
  },
  {
    point: "unqualified table in the template",
    sql: wrapper({ sql: "format('SELECT id, text FROM todos WHERE user_id = %L', v_uid)" }),
    expected: ["definer-unqualified-reference/relation"],
  },
  { point: "no explicit GRANT", sql: wrapper({ grant: "" }), expected: ["definer-missing-grant"] },
  {
    point: "template without the policy's condition",
    sql: wrapper({ sql: "'SELECT id, text FROM public.todos'" }),
    expected: ["pgr-subscribe-template/unfiltered"],
  },
  {
    point: "user id as argument, not compared",
    sql: `${TODOS}
CREATE FUNCTION public.subscribe_todos_of(p_user uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pgr.subscribe('todos_' || p_user::text, format('SELECT id FROM public.todos WHERE user_id = %L', p_user), 'delta',
    jsonb_build_object('sub', p_user::text));
END $$;
GRANT EXECUTE ON FUNCTION public.subscribe_todos_of(uuid) TO authenticated;`,
    expected: ["pgr-subscribe-identity/unchecked-argument"],
  },
];

const PGTRICKLE: readonly Point[] = [
  {
    point: "author role: as good as a superuser, and meant to be",
    sql: "CREATE ROLE st_author NOINHERIT; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgtrickle TO st_author; GRANT USAGE ON SCHEMA pgtrickle TO st_author;",
    expected: ["info:pgtrickle-execute-granted"],
  },
  {
    point: "application role with all functions",
    sql: "CREATE ROLE app_backend LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgtrickle TO app_backend;",
    expected: ["pgtrickle-execute-granted"],
  },
  {
    point: "application role with functions that only report",
    sql: "CREATE ROLE pgtrickle_user NOLOGIN NOINHERIT; GRANT USAGE ON SCHEMA pgtrickle TO pgtrickle_user; GRANT EXECUTE ON FUNCTION pgtrickle.pgt_status() TO pgtrickle_user; GRANT EXECUTE ON FUNCTION pgtrickle.refresh_efficiency() TO pgtrickle_user; GRANT EXECUTE ON FUNCTION pgtrickle.health_check() TO pgtrickle_user;",
    expected: [],
  },
  {
    point: "change buffers closed but for the owner",
    sql: "CREATE ROLE st_owner; REVOKE ALL ON ALL TABLES IN SCHEMA pgtrickle_changes FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA pgtrickle_changes TO st_owner;",
    expected: [],
  },
  {
    point: "change buffers for a reporting role",
    sql: "CREATE ROLE bi_tool LOGIN; GRANT USAGE ON SCHEMA pgtrickle_changes TO bi_tool; GRANT SELECT ON ALL TABLES IN SCHEMA pgtrickle_changes TO bi_tool;",
    expected: ["pgtrickle-changes-exposed"],
  },
  {
    point: "passwords that are placeholders",
    sql: "CREATE ROLE de_alice LOGIN PASSWORD '...'; CREATE ROLE app_backend LOGIN PASSWORD '...';",
    expected: [],
  },
  {
    point: "circular dependencies",
    sql: "ALTER SYSTEM SET pg_trickle.allow_circular = on;",
    expected: ["pgtrickle-allow-circular"],
  },
  {
    point: "stream table over tenants' rows, without row-level security",
    options: { preset: "pgtrickle", untrusted: ["app_reader"] },
    sql: `CREATE ROLE app_reader; CREATE ROLE st_author;
CREATE TABLE public.orders (tenant_id int, amount int);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.orders USING (tenant_id = current_setting('app.tenant_id')::int);
GRANT USAGE, CREATE ON SCHEMA public TO st_author;
SET ROLE st_author;
SELECT pgtrickle.create_stream_table('order_summary', $$SELECT tenant_id, SUM(amount) AS total FROM orders GROUP BY tenant_id$$);
GRANT SELECT ON order_summary TO app_reader;`,
    expected: ["pgtrickle-stream-table-rls"],
  },
  {
    point: "stream table of a superuser",
    sql: "SET ROLE postgres; SELECT pgtrickle.create_stream_table('totals', 'SELECT count(*) FROM public.orders');",
    expected: ["pgtrickle-superuser-owner"],
  },
];

const REPLICATION: readonly Point[] = [
  {
    point: "REPLICATION for an application",
    sql: "CREATE ROLE app LOGIN REPLICATION;",
    expected: ["role-replication"],
  },
  {
    point: "policies of the publisher",
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=a user=repl' PUBLICATION p;",
    expected: ["info:replication-row-security"],
  },
  {
    point: "options=-crow_security=off",
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=a user=repl options=-crow_security=off' PUBLICATION p;",
    expected: [],
  },
  {
    point: "row filter that another publication undoes",
    sql: "CREATE TABLE t (id int PRIMARY KEY, secret text); CREATE PUBLICATION p FOR TABLE t (id); CREATE PUBLICATION q FOR TABLE t;",
    expected: ["publication-overlap"],
  },
  {
    point: "all tables, those to come too",
    sql: "CREATE PUBLICATION p FOR ALL TABLES;",
    expected: ["publication-all-tables"],
  },
  {
    point: "pg_create_subscription",
    sql: "CREATE ROLE app LOGIN; GRANT pg_create_subscription TO app;",
    expected: ["grant-dangerous-role"],
  },
  {
    point: "run_as_owner",
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=a options=-crow_security=off' PUBLICATION p WITH (run_as_owner = true);",
    expected: ["subscription-run-as-owner"],
  },
  {
    point: "no password required",
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=a options=-crow_security=off' PUBLICATION p WITH (password_required = false);",
    expected: ["subscription-password-not-required"],
  },
  {
    point: "password in the connection string",
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=a user=repl password=Tr0ub4dor options=-crow_security=off' PUBLICATION p;",
    expected: ["password-literal/connection"],
  },
];

const CHAT = `
CREATE TABLE chat (message_uuid uuid PRIMARY KEY, message_from name NOT NULL DEFAULT current_user, message_to name NOT NULL, message_body text);
ALTER TABLE chat ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON chat TO webuser;
`;

const POSTGREST: readonly Point[] = [
  {
    point: "authenticator that inherits",
    options: { preset: "none", untrusted: ["anon"], postgresVersion: 15 },
    sql: "CREATE ROLE anon; CREATE ROLE authenticator LOGIN; GRANT anon TO authenticator;",
    expected: ["postgrest-authenticator/inherit"],
  },
  {
    point: "authenticator as it should be",
    options: { preset: "none", untrusted: ["anon"], postgresVersion: 15 },
    sql: "CREATE ROLE anon; CREATE ROLE authenticator NOINHERIT LOGIN; GRANT anon TO authenticator;",
    expected: [],
  },
  {
    point: "authenticator that is a superuser",
    options: { preset: "none", untrusted: ["anon"] },
    sql: "CREATE ROLE anon; CREATE ROLE authenticator NOINHERIT LOGIN SUPERUSER; GRANT anon TO authenticator;",
    expected: ["postgrest-authenticator/superuser"],
  },
  {
    point: "WITH CHECK keeps the sender from being forged",
    options: { preset: "none", untrusted: ["webuser"] },
    sql: `CREATE ROLE webuser; ${CHAT} CREATE POLICY chat_policy ON chat USING (message_to = current_user OR message_from = current_user) WITH CHECK (message_from = current_user);`,
    expected: [],
  },
  {
    point: "sender that can be forged",
    options: { preset: "none", untrusted: ["webuser"] },
    sql: `CREATE ROLE webuser; ${CHAT} CREATE POLICY chat_policy ON chat USING (message_to = current_user OR message_from = current_user) WITH CHECK (true);`,
    expected: ["rls-update-check-weaker"],
  },
  {
    point: "secret in a function",
    options: { preset: "none" },
    sql: "CREATE FUNCTION jwt_test() RETURNS text LANGUAGE sql AS $$ SELECT sign(row_to_json(r), 'mysecret') FROM (SELECT 'my_role'::text AS role) r $$;",
    expected: ["hardcoded-secret"],
  },
  {
    point: "secret in a setting",
    options: { preset: "none" },
    sql: `ALTER DATABASE mydb SET "app.jwt_secret" TO '!!secret!!';`,
    expected: ["secret-in-setting"],
  },
  {
    point: "hashes that are cheap to guess",
    options: { preset: "none" },
    sql: "CREATE TABLE users (email text, pass text); CREATE FUNCTION encrypt_pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.pass = crypt(NEW.pass, gen_salt('bf')); RETURN NEW; END $$; CREATE TRIGGER encrypt_pass BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION encrypt_pass();",
    expected: ["weak-password-hash"],
  },
  {
    point: "pg_authid for anon",
    options: { preset: "none", untrusted: ["anon"] },
    sql: "CREATE ROLE anon; GRANT SELECT ON pg_authid TO anon;",
    expected: ["grant-system-catalog"],
  },
  {
    point: "the hidden schema for anon",
    options: { preset: "postgrest" },
    sql: "CREATE SCHEMA basic_auth; CREATE TABLE basic_auth.users (email text, hash text); GRANT USAGE ON SCHEMA basic_auth TO anon; GRANT SELECT ON basic_auth.users TO anon;",
    expected: ["private-schema-granted"],
  },
];

const PHONES = `
CREATE ROLE assistant;
CREATE TABLE phone_data (person text, phone text, private boolean);
`;

const VIEWS: readonly Point[] = [
  {
    point: "a column masked by CASE",
    sql: `${PHONES} CREATE VIEW phone_number AS SELECT person, CASE WHEN NOT private THEN phone END AS phone FROM phone_data; GRANT SELECT ON phone_number TO assistant;`,
    expected: [],
  },
  {
    point: "rows hidden by WHERE",
    sql: `${PHONES} CREATE VIEW phone_number AS SELECT person, phone FROM phone_data WHERE NOT private; GRANT SELECT ON phone_number TO assistant;`,
    expected: ["view-missing-security-barrier"],
  },
  {
    point: "security_barrier",
    sql: `${PHONES} CREATE VIEW phone_number WITH (security_barrier) AS SELECT person, phone FROM phone_data WHERE NOT private; GRANT SELECT ON phone_number TO assistant;`,
    expected: [],
  },
  {
    point: "LEAKPROOF that is not",
    sql: `${PHONES} CREATE VIEW phone_number WITH (security_barrier) AS SELECT person, phone FROM phone_data WHERE NOT private; GRANT SELECT ON phone_number TO assistant;
CREATE FUNCTION digits(text) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF AS $$ SELECT $1::int $$;`,
    expected: ["function-leakproof"],
  },
  {
    point: "the log of the shoelace rules",
    options: {},
    sql: `CREATE ROLE assistant; CREATE TABLE shoelace_data (sl_name text, sl_avail int); CREATE TABLE shoelace_log (sl_name text, sl_avail int, log_who text, log_when timestamp);
GRANT SELECT, UPDATE ON shoelace_data TO assistant;
CREATE RULE log_shoelace AS ON UPDATE TO shoelace_data WHERE NEW.sl_avail <> OLD.sl_avail
DO INSERT INTO shoelace_log VALUES (NEW.sl_name, NEW.sl_avail, current_user, current_timestamp);`,
    expected: ["rule-double-evaluation"],
  },
  {
    point: "rows written past the view's condition",
    sql: `${PHONES} CREATE VIEW open_phones WITH (security_barrier) AS SELECT person, phone, private FROM phone_data WHERE NOT private; GRANT SELECT, INSERT ON open_phones TO assistant;`,
    expected: ["view-missing-check-option/missing"],
  },
];

const GUIDES = [
  { guide: "pgStack: security model", options: { preset: "pgstack" } as const, points: PGSTACK },
  { guide: "pg_trickle: security guide", options: { preset: "pgtrickle" } as const, points: PGTRICKLE },
  { guide: "PostgreSQL: security of logical replication", options: {}, points: REPLICATION },
  { guide: "PostgREST: role system", options: {}, points: POSTGREST },
  { guide: "PostgreSQL: rules and privileges", options: { untrusted: ["assistant"] }, points: VIEWS },
];

describe.each(GUIDES)("$guide", ({ options, points }) => {
  it.each(points)("$point", async ({ sql, options: own, expected }) => {
    const { findings } = await lintText(sql, own ?? options);
    const informed = new Set(expected.filter((id) => id.startsWith("info:")));
    const ids = findings.map(({ rule, variant, severity }) => {
      const name = variant === null ? rule : `${rule}/${variant}`;
      return severity === "info" ? `info:${name}` : name;
    });
    expect(ids.filter((id) => !id.startsWith("info:") || informed.has(id))).toEqual(expected);
  });
});
