import { type Dirent, lstatSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Ignore } from "ignore";
import { isInside, shownPath } from "../text/paths.ts";
import { readFile, statOf } from "../text/read-file.ts";
import { compareText } from "./natural-order.ts";
import type { FileProblem, StandardInput } from "./types.ts";

/** Files above this size are reported instead of read. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Directories of a project lie in each other no deeper than this. */
const DEEPEST = 40;

/** Never searched: other people's code, build output, version control. */
const SKIPPED_DIRECTORIES = new Set(["node_modules", "vendor", "dist"]);

/** What a directory holds for us. Names, sorted. */
export interface Listing {
  /** `.sql` files, ignored ones left out. */
  readonly sql: readonly string[];
  /** Directories that may be searched: no symbolic links, none ignored, hidden or in the list above. */
  readonly directories: readonly string[];
}

/**
 * The project's files as a run sees them: directory by directory on demand, .gitignore respected, symbolic links kept
 * inside, standard input in the place of the file it stands for.
 */
export interface FileTree {
  /** Top directory, absolute. Symbolic links do not lead out of it. */
  readonly root: string;
  readonly cwd: string;
  readonly problems: FileProblem[];
  /** Files that were named one by one: listed even when ignored. */
  readonly named: Set<string>;
  readonly list: (directory: string) => Listing;
  /** A file's bytes; null when it cannot be read, which is then among the problems. */
  readonly read: (file: string) => Buffer | null;
  readonly exists: (file: string) => boolean;
  /** Whether it is there and a file, or a link to one. */
  readonly isFile: (file: string) => boolean;
  /** Whether the real file lies in the project. */
  readonly confined: (file: string) => boolean;
}

export function openTree(root: string, cwd: string, stdin: StandardInput | null): FileTree {
  const problems: FileProblem[] = [];
  const named = new Set<string>();
  const listings = new Map<string, Listing>();
  const bytes = new Map<string, Buffer | null>();
  /** Files that are no links, as their directories say. */
  const regular = new Set<string>();
  /** Directories that were listed by those above them. */
  const expected = new Set<string>();
  const ignores = openIgnores(root, (file, message) => problems.push({ path: shown(file), message }));
  const realRoot = realPath(root) ?? root;
  const shown = (file: string) => shownPath(file, cwd);
  const overlay = stdin?.file ?? null;

  const depthBelow = (directory: string): number => relative(root, directory).split(sep).length;

  const confined = (file: string) => {
    if (file === overlay) return true;
    const real = realPath(file);
    return real !== null && isInside(real, realRoot);
  };

  const readDirectory = (directory: string): readonly Dirent[] => {
    try {
      return readdirSync(directory, { withFileTypes: true });
    } catch (error) {
      // Asked about names that a migration tool may have made: what was listed is there, in whatever characters.
      if (expected.has(directory) || statOf(directory) !== undefined)
        problems.push({ path: shown(directory), message: `cannot be listed: ${messageOf(error)}` });
      return [];
    }
  };

  const list = (directory: string): Listing => {
    const known = listings.get(directory);
    if (known !== undefined) return known;
    const sql = new Set<string>();
    const directories: string[] = [];
    for (const entry of readDirectory(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (entry.name.startsWith(".") || SKIPPED_DIRECTORIES.has(entry.name)) continue;
        if (ignores.ignored(path, true)) continue;
        if (depthBelow(directory) >= DEEPEST) {
          problems.push({
            path: shown(path),
            message: `lies more than ${DEEPEST} directories deep; not searched`,
          });
          continue;
        }
        directories.push(entry.name);
        expected.add(path);
      } else if (/\.sql$/i.test(entry.name) && (entry.isFile() || entry.isSymbolicLink())) {
        if (ignores.ignored(path, false) && !named.has(path)) continue;
        if (entry.isSymbolicLink() && !linkIsFine(path)) continue;
        sql.add(entry.name);
        if (entry.isFile()) regular.add(path);
      }
    }
    if (overlay !== null && dirname(overlay) === directory && /\.sql$/i.test(overlay))
      sql.add(basename(overlay));
    const listing = { sql: [...sql].sort(compareText), directories: directories.sort(compareText) };
    listings.set(directory, listing);
    return listing;
  };

  const linkIsFine = (path: string) => {
    const target = statOf(path);
    if (target === undefined || !target.isFile()) return false;
    if (confined(path)) return true;
    problems.push({
      path: shown(path),
      message: "is a symbolic link that leads out of the project; not read",
    });
    return false;
  };

  const read = (file: string): Buffer | null => {
    if (stdin !== null && file === overlay) return stdin.bytes;
    const known = bytes.get(file);
    if (known !== undefined) return known;
    const result = readBounded(file, regular.has(file));
    if (typeof result === "string") problems.push({ path: shown(file), message: result });
    const found = typeof result === "string" ? null : result;
    bytes.set(file, found);
    return found;
  };

  const exists = (file: string) =>
    file === overlay || (bytes.get(file) ?? null) !== null || statOf(file) !== undefined;

  const isFile = (file: string) => file === overlay || (statOf(file)?.isFile() ?? false);

  return { root, cwd, problems, named, list, read, exists, isFile, confined };
}

