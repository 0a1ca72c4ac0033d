import { basename, dirname, join, resolve } from "node:path";
import { isInside, shownPath } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";
import { type ConfiguredFiles, configuredDraft } from "./configured-files.ts";
import type { Draft, Drafts } from "./draft.ts";
import { recognise } from "./frameworks.ts";
import { isGlob, matchGlob } from "./globs.ts";
import { upHalf } from "./halves.ts";
import { includingDirectory, type Script, scriptsOf } from "./includes.ts";
import { compareText } from "./natural-order.ts";
import { type FileTree, openTree } from "./tree.ts";
import type { FileProblem, FoundDatabase, ProjectFile, Skipped, StandardInput } from "./types.ts";

export interface FindOptions {
  readonly cwd: string;
  /** Top directory of the project (absolute): nothing above it is read, symbolic links do not lead out of it. */
  readonly root: string;
  /** What a configuration says of its databases' files; without entries they are detected. */
  readonly configured: readonly ConfiguredFiles[];
  /** Text of standard input, when one of the paths is `-`. */
  readonly stdin: StandardInput | null;
  /** A path that holds no SQL file, or does not exist, is passed over instead of refused. */
  readonly passUnmatched?: boolean;
}

export interface Found {
  /** Ordered by root, then kind. */
  readonly databases: readonly FoundDatabase[];
  readonly skipped: readonly Skipped[];
  readonly problems: readonly FileProblem[];
}

/** What a run was asked to show: files named one by one, and everything below directories. */
interface Wanted {
  readonly files: Set<string>;
  readonly directories: string[];
}

/**
 * From named files, directories and globs to databases. A named file is judged together with its database's other
 * files; a directory means every database below it. Only a named file's own database is read, not the project around it:
 * its directory, and those above that hold a script which includes it.
 * Throws UsageError for a path that does not exist, leads out of the project, or holds no SQL file.
 */
export async function findDatabases(paths: readonly string[], options: FindOptions): Promise<Found> {
  const tree = openTree(options.root, options.cwd, options.stdin);
  const wanted = await readPaths(paths, options, tree);
  for (const file of wanted.files) tree.named.add(file);

  const found = new Map<string, Draft>();
  const skipped = new Map<string, string>();
  const covered = new Set<string>();
  const take = (drafts: Drafts) => {
    for (const draft of drafts.databases) {
      found.set(`${draft.root}\0${draft.kind}`, draft);
      for (const file of draft.files) covered.add(file);
    }
    for (const [file, reason] of drafts.skipped) {
      skipped.set(file, reason);
      covered.add(file);
    }
    for (const { file, message } of drafts.problems) {
      const path = shownPath(file, tree.cwd);
      if (!tree.problems.some((one) => one.path === path && one.message === message))
        tree.problems.push({ path, message });
    }
  };

  const ofConfiguration = new Set<string>();
  for (const files of options.configured) {
    const draft = await configuredDraft(files, tree);
    for (const file of draft.files) ofConfiguration.add(file);
    take({ databases: [draft], skipped: new Map(), problems: [] });
  }
  const including = new Set<string>();
  for (const file of wanted.files) {
    if (!covered.has(file)) take(recogniseFile(tree, file));
    const directory = ofConfiguration.has(file) ? null : includingDirectory(tree, file);
    if (directory === null || including.has(directory)) continue;
    including.add(directory);
    take(recognise(tree, directory));
  }
  for (const directory of wanted.directories) {
    if ([...ofConfiguration].some((file) => isInside(file, directory))) continue;
    for (const at of directoriesWithSql(tree, directory, skipped)) {
      if (tree.list(at).sql.some((name) => !covered.has(join(at, name))))
        take(withoutCopies(tree, at, recognise(tree, at)));
    }
  }

  const isWanted = (file: string) =>
    wanted.files.has(file) || wanted.directories.some((directory) => isInside(file, directory));
  const drafts = [...found.values()]
    .filter(({ root, files }) => files.some(isWanted) || including.has(root) || including.has(dirname(root)))
    .sort((a, b) => compareText(a.root, b.root) || compareText(a.kind, b.kind));
  const databases = [...scriptsOf(tree, drafts)]
    .map(([draft, scripts]) => readDraft(tree, draft, scripts, isWanted))
    .filter(({ database, shown }) => database.files.length > 0 && (shown === null || shown.size > 0));
  if (options.stdin !== null && options.stdin.file === null)
    databases.push(standardInput(options.stdin, options.cwd));

  const taken = new Set(
    databases.flatMap(({ database }) => everyFile(database.files).map(({ file }) => file)),
  );
  const left = [...skipped]
    .filter(([file]) => isWanted(file) && !taken.has(file))
    .sort(([a], [b]) => compareText(a, b));
  if (options.passUnmatched !== true) failWhereNothingIs(wanted, databases, left, tree);
  return {
    databases,
    skipped: left.map(([file, reason]) => ({ path: shownPath(file, tree.cwd), reason })),
    problems: tree.problems,
  };
}

