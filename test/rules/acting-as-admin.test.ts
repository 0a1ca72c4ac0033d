/** A role that holds something only because it can become an admin role is an admin when it uses it. */
import { describe, expect, it } from "vitest";
import { lintTexts } from "../support/lint.ts";

async function found(sql: string): Promise<readonly string[]> {
  const report = await lintTexts([{ path: "a.sql", text: sql }], { preset: "supabase" });
  return report.findings
    .filter(({ rule }) => /^(definer-search-path|view-bypasses-rls)$/.test(rule))
    .map(({ rule, severity, reach }) =>
      `${rule} ${severity} ${reach.map(({ role }) => role).join(",")}`.trim(),
    );
}

const definer = `CREATE TABLE public.t (a int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT count(*) FROM t $$;
REVOKE ALL ON FUNCTION public.f() FROM PUBLIC, anon, authenticated;
`;
const privately = `CREATE SCHEMA private; GRANT USAGE ON SCHEMA private TO service_role;
CREATE FUNCTION private.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT count(*) FROM t $$;
`;
const view = `CREATE SCHEMA private; CREATE TABLE public.t (a int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE VIEW private.v AS SELECT a FROM public.t; GRANT USAGE ON SCHEMA private TO service_role;
`;

describe("authenticator, a member of service_role", () => {
  it("does not reach a function that only service_role may call", async () => {
    expect(await found(definer)).toEqual(["definer-search-path info"]);
  });

  it("does not reach a function in a schema that only service_role may use", async () => {
    const all = await found(
      `CREATE TABLE public.t (a int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY; ${privately}`,
    );
    expect(all.filter((line) => !/ info$/.test(line))).toEqual([]);
  });

  it("sees no more in a view that only service_role may read", async () => {
    expect(await found(`${view}GRANT SELECT ON private.v TO service_role;`)).toEqual([]);
  });
});

describe("a role that holds it itself", () => {
  it("reaches the function", async () => {
    expect(await found(`${definer}GRANT EXECUTE ON FUNCTION public.f() TO authenticated;`)).toEqual([
      expect.stringMatching(/^definer-search-path medium authenticated/),
    ]);
  });

  it("reaches the function as a member of an application role", async () => {
    expect(
      await found(
        `${definer}CREATE ROLE app; CREATE ROLE worker LOGIN; GRANT app TO worker; GRANT EXECUTE ON FUNCTION public.f() TO app;`,
      ),
    ).toEqual([expect.stringMatching(/^definer-search-path low app,worker$/)]);
  });

  it("sees rows past the policies in the view", async () => {
    expect(
      await found(
        `${view}GRANT USAGE ON SCHEMA private TO authenticated; GRANT SELECT ON private.v TO authenticated;`,
      ),
    ).toEqual([expect.stringMatching(/^view-bypasses-rls critical authenticated/)]);
  });
});