function readBounded(file: string, isListed: boolean): Buffer | string {
  try {
    return readFile(file, MAX_FILE_BYTES, isListed);
  } catch (error) {
    const message = messageOf(error);
    return message.startsWith("is ") ? `${message}; not read` : `cannot be read: ${message}`;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Ignores {
  readonly ignored: (path: string, isDirectory: boolean) => boolean;
}

/**
 * .gitignore files from the top directory down, and .git/info/exclude. When a directory is itself ignored and searched
 * all the same (it was named), rules from above it no longer count inside.
 */
function openIgnores(root: string, tell: (file: string, message: string) => void): Ignores {
  const rules = new Map<string, Ignore | null>();
  const tops = new Map<string, string>();

  /** Of a directory and those above it, up to the top, nearest first. */
  const chains = new Map<string, readonly { readonly at: string; readonly found: Ignore }[]>();

  const chainOf = (directory: string) => {
    const known = chains.get(directory);
    if (known !== undefined) return known;
    const chain: { readonly at: string; readonly found: Ignore }[] = [];
    const top = topOf(directory);
    for (let at = directory; ; at = dirname(at)) {
      const found = rulesOf(at);
      if (found !== null) chain.push({ at, found });
      if (at === top) break;
    }
    chains.set(directory, chain);
    return chain;
  };

  const rulesOf = (directory: string): Ignore | null => {
    const known = rules.get(directory);
    if (known !== undefined) return known;
    // Later rules win over earlier ones: git lets .gitignore win over its own list.
    const text = [
      directory === root ? readPatterns(join(directory, ".git", "info", "exclude"), tell) : null,
      readPatterns(join(directory, ".gitignore"), tell),
    ]
      .filter((one) => one !== null)
      .join("\n");
    const found = /^[^#\s]/m.test(text) ? makeIgnore(text) : null;
    rules.set(directory, found);
    return found;
  };

  /** The highest directory whose rules count for what lies in `directory`. */
  const topOf = (directory: string): string => {
    const known = tops.get(directory);
    if (known !== undefined) return known;
    const up = dirname(directory);
    const top =
      directory === root || !isInside(directory, root)
        ? directory
        : ignored(directory, true)
          ? directory
          : topOf(up);
    tops.set(directory, top);
    return top;
  };

  const ignored = (path: string, isDirectory: boolean): boolean => {
    if (!isInside(path, root)) return false;
    for (const { at, found } of chainOf(dirname(path))) {
      const way = relative(at, path).split(sep).join("/") + (isDirectory ? "/" : "");
      const result = found.test(way);
      if (result.ignored) return true;
      if (result.unignored) return false;
    }
    return false;
  };
  return { ignored };
}

/** The library is loaded with the first rule: synchronously, because rules are met while directories are listed. */
function makeIgnore(text: string): Ignore {
  const ignore: typeof import("ignore") = createRequire(import.meta.url)("ignore");
  return ignore().add(text);
}

/** Each pattern is tried on each name: more of them than people write would take longer than all else. */
const MOST_PATTERNS = 2000;
const LARGEST_IGNORE = 256 << 10;

/** As git does, links are not followed. */
function readPatterns(file: string, tell: (file: string, message: string) => void): string | null {
  if (lstatOf(file)?.isFile() !== true) return null;
  try {
    const lines = readFile(file, LARGEST_IGNORE).toString("utf8").split("\n");
    if (lines.length > MOST_PATTERNS) {
      tell(file, `has more than ${MOST_PATTERNS} lines; not followed`);
      return null;
    }
    const costly = lines.findIndex((line) => isCostly(line));
    if (costly >= 0) tell(file, `line ${costly + 1} is too complex a pattern; not followed`);
    return costly < 0 ? lines.join("\n") : lines.filter((line) => !isCostly(line)).join("\n");
  } catch (error) {
    tell(file, `${messageOf(error)}; not followed`);
  }
  return null;
}

/** Each `**` doubles or more what it takes to find out that a deep path does not fit. */
function isCostly(pattern: string): boolean {
  return pattern.length > 4096 || pattern.split("**").length > 5;
}

function lstatOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
