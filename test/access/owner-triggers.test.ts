/** Which triggers make the owner that a client sends not matter. */
import { describe, expect, it } from "vitest";
import { idsOf, lintText } from "../support/lint.ts";

async function ids(code: string): Promise<readonly string[]> {
  const sql = `CREATE TABLE public.notes (id bigint PRIMARY KEY, user_id uuid NOT NULL, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.set_owner() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
${code} $$;
CREATE TRIGGER set_owner BEFORE INSERT ON public.notes FOR EACH ROW EXECUTE FUNCTION public.set_owner();
CREATE POLICY seen ON public.notes FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY added ON public.notes FOR INSERT TO authenticated WITH CHECK (auth.uid() IS NOT NULL);`;
  return idsOf(await lintText(sql, { preset: "supabase" }));
}

describe("a trigger that settles the owner", () => {
  it.each([
    "BEGIN NEW.user_id := auth.uid(); RETURN NEW; END",
    "BEGIN BEGIN NEW.user_id := auth.uid(); END; RETURN NEW; END",
    "BEGIN IF TG_OP = 'INSERT' THEN NEW.user_id := auth.uid(); END IF; RETURN NEW; END",
    "BEGIN SELECT auth.uid() INTO NEW.user_id; RETURN NEW; END",
    "DECLARE v uuid := auth.uid(); BEGIN NEW.user_id := v; RETURN NEW; END",
    "DECLARE v uuid; BEGIN v := (SELECT auth.uid()); NEW.user_id := v; RETURN NEW; END",
    "BEGIN IF NEW.user_id IS DISTINCT FROM auth.uid() THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END",
  ])("%s", async (code) => {
    expect(await ids(code)).toEqual([]);
  });
});

describe("a trigger that does not", () => {
  it.each([
    "BEGIN NEW.body := auth.uid()::text; RETURN NEW; END",
    "BEGIN NEW.user_id := coalesce(NEW.user_id, auth.uid()); RETURN NEW; END",
    "BEGIN IF NEW.user_id IS NULL THEN NEW.user_id := auth.uid(); END IF; RETURN NEW; END",
    "DECLARE v uuid := auth.uid(); BEGIN v := NEW.user_id; NEW.user_id := v; RETURN NEW; END",
    "BEGIN IF NEW.user_id IS DISTINCT FROM auth.uid() THEN RAISE NOTICE 'no'; END IF; RETURN NEW; END",
  ])("%s", async (code) => {
    expect(await ids(code)).toEqual(["rls-policy-any-user"]);
  });
});
