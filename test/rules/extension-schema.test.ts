import { describe, expect, it } from "vitest";
import { idsOf, lintText, lintTexts } from "../support/lint.ts";

const CREATE = `CREATE FUNCTION run(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = @extschema@, pg_temp AS $$ BEGIN EXECUTE what; END $$;`;

describe("an extension's script", () => {
  it("creates unqualified objects in the schema that @extschema@ names", async () => {
    const report = await lintText(CREATE, { preset: "extension" });
    expect(report.findings.map(({ object }) => object)).toContain("@extschema@.run(text)");
    expect(idsOf(report)).toContain("dynamic-sql-injection/whole-statement");
  });

  it("drops them by that name", async () => {
    const report = await lintText(`${CREATE} DROP FUNCTION @extschema@.run(text);`, { preset: "extension" });
    expect(idsOf(report)).toEqual([]);
  });

  it("is not called by its version", async () => {
    const text = "CREATE TABLE @extschema@.invites (roles text[] CHECK (cardinality(roles) > 0));";
    const messages = async (path: string): Promise<readonly string[]> => {
      const { findings } = await lintTexts([{ path, text }], { preset: "extension" });
      return findings.filter(({ rule }) => rule === "extension-script-path").map(({ message }) => message);
    };
    const rest = "is installed or updated, a better match for cardinality() in its target schema is taken";
    expect(await messages("updates/1.0--1.1.sql")).toEqual([`while the extension ${rest}`]);
    expect(await messages("sql/rbac--1.0--1.1.sql")).toEqual([`while extension rbac ${rest}`]);
  });

  it("leaves USAGE on a schema of its own to whoever installs it, unless it grants it", async () => {
    const own = `CREATE SCHEMA jobs; CREATE FUNCTION jobs.run(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE what; END $$;`;
    const closed = `${own} CREATE ROLE jobs_admin SUPERUSER; GRANT USAGE ON SCHEMA jobs TO jobs_admin;`;
    expect(idsOf(await lintText(own, { preset: "extension" }))).toContain(
      "dynamic-sql-injection/whole-statement",
    );
    expect(idsOf(await lintText(closed, { preset: "extension" }))).toEqual([]);
  });
});
