import { describe, expect, it } from "vitest";
import { idsOf, lintText, textUnder } from "../support/lint.ts";

const UNPINNED = "definer-search-path/unset";

/** The finding of a definer function `f` without search_path, with who reaches it. */
async function reachOf(sql: string, untrusted = ["web"]) {
  const report = await lintText(sql, { untrusted });
  const finding = report.findings.find((one) => one.rule === "definer-search-path");
  return { severity: finding?.severity, roles: finding?.reach.map(({ role }) => role), finding };
}

const TRIGGER = `
CREATE TABLE t (id int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES (1); RETURN NEW; END $$;
REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
`;

describe("who makes a routine run", () => {
  it("is everybody where PUBLIC keeps EXECUTE and has USAGE", async () => {
    const { severity, roles } = await reachOf(
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';",
    );
    expect(roles).toEqual(["PUBLIC"]);
    expect(severity).toBe("critical");
  });

  it("is nobody where PUBLIC keeps EXECUTE without USAGE on the schema", async () => {
    const { severity, roles } = await reachOf(
      "CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t'; CREATE ROLE web; GRANT USAGE ON SCHEMA public TO web;",
    );
    expect(roles).toEqual([]);
    expect(severity).toBe("info");
  });

  it("is somebody, medium at most, where no file grants anything", async () => {
    const sql =
      "CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';";
    const { severity, roles } = await reachOf(sql);
    expect(roles).toEqual(["the application"]);
    expect(severity).toBe("medium");
    expect((await reachOf(`${sql} REVOKE EXECUTE ON FUNCTION s.f() FROM PUBLIC;`)).roles).toEqual([]);
    expect((await reachOf(`CREATE TABLE t (id int); REVOKE SELECT ON t FROM PUBLIC; ${sql}`)).roles).toEqual(
      [],
    );
  });

  it("is who may execute it, medium at most, where no file grants USAGE on any schema", async () => {
    const sql = `CREATE ROLE web; CREATE SCHEMA s;
      CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
      REVOKE EXECUTE ON FUNCTION s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION s.f() TO web;`;
    const { severity, roles } = await reachOf(sql);
    expect(roles).toEqual(["web"]);
    expect(severity).toBe("medium");
    expect((await reachOf(`${sql} GRANT USAGE ON SCHEMA s TO web;`)).severity).toBe("critical");
    expect((await reachOf(`${sql} CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO web;`)).roles).toEqual([]);
  });

  it("is an application role one step lower", async () => {
    const { severity, roles } = await reachOf(`
      CREATE ROLE reports;
      CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
      REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION f() TO reports;`);
    expect(roles).toEqual(["reports"]);
    expect(severity).toBe("high");
  });

  it("is a member of the role that is granted it", async () => {
    const { roles } = await reachOf(`
      CREATE ROLE callers;
      CREATE ROLE web;
      GRANT callers TO web;
      CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
      REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION f() TO callers;`);
    expect(roles).toEqual(["web", "callers"]);
  });

  it("is whoever calls one of several that call each other", async () => {
    const definer = (name: string, next: string) => `
      CREATE FUNCTION ${name}() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM ${next}(); RETURN count(*) FROM t; END $$;
      REVOKE EXECUTE ON FUNCTION ${name}() FROM PUBLIC;`;
    const report = await lintText(
      `${definer("a", "b")} ${definer("b", "c")} ${definer("c", "a")} GRANT EXECUTE ON FUNCTION a() TO web;`,
      { untrusted: ["web"] },
    );
    const reached = report.findings
      .filter(({ rule }) => rule === "definer-search-path")
      .map(({ object, reach }) => [object, reach.map(({ role }) => role)]);
    expect(reached).toEqual([
      ["public.a()", ["web"]],
      ["public.b()", ["web"]],
      ["public.c()", ["web"]],
    ]);
  });

  it("is whoever writes the table with its trigger", async () => {
    const { roles } = await reachOf(
      `${TRIGGER} CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); GRANT INSERT ON t TO web;`,
    );
    expect(roles).toEqual(["web"]);
  });

  it("is not who writes the table in a way that does not fire the trigger", async () => {
    const { roles } = await reachOf(
      `${TRIGGER} CREATE TRIGGER tr AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f(); GRANT INSERT ON t TO web;`,
    );
    expect(roles).toEqual([]);
  });

  it("is not who writes the table while the trigger is disabled", async () => {
    const { roles } = await reachOf(
      `${TRIGGER} CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); GRANT INSERT ON t TO web;
       ALTER TABLE t DISABLE TRIGGER tr;`,
    );
    expect(roles).toEqual([]);
  });

  it("goes through routines that call it", async () => {
    const { roles } = await reachOf(`
      CREATE SCHEMA s;
      CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
      CREATE FUNCTION public.g() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT s.f()';`);
    expect(roles).toEqual(["PUBLIC"]);
  });

  it("goes through policies, for those who may use the table and execute the function", async () => {
    const sql = `
      CREATE SCHEMA s;
      CREATE FUNCTION s.f() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT EXISTS (SELECT FROM members)';
      CREATE TABLE t (id int);
      ALTER TABLE t ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON t USING (s.f());
      GRANT SELECT ON t TO web;`;
    expect((await reachOf(sql)).roles).toEqual(["web"]);
    expect((await reachOf(`${sql} REVOKE EXECUTE ON FUNCTION s.f() FROM PUBLIC;`)).roles).toEqual([]);
  });

  it("is nobody for an event trigger function that no event trigger uses", async () => {
    const sql = `CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM * FROM t; END $$;`;
    expect((await reachOf(sql)).roles).toEqual([]);
    expect(
      (await reachOf(`${sql} CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();`)).roles,
    ).toEqual(["PUBLIC"]);
  });

  it("names the statements that make it so", async () => {
    const { finding } = await reachOf(`
      CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
      REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION f() TO web;`);
    const place = finding?.reach[0]?.via[0]?.place;
    expect(place?.source.bytes.toString("utf8", place.span.start, place.span.end)).toBe(
      "GRANT EXECUTE ON FUNCTION f() TO web",
    );
  });
});

