/** Policies on tables that the platform's own service writes. */
import { expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

const OWN = (table: string) => `CREATE POLICY p ON ${table} FOR UPDATE
  USING ((SELECT auth.uid()) = owner) WITH CHECK (bucket_id = 'avatars');`;

it("weigh one step less than on tables that clients write", async () => {
  const severity = async (sql: string) =>
    (await lintText(sql, { preset: "supabase" })).findings.find(
      ({ rule }) => rule === "rls-update-check-weaker",
    )?.severity;
  expect(await severity(OWN("storage.objects"))).toBe("medium");
  const own =
    "CREATE TABLE public.files (id int, owner uuid, bucket_id text); ALTER TABLE public.files ENABLE ROW LEVEL SECURITY;";
  expect(await severity(`${own} ${OWN("public.files")}`)).toBe("high");
});
