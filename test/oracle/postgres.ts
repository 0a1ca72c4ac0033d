/**
 * Real PostgreSQL to compare with: PGlite (PostgreSQL 18 in this process). Creating a cluster takes seconds and opening
 * a saved one a fraction of that: keep one oracle per test file and run each history in `withFreshDatabase`.
 *
 * What PGlite does differently from a server: CREATE SUBSCRIPTION fails, there is one
 * session. RESET SESSION AUTHORIZATION, which does nothing there, is replaced where it is a statement of its own.
 */
import { readdirSync } from "node:fs";
import type { Extensions } from "@electric-sql/pglite";
import { openCluster } from "./cluster.ts";
import { initialObjects } from "./dump.ts";
import {
  type BuiltinRows,
  builtinQueries,
  type DumpRows,
  LANGUAGES,
  type Queries,
  ROLES,
  SCHEMAS,
} from "./dump-sql.ts";
import type { Dump, StatementOutcome } from "./dump-types.ts";
import type { OracleScript } from "./scripts.ts";
import { splitStatements } from "./split.ts";

/** A session of a database, whatever runs it. Errors carry PostgreSQL's message and, as `code`, its SQLSTATE. */
export interface Connection {
  /** Major version. */
  readonly version: number;
  /**
   * Runs any number of statements, separated by semicolons, in one implicit transaction unless they say otherwise; `more` after
   * them, in the same round trip, unless they fail.
   */
  exec(sql: string, more?: string): Promise<void>;
  /** Runs one query. */
  query<Row>(sql: string): Promise<readonly Row[]>;
  /** Runs one query for each name. */
  queries<Rows>(sql: Queries<Rows>): Promise<Rows>;
  close(): Promise<void>;
}

/** What a new cluster holds: a dump shows of it only what has changed. */
export interface InitialState extends Pick<Dump, "schemas" | "languages" | "builtins"> {
  /** The first transaction afterwards. */
  readonly xid: number;
}

