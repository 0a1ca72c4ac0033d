import { describe, expect, it } from "vitest";
import { idsOf, lintText } from "../support/lint.ts";

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
});
