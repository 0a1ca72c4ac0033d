/** What event triggers of the project do with objects that are created after them. */
import { describe, expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

const ENABLE = `CREATE FUNCTION public.enable_rls() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE cmd record;
BEGIN
  FOR cmd IN SELECT * FROM pg_event_trigger_ddl_commands()
    WHERE command_tag IN ('CREATE TABLE', 'CREATE TABLE AS') AND object_type = 'table' LOOP
    IF cmd.schema_name = 'public' THEN
      EXECUTE format('ALTER TABLE IF EXISTS %s ENABLE ROW LEVEL SECURITY', cmd.object_identity);
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER enable_rls ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.enable_rls();`;

async function open(sql: string): Promise<readonly string[]> {
  const { findings, unknown } = await lintText(sql, { preset: "supabase" });
  const tables = findings.filter(({ rule }) => rule === "rls-disabled").map(({ object }) => object ?? "");
  return [...tables, ...unknown.map(({ message }) => message)];
}

describe("event triggers", () => {
  it("do what their functions do to tables that are created from then on", async () => {
    const table = 'CREATE TABLE public."Notes" (id int);';
    expect(await open(`${ENABLE}\n${table}`)).toEqual([]);
    expect(await open(`${table}\n${ENABLE}`)).toEqual(['public."Notes"']);
    expect(await open(`${ENABLE}\nDO $$ BEGIN ${table} END $$;`)).toEqual([]);
  });

  it("do nothing when they are disabled, dropped, or about something else", async () => {
    const table = "CREATE TABLE public.notes (id int);";
    expect(await open(`${ENABLE}\nALTER EVENT TRIGGER enable_rls DISABLE;\n${table}`)).toEqual([
      "public.notes",
    ]);
    expect(await open(`${ENABLE}\nDROP EVENT TRIGGER enable_rls;\n${table}`)).toEqual(["public.notes"]);
    expect(await open(`${ENABLE}\nCREATE TABLE public.notes AS SELECT 1 AS id;`)).toEqual(["public.notes"]);
  });

  it("do nothing with a table that was there already", async () => {
    const before = "CREATE TABLE public.notes (id int);";
    expect(await open(`${before}\n${ENABLE}\nCREATE TABLE IF NOT EXISTS public.notes (id int);`)).toEqual([
      "public.notes",
    ]);
  });

  it("do not run for what their own functions create", async () => {
    const copies = ENABLE.replace(
      "ALTER TABLE IF EXISTS %s ENABLE ROW LEVEL SECURITY', cmd.object_identity",
      () => "CREATE TABLE public.%I (id int)', cmd.objid || 'x'",
    );
    const tables = await open(`${copies}\nCREATE TABLE public.notes (id int);`);
    expect(tables).toHaveLength(2);
    expect(tables).toContain("public.notes");
  });

  it("take EXECUTE on new functions from PUBLIC", async () => {
    const setup = `CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO PUBLIC; CREATE TABLE api.t (id int);
CREATE FUNCTION api.close() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE o record; BEGIN FOR o IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
IF tg_tag = 'CREATE FUNCTION' THEN EXECUTE 'REVOKE ALL ON FUNCTION ' || o.objid::regprocedure || ' FROM PUBLIC'; END IF;
END LOOP; END $$;`;
    const trigger = "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION api.close();";
    const wipe = `CREATE FUNCTION api.wipe(n int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS 'DELETE FROM api.t';`;
    const rules = async (sql: string) => (await lintText(sql)).findings.map(({ rule }) => rule);
    expect(await rules(`${setup}\n${trigger}\n${wipe}`)).not.toContain("definer-public-execute");
    expect(await rules(`${setup}\n${wipe}\n${trigger}`)).toContain("definer-public-execute");
  });
});
