/**
 * An oracle on a PostgreSQL server of this machine, for what differs between versions. Needs a directory with initdb, pg_ctl
 * and postgres; clusters live in temporary directories and listen on a unix socket there, nowhere else.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, type Oracle, oracleOn } from "./postgres.ts";

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

async function openServer(bin: string): Promise<Connection> {
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
  try {
    const session = await openSession(join(directory, ".s.PGSQL.5432"));
    const [row] = await session.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int / 10000 AS version",
    );
    return {
      version: row?.version ?? 0,
      exec: async (sql) => {
        await session.query(sql);
      },
      query: (sql) => session.query(sql),
      async close() {
        session.end();
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
    throw error;
  }
}

interface Session {
  query<Row>(sql: string): Promise<readonly Row[]>;
  end(): void;
}

/** The simple query protocol, as far as a dump needs it: one query at a time, text results. */
async function openSession(path: string): Promise<Session> {
  const socket = connect(path);
  const parameters = Buffer.from("user\0postgres\0database\0postgres\0\0");
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + parameters.length, 0);
  head.writeInt32BE(196608, 4);
  socket.write(Buffer.concat([head, parameters]));
  const messages = messagesOf(socket);
  await untilReady(messages);
  return {
    async query<Row>(sql: string) {
      const text = Buffer.from(`${sql}\0`);
      const start = Buffer.alloc(5);
      start.write("Q");
      start.writeInt32BE(4 + text.length, 1);
      socket.write(Buffer.concat([start, text]));
      // A row is what the caller says it is, as with any driver.
      const rows: readonly Row[] = JSON.parse(JSON.stringify(await untilReady(messages)));
      return rows;
    },
    end: () => socket.destroy(),
  };
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

async function* messagesOf(socket: Socket): AsyncGenerator<Message, undefined, undefined> {
  let pending = Buffer.alloc(0);
  for await (const chunk of socket) {
    if (!Buffer.isBuffer(chunk)) continue;
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
      const end = 1 + pending.readInt32BE(1);
      yield { type: pending.toString("latin1", 0, 1), body: pending.subarray(5, end) };
      pending = pending.subarray(end);
    }
  }
  return undefined;
}

async function untilReady(
  messages: AsyncGenerator<Message, undefined, undefined>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  let columns: { name: string; type: number }[] = [];
  const rows: Record<string, unknown>[] = [];
  let error: Error | null = null;
  for (;;) {
    const { value: message } = await messages.next();
    if (message === undefined) throw new Error("the server closed the connection");
    const { type, body } = message;
    if (type === "T") columns = describedColumns(body);
    else if (type === "D")
      rows.push(
        Object.fromEntries(
          fields(body).map((text, i) => [columns[i]?.name ?? "", columnValue(text, columns[i]?.type)]),
        ),
      );
    else if (type === "E") error = errorOf(body);
    else if (type === "Z") {
      if (error !== null) throw error;
      return rows;
    }
  }
}

function describedColumns(body: Buffer): { name: string; type: number }[] {
  const columns: { name: string; type: number }[] = [];
  let at = 2;
  for (let i = 0; i < body.readInt16BE(0); i++) {
    const end = body.indexOf(0, at);
    columns.push({ name: body.toString("utf8", at, end), type: body.readInt32BE(end + 7) });
    at = end + 19;
  }
  return columns;
}

function fields(body: Buffer): (string | null)[] {
  const result: (string | null)[] = [];
  let at = 2;
  for (let i = 0; i < body.readInt16BE(0); i++) {
    const length = body.readInt32BE(at);
    result.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(length, 0);
  }
  return result;
}

function columnValue(text: string | null, type: number | undefined): unknown {
  if (text === null) return null;
  // json, jsonb; bool; int8, int2, int4, oid
  if (type === 114 || type === 3802) return JSON.parse(text);
  if (type === 16) return text === "t";
  return type !== undefined && [20, 21, 23, 26].includes(type) ? Number(text) : text;
}

function errorOf(body: Buffer): Error {
  const parts = new Map(
    body
      .toString("utf8")
      .split("\0")
      .map((part) => [part.slice(0, 1), part.slice(1)]),
  );
  return Object.assign(new Error(parts.get("M") ?? "unknown error"), { code: parts.get("C") ?? "XX000" });
}
