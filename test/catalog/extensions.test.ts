/** Objects that known extensions bring: used by the project, nothing that it wrote. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lint } from "../../src/index.ts";
import { replayScript } from "../oracle/static/context.ts";

const directory = new URL("../../src/catalog/extensions/extension-data/", import.meta.url);
const known = readdirSync(directory).map((file) => file.replace(/\.json$/, ""));

async function rulesFor(sql: string): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), "pgvet-extensions-"));
  try {
    writeFileSync(join(root, "schema.sql"), sql);
    const { findings } = await lint({ paths: [root] });
    return findings.map(({ rule, object }) => `${rule} ${object}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe("members of extensions", () => {
  test("no rule but the one about extensions reports what they bring", async () => {
    expect(known.length).toBeGreaterThan(70);
    const findings = await rulesFor(known.map((name) => `CREATE EXTENSION "${name}";`).join("\n"));
    expect(findings.filter((each) => !each.startsWith("dangerous-extension "))).toEqual([]);
  });

  test("the same object made by the project is reported", async () => {
    const sql = "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';";
    expect(await rulesFor(sql)).toContain("definer-public-execute public.f()");
  });

  test("what the script takes from PUBLIC stays taken, what it leaves open is open", async () => {
    const { catalog } = await replayScript("CREATE EXTENSION pg_cron");
    const acl = (name: string) =>
      [...catalog.state.routines.by.name.all(name)].map((routine) =>
        routine.acl.some((item) => item.grantee === 0),
      );
    expect(acl("alter_job")).toEqual([false]);
    expect(acl("schedule")).toEqual([true, true]);
  });

  test("a project's own object of the same name stays the project's", async () => {
    const findings = await rulesFor(`CREATE EXTENSION pgmq; GRANT USAGE ON SCHEMA pgmq TO PUBLIC;
      CREATE FUNCTION pgmq.purge_queue(queue_name text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint';
      CREATE SCHEMA net; CREATE TABLE net.http_request_queue (id bigint); CREATE EXTENSION pg_net;`);
    expect(findings.filter((each) => each.startsWith("definer-"))).toContain(
      "definer-public-execute pgmq.purge_queue(text)",
    );
  });
});

test("an extension among temporary objects does not hinder the end of the session", async () => {
  expect(await rulesFor("CREATE EXTENSION citext SCHEMA pg_temp;\nSELECT 1;")).toEqual([]);
});
