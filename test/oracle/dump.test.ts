import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump, effectivePrivileges } from "./dump.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScript, oracleScripts } from "./scripts.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

const after = (name: string) => afterScript(oracle, oracleScript(name), () => dump(oracle));
const privilegesAfter = (name: string) =>
  afterScript(oracle, oracleScript(name), () => effectivePrivileges(oracle));

test("a new database holds nothing but the schema public", async () => {
  const empty = await dump(oracle);
  const { session, database, schemas, ...others } = empty;
  expect(session).toEqual({
    sessionUser: "postgres",
    currentUser: "postgres",
    searchPath: '"$user", public',
    rowSecurity: "on",
  });
  expect(database.owner).toBe("postgres");
  expect(Object.keys(schemas)).toEqual(["public"]);
  for (const [section, objects] of Object.entries(others)) expect(objects, section).toEqual({});
});

describe("every script loads, leaves nothing behind, and is dumped alike twice", () => {
  for (const script of oracleScripts().filter(({ server }) => !server)) {
    test(script.name, { timeout: 30_000 }, async () => {
      const [first, second] = await afterScript(oracle, script, async () => [
        await dump(oracle),
        await dump(oracle),
      ]);
      expect(diff(first, second)).toEqual([]);
      const rest = await dump(oracle);
      expect({ roles: rest.roles, relations: rest.relations, session: rest.session.sessionUser }).toEqual({
        roles: {},
        relations: {},
        session: "postgres",
      });
    });
  }
});

test("OR REPLACE keeps owner and ACL and drops the rest", async () => {
  const { functions } = await after("function-replace-keeps-acl-and-owner");
  expect(functions["app.secret(integer)"]).toMatchObject({
    owner: "app_owner",
    securityDefiner: false,
    settings: [],
    volatility: "volatile",
    leakproof: false,
    strict: false,
    acl: ["app_owner EXECUTE app_owner", "caller EXECUTE app_owner grantable"],
  });
  expect(functions["app.kept()"]).toMatchObject({ securityDefiner: true, settings: ['search_path=""'] });
});

test("DROP and CREATE bring PUBLIC back", async () => {
  const { functions } = await after("function-drop-create-loses-acl");
  expect(functions["app.f(integer)"]?.acl).toEqual(["PUBLIC EXECUTE postgres", "postgres EXECUTE postgres"]);
  expect(functions["app.g(text)"]?.acl).toEqual(["postgres EXECUTE postgres"]);
  expect(Object.keys(functions)).toHaveLength(2);
});

test("views lose options that OR REPLACE does not repeat", async () => {
  const { relations } = await after("views-with-options");
  expect(relations["app.lost"]?.options).toEqual(["security_barrier=true"]);
  expect(relations["app.repeated"]?.options).toEqual(["security_barrier=true"]);
  expect(relations["app.altered"]?.options).toEqual(["security_barrier=1", "security_invoker=false"]);
  expect(relations["app.lost"]?.acl).toContain("reader SELECT postgres");
});

test("a NULL acl and the same privileges written out are equal", async () => {
  const acls = await oracle.withFreshDatabase(async () => {
    await oracle.run(`CREATE FUNCTION public.untouched() RETURNS void LANGUAGE sql AS '';
      CREATE FUNCTION public.written() RETURNS void LANGUAGE sql AS '';
      REVOKE EXECUTE ON FUNCTION public.written() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.written() TO PUBLIC`);
    const { functions } = await dump(oracle);
    return [functions["public.untouched()"]?.acl, functions["public.written()"]?.acl];
  });
  expect(acls[0]).toEqual(acls[1]);
});