async function readPaths(paths: readonly string[], options: FindOptions, tree: FileTree): Promise<Wanted> {
  const wanted: Wanted = { files: new Set(), directories: [] };
  for (const path of paths) {
    if (path === "-") {
      if (options.stdin?.file != null) wanted.files.add(options.stdin.file);
      continue;
    }
    const absolute = resolve(options.cwd, path);
    const found = statOf(absolute);
    if (found === undefined && isGlob(path)) {
      const matches = await matchGlob(path, options.cwd);
      if (matches.length === 0 && options.passUnmatched !== true) {
        throw new UsageError(`${path}: the pattern matches no file`);
      }
      for (const match of matches) {
        if (!tree.confined(match))
          throw new UsageError(
            `${shownPath(match, tree.cwd)}: is a symbolic link that leads out of the project`,
          );
        wanted.files.add(match);
      }
      continue;
    }
    if (found === undefined) {
      if (options.passUnmatched === true) continue;
      throw new UsageError(`${path}: no such file or directory`);
    }
    if (!tree.confined(absolute))
      throw new UsageError(`${path}: is a symbolic link that leads out of the project`);
    if (found.isDirectory()) wanted.directories.push(absolute);
    else if (found.isFile()) wanted.files.add(absolute);
    else throw new UsageError(`${path}: is neither a file nor a directory`);
  }
  return wanted;
}

/** A named file that its directory does not list (another ending than .sql) is a database alone. */
function recogniseFile(tree: FileTree, file: string): Drafts {
  const directory = dirname(file);
  if (tree.list(directory).sql.includes(basename(file))) return recognise(tree, directory);
  return { databases: [{ kind: "file", root: file, files: [file] }], skipped: new Map(), problems: [] };
}

/** What a Supabase project keeps beside its migrations and does not run with them. */
const SUPABASE_SIDE: ReadonlyMap<string, string> = new Map([
  ["seeds", "seed data"],
  ["snippets", "snippets of the SQL editor"],
  ["tests", "tests"],
  ["schemas", "the schema that the migrations are made from"],
]);

/** Directories at or below the given one that hold .sql files, parents first, by name. */
function directoriesWithSql(tree: FileTree, top: string, skipped: Map<string, string>): readonly string[] {
  const result: string[] = [];
  const pending: { directory: string; reason: string | null }[] = [{ directory: top, reason: null }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { directory, reason } = next;
    const { sql, directories } = tree.list(directory);
    if (reason !== null) {
      for (const name of sql) skipped.set(join(directory, name), reason);
    } else if (sql.length > 0) result.push(directory);
    const supabase =
      basename(directory) === "supabase" &&
      directories.includes("migrations") &&
      hasSql(tree, join(directory, "migrations"));
    if (supabase && reason === null && sql.length === 1 && sql[0] === "seed.sql") {
      result.pop();
      skipped.set(join(directory, "seed.sql"), "seed data");
    }
    for (const name of [...directories].reverse()) {
      pending.push({
        directory: join(directory, name),
        reason: reason ?? (supabase ? (SUPABASE_SIDE.get(name) ?? null) : null),
      });
    }
  }
  return result;
}

function hasSql(tree: FileTree, directory: string): boolean {
  return tree.list(directory).sql.length > 0;
}

/** A dump beside a directory of migrations is what they build, written down by their tool: dbmate's schema.sql. */
function withoutCopies(tree: FileTree, directory: string, drafts: Drafts): Drafts {
  if (!drafts.databases.some(({ kind }) => kind === "dump")) return drafts;
  if (
    !tree.list(directory).directories.includes("migrations") ||
    !hasSql(tree, join(directory, "migrations"))
  )
    return drafts;
  const skipped = new Map(drafts.skipped);
  const databases = drafts.databases.filter(({ kind, files }) => {
    if (kind !== "dump") return true;
    for (const file of files) skipped.set(file, "a dump of what migrations/ builds");
    return false;
  });
  return { ...drafts, databases, skipped };
}

function readDraft(
  tree: FileTree,
  draft: Draft,
  scripts: readonly Script[],
  isWanted: (file: string) => boolean,
): FoundDatabase {
  const every: string[] = [];
  const read = ({ file, includes }: Script): ProjectFile | null => {
    const bytes = tree.read(file);
    if (bytes === null) return null;
    every.push(file);
    return {
      file,
      path: shownPath(file, tree.cwd),
      bytes,
      upHalf: upHalf(bytes)?.span ?? null,
      includes: includes.flatMap(({ at, script }) => {
        const found = script === null ? null : read(script);
        return found === null && script !== null ? [] : [{ at, file: found }];
      }),
    };
  };
  const files = scripts.flatMap((script) => read(script) ?? []);
  const shown = every.filter(isWanted);
  return {
    database: { kind: draft.kind, root: draft.root, files },
    shown: shown.length === every.length ? null : new Set(shown),
  };
}

function standardInput(stdin: StandardInput, cwd: string): FoundDatabase {
  const file: ProjectFile = {
    file: null,
    path: "<stdin>",
    bytes: stdin.bytes,
    upHalf: upHalf(stdin.bytes)?.span ?? null,
  };
  return { database: { kind: "standard input", root: cwd, files: [file] }, shown: null };
}

/** Files with those that they include. */
function everyFile(files: readonly ProjectFile[]): readonly ProjectFile[] {
  return files.flatMap((file) => [
    file,
    ...everyFile((file.includes ?? []).flatMap((include) => include.file ?? [])),
  ]);
}

function failWhereNothingIs(
  wanted: Wanted,
  databases: readonly FoundDatabase[],
  skipped: readonly (readonly [string, string])[],
  tree: FileTree,
): void {
  for (const directory of wanted.directories) {
    const holds = databases.some(({ database }) =>
      everyFile(database.files).some(({ file }) => file !== null && isInside(file, directory)),
    );
    if (holds || skipped.some(([file]) => isInside(file, directory)) || tree.problems.length > 0) continue;
    throw new UsageError(
      `${shownPath(directory, tree.cwd)}: no SQL file below this directory`,
      "files that .gitignore excludes, hidden directories, node_modules, vendor and dist are not searched; name such a file to check it",
    );
  }
}
