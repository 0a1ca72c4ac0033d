/** Statements that a help proposes name roles as SQL wants them. */
import { expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

async function help(sql: string, rule: string, untrusted: readonly string[] = []) {
  const report = await lintText(sql, { untrusted: [...untrusted] });
  return report.findings.find((one) => one.rule === rule)?.help;
}

it("quotes names that need it, and leaves PUBLIC as it is", async () => {
  const sql =
    'CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT TRUNCATE ON t TO "Web User", PUBLIC;';
  expect(await help(sql, "rls-truncate-granted", ["Web User"])).toContain(
    'REVOKE TRUNCATE ON public.t FROM "Web User", PUBLIC;',
  );
});

it("names nobody where no file does", async () => {
  const sql = `CREATE TABLE t (id int, owner name); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON t USING (owner = current_user); CREATE MATERIALIZED VIEW m AS SELECT * FROM t;`;
  expect(await help(sql, "materialized-view-bypasses-rls")).toContain("REVOKE SELECT ON public.m FROM …;");
});