export interface Oracle {
  readonly version: number;
  readonly initial: InitialState;
  /** Runs a script statement by statement; throws at its first error. */
  run(sql: string): Promise<void>;
  /**
   * Runs statements one by one, each in a savepoint, so that one refused statement does not spoil the rest, and says
   * what became of each. Only inside of `withFreshDatabase`, and without COMMIT, ROLLBACK and savepoints among them.
   */
  tryStatements(statements: readonly string[]): Promise<readonly StatementOutcome[]>;
  query<Row>(sql: string): Promise<readonly Row[]>;
  queries<Rows>(sql: Queries<Rows>): Promise<Rows>;
  /** Runs `work` in a transaction of a database without user-made objects and rolls it back. Not for scripts with COMMIT. */
  withFreshDatabase<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `read` as superuser under search_path pg_catalog and puts everything back. */
  asAdministrator<T>(read: () => Promise<T>): Promise<T>;
  /** Back to a new cluster after a script with COMMIT: session, objects and roles. */
  resetDatabase(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a script in a fresh database, then `read`, and cleans up however the script ends. */
export async function afterScript<T>(
  oracle: Oracle,
  script: OracleScript,
  read: () => Promise<T>,
): Promise<T> {
  const work = async () => {
    await oracle.run(script.sql);
    return read();
  };
  if (!script.commits) return oracle.withFreshDatabase(work);
  try {
    return await work();
  } finally {
    await oracle.resetDatabase();
  }
}

/** An oracle on PGlite; `contrib`: with the contrib modules that it brings. */
export async function startOracle(how: { readonly contrib?: boolean } = {}): Promise<Oracle> {
  const extensions = how.contrib === true ? await contribModules() : {};
  return oracleOn(() => openEmbedded(extensions));
}

/** An oracle on connections to new clusters: `open` is called again for every reset. */
export async function oracleOn(open: () => Promise<Connection>): Promise<Oracle> {
  let connection = await open();
  let initial = await initialState(connection);
  return {
    version: connection.version,
    get initial() {
      return initial;
    },
    async run(sql) {
      for (const statement of splitStatements(sql)) await connection.exec(statement);
    },
    query: (sql) => connection.query(sql),
    queries: (sql) => connection.queries(sql),
    async tryStatements(statements) {
      const outcomes: StatementOutcome[] = [];
      await connection.exec("SAVEPOINT pgvet_statement");
      for (const statement of statements) {
        try {
          await connection.exec(statement, "RELEASE pgvet_statement; SAVEPOINT pgvet_statement");
          outcomes.push({ ok: true, sqlstate: null, message: null });
        } catch (error) {
          await connection.exec("ROLLBACK TO pgvet_statement");
          outcomes.push({
            ok: false,
            sqlstate: sqlstateOf(error),
            message: error instanceof Error ? error.message : null,
          });
        }
      }
      await connection.exec("RELEASE pgvet_statement");
      return outcomes;
    },
    async withFreshDatabase(work) {
      await connection.exec("BEGIN");
      try {
        return await work();
      } finally {
        await connection.exec("ROLLBACK");
      }
    },
    async asAdministrator(read) {
      let outer = "ROLLBACK TO SAVEPOINT pgvet_read; RELEASE SAVEPOINT pgvet_read";
      try {
        await connection.exec("SAVEPOINT pgvet_read");
      } catch (error) {
        // no_active_sql_transaction
        if (sqlstateOf(error) !== "25P01") throw error;
        await connection.exec("BEGIN");
        outer = "ROLLBACK";
      }
      try {
        await connection.exec("SET LOCAL SESSION AUTHORIZATION postgres; SET LOCAL search_path = pg_catalog");
        return await read();
      } finally {
        await connection.exec(outer);
      }
    },
    async resetDatabase() {
      await connection.close();
      connection = await open();
      initial = await initialState(connection);
    },
    close: () => connection.close(),
  };
}

async function initialState(connection: Connection): Promise<InitialState> {
  await connection.exec("BEGIN");
  await connection.exec("SET LOCAL search_path = pg_catalog");
  const rows = await connection.queries<
    Pick<DumpRows, "roles" | "schemas" | "languages"> &
      BuiltinRows & { readonly xid: readonly { xid: number }[] }
  >({
    xid: "SELECT pg_current_xact_id()::text::int AS xid",
    roles: ROLES,
    schemas: SCHEMAS,
    languages: LANGUAGES,
    ...builtinQueries(null),
  });
  await connection.exec("ROLLBACK");
  const [first] = rows.xid;
  if (first === undefined) throw new Error("there is no transaction");
  return { xid: first.xid, ...initialObjects(rows) };
}

/** The SQLSTATE of an error that PostgreSQL raised; null for any other. */
export function sqlstateOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

async function contribModules(): Promise<Extensions> {
  const directory = new URL("./contrib/", import.meta.resolve("@electric-sql/pglite"));
  const found: Extensions = {};
  for (const file of readdirSync(directory)) {
    if (!file.endsWith(".js")) continue;
    const module: Extensions = await import(new URL(file, directory).href);
    Object.assign(found, module);
  }
  return found;
}

async function openEmbedded(extensions: Extensions): Promise<Connection> {
  const database = await openCluster(extensions);
  const [row] = (
    await database.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int / 10000 AS version",
    )
  ).rows;
  await database.exec(BE_POSTGRES);
  return {
    version: row?.version ?? 0,
    async exec(sql, more = "") {
      await database.exec(`${RESETS_USER.test(sql) ? BE_POSTGRES : sql}\n;${more}`);
      if (DISCARDS.test(sql)) await database.exec(BE_POSTGRES);
    },
    async query<Row>(sql: string) {
      return (await database.query<Row>(sql)).rows;
    },
    async queries<Rows>(sql: Queries<Rows>) {
      const results = await database.exec(Object.values(sql).join(";\n"));
      const named = Object.keys(sql).map((name, i) => [name, results[i]?.rows]);
      // A row is what the caller says it is, as with any driver.
      const rows: Rows = JSON.parse(JSON.stringify(Object.fromEntries(named)));
      return rows;
    },
    close: () => database.close(),
  };
}

// PGlite's session begins without a session_authorization to go back to.
const BE_POSTGRES = "SET SESSION AUTHORIZATION postgres";
const RESETS_USER =
  /^(?:\s|--[^\n]*\n)*(?:RESET\s+SESSION\s+AUTHORIZATION|SET\s+SESSION\s+AUTHORIZATION\s+DEFAULT)\s*$/i;
const DISCARDS = /^(?:\s|--[^\n]*\n)*DISCARD\s+ALL\s*$/i;
