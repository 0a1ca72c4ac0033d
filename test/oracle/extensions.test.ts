/** CREATE EXTENSION of known extensions makes in the catalog what it makes in PostgreSQL. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quoteIdentifier } from "../../src/catalog/catalog.ts";
import { extensionData } from "../../src/catalog/extensions/data.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import type { Dump, FunctionDump } from "./dump-types.ts";
import { compareHistory, printed } from "./histories/compare.ts";
import { type Oracle, startOracle } from "./postgres.ts";
import { splitStatements } from "./split.ts";
import { comparableRoutines } from "./static/comparable.ts";
import { replayScript, type StaticDatabase } from "./static/context.ts";
import { typeText } from "./static/relations.ts";
import { routineSections } from "./static/routines.ts";
import { aclLines, qualified, roleText, sortedObject } from "./static/text.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle({ contrib: true });
}, 120_000);
afterAll(() => oracle?.close());

const directory = new URL("../../src/catalog/extensions/extension-data/", import.meta.url);
const known = readdirSync(directory).map((file) => file.replace(/\.json$/, ""));

test("every file of facts can be read whole", () => {
  for (const name of known) {
    const data = extensionData(name);
    expect(data, name).not.toBeNull();
    expect(data?.functions.length, name).toBeGreaterThan(0);
  }
});

test("an extension's name does not lead out of the directory", () => {
  expect(extensionData("../extension-data/citext")).toBeNull();
  expect(extensionData("Citext")).toBeNull();
});

describe("members are PostgreSQL's", () => {
  for (const name of known) {
    test(name, { timeout: 30_000 }, async (context) => {
      const available = await oracle.query<{ name: string }>(
        `SELECT name FROM pg_available_extensions WHERE name = '${name}'`,
      );
      if (available.length === 0) return context.skip();
      // What a new object gets must not hide what the script grants, so one kind has default privileges and others not.
      const sql = `CREATE ROLE reader; CREATE SCHEMA ext;
        ALTER DEFAULT PRIVILEGES IN SCHEMA ext GRANT ALL ON TABLES TO reader;
        CREATE EXTENSION "${name}" SCHEMA ext CASCADE`;
      const expected = await oracle.withFreshDatabase(async () => {
        await oracle.run(sql);
        return dump(oracle, { members: true });
      });
      const got = withMembers(await replayScript(sql));
      expect(diff(realMembers(expected), staticMembers(got))).toEqual([]);
    });
  }
});

/** As if the extensions had no members: what they brought stands for itself. */
function withMembers(database: StaticDatabase): StaticDatabase {
  const { dependencies } = database.catalog.state;
  for (const row of [...dependencies.all()]) if (row.type === "extension") dependencies.delete(row.oid);
  return database;
}

type Members = Pick<
  Dump,
  "schemas" | "types" | "operators" | "casts" | "eventTriggers" | "foreignDataWrappers"
> & {
  readonly functions: Readonly<Record<string, Omit<FunctionDump, "arguments" | "source" | "atomicBody">>>;
  readonly relations: Readonly<Record<string, unknown>>;
};

/** Not what an extension's objects are made of: bodies, defaults, queries of views. */
function membersOf(sections: ReturnType<typeof routineSections>, relations: Members["relations"]): Members {
  const { schemas, types, operators, casts, eventTriggers, foreignDataWrappers } = sections;
  const functions = Object.entries(sections.functions).map(
    ([key, { arguments: _, source: __, atomicBody: ___, ...rest }]) => [key, rest],
  );
  return {
    schemas,
    types: Object.fromEntries(Object.entries(types).map(([key, type]) => [key, { ...type, notNull: false }])),
    operators,
    casts,
    eventTriggers,
    foreignDataWrappers,
    functions: Object.fromEntries(functions),
    relations,
  };
}

function realMembers(all: Dump): Members {
  const relations = Object.entries(all.relations).map(([key, { kind, owner, rowSecurity, acl, columns }]) => [
    key,
    { kind, owner, rowSecurity, acl, columns: columns.map(({ name, type, acl }) => ({ name, type, acl })) },
  ]);
  return membersOf(comparableRoutines(all), Object.fromEntries(relations));
}

function staticMembers(database: StaticDatabase): Members {
  const { catalog } = database;
  const relations = [...catalog.state.relations.all()].map(
    (relation) =>
      [
        qualified(catalog, relation),
        {
          kind: relation.kind,
          owner: roleText(catalog, relation.owner),
          rowSecurity: relation.rowSecurity.value,
          acl: aclLines(catalog, relation.acl),
          columns: relation.columns.map((column) => ({
            name: quoteIdentifier(column.name),
            type: typeText(catalog, column.type),
            acl: aclLines(catalog, column.acl),
          })),
        },
      ] as const,
  );
  return membersOf(routineSections(database), sortedObject(relations));
}

