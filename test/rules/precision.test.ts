/** What real projects have that must not be reported, or not so gravely, each beside what must. */
import { describe, expect, it } from "vitest";
import { lintText, lintTexts, textUnder } from "../support/lint.ts";

async function severities(
  rule: string,
  sql: string,
  preset: "supabase" | "none" = "supabase",
): Promise<readonly string[]> {
  const { findings } = await lintText(sql, { preset });
  return findings.filter((finding) => finding.rule === rule).map(({ severity }) => severity);
}

const token = (role: string) =>
  [
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    Buffer.from(JSON.stringify({ iss: "supabase", ref: "abc", role })).toString("base64url"),
    "KV7Ro37KMRr6D1zQEPd81hJMOTcLMO97",
  ].join(".");

describe("hardcoded-secret", () => {
  const trigger = (argument: string) => `CREATE TABLE public.t (a int);
CREATE TRIGGER hook AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('https://a.example', 'POST', '${argument}');`;
  const variable = (value: string) =>
    `CREATE FUNCTION public.f() RETURNS text LANGUAGE plpgsql AS $$ DECLARE token_chars text := '${value}'; BEGIN RETURN token_chars; END $$;`;

  it("takes Supabase's service key for worse than any other token", async () => {
    const header = (role: string) => `{"Authorization":"Bearer ${token(role)}"}`;
    expect(await severities("hardcoded-secret", trigger(header("service_role")))).toEqual(["high"]);
    expect(await severities("hardcoded-secret", trigger(header("worker")))).toEqual(["medium"]);
    expect(await severities("hardcoded-secret", trigger(header("anon")))).toEqual([]);
  });

  it("tells an alphabet from a token", async () => {
    expect(
      await severities(
        "hardcoded-secret",
        variable("abcdefghjklmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789"),
      ),
    ).toEqual([]);
    expect(await severities("hardcoded-secret", variable("q8Zr2mXw9Lk4Tn7Vb1Hc"))).toHaveLength(1);
  });
});

describe("definer-public-execute", () => {
  const f = (
    code: string,
    rest = "",
  ) => `CREATE TABLE public.t (user_id uuid, n int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN ${code} END $$; ${rest}`;
  const purge = "DELETE FROM public.t;";

  it("is graver where nothing asks who calls", async () => {
    expect(await severities("definer-public-execute", f(purge))).toEqual(["high"]);
    expect(
      await severities("definer-public-execute", f("DELETE FROM public.t WHERE user_id = auth.uid();")),
    ).toEqual(["low"]);
    expect(
      await severities(
        "definer-public-execute",
        f(`IF auth.uid() IS NULL THEN RAISE EXCEPTION 'no'; END IF; ${purge}`),
      ),
    ).toEqual(["high"]);
  });

  it("knows the routine that a REVOKE names where %TYPE is of a column that no file creates", async () => {
    const revoked = (signature: string) =>
      severities(
        "definer-public-execute",
        `CREATE FUNCTION public.f(a other.t.id%TYPE, b text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$ DELETE FROM other.t $$;
REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC, anon, authenticated;`,
      );
    expect(await revoked("public.f(bigint, text)")).toEqual([]);
    expect(await revoked("public.f(bigint, int)")).toEqual(["high"]);
    expect(await revoked("public.f(bigint)")).toEqual(["high"]);
  });

  it("takes a REVOKE that names one of the roles for a decision about the others", async () => {
    const revoke = (roles: string) => f(purge, `REVOKE ALL ON FUNCTION public.f() FROM ${roles};`);
    expect(await severities("definer-public-execute", revoke("PUBLIC"))).toEqual(["high"]);
    expect(await severities("definer-public-execute", revoke("PUBLIC, anon"))).toEqual(["info"]);
  });
});

