/** Forms that mean the same and once had another verdict. */
import { describe, expect, it } from "vitest";
import { idsOf, lintText, type TextOptions } from "../support/lint.ts";

async function of(
  rule: string,
  sql: string,
  options: TextOptions = { preset: "supabase" },
): Promise<readonly string[]> {
  return idsOf(await lintText(sql, options)).filter((id) => id.startsWith(rule));
}

const TODOS = `CREATE TABLE public.todos (id int, user_id uuid, org_id int);
ALTER TABLE public.todos ENABLE ROW LEVEL SECURITY;
`;

describe("functions that the session's path finds", () => {
  it.each(["auth.jwt()", "jwt()"])("in a policy: %s", async (call) => {
    const sql = `${TODOS} SET search_path = auth, public;
CREATE POLICY p ON public.todos TO authenticated USING (${call} -> 'user_metadata' ->> 'role' = 'admin');`;
    expect(await of("rls-user-metadata", sql)).toEqual(["rls-user-metadata"]);
  });

  it.each(["auth.uid()", "uid()"])("in a view: %s", async (call) => {
    const sql = `SET search_path = auth, public;
CREATE VIEW public.me WITH (security_barrier) AS SELECT id, email FROM users WHERE id = ${call};
GRANT SELECT ON public.me TO authenticated;`;
    expect(await of("view-exposes-auth-schema", sql)).toEqual([]);
  });

  it("are others when the path finds others", async () => {
    const sql = `CREATE FUNCTION public.jwt() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{}'::jsonb $$; ${TODOS}
CREATE POLICY p ON public.todos TO authenticated USING (jwt() -> 'user_metadata' ->> 'role' = 'admin');`;
    expect(await of("rls-user-metadata", sql)).toEqual([]);
  });
});

describe("conditions of a view on accounts", () => {
  const view = (condition: string) =>
    `CREATE VIEW public.me WITH (security_barrier) AS SELECT id, email FROM auth.users WHERE ${condition}; GRANT SELECT ON public.me TO authenticated;`;

  it.each(["id = auth.uid()", "false OR id = auth.uid()", "id = auth.uid() OR auth.uid() = instance_id"])(
    "that keep to the reader: %s",
    async (condition) => {
      expect(await of("view-exposes-auth-schema", view(condition))).toEqual([]);
    },
  );

  it("that do not", async () => {
    expect(
      await of("view-exposes-auth-schema", view("id = auth.uid() OR email LIKE '%@example.org'")),
    ).toEqual(["view-exposes-auth-schema"]);
  });
});

it.each([
  "EXISTS (SELECT FROM m WHERE m.org_id = org_id)",
  "(SELECT EXISTS (SELECT FROM m WHERE m.org_id = org_id))",
])("a captured column in a sub-select, however deep: %s", async (condition) => {
  const sql = `CREATE TABLE public.m (uid uuid, org_id int); ${TODOS}
CREATE POLICY p ON public.todos FOR SELECT TO authenticated USING (${condition.replace("FROM m", "FROM public.m")});`;
  expect(await of("rls-column-capture", sql)).toEqual(["rls-column-capture"]);
});

describe("a private schema", () => {
  const granted = (role: string) => `CREATE ROLE readers; CREATE ROLE backend;
GRANT readers TO anon; CREATE SCHEMA private; CREATE TABLE private.t (a int);
GRANT USAGE ON SCHEMA private TO ${role}; GRANT SELECT ON private.t TO ${role};`;

  it.each(["anon", "readers"])("opened to clients, by themselves or as members: %s", async (role) => {
    expect(await of("private-schema-granted", granted(role))).toEqual(["private-schema-granted"]);
  });

  it("opened to the application", async () => {
    expect(await of("private-schema-granted", granted("backend"))).toEqual([]);
  });
});

