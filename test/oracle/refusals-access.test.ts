/** Statements about roles and privileges that PostgreSQL refuses are refused in the replay, and no others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Oracle, startOracle } from "./postgres.ts";
import { replayScript } from "./static/context.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

/** What all cases begin with; nothing of it is refused. */
const SETUP = [
  "CREATE ROLE a LOGIN CREATEROLE",
  "CREATE ROLE b",
  "CREATE ROLE c",
  "CREATE SCHEMA app",
  "GRANT USAGE ON SCHEMA app TO a, b",
  "CREATE TABLE app.t (x integer, y integer)",
  "CREATE FUNCTION app.f() RETURNS void LANGUAGE sql AS ''",
];

const CASES: Readonly<Record<string, readonly string[]>> = {
  "a name in a schema without USAGE": [
    "GRANT SELECT ON app.t TO c",
    "SET ROLE c",
    "REVOKE SELECT ON app.t FROM c",
  ],
  "GRANT by somebody with nothing on the object": ["SET ROLE a", "GRANT SELECT ON app.t TO b"],
  "GRANT by somebody with a privilege but no grant option does nothing": [
    "GRANT SELECT ON app.t TO a",
    "SET ROLE a",
    "GRANT SELECT ON app.t TO b",
  ],
  "a privilege that the kind does not have": [
    "GRANT EXECUTE ON app.t TO a",
    "GRANT SELECT ON FUNCTION app.f() TO a",
  ],
  "a grant option for PUBLIC": ["GRANT SELECT ON app.t TO PUBLIC WITH GRANT OPTION"],
  "a grant option back to where it comes from": [
    "GRANT SELECT ON app.t TO a WITH GRANT OPTION",
    "SET ROLE a",
    "GRANT SELECT ON app.t TO b WITH GRANT OPTION",
    "RESET ROLE",
    "SET ROLE b",
    "GRANT SELECT ON app.t TO a WITH GRANT OPTION",
  ],
  "REVOKE of what others have been given on": [
    "GRANT SELECT ON app.t TO a WITH GRANT OPTION",
    "SET ROLE a",
    "GRANT SELECT ON app.t TO b",
    "RESET ROLE",
    "REVOKE SELECT ON app.t FROM a",
    "REVOKE SELECT ON app.t FROM a CASCADE",
  ],
  "another grantor than the current user": ["GRANT SELECT ON app.t TO a GRANTED BY b"],
  "a circle of memberships": ["GRANT a TO b", "GRANT b TO c", "GRANT c TO a", "GRANT a TO a"],
  "ADMIN OPTION back to its own grantor": [
    "GRANT c TO a WITH ADMIN OPTION",
    "SET ROLE a",
    "GRANT c TO b WITH ADMIN OPTION",
    "RESET ROLE",
    "SET ROLE b",
    "GRANT c TO a WITH ADMIN OPTION",
  ],
  "roles that only their administrators change": [
    "SET ROLE a",
    "ALTER ROLE b LOGIN",
    "GRANT b TO a",
    "DROP ROLE b",
    "CREATE ROLE s SUPERUSER",
    "CREATE ROLE d",
    "ALTER ROLE d CREATEDB",
    "ALTER ROLE d LOGIN",
    "DROP ROLE d",
  ],
  "reserved names": ["CREATE ROLE pg_mine", "ALTER ROLE pg_monitor LOGIN", "GRANT pg_database_owner TO a"],
  "DROP ROLE of one that is used": [
    "GRANT SELECT (x) ON app.t TO a",
    "CREATE POLICY p ON app.t TO b USING (true)",
    "ALTER DEFAULT PRIVILEGES FOR ROLE c GRANT SELECT ON TABLES TO PUBLIC",
    "DROP ROLE a",
    "DROP ROLE b",
    "DROP ROLE c",
    "DROP OWNED BY a, b, c",
    "DROP ROLE a, b, c",
  ],
  "SET ROLE and SET SESSION AUTHORIZATION": [
    "GRANT c TO b",
    "SET SESSION AUTHORIZATION b",
    "SET ROLE c",
    "SET ROLE a",
    "RESET ROLE",
    "SET SESSION AUTHORIZATION a",
    "SET ROLE b",
  ],
  "an owner that the current owner cannot become": [
    "ALTER TABLE app.t OWNER TO b",
    "SET ROLE b",
    "ALTER TABLE app.t OWNER TO a",
  ],
  "DROP OWNED trips over default privileges that are said for the next role": [
    "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA app GRANT SELECT ON TABLES TO b",
    "DROP OWNED BY a, b CASCADE",
    "DROP OWNED BY b, a CASCADE",
  ],
  "REASSIGN OWNED to the owner changes nothing and needs nothing": [
    "CREATE SCHEMA s AUTHORIZATION c",
    "SET ROLE c",
    "REASSIGN OWNED BY c TO c",
  ],
  "a system table that only superusers change, whatever is granted": [
    "GRANT UPDATE ON pg_authid TO b",
    "SET ROLE b",
    "REVOKE UPDATE ON pg_authid FROM PUBLIC",
  ],
  "parameters of superusers": [
    "SET ROLE a",
    "SET log_statement = 'none'",
    "ALTER ROLE a SET log_statement = 'none'",
    "RESET ROLE",
    "GRANT SET ON PARAMETER log_statement TO a",
    "SET ROLE a",
    "SET log_statement = 'none'",
    "SET shared_buffers = '1GB'",
    "SET nonsense = 1",
    "SET row_security = maybe",
  ],
  "default privileges of others": [
    "SET ROLE b",
    "ALTER DEFAULT PRIVILEGES FOR ROLE c GRANT SELECT ON TABLES TO a",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SCHEMAS TO a",
  ],
  "REASSIGN and DROP OWNED of others": [
    "SET ROLE b",
    "REASSIGN OWNED BY a TO b",
    "DROP OWNED BY c",
    "DROP OWNED BY b",
  ],
};

describe("the same statements are refused", () => {
  for (const [name, statements] of Object.entries(CASES)) {
    test(name, async () => {
      const all = [...SETUP, ...statements];
      const outcomes = await oracle.withFreshDatabase(() => oracle.tryStatements(all));
      const sql = all.map((statement) => `${statement};\n`).join("");
      const { catalog } = await replayScript({ sql, commits: true });
      const lines = catalog.state.refusals.map(
        ({ place }) => sql.slice(0, place.span.start).split("\n").length - 1,
      );
      expect(all.filter((_, i) => lines.includes(i))).toEqual(
        all.filter((_, i) => outcomes[i]?.ok === false),
      );
    });
  }
});