describe("definer-unchecked-identity", () => {
  const events = (
    owner: string,
  ) => `CREATE ROLE reader; CREATE SCHEMA audit; GRANT USAGE ON SCHEMA audit TO reader;
CREATE TABLE audit.events (id int, org_id uuid); ALTER TABLE audit.events ENABLE ROW LEVEL SECURITY; GRANT SELECT ON audit.events TO reader;
CREATE POLICY r ON audit.events FOR SELECT TO reader USING (org_id = (auth.jwt() ->> 'org')::uuid);
CREATE FUNCTION public.org_events(p_org uuid) RETURNS SETOF audit.events LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT * FROM audit.events e WHERE e.org_id = p_org';
ALTER FUNCTION public.org_events(uuid) OWNER TO ${owner};`;

  it("leaves it to policies that hold for the routine's owner", async () => {
    expect(await severities("definer-unchecked-identity", events("postgres"))).toEqual(["high"]);
    expect(await severities("definer-unchecked-identity", events("reader"))).toEqual([]);
  });

  it.each(["request.jwt.claim.user_id", "jwt.claims.user_id"])(
    "knows claims by the name %s",
    async (name) => {
      const sql = `CREATE TABLE public.t (user_id uuid, n int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.me() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('${name}', true), '')::uuid $$;
CREATE FUNCTION public.f(p_user uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN IF p_user IS DISTINCT FROM public.me() THEN RAISE EXCEPTION 'no'; END IF; DELETE FROM public.t WHERE user_id = p_user; END $$;`;
      expect(await severities("definer-unchecked-identity", sql)).toEqual([]);
      expect(
        await severities("definer-unchecked-identity", sql.replace(/IF p_user.*END IF;/, "")),
      ).toHaveLength(1);
    },
  );
});

describe("rls-disabled", () => {
  it("points at the table, also where it was referred to before", async () => {
    const sql =
      "CREATE TABLE public.a (b int REFERENCES public.b (id)); CREATE TABLE public.b (id int PRIMARY KEY, owner uuid);";
    const { findings } = await lintText(sql, { preset: "supabase" });
    const found = findings
      .filter(({ rule }) => rule === "rls-disabled")
      .map((each) => [textUnder(each), each.place.span.start]);
    expect(found).toEqual([
      ["public.a", 13],
      ["public.b", sql.lastIndexOf("public.b")],
    ]);
  });

  it("does not judge a picture of a schema, unless it is a migration", async () => {
    const text = `-- WARNING: This schema is for context only and is not meant to be run.
-- Table order and constraints may not be valid for execution.
CREATE TABLE public.a (id int, owner uuid);`;
    const of = async (path: string) => {
      const { findings } = await lintTexts([{ path, text }], { preset: "supabase" });
      return findings.filter(({ rule }) => rule === "rls-disabled").length;
    };
    expect(await of("schema/dump.sql")).toBe(0);
    expect(await of("supabase/migrations/1_a.sql")).toBe(1);
  });
});

describe("rls-update-privilege-column", () => {
  const own = (
    table: string,
    column: string,
  ) => `CREATE TABLE public.${table} (id int, user_id uuid, ${column} text);
ALTER TABLE public.${table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.${table} USING (user_id = auth.uid());`;

  it.each([
    ["team_members", "role", 1],
    ["user_roles", "role", 1],
    ["contacted_leads", "role", 0],
    ["contacted_leads", "is_admin", 1],
  ])("%s.%s", async (table, column, count) => {
    expect(await severities("rls-update-privilege-column", own(table, column))).toHaveLength(count);
  });
});

it("GRANT ALL to the application's role is one grave finding", async () => {
  const sql = (
    role: string,
  ) => `CREATE ROLE app; CREATE TABLE public.t (a int, owner name); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.t USING (owner = session_user); GRANT ALL ON public.t TO ${role};`;
  expect(await severities("rls-truncate-granted", sql("app"), "none")).toEqual(["medium"]);
  expect(await severities("grant-trigger", sql("app"), "none")).toEqual(["low"]);
  expect(await severities("grant-trigger", sql("PUBLIC"), "none")).toEqual(["high"]);
});

it("is sure of a leak only where a file says who reads", async () => {
  const sql = `CREATE ROLE app; CREATE TABLE public.notes (id int PRIMARY KEY, owner name);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes USING (owner = current_user);
CREATE VIEW public.all_notes AS SELECT * FROM public.notes;`;
  const confidences = async (text: string) =>
    (await lintText(text, { preset: "none" })).findings
      .filter(({ rule }) => rule === "view-bypasses-rls")
      .map(({ confidence }) => confidence);
  expect(await confidences(sql)).toEqual(["medium"]);
  expect(await confidences(`${sql} GRANT SELECT ON public.all_notes TO app;`)).toEqual(["high"]);
});

