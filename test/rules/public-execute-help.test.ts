import { expect, test } from "vitest";
import { lintText } from "../support/lint.ts";

async function helps(sql: string, preset: "none" | "supabase"): Promise<readonly (string | undefined)[]> {
  const { findings } = await lintText(sql, { preset });
  return findings.filter(({ rule }) => rule === "definer-public-execute").map(({ help }) => help);
}

const PURGE = `CREATE TABLE public.log (at date);
CREATE PROCEDURE public.purge() LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM public.log $$;`;

test("the statement that closes a routine names everybody to whom default privileges gave it", async () => {
  expect(await helps(PURGE, "supabase")).toEqual([
    expect.stringMatching(/^REVOKE EXECUTE ON PROCEDURE public\.purge\(\) FROM PUBLIC, anon, authenticated;/),
  ]);
  expect(await helps(PURGE, "none")).toEqual([
    expect.stringMatching(/^REVOKE EXECUTE ON PROCEDURE public\.purge\(\) FROM PUBLIC;/),
  ]);
});

test("what it says closes it", async () => {
  const [help = ""] = await helps(PURGE, "supabase");
  expect(await helps(`${PURGE} ${help.slice(0, help.indexOf(";") + 1)}`, "supabase")).toEqual([]);
  const half = `${PURGE} REVOKE EXECUTE ON PROCEDURE public.purge() FROM PUBLIC;`;
  expect(await helps(half, "supabase")).toEqual([
    "REVOKE EXECUTE ON PROCEDURE public.purge() FROM anon, authenticated;",
  ]);
});