describe("the place of a finding", () => {
  it("is the statement that wrote the property last", async () => {
    const create = `CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT count(*)::int FROM public.t';
      REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO web;`;
    expect(idsOf(await lintText(create, { untrusted: ["web"] }))).toEqual([]);
    const report = await lintText(`${create} ALTER FUNCTION f() RESET ALL;`, { untrusted: ["web"] });
    expect(idsOf(report)).toEqual([UNPINNED]);
    expect(report.findings.map(textUnder)).toContain("RESET ALL");
  });
});

describe("a schema that is configured as exposed", () => {
  const sql = `CREATE ROLE web; CREATE ROLE service; CREATE SCHEMA api;
    CREATE FUNCTION api.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t';
    GRANT SELECT ON other TO service;`;
  const reached = async (more: string) =>
    (
      await lintText(`${sql} ${more}`, { untrusted: ["web"], exposedSchemas: ["api"], directSql: false })
    ).findings
      .find((one) => one.rule === "definer-search-path")
      ?.reach.map(({ role }) => role);

  it("is reached without USAGE that a file grants", async () => {
    expect(await reached("")).toEqual(["web"]);
  });

  it("is reached by those to whom a file grants USAGE alone", async () => {
    expect(await reached("GRANT USAGE ON SCHEMA api TO service;")).toEqual(["service"]);
    expect(await reached("GRANT USAGE ON SCHEMA api TO service, web;")).toEqual(["web", "service"]);
  });

  it("is not reached by those from whom a file takes USAGE, until one gives it back", async () => {
    expect(await reached("REVOKE USAGE ON SCHEMA api FROM web;")).toEqual([]);
    expect(await reached("REVOKE ALL ON SCHEMA api FROM PUBLIC, web;")).toEqual([]);
    expect(await reached("REVOKE CREATE ON SCHEMA api FROM web;")).toEqual(["web"]);
    expect(await reached("REVOKE USAGE ON SCHEMA api FROM PUBLIC, service;")).toEqual(["web"]);
    expect(await reached("REVOKE USAGE ON SCHEMA api FROM web; GRANT USAGE ON SCHEMA api TO web;")).toEqual([
      "web",
    ]);
  });
});