describe("definer-missing-grant", () => {
  const found = (job: string) =>
    severities(
      "definer-missing-grant",
      `CREATE TABLE public.t (id int);
CREATE FUNCTION public.empty() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DELETE FROM public.t $$;
CREATE FUNCTION public.other() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
REVOKE EXECUTE ON FUNCTION public.empty() FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION public.other() TO anon;
${job}`,
    );
  const schedule = (command: string) => `cron.schedule('job', '0 3 * * *', ${command})`;
  const block = (command: string) =>
    `DO $do$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN PERFORM ${schedule(command)}; END IF; END $do$;`;

  it("sees what a job calls, and a job in a DO block", async () => {
    expect(await found(`SELECT ${schedule("'SELECT public.empty()'")};`)).toEqual([]);
    expect(await found(block("$$ SELECT public.empty(); $$"))).toEqual([]);
    expect(await found(`SELECT ${schedule("'SELECT public.other()'")};`)).toEqual(["low"]);
    expect(await found(block("'SELECT public.other()'"))).toEqual(["low"]);
  });
});

describe("definer-unqualified-reference", () => {
  const read = (code: string, returns = "trigger") =>
    `CREATE TABLE public.t (a int); CREATE FUNCTION public.f() RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ BEGIN PERFORM 1 FROM ${code}; RETURN NULL; END $$;`;
  const trigger = (referencing: string) =>
    `CREATE TRIGGER t AFTER INSERT ON public.t ${referencing} FOR EACH STATEMENT EXECUTE FUNCTION public.f();`;
  const found = (sql: string) => severities("definer-unqualified-reference", sql, "none");

  it("takes for a transition table what a trigger that is not in the files may name so", async () => {
    expect(await found(read("added"))).toEqual([]);
    expect(await found(read("added") + trigger("REFERENCING NEW TABLE AS added"))).toEqual([]);
    expect(await found(read("added") + trigger(""))).toEqual(["high"]);
    expect(await found(read("t"))).toEqual(["high"]);
    expect(await found(read("added", "int"))).toEqual(["high"]);
  });
});

describe("untrusted-language", () => {
  const found = (language: string, code: string) =>
    severities(
      "untrusted-language",
      `CREATE FUNCTION public.f(a text) RETURNS text LANGUAGE ${language} AS $$ ${code} $$;`,
      "none",
    );

  it.each([
    ["plpython3u", "import json, re\nfrom datetime import date\nreturn json.loads(a)['x']"],
    ["plpython3u", "res = plpy.execute(\"SELECT b FROM c\")\nreturn res[0]['b'] # not os.system"],
    ["plperlu", "use strict; use JSON::XS; my $x = eval { decode_json($_[0]) }; return $x->{b};"],
    ["plperlu", "my $s = lc(shift); $s =~ s/\\s+/ /g; return $s;"],
  ])("%s that only computes is not reported: %s", async (language, code) => {
    expect(await found(language, code)).toEqual([]);
  });

  it("is another name of a built-in: only of one that PostgreSQL keeps from PUBLIC", async () => {
    const alias = (symbol: string) =>
      severities(
        "untrusted-language",
        `CREATE FUNCTION public.f(text, VARIADIC text[]) RETURNS text LANGUAGE internal IMMUTABLE AS '${symbol}';`,
        "none",
      );
    expect(await alias("text_concat_ws")).toEqual(["info"]);
    expect(await alias("pg_read_file_all")).toEqual(["high"]);
    expect(await alias("pg_ls_dir_1arg")).toEqual(["high"]);
    expect(await alias("pg_lsn_in")).toEqual(["info"]);
  });

  it("is left alone in C by the parts of an extension's script", async () => {
    const c = (schema: string) =>
      severities(
        "untrusted-language",
        `CREATE FUNCTION ${schema}.f(a text) RETURNS text AS 'some_library', 'f' LANGUAGE c;`,
        "none",
      );
    expect(await c("@extschema@")).toEqual([]);
    expect(await c("public")).toEqual(["medium"]);
  });

  it.each([
    ["plpython3u", "import json, os\nreturn os.popen(a).read()"],
    ["plpython3u", "from subprocess import run\nreturn run(a)"],
    ["plpython3u", "import requests as r\nreturn r.get(a).text"],
    ["plpython3u", "return open(a).read()"],
    ["plpython3u", "return eval(a)"],
    ["plpython3u", "return ().__class__.__base__.__subclasses__()"],
    ["plperlu", "return `cat $_[0]`;"],
    ["plperlu", "open(my $f, $_[0]); return <$f>;"],
    ["plperlu", "use LWP::Simple; return get($_[0]);"],
    ["plperlu", "return eval $_[0];"],
    ["plperlu", "my $c = shift; return $c->('x');"],
    ["plsh", "#!/bin/sh\necho $1"],
  ])("%s that reaches further is: %s", async (language, code) => {
    expect(await found(language, code)).toEqual(["high"]);
  });
});

