/**
 * A folder of texts by key, kept from run to run. It only ever saves work: a folder or entry that is damaged, somebody
 * else's, open to others or cannot be read or written is as good as empty, and nothing is said about it.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";

export interface Cache {
  /** Names the program: entries of another one are not seen. */
  readonly program: string;
  /** null: nothing is kept under this key. The key is made of letters and digits. */
  get(key: string): string | null;
  set(key: string, text: string): void;
  /** The same for bytes. */
  getBytes(key: string): Buffer | null;
  setBytes(key: string, parts: readonly Uint8Array[]): void;
}

const LARGEST_ENTRY = 64 << 20;
const LARGEST_CACHE = 256 << 20;
/** A checksum and a line break. */
const SUM = 65;
const SUFFIX = ".pgvet";

/** The cache in a folder, which is made when it is first needed. */
export function folderCache(folder: string, program: string): Cache {
  const read = (key: string): Buffer | null =>
    isOurFolder(folder) ? readEntry(join(folder, key + SUFFIX)) : null;
  const write = (key: string, parts: readonly Uint8Array[]): void => {
    if (parts.reduce((sum, part) => sum + part.length, 0) > LARGEST_ENTRY) return;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (isOurFolder(folder)) writeEntry(folder, key, parts);
    } catch {
      // Read-only, full, no folder at all: then there is no cache.
    }
  };
  return {
    program,
    get: (key) => read(key)?.toString("utf8") ?? null,
    set: (key, text) => write(key, [Buffer.from(text)]),
    getBytes: read,
    setBytes: write,
  };
}

/** The environment variables that say where caches go. */
export interface CacheEnvironment {
  readonly PGVET_CACHE_DIR?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
}

/**
 * The folder for caches of this user; null where the environment names none. It is not in the project: what a project
 * brings along must not be able to answer for pgvet.
 */
export function cacheFolder(
  env: CacheEnvironment,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const chosen = under(env.PGVET_CACHE_DIR);
  if (chosen !== null) return chosen;
  if (platform === "win32") return under(env.LOCALAPPDATA, "pgvet", "Cache");
  if (platform === "darwin") return under(env.HOME, "Library", "Caches", "pgvet");
  return under(env.XDG_CACHE_HOME, "pgvet") ?? under(env.HOME, ".cache", "pgvet");
}

/** Relative paths are ignored: they would lead into whatever project is being checked. */
function under(folder: string | undefined, ...parts: readonly string[]): string | null {
  return folder !== undefined && isAbsolute(folder) ? join(folder, ...parts) : null;
}

interface Owned {
  readonly uid: number;
  readonly mode: number;
}

/** Nobody else could have put something there. */
function isOurs({ uid, mode }: Owned): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function isOurFolder(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && isOurs(found);
  } catch {
    return false;
  }
}

function readEntry(file: string): Buffer | null {
  let opened: number | null = null;
  try {
    opened = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const found = fstatSync(opened);
    if (!found.isFile() || !isOurs(found) || found.size > LARGEST_ENTRY + SUM) return null;
    const content = readFileSync(opened);
    const entry = content.subarray(SUM);
    if (content.toString("latin1", 0, SUM) !== `${sumOf([entry])}\n`) return null;
    // Entries that are used stay the longest.
    utimesSync(file, new Date(), new Date());
    return entry;
  } catch {
    return null;
  } finally {
    if (opened !== null) closeSync(opened);
  }
}

function writeEntry(folder: string, key: string, parts: readonly Uint8Array[]): void {
  const unfinished = join(folder, `${key}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const content = [Buffer.from(`${sumOf(parts)}\n`), ...parts];
    writeFileSync(unfinished, Buffer.concat(content), { flag: "wx", mode: 0o600 });
    renameSync(unfinished, join(folder, key + SUFFIX));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  makeRoom(folder);
}

function sumOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Removes the entries that were used least lately, and what broken off runs left behind. */
function makeRoom(folder: string): void {
  const hour = 3_600_000;
  const entries = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX) || name.endsWith(".tmp"))
    .flatMap((name) => {
      const file = join(folder, name);
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? [] : [{ file, size: found.size, used: found.mtimeMs }];
    })
    .sort((a, b) => b.used - a.used);
  let size = 0;
  for (const entry of entries) {
    size += entry.size;
    const isLeft = entry.file.endsWith(".tmp") && entry.used < Date.now() - hour;
    if (size > LARGEST_CACHE || isLeft) rmSync(entry.file, { force: true });
  }
}
