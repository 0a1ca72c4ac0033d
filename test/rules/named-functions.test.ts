/** Functions that a statement in a body names without calling them are looked up like those that it calls. */
import { describe, expect, test } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintTexts } from "../support/lint.ts";

const SETUP = `CREATE SCHEMA app; CREATE SCHEMA open;
  GRANT USAGE ON SCHEMA app TO PUBLIC;
  GRANT CREATE, USAGE ON SCHEMA open TO PUBLIC;
  CREATE FUNCTION app.known() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
`;

async function names(rule: string, statement: string, path: string): Promise<readonly string[]> {
  const sql = `${SETUP}CREATE FUNCTION app.f(p int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ${path} AS $$ BEGIN ${statement}; END $$;`;
  const { findings } = await lintTexts([{ path: "a.sql", text: sql }]);
  return findings
    .filter((finding) => finding.rule === rule && finding.severity !== "info")
    .flatMap(({ place, related }) => [place, ...related.map((one) => one.place)])
    .map(textOf)
    .filter((text) => text.length < 12);
}

const TRIGGER = "CREATE TRIGGER t AFTER INSERT ON app.x FOR EACH ROW EXECUTE FUNCTION";
const STATEMENTS: readonly (readonly [string, string])[] = [
  [`${TRIGGER} touch()`, "touch"],
  ["CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION touch()", "touch"],
  ["CREATE CAST (text AS app.x) WITH FUNCTION make(text)", "make"],
  ["CREATE OPERATOR app.## (LEFTARG = text, RIGHTARG = text, FUNCTION = differ)", "differ"],
];

describe("a function that DDL names", () => {
  test.each(STATEMENTS)("%s: can be taken over where others may create", async (statement, name) => {
    expect(await names("definer-search-path", statement, "pg_catalog, open, pg_temp")).toContain(name);
  });

  test("cannot, where an earlier schema has it", async () => {
    const path = "pg_catalog, app, open, pg_temp";
    expect(await names("definer-search-path", `${TRIGGER} known()`, path)).toEqual([]);
    expect(await names("definer-search-path", `${TRIGGER} app.touch()`, path)).toEqual([]);
    expect(await names("definer-search-path", `${TRIGGER} touch()`, path)).toContain("touch");
  });

  test("in text that is executed too", async () => {
    const statement = `EXECUTE '${TRIGGER} touch()'`;
    expect(await names("definer-unqualified-reference", statement, "pg_catalog, pg_temp")).toEqual(["touch"]);
    const qualified = `EXECUTE '${TRIGGER} app.touch()'`;
    expect(await names("definer-unqualified-reference", qualified, "pg_catalog, pg_temp")).toEqual([]);
  });
});