describe("projects that grant nothing", () => {
  const personas = async (sql: string) => {
    const { findings } = await lintText(sql, { preset: "none" });
    return findings
      .filter(({ rule }) => /^(?:view-missing|guard-search-path)/.test(rule))
      .map(({ rule, persona }) => `${rule} ${persona}`);
  };
  const table = "CREATE TABLE public.calls (id int, done date, agent text);\n";

  it("leave filters that do not ask who reads to the pedantic", async () => {
    const view = "CREATE VIEW public.open_calls AS SELECT * FROM public.calls WHERE done IS NULL;";
    expect(await personas(table + view)).toEqual([
      "view-missing-check-option pedantic",
      "view-missing-security-barrier pedantic",
    ]);
    const role = "CREATE ROLE web; GRANT SELECT, UPDATE ON public.open_calls TO web;";
    expect(await personas(`${table}${view}${role}`)).toEqual([
      "view-missing-check-option regular",
      "view-missing-security-barrier regular",
    ]);
  });

  it("report filters that ask who reads", async () => {
    const view = "CREATE VIEW public.mine AS SELECT * FROM public.calls WHERE agent = current_user;";
    expect(await personas(table + view)).toContain("view-missing-security-barrier regular");
  });

  it("leave what their own triggers read to the pedantic", async () => {
    const guard = `CREATE FUNCTION public.check_call() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF EXISTS (SELECT 1 FROM calls WHERE id = NEW.id) THEN RAISE EXCEPTION 'twice'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE INSERT ON public.calls FOR EACH ROW EXECUTE FUNCTION public.check_call();`;
    expect(await personas(table + guard)).toEqual(["guard-search-path pedantic"]);
    expect(await personas(`${table}${guard} CREATE ROLE web; GRANT INSERT ON public.calls TO web;`)).toEqual([
      "guard-search-path regular",
    ]);
  });
});

describe("rls-policy-always-true", () => {
  const found = async (policies: string, more = "") => {
    const sql = `CREATE ROLE web; CREATE ROLE worker; CREATE TABLE public.docs (id int, owner text);
      CREATE TABLE public.jobs (id int, owner text);
      GRANT SELECT, UPDATE ON public.docs, public.jobs TO web, worker;
      ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY; ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;
      ${policies} ${more}`;
    const { findings } = await lintText(sql, { preset: "none" });
    return findings
      .filter(({ rule, severity }) => rule === "rls-policy-always-true" && severity !== "info")
      .map(({ severity, persona }) => `${severity} ${persona}`);
  };
  const web = "CREATE POLICY own ON public.docs TO web USING (owner = current_user);";
  const worker = "CREATE POLICY everything ON public.jobs TO worker USING (true);";

  it("leaves a role that is let through everywhere, beside others held back by name, to the pedantic", async () => {
    expect(await found(web + worker)).toEqual(["low pedantic"]);
  });

  it("reports the only role, one that is held back elsewhere, and one that the others are members of", async () => {
    expect(await found(worker)).toEqual(["high regular"]);
    expect(await found(web.replace(" TO web", "") + worker)).toEqual(["high regular"]);
    expect(await found(web.replace("web", "web, worker") + worker)).toEqual(["high regular"]);
    expect(await found(web + worker, "GRANT worker TO web;")).toEqual(["high regular"]);
    expect(await found(web + worker.replace("worker", "worker, PUBLIC"))).toEqual(["high regular"]);
  });
});