describe("a check of the caller", () => {
  const purge = (condition: string) => `${TODOS}
CREATE FUNCTION public.purge(p_user uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF ${condition} THEN RAISE EXCEPTION 'no'; END IF;
  DELETE FROM public.todos WHERE user_id = p_user;
END $$;`;

  it.each([
    "p_user IS DISTINCT FROM auth.uid()",
    "(p_user IS DISTINCT FROM auth.uid()) IS TRUE",
    "(p_user IS DISTINCT FROM auth.uid()) = true",
    "coalesce(p_user IS DISTINCT FROM auth.uid(), false)",
    "CASE WHEN p_user IS DISTINCT FROM auth.uid() THEN true ELSE false END",
    "true AND p_user IS DISTINCT FROM auth.uid()",
    "p_user IS DISTINCT FROM auth.uid() OR false",
  ])("IF %s", async (condition) => {
    expect(await of("definer-unchecked-identity", purge(condition))).toEqual([]);
  });

  it("that is none: whether the argument is there", async () => {
    expect(await of("definer-unchecked-identity", purge("p_user IS NULL"))).toEqual([
      "definer-unchecked-identity",
    ]);
  });
});

describe("a policy that lets everybody read", () => {
  const search = (condition: string) => `CREATE TABLE public.posts (id int, user_id uuid, body text);
ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON public.posts FOR SELECT USING (${condition});
CREATE FUNCTION public.search(q text) RETURNS SETOF public.posts LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT * FROM public.posts WHERE body LIKE q $$;`;

  it.each(["true", "1 = 1", "NOT false", "(true) AND true", "(SELECT true)"])("%s", async (condition) => {
    expect(await of("definer-bypasses-rls", search(condition))).toEqual([]);
  });

  it("is none where it asks for something", async () => {
    expect(await of("definer-bypasses-rls", search("user_id = auth.uid()"))).toEqual([
      "definer-bypasses-rls",
    ]);
  });
});

describe("a row of the caller's that a query inside finds", () => {
  const team = (from: string, condition = "p.company = e.company") =>
    `CREATE TABLE public.people (id uuid, company uuid, mail text);
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.people FOR SELECT USING (id = auth.uid());
CREATE FUNCTION public.mine() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT company FROM public.people WHERE id = auth.uid() $$;
CREATE FUNCTION public.first() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT company FROM public.people LIMIT 1 $$;
REVOKE EXECUTE ON FUNCTION public.mine(), public.first() FROM PUBLIC, anon, authenticated;
CREATE FUNCTION public.team() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ ${from} WHERE ${condition} $$;`;
  const inWith = (value: string) =>
    `WITH e AS (SELECT ${value} AS company, 1 AS one) SELECT p.mail FROM e JOIN public.people p ON true`;
  const inFrom = (value: string) =>
    `SELECT p.mail FROM public.people p CROSS JOIN (SELECT ${value}) AS e (company)`;

  it.each([
    inWith("public.mine()"),
    inFrom("public.mine()"),
    "WITH found (company) AS (SELECT public.mine()) SELECT p.mail FROM public.people p, found AS e",
    "SELECT p.mail FROM public.people p, public.mine() AS e (company)",
  ])("%s", async (from) => {
    expect(await of("definer-bypasses-rls", team(from))).toEqual([]);
  });

  it.each([
    [inWith("public.first()"), "p.company = e.company"],
    [inFrom("NULL::uuid"), "p.company = e.company"],
    [inWith("public.mine()"), "p.company IS NOT NULL AND e.company IS NOT NULL"],
    [inWith("public.mine()"), "e.one = 1"],
  ])("%s WHERE %s asks for nobody", async (from, condition) => {
    expect(await of("definer-bypasses-rls", team(from, condition))).toEqual(["definer-bypasses-rls"]);
  });
});

it.each(["auth.uid() IS NULL", "auth.uid() IS /* nobody = NULL */ NULL -- in\n"])(
  "a check that somebody is signed in, with and without comments: %s",
  async (condition) => {
    const sql = `${TODOS} CREATE FUNCTION public.purge(p_user uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF ${condition} THEN RAISE EXCEPTION 'no'; END IF;
  DELETE FROM public.todos WHERE user_id = p_user;
END $$;`;
    expect(await of("definer-unchecked-identity", sql)).toEqual(["definer-unchecked-identity"]);
  },
);

it.each(["email = alias", "email IN (alias)", "email NOT IN (alias)", "email IS DISTINCT FROM alias"])(
  "an operator that a schema open to others could replace: %s",
  async (condition) => {
    const sql = `CREATE SCHEMA app; CREATE TABLE app.users (email varchar(80), alias varchar(80));
CREATE VIEW app.aliased AS SELECT * FROM app.users WHERE ${condition};`;
    expect(await of("deploy-path-writable", sql, { preset: "none", postgresVersion: 14 })).toEqual([
      "deploy-path-writable",
    ]);
  },
);
