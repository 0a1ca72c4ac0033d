/**
 * An oracle on a PostgreSQL server of this machine, for what differs between versions. Needs a directory with initdb, pg_ctl
 * and postgres; clusters live in temporary directories and listen on a unix socket there, nowhere else.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, type Oracle, oracleOn } from "./postgres.ts";
import { openSession } from "./session.ts";

/** Directories of servers: those in PGVET_POSTGRES (separated by `:`), else where Debian puts them. */
export function installedServers(): readonly string[] {
  const { PGVET_POSTGRES: named } = process.env;
  if (named !== undefined) return named.split(":").filter((each) => each !== "");
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .map((version) => join(root, version, "bin"))
    .filter((bin) => ["initdb", "pg_ctl", "postgres"].every((program) => existsSync(join(bin, program))));
}

/** Creates a cluster (seconds) and connects to it. `close` stops and deletes it. */
export function startServerOracle(bin: string): Promise<Oracle> {
  return oracleOn(() => openServer(bin));
}

/** A running cluster of its own. */
export interface Server {
  /** Its unix socket. */
  readonly socket: string;
  /** Stops and deletes it. */
  close(): void;
}

/** Creates a cluster (seconds) and starts it. */
export function startServer(bin: string): Server {
  const directory = mkdtempSync(join(tmpdir(), "pgvet-"));
  const data = join(directory, "data");
  // PostgreSQL refuses to run as root.
  const id = (option: string) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  const user = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid);
  const run = (program: string, ...args: string[]) =>
    execFileSync(join(bin, program), args, { ...user, cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C");
  const options = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off -c wal_level=logical`;
  run("pg_ctl", "-D", data, "-w", "-l", join(directory, "log"), "-o", options, "start");
  return {
    socket: join(directory, ".s.PGSQL.5432"),
    close() {
      run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function openServer(bin: string): Promise<Connection> {
  const server = startServer(bin);
  try {
    const session = await openSession(server.socket);
    const [row] = await session.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int / 10000 AS version",
    );
    return {
      version: row?.version ?? 0,
      exec: async (sql, more = "") => {
        await session.query(`${sql}\n;${more}`);
      },
      query: (sql) => session.query(sql),
      queries: (sql) => session.queries(sql),
      async close() {
        session.end();
        server.close();
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}