describe("definer-public-execute", () => {
  const found = async (grants: string) => {
    const sql = `CREATE SCHEMA api; CREATE TABLE public.t (id int);
      CREATE FUNCTION api.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DELETE FROM public.t $$;
      ${grants}`;
    const { findings } = await lintText(sql, { preset: "postgrest" });
    return findings.filter(({ rule }) => rule === "definer-public-execute").map(({ severity }) => severity);
  };
  const usage = "GRANT USAGE ON SCHEMA api TO anon, authenticated;";

  it("takes a grant to all roles of clients that the project has for meant", async () => {
    expect(await found(`${usage} GRANT EXECUTE ON FUNCTION api.f() TO anon, authenticated;`)).toEqual([
      "info",
    ]);
    expect(
      await found("GRANT USAGE ON SCHEMA api TO anon; GRANT EXECUTE ON FUNCTION api.f() TO anon;"),
    ).toEqual(["info"]);
  });

  it("asks for a grant to all roles that a platform has, whoever is named elsewhere", async () => {
    const supabase = async (grantees: string) => {
      const sql = `CREATE TABLE public.t (id int);
        CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$ DELETE FROM public.t $$;
        GRANT EXECUTE ON FUNCTION public.f() TO ${grantees};`;
      const { findings } = await lintText(sql, { preset: "supabase" });
      return findings.filter(({ rule }) => rule === "definer-public-execute").map(({ severity }) => severity);
    };
    expect(await supabase("authenticated")).toEqual(["high"]);
    expect(await supabase("anon, authenticated")).toEqual(["info"]);
  });

  it("not a grant to some of them, or none", async () => {
    expect(await found(`${usage} GRANT EXECUTE ON FUNCTION api.f() TO authenticated;`)).toEqual(["high"]);
    expect(await found(usage)).toEqual(["high"]);
  });
});

describe("definer-public-execute where nobody but the grantees gets to the schema", () => {
  const schema = `CREATE ROLE node; CREATE ROLE other; CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO node;
CREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ BEGIN DELETE FROM app.t; END $$;`;

  it("is no more than a note", async () => {
    const found = (more: string) => severities("definer-public-execute", `${schema} ${more}`, "none");
    expect(await found("")).toEqual(["medium"]);
    expect(await found("GRANT EXECUTE ON FUNCTION app.f() TO node;")).toEqual(["info"]);
    expect(
      await found("GRANT EXECUTE ON FUNCTION app.f() TO node; GRANT USAGE ON SCHEMA app TO other;"),
    ).toEqual(["medium"]);
    expect(
      await found("GRANT EXECUTE ON FUNCTION app.f() TO node; GRANT USAGE ON SCHEMA app TO PUBLIC;"),
    ).toEqual(["high"]);
  });
});

describe("dynamic-sql-injection by what code makes of a number", () => {
  const f = (given: string) => `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE FUNCTION app.note(j jsonb, v text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN IF v <> '' THEN RETURN jsonb_set(j, '{a}', to_jsonb(v)); END IF; RETURN j; END $$;
CREATE FUNCTION app.f(n int, p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE j jsonb := '{}'; BEGIN
j := app.note(j, ${given}); EXECUTE 'SELECT 1 WHERE ' || (j ->> 'a'); END $$;`;

  it("is not what the caller writes", async () => {
    expect(await severities("dynamic-sql-injection", f("p"), "none")).toEqual(["critical"]);
    expect(await severities("dynamic-sql-injection", f("n::text"), "none")).toEqual([]);
    expect(await severities("dynamic-sql-injection", f("n::text || p"), "none")).toEqual(["critical"]);
  });
});

