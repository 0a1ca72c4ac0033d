/** Enough of PostgreSQL's wire protocol to talk to a server on a unix socket: simple queries, text results. */
import { connect, type Socket } from "node:net";
import type { Queries } from "./dump-sql.ts";

/** A session on a server. Errors carry PostgreSQL's message and, as `code`, its SQLSTATE. */
export interface Session {
  /** Runs statements in one implicit transaction; the rows are those of the last that has any. */
  query<Row>(sql: string): Promise<readonly Row[]>;
  /** Runs one query for each name, all in one round trip. */
  queries<Rows>(sql: Queries<Rows>): Promise<Rows>;
  /** Messages of notices since the last query began. */
  notices(): readonly string[];
  end(): void;
}

/** The simple query protocol, as far as a dump needs it: one query at a time, text results. */
export async function openSession(path: string, user = "postgres", database = "postgres"): Promise<Session> {
  const socket = connect(path);
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + parameters.length, 0);
  head.writeInt32BE(196608, 4);
  socket.write(Buffer.concat([head, parameters]));
  const messages = messagesOf(socket);
  let notices: string[] = [];
  await untilReady(messages, notices);
  const send = (sql: string) => {
    const text = Buffer.from(`${sql}\0`);
    const start = Buffer.alloc(5);
    start.write("Q");
    start.writeInt32BE(4 + text.length, 1);
    socket.write(Buffer.concat([start, text]));
    notices = [];
    return untilReady(messages, notices);
  };
  return {
    // A row is what the caller says it is, as with any driver.
    async query<Row>(sql: string) {
      const rows: readonly Row[] = JSON.parse(JSON.stringify((await send(sql)).at(-1) ?? []));
      return rows;
    },
    async queries<Rows>(sql: Queries<Rows>) {
      const results = await send(Object.values(sql).join(";\n"));
      const named = Object.keys(sql).map((name, i) => [name, results[i]]);
      const rows: Rows = JSON.parse(JSON.stringify(Object.fromEntries(named)));
      return rows;
    },
    notices: () => notices,
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

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The rows of each statement that has any. */
async function untilReady(
  messages: AsyncGenerator<Message, undefined, undefined>,
  notices: string[],
): Promise<readonly Rows[]> {
  let columns: { name: string; type: number }[] = [];
  let rows: Record<string, unknown>[] = [];
  const results: Rows[] = [];
  let error: Error | null = null;
  for (;;) {
    const { value: message } = await messages.next();
    // After an error: a login that was refused.
    if (message === undefined) throw error ?? new Error("the server closed the connection");
    const { type, body } = message;
    if (type === "T") {
      columns = describedColumns(body);
      rows = [];
      results.push(rows);
    }
    if (type === "D")
      rows.push(
        Object.fromEntries(
          fields(body).map((text, i) => [columns[i]?.name ?? "", columnValue(text, columns[i]?.type)]),
        ),
      );
    else if (type === "N") notices.push(errorOf(body).message);
    else if (type === "E") error = errorOf(body);
    else if (type === "Z") {
      if (error !== null) throw error;
      return results;
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
