/** How grave it is that somebody may call a definer: by what it does for whoever calls. */
import { describe, expect, test } from "vitest";
import { lintTexts } from "../support/lint.ts";

const SETUP = `CREATE TABLE public.open (id int, note text);
  GRANT SELECT ON public.open TO anon, authenticated;
  CREATE TABLE public.closed (id uuid PRIMARY KEY, user_id uuid, n int, note text);
  ALTER TABLE public.closed ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON public.closed USING (user_id = auth.uid());
  CREATE TABLE public.private (id int, note text);
  REVOKE ALL ON public.private FROM PUBLIC, anon, authenticated;
`;

async function severityOf(rule: string, sql: string): Promise<string | undefined> {
  const { findings } = await lintTexts([{ path: "a.sql", text: SETUP + sql }], { preset: "supabase" });
  return findings.find((finding) => finding.rule === rule)?.severity;
}

const sql = (parameters: string, returns: string, body: string): string =>
  `CREATE FUNCTION public.f(${parameters}) RETURNS ${returns} LANGUAGE sql SECURITY DEFINER
   SET search_path = pg_catalog, pg_temp AS $$ ${body} $$;`;

describe("definer-public-execute", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["changes rows", sql("k int", "void", "UPDATE public.open SET note = 'x' WHERE id = k"), "high"],
    ["reads what is private", sql("k int", "text", "SELECT note FROM public.private WHERE id = k"), "high"],
    [
      "reads what policies hide",
      sql("k uuid", "text", "SELECT note FROM public.closed WHERE id = k"),
      "medium",
    ],
    [
      "reads what everybody may read",
      sql("k int", "text", "SELECT note FROM public.open WHERE id = k"),
      "low",
    ],
    ["notifies", sql("k int", "text", "SELECT pg_notify('a', note)::text FROM public.open"), "high"],
    [
      "asks who calls",
      sql("k uuid", "void", "UPDATE public.closed SET n = 1 WHERE id = k AND user_id = auth.uid()"),
      "low",
    ],
  ];
  test.each(cases)("%s", async (_, text, severity) => {
    expect(await severityOf("definer-public-execute", text)).toBe(severity);
  });
});

describe("definer-unchecked-identity", () => {
  const of = (returns: string, body: string): string => sql("p_user_id uuid", returns, body);
  const WHERE = "FROM public.closed WHERE user_id = p_user_id";
  const cases: readonly (readonly [string, string, string])[] = [
    ["shows rows", of("SETOF text", `SELECT note ${WHERE}`), "high"],
    ["shows a number that is stored", of("int", `SELECT n ${WHERE}`), "high"],
    ["hands out the next number", of("int", `SELECT coalesce(max(n), 0) + 1 ${WHERE}`), "low"],
    ["with a prefix", of("text", `SELECT 'INV-' || lpad((max(n) + 1)::text, 6, '0') ${WHERE}`), "low"],
    ["with something else in it", of("text", `SELECT min(note) || (max(n) + 1)::text ${WHERE}`), "high"],
    ["gives an id", of("uuid", `SELECT id ${WHERE}`), "low"],
    [
      "raises a counter",
      of("void", "UPDATE public.closed SET n = n + 1 WHERE user_id = p_user_id"),
      "medium",
    ],
    [
      "raises it by what the caller says",
      sql("p_user_id uuid, k int", "void", "UPDATE public.closed SET n = n + k WHERE user_id = p_user_id"),
      "high",
    ],
    [
      "and changes something else",
      of("void", "UPDATE public.closed SET n = n + 1, note = NULL, user_id = id WHERE user_id = p_user_id"),
      "high",
    ],
  ];
  test.each(cases)("%s", async (_, text, severity) => {
    expect(await severityOf("definer-unchecked-identity", text)).toBe(severity);
  });

  test("a next number by way of variables", async () => {
    const numbered = (
      last: string,
    ): string => `CREATE FUNCTION public.f(p_user_id uuid) RETURNS text LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE highest int; made text;
      BEGIN
        SELECT max(n) INTO highest FROM public.closed WHERE user_id = p_user_id;
        made := 'A' || lpad(${last}::text, 6, '0');
        RETURN made;
      END $$;`;
    expect(await severityOf("definer-unchecked-identity", numbered("(highest + 1)"))).toBe("low");
    expect(await severityOf("definer-unchecked-identity", numbered("highest"))).toBe("high");
  });
});

describe("hardcoded-secret", () => {
  test("is one finding for each secret of an object", async () => {
    const key = (last: string): string => `sk_live_${"a1B2c3D4e5F6g7H8i9J0k1L2"}${last}`;
    const text = (second: string): string =>
      sql(
        "k int",
        "void",
        `SELECT net.http_post('a', '${key("x")}'); SELECT net.http_post('a', '${key(second)}')`,
      );
    const count = async (body: string): Promise<number> => {
      const { findings } = await lintTexts([{ path: "a.sql", text: body }], { preset: "supabase" });
      return findings.filter(({ rule }) => rule === "hardcoded-secret").length;
    };
    expect(await count(text("x"))).toBe(1);
    expect(await count(text("y"))).toBe(2);
  });
});

describe("definer-search-path", () => {
  const of = (path: string, statement: string): string =>
    `CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${path} AS $$
     DECLARE k uuid := auth.uid(); BEGIN ${statement} END $$;`;
  const update = (table: string): string => `UPDATE ${table} SET n = 1 WHERE user_id = k;`;
  test.each([
    ["built-in types alone, where clients send no SQL", of("''", update("public.closed")), "info"],
    ["the same with public", of("public", update("public.closed")), "low"],
    ["a table", of("public", update("closed")), "high"],
  ])("%s", async (_, text, severity) => {
    expect(await severityOf("definer-search-path", text)).toBe(severity);
  });
});