describe("definer-object-name", () => {
  const inner = (
    caller: string,
  ) => `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; CREATE SCHEMA hidden;
CREATE TABLE hidden.kinds (id int, target regclass);
CREATE FUNCTION hidden.del(_table regclass, _id int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE 'DELETE FROM ' || _table || ' WHERE id = $1' USING _id; END $$;
CREATE FUNCTION app.del(name regclass, kind int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE found record; other regclass; BEGIN ${caller} END $$;`;

  it("asks who decides about the argument where other routines give it", async () => {
    const found = (caller: string) => severities("definer-object-name", inner(caller), "none");
    expect(await found("PERFORM hidden.del(name, 1);")).toEqual(["critical"]);
    expect(await found("PERFORM hidden.del(_id => 1, _table => name);")).toEqual(["critical"]);
    expect(await found("other := name; PERFORM hidden.del(other, 1);")).toEqual(["critical"]);
    expect(await found("PERFORM hidden.del('hidden.kinds', 1);")).toEqual(["info"]);
    const LISTED = "IF name IS NULL OR name NOT IN ('hidden.kinds') THEN RAISE EXCEPTION 'no'; END IF;";
    expect(await found(`${LISTED} PERFORM hidden.del(name, 1);`)).toEqual(["info"]);
    expect(
      await found(
        "IF name IN ('hidden.kinds') THEN RAISE EXCEPTION 'no'; END IF; PERFORM hidden.del(name, 1);",
      ),
    ).toEqual(["critical"]);
    expect(await found(`PERFORM hidden.del(name, 1); ${LISTED}`)).toEqual(["critical"]);
    expect(
      await found(
        "SELECT * INTO found FROM hidden.kinds WHERE id = kind; PERFORM hidden.del(found.target, 1);",
      ),
    ).toEqual(["info"]);
    expect(await found("PERFORM hidden.del((SELECT target FROM hidden.kinds WHERE id = kind), 1);")).toEqual([
      "info",
    ]);
  });
});

describe("dynamic-sql-injection by names of catalogs", () => {
  const loop = (
    relation: string,
    column: string,
  ) => `CREATE ROLE app LOGIN; CREATE ROLE maker LOGIN CREATEROLE;
GRANT CREATE ON SCHEMA public TO app;
CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ DECLARE n text; BEGIN
FOR n IN SELECT ${column} FROM pg_catalog.${relation} LOOP EXECUTE 'ANALYZE ' || n; END LOOP; END $$;`;

  it("knows who chooses them", async () => {
    const found = async (relation: string, column: string) => {
      const { findings } = await lintText(loop(relation, column), { preset: "none" });
      return findings
        .filter(({ rule }) => rule === "dynamic-sql-injection")
        .map(({ severity, reach }) => `${severity} ${reach.map(({ role }) => role).join()}`);
    };
    expect(await found("pg_class", "relname")).toEqual([expect.stringContaining(" app")]);
    expect(await found("pg_roles", "rolname")).toEqual([expect.stringContaining(" maker")]);
    expect(await found("pg_tablespace", "spcname")).toEqual([]);
  });
});

describe("definer-search-path of other languages", () => {
  const f = (language: string, code: string) =>
    `CREATE FUNCTION public.f() RETURNS text LANGUAGE ${language} SECURITY DEFINER AS $$ ${code} $$;`;

  it("is nothing where the code has no query", async () => {
    const found = (language: string, code: string) =>
      severities("definer-search-path", f(language, code), "none");
    expect(await found("plpython3u", "import re; return re.sub('a', 'b', 'c')")).toEqual([]);
    expect(await found("plpython3u", "return plpy.execute('SELECT 1')[0]")).toEqual(["critical"]);
    expect(await found("plperlu", "return spi_exec_query('SELECT 1')")).toEqual(["critical"]);
    expect(await found("plperl", "return 1;")).toEqual([]);
    expect(await found("plr", "pg.spi.exec('SELECT 1')")).toEqual(["critical"]);
  });
});

describe("grants that a dump of a platform's database restates", () => {
  const restated = (owners: readonly string[]) => `CREATE TABLE public.t (id int, owner uuid);
ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
GRANT ALL ON TABLE public.t TO anon;
${owners.map((owner) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public GRANT ALL ON TABLES TO anon;`).join("\n")}`;

  it("are the platform's, for one owner or all of them", async () => {
    for (const owners of [[], ["postgres"], ["postgres", "supabase_admin"]]) {
      expect(await severities("rls-truncate-granted", restated(owners))).toEqual(["info"]);
      expect(await severities("rls-truncate-granted", restated(owners), "none")).not.toEqual(["info"]);
    }
  });

  it("are the project's where the platform's had been taken back", async () => {
    const sql = `ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public REVOKE ALL ON TABLES FROM anon, authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public REVOKE ALL ON TABLES FROM anon, authenticated;
