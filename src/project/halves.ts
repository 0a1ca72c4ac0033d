import type { Span } from "../text/span.ts";

/** Frameworks that keep both directions of a migration in one file, by the comment that opens each half. */
const MARKERS: readonly {
  readonly kind: string;
  readonly word: string;
  readonly up: RegExp;
  readonly down: RegExp;
}[] = [
  {
    kind: "goose",
    word: "+goose",
    up: /^[ \t]*--[ \t]*\+goose[ \t]+up\b/im,
    down: /^[ \t]*--[ \t]*\+goose[ \t]+down\b/im,
  },
  {
    kind: "dbmate",
    word: "migrate:",
    up: /^[ \t]*--[ \t]*migrate:up\b/im,
    down: /^[ \t]*--[ \t]*migrate:down\b/im,
  },
  {
    kind: "sql-migrate",
    word: "+migrate",
    up: /^[ \t]*--[ \t]*\+migrate[ \t]+up\b/im,
    down: /^[ \t]*--[ \t]*\+migrate[ \t]+down\b/im,
  },
  {
    kind: "node-pg-migrate",
    word: "Migration",
    up: /^[ \t]*--[- \t]*up migration[ \t\r]*$/im,
    down: /^[ \t]*--[- \t]*down migration[ \t\r]*$/im,
  },
];

export interface UpHalf {
  readonly kind: string;
  readonly span: Span;
}

const halves = new WeakMap<Buffer, UpHalf | null>();

/**
 * The half of a two-way migration that is run, from its marker to the other half's; null when the file has no markers.
 * A file with only a down marker runs the text before it.
 */
export function upHalf(bytes: Buffer): UpHalf | null {
  const known = halves.get(bytes);
  if (known !== undefined) return known;
  const found = findUpHalf(bytes);
  halves.set(bytes, found);
  return found;
}

/** In each of the words; most files hold neither. */
const PARTS = ["igrat", "+goose"].map((part) => Buffer.from(part));

function findUpHalf(bytes: Buffer): UpHalf | null {
  if (!PARTS.some((part) => bytes.includes(part))) return null;
  for (const { kind, word, up, down } of MARKERS) {
    if (!bytes.includes(word)) continue;
    // One byte is one character here, so indexes are byte offsets.
    const text = bytes.toString("latin1");
    const upAt = text.search(up);
    const downAt = text.search(down);
    if (upAt === -1 && downAt === -1) continue;
    // These are words that any comment may use.
    if (kind === "node-pg-migrate" && (upAt === -1 || downAt === -1)) continue;
    const start = Math.max(upAt, 0);
    const end = downAt > start || upAt === -1 ? downAt : text.length;
    return { kind, span: { start, end } };
  }
  return null;
}

/** Whether a file is the way back of a migration, judged by its name among the names beside it. */
export function isDownFile(name: string, beside: ReadonlySet<string>): boolean {
  if (/(?:^|\.)(?:down|undo|rollback)\.sql$/i.test(name)) return true;
  // `scale_down.sql` may be a migration of its own: `_down` and `-down` count only with their other half.
  const pair = /^(.*[-_])down(\.sql)$/i.exec(name);
  return pair !== null && beside.has(`${pair[1]}up${pair[2]}`);
}

/** Whether a file is the forward half of a pair of files. */
export function isUpFile(name: string): boolean {
  return /\.(?:up|do)\.sql$/i.test(name);
}

/** A dump of a whole database, as pg_dump begins it: complete alone, whatever lies beside it. */
export function isDump(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 2048).toString("latin1");
  // Tools that strip the comments leave what pg_dump sets first.
  return (
    head.includes("-- PostgreSQL database dump") ||
    (/^SET statement_timeout = 0;$/m.test(head) &&
      head.includes("SELECT pg_catalog.set_config('search_path', '', false);"))
  );
}

const OTHERS: ReadonlyMap<string, string> = new Map([
  ["mysql", "MySQL"],
  ["mariadb", "MariaDB"],
  ["sqlite", "SQLite"],
  ["sqlite3", "SQLite"],
  ["cockroach", "CockroachDB"],
  ["cockroachdb", "CockroachDB"],
  ["mssql", "SQL Server"],
  ["sqlserver", "SQL Server"],
  ["oracle", "Oracle"],
  ["h2", "H2"],
  ["clickhouse", "ClickHouse"],
]);

/**
 * Why a file of several that say what they are for is not run on PostgreSQL: `1_users.mysql.up.sql` is another system's, and
 * `1_users.up.sql` is for systems without a file of their own. null: it is run.
 */
export function notForPostgres(name: string, beside: ReadonlySet<string>): string | null {
  const parts = name.split(".");
  for (const part of parts.slice(1, -1)) {
    const system = OTHERS.get(part.toLowerCase());
    if (system !== undefined) return `for ${system}`;
  }
  const [first = "", ...rest] = parts;
  for (const own of ["postgres", "postgresql", "pg"]) {
    const special = [first, own, ...rest].join(".");
    if (beside.has(special)) return `${special} is run in its place`;
  }
  return null;
}