test("changes to PostgreSQL's own objects are shown, changes taken back are not", async () => {
  const { builtins, languages, schemas } = await after("other-objects-and-their-privileges");
  expect(Object.keys(builtins)).toEqual([
    "column pg_catalog.pg_authid.rolpassword",
    "function pg_catalog.pg_read_file(text)",
    "function pg_catalog.pg_sleep(double precision)",
    "relation pg_catalog.pg_authid",
    "type pg_catalog.json",
  ]);
  expect(Object.keys(languages)).toEqual(["plpgsql"]);
  expect(Object.keys(schemas)).toEqual(["pg_catalog", "public"]);
});

test("session and search_path at the end of a script, whoever it left in charge", async () => {
  const { session, relations } = await oracle.withFreshDatabase(async () => {
    await oracle.run(`CREATE ROLE "Odd ""name"; CREATE SCHEMA app; GRANT ALL ON SCHEMA app TO "Odd ""name";
      SET search_path = app, pg_temp; SET SESSION AUTHORIZATION "Odd ""name"; CREATE TABLE t (a integer); CREATE TEMP TABLE t2 (a integer)`);
    const first = await dump(oracle);
    // The dump gave back what it took.
    await oracle.run("CREATE TABLE t3 (a integer)");
    expect((await dump(oracle)).relations["app.t3"]?.owner).toBe('"Odd ""name"');
    return first;
  });
  expect(session).toMatchObject({
    sessionUser: '"Odd ""name"',
    currentUser: '"Odd ""name"',
    searchPath: "app, pg_temp",
  });
  expect(Object.keys(relations)).toEqual(["app.t", "pg_temp.t2"]);
});

test("RESET SESSION AUTHORIZATION, DISCARD ALL and ROLLBACK give the session back to its user", {
  timeout: 30_000,
}, async () => {
  const user = async () => (await dump(oracle)).session.sessionUser;
  await oracle.withFreshDatabase(async () => {
    await oracle.run("CREATE ROLE a; SET SESSION AUTHORIZATION a; RESET SESSION AUTHORIZATION");
    expect(await user()).toBe("postgres");
    await oracle.run("SET SESSION AUTHORIZATION a");
    expect(await user()).toBe("a");
  });
  expect(await user()).toBe("postgres");
  await oracle.run("CREATE ROLE a; SET SESSION AUTHORIZATION a; DISCARD ALL");
  expect(await user()).toBe("postgres");
  await oracle.resetDatabase();
  expect((await dump(oracle)).roles).toEqual({});
});

test("what COMMIT and ROLLBACK leave", { timeout: 30_000 }, async () => {
  const { relations } = await after("transactions.commit");
  expect(Object.keys(relations)).not.toContain("app.lost");
  expect(relations["app.kept"]?.rowSecurity).toBe(false);
  expect(relations["app.still_alice"]?.owner).toBe("alice");
  expect(relations["app.postgres_after_abort"]?.owner).toBe("postgres");
});

test("effective privileges follow membership, PUBLIC and columns", async () => {
  const memberships = await privilegesAfter("roles-and-membership");
  expect(memberships["role team"]).toContain("in_teams USAGE");
  expect(memberships["role team"]).toContain("noinherit_user SET");
  expect(memberships["role team"]).not.toContain("noinherit_user USAGE");
  const columns = await privilegesAfter("grants-tables-and-columns");
  expect(columns["table app.people"]).toEqual(["reader SELECT"]);
  expect(columns["column app.people.salary"]).toContain("reader SELECT");
  expect(columns["column app.people.full_name"]).toContain("PUBLIC INSERT");
});

test("refused statements are told apart and do not spoil the rest", async () => {
  const [outcomes, { relations }] = await oracle.withFreshDatabase(
    async () =>
      [
        await oracle.tryStatements([
          "CREATE TABLE a (x integer)",
          "CREATE TABLE a (y text)",
          "GRANT nothing TO nobody",
          "CREATE VIEW v AS SELECT x FROM a",
        ]),
        await dump(oracle),
      ] as const,
  );
  expect(outcomes.map((each) => each.sqlstate)).toEqual([null, "42P07", "42704", null]);
  expect(Object.keys(relations)).toEqual(["public.a", "public.v"]);
});