${restated([])}`;
    expect(await severities("rls-truncate-granted", sql)).toEqual(["medium"]);
  });
});

describe("guard-null-unsafe after a row of the caller's that was not found", () => {
  const f = (
    between: string,
    where = "tenant = current_setting('app.tenant', true)",
  ) => `CREATE TABLE public.e (id int, tenant text, status text);
CREATE FUNCTION public.f(p int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE r public.e; BEGIN
SELECT * INTO r FROM public.e WHERE id = p AND ${where}; ${between}
IF r.status <> 'draft' THEN RAISE EXCEPTION 'not a draft'; END IF; DELETE FROM public.e WHERE id = p; END $$;`;

  it("says nothing where that is refused", async () => {
    const found = (between: string) => severities("guard-null-unsafe", f(between), "none");
    expect(await found("")).toEqual(["high"]);
    expect(await found("IF NOT FOUND THEN RAISE EXCEPTION 'none'; END IF;")).toEqual([]);
    expect(await found("IF NOT FOUND THEN RAISE NOTICE 'none'; END IF;")).toEqual(["high"]);
    expect(await found("IF FOUND THEN RAISE EXCEPTION 'one'; END IF;")).toEqual(["high"]);
  });

  it("says that it is for want of the row, or of the identity where that is compared", async () => {
    const messages = async (sql: string) =>
      (await lintText(sql, {})).findings
        .filter(({ rule }) => rule === "guard-null-unsafe")
        .map(({ message }) => message.replace(/:.*/, ""));
    const compared = f("", "true").replace(
      "r.status <> 'draft'",
      "r.tenant <> current_setting('app.tenant', true)",
    );
    expect(await messages(f(""))).toEqual([
      "public.f(integer) does not turn away a caller for whom no row is found",
    ]);
    expect(await messages(compared)).toEqual([
      "public.f(integer) does not turn away a caller for whom the setting app.tenant is NULL",
    ]);
  });
});

describe("names that are looked up in a table before", () => {
  const f = (check: string, table = "") => `CREATE TABLE public.allowed (name text PRIMARY KEY);
ALTER TABLE public.allowed ENABLE ROW LEVEL SECURITY; ${table}
CREATE FUNCTION public.f(t text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE n bigint; BEGIN ${check} EXECUTE format('SELECT count(*) FROM public.%I', t) INTO n; RETURN n; END $$;`;
  const found = async (check: string, table = "") =>
    (await severities("definer-object-name", f(check, table))).length > 0;
  const exists =
    "IF NOT EXISTS (SELECT 1 FROM public.allowed a WHERE a.name = t) THEN RAISE EXCEPTION 'no'; END IF;";

  it("are not the caller's choice when nobody else writes it", async () => {
    expect(await found("")).toBe(true);
    expect(await found(exists)).toBe(false);
    expect(await found(exists.replace("a.name = t", "t = a.name AND a.name <> 'x'"))).toBe(false);
    expect(
      await found("IF t NOT IN (SELECT name FROM public.allowed) THEN RAISE EXCEPTION 'no'; END IF;"),
    ).toBe(false);
  });

  it("are it when callers write the table, it is a system catalog, or something else is asked", async () => {
    const open = "CREATE POLICY p ON public.allowed FOR INSERT TO authenticated WITH CHECK (true);";
    expect(await found(exists, open)).toBe(true);
    expect(
      await found(
        exists.replace("public.allowed a", "pg_catalog.pg_tables a").replace("a.name", "a.tablename"),
      ),
    ).toBe(true);
    expect(await found(exists.replace("a.name = t", "a.name = 'x'"))).toBe(true);
    expect(await found(exists.replace("a.name = t", "a.name = t OR a.name = 'x'"))).toBe(true);
    expect(await found(exists.replace("NOT EXISTS", "EXISTS"))).toBe(true);
    expect(await found(exists.replace("SELECT 1", "SELECT count(*) + 1"))).toBe(true);
  });
});
