/** Databases that proofs run on: PGlite, and servers of this machine. */
import type { Extensions } from "@electric-sql/pglite";
import { openCluster } from "../oracle/cluster.ts";
import type { Server } from "../oracle/server.ts";
import { openSession, type Session } from "../oracle/session.ts";

/** What became of one statement. */
export interface Outcome {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly notices: readonly string[];
  /** PostgreSQL's message. */
  readonly error: string | null;
}

/** A new database with nothing in it. */
export interface ProofDatabase {
  /** Begins a new session of a role, with the settings of ALTER ROLE and ALTER DATABASE. */
  connect(role: string): Promise<void>;
  run(statement: string): Promise<Outcome>;
  close(): Promise<void>;
}

// PGlite is one process: what functions have looked up stays until their catalog rows change.
const FORGET = "UPDATE pg_catalog.pg_proc SET proname = proname WHERE oid >= 16384";
const SETTINGS = `
  SELECT split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
  FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, unnest(setconfig) AS setting
  WHERE (s.setrole = 0 OR r.rolname = $1)
    AND (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  ORDER BY s.setrole, s.setdatabase`;

/** PGlite, with the contrib modules that a script creates. */
export async function openEmbedded(script: string): Promise<ProofDatabase> {
  const database = await openCluster(await contribOf(script));
  return {
    async connect(role) {
      await database.exec("ROLLBACK");
      await database.exec("SET SESSION AUTHORIZATION postgres");
      await database.exec("DISCARD ALL");
      await database.exec("SET SESSION AUTHORIZATION postgres");
      await database.exec(FORGET);
      const { rows } = await database.query<{ name: string; value: string }>(SETTINGS, [role]);
      // A login applies them with the rights of whoever stored them.
      for (const { name, value } of rows)
        await database.query("SELECT pg_catalog.set_config($1, $2, false)", [name, value]).catch(() => {});
      await database.exec(`SET SESSION AUTHORIZATION "${role}"`);
    },
    async run(statement) {
      const notices: string[] = [];
      try {
        const results = await database.exec(statement, {
          onNotice: ({ message }) => notices.push(message ?? ""),
        });
        return { rows: results.at(-1)?.rows ?? [], notices, error: null };
      } catch (error) {
        return { rows: [], notices, error: messageOf(error) };
      }
    },
    close: () => database.close(),
  };
}

async function contribOf(script: string): Promise<Extensions> {
  const extensions: Extensions = {};
  if (/CREATE EXTENSION (IF NOT EXISTS )?pgcrypto/.test(script))
    extensions["pgcrypto"] = (await import("@electric-sql/pglite/contrib/pgcrypto")).pgcrypto;
  if (/CREATE EXTENSION (IF NOT EXISTS )?tablefunc/.test(script))
    extensions["tablefunc"] = (await import("@electric-sql/pglite/contrib/tablefunc")).tablefunc;
  return extensions;
}

let databases = 0;

/** A database of a server on which nothing else runs: roles and settings of earlier proofs are removed. */
export async function openOnServer({ socket }: Server): Promise<ProofDatabase> {
  const name = `proof_${++databases}`;
  const administrator = await openSession(socket);
  await administrator.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  let session: Session | null = null;
  return {
    async connect(role) {
      session?.end();
      try {
        session = await openSession(socket, role, name);
      } catch {
        // The role may not log in: an API switches to it.
        session = await openSession(socket, "postgres", name);
        await session.query(`SET SESSION AUTHORIZATION "${role}"`);
      }
    },
    async run(statement) {
      if (session === null) throw new Error("connect first");
      try {
        const rows = await session.query<Readonly<Record<string, unknown>>>(statement);
        return { rows, notices: session.notices(), error: null };
      } catch (error) {
        return { rows: [], notices: session.notices(), error: messageOf(error) };
      }
    },
    async close() {
      session?.end();
      await administrator.query(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${name}'`,
      );
      await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await administrator.query("ALTER SYSTEM RESET ALL");
      await administrator.query(DROP_ROLES);
      administrator.end();
    },
  };
}

const DROP_ROLES = `DO $$
DECLARE
  r name;
BEGIN
  FOR i IN 1 .. 3 LOOP
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' LOOP
      BEGIN
        EXECUTE format('DROP OWNED BY %I CASCADE', r);
        EXECUTE format('DROP ROLE %I', r);
      EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
      END;
    END LOOP;
  END LOOP;
END
$$`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