describe("statements about extensions and their members", () => {
  const cases: Readonly<Record<string, string>> = {
    "a column of its type keeps the extension": `CREATE EXTENSION citext; CREATE TABLE t (a citext, b citext[]);
      DROP EXTENSION citext; DROP EXTENSION citext CASCADE`,
    "defaults and functions name its functions": `CREATE SCHEMA ext; CREATE EXTENSION "uuid-ossp" SCHEMA ext;
      CREATE TABLE t (id uuid DEFAULT ext.uuid_generate_v4()); CREATE TABLE u (id uuid DEFAULT uuid_generate_v4());
      SET search_path = public, ext; CREATE TABLE u (id uuid DEFAULT uuid_generate_v4()); DROP EXTENSION "uuid-ossp"; DROP EXTENSION "uuid-ossp" CASCADE`,
    "a member cannot be dropped alone": `CREATE EXTENSION pgcrypto; DROP FUNCTION crypt(text, text); DROP FUNCTION crypt(text, text) CASCADE;
      CREATE EXTENSION pg_stat_statements; DROP VIEW pg_stat_statements; DROP EXTENSION pg_stat_statements`,
    "SET SCHEMA moves the members": `CREATE SCHEMA ext; CREATE EXTENSION hstore; CREATE TABLE t (a hstore);
      ALTER EXTENSION hstore SET SCHEMA ext; CREATE TABLE u (a hstore); CREATE TABLE u (a ext.hstore);
      CREATE FUNCTION hstore_cmp(hstore, hstore) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE EXTENSION tablefunc; ALTER EXTENSION tablefunc SET SCHEMA ext; ALTER EXTENSION pgcrypto SET SCHEMA ext`,
    "the schema of an extension goes with CASCADE only": `CREATE SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext; DROP SCHEMA ext;
      CREATE TABLE t (a text); DROP SCHEMA ext CASCADE; CREATE EXTENSION pg_trgm`,
    "what an extension requires": `CREATE EXTENSION earthdistance; CREATE EXTENSION earthdistance CASCADE; DROP EXTENSION cube; DROP EXTENSION cube CASCADE;
      CREATE EXTENSION IF NOT EXISTS cube; CREATE EXTENSION cube`,
    "whoever may create in the database installs trusted ones": `CREATE ROLE app; GRANT CREATE ON DATABASE postgres TO app; CREATE SCHEMA own AUTHORIZATION app; SET ROLE app;
      CREATE EXTENSION citext SCHEMA own; CREATE EXTENSION file_fdw SCHEMA own; ALTER FUNCTION own.citext_eq(own.citext, own.citext) OWNER TO app;
      DROP EXTENSION citext`,
    "nobody else does": `CREATE ROLE app; CREATE SCHEMA own AUTHORIZATION app; SET ROLE app; CREATE EXTENSION citext SCHEMA own`,
    "privileges on members": `CREATE ROLE app; CREATE SCHEMA ext; CREATE EXTENSION pgcrypto SCHEMA ext; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ext FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION ext.crypt(text, text) TO app; DROP ROLE app; DROP OWNED BY app; DROP ROLE app`,
    "owners of members": `CREATE ROLE app SUPERUSER; CREATE ROLE other SUPERUSER; SET ROLE app; CREATE EXTENSION hstore SCHEMA public; RESET ROLE;
      REASSIGN OWNED BY app TO other; DROP ROLE app; DROP OWNED BY other; DROP ROLE other`,
    "members that join and leave": `CREATE EXTENSION hstore; CREATE TABLE t (a int); ALTER EXTENSION hstore ADD TABLE t; DROP TABLE t; ALTER EXTENSION hstore DROP TABLE t; DROP TABLE t;
      CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION hstore ADD FUNCTION f(int); ALTER EXTENSION hstore ADD FUNCTION f(int); ALTER EXTENSION hstore DROP FUNCTION g(int);
      CREATE TABLE u (a int); ALTER EXTENSION hstore ADD TABLE u; DROP EXTENSION hstore; CREATE TABLE u (a int)`,
    "foreign servers of its wrapper": `CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw; DROP EXTENSION file_fdw;
      DROP FOREIGN DATA WRAPPER file_fdw; DROP EXTENSION file_fdw CASCADE; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw`,
    "in the temporary schema scripts do not find their functions": `SET search_path = nowhere, pg_temp; CREATE EXTENSION earthdistance CASCADE;
      CREATE EXTENSION hstore; CREATE EXTENSION pgcrypto; CREATE EXTENSION unaccent; CREATE EXTENSION "uuid-ossp"`,
    "names that are taken": `CREATE FUNCTION unaccent(text) RETURNS text LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION unaccent; CREATE EXTENSION citext;
      CREATE TYPE citext AS ENUM (); CREATE FUNCTION citext_eq(citext, citext) RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE OR REPLACE FUNCTION citext_eq(citext, citext) RETURNS bool LANGUAGE sql AS 'SELECT true'; DROP EXTENSION citext`,
  };
  for (const [name, sql] of Object.entries(cases)) {
    test(name, { timeout: 30_000 }, async () => {
      const statements = splitStatements(sql);
      const difference = await compareHistory(oracle, await loadParser(), statements);
      expect(difference === null ? "" : printed(statements, difference)).toBe("");
    });
  }
});
