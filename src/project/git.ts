/** Asks git about a repository that may belong to a stranger: nothing of its configuration is run. */

import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { isInside } from "../text/paths.ts";
import { UsageError } from "../text/usage-error.ts";

export interface Git {
  /** Top directory of the work tree, absolute. */
  readonly top: string;
  /** The commit that a name stands for. Throws UsageError for a name that stands for none. */
  commit(name: string): string;
  /** HEAD's commit; null before the first one. */
  head(): string | null;
  /** Where the histories of two commits parted; the first one where they have nothing in common. */
  mergeBase(a: string, b: string): string;
  /** The files of a commit. */
  tree(commit: string): GitTree;
  /** The files of the index: what is going to be committed. */
  index(): GitTree;
  /** Contents by object id. */
  blobs(ids: readonly string[]): ReadonlyMap<string, Buffer>;
}

export interface GitFile {
  readonly id: string;
  readonly isLink: boolean;
}

/** Files by path from the top, with `/`. */
export type GitTree = ReadonlyMap<string, GitFile>;

/** Settings of a repository that would run a program, or go to the network, win over these nowhere. */
const SAFE = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "core.sshCommand=false",
  "core.alternateRefsCommand=",
  "protocol.allow=never",
  "gc.auto=0",
  "maintenance.auto=false",
  "safe.bareRepository=explicit",
].flatMap((setting) => ["-c", setting]);

const UNWANTED = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_PREFIX",
  "GIT_EXTERNAL_DIFF",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_PAGER",
  "GIT_TRACE",
  "GIT_EXEC_PATH",
];

const MAX_OUTPUT = 1 << 30;

/** Throws UsageError where there is no git, or no repository around `cwd`. */
export function openGit(cwd: string): Git {
  const program = findGit(cwd);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    // What is replaced, missing or asked for is left as it is.
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
  };
  // A hook's GIT_DIR is told from another directory than ours; GIT_INDEX_FILE stays: it is what `commit -a` commits.
  for (const name of UNWANTED) delete env[name];

  const ask = (directory: string, args: readonly string[], input?: string) => {
    const { status, stdout, stderr, error } = spawnSync(program, [...SAFE, ...args], {
      cwd: directory,
      env,
      input: input ?? "",
      maxBuffer: MAX_OUTPUT,
      shell: false,
      windowsHide: true,
    });
    if (error !== undefined) throw new UsageError(`git cannot be run: ${error.message}`);
    return { ok: status === 0, out: stdout, said: stderr.toString("utf8").trim() };
  };

  const up = ask(cwd, ["rev-parse", "--show-cdup"]);
  if (!up.ok) {
    throw new UsageError(
      `git: ${firstLine(up.said)}`,
      "--since, --staged and --new-only need a git repository",
    );
  }
  const top = resolve(cwd, up.out.toString("utf8").replace(/\n$/, ""));
  const tell = (args: readonly string[], input?: string): Buffer => {
    const { ok, out, said } = ask(top, args, input);
    if (!ok) throw new UsageError(`git ${args[0]}: ${firstLine(said)}`);
    return out;
  };
  const verified = (name: string): string | null => {
    const { ok, out } = ask(top, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
    return ok ? out.toString("utf8").trim() : null;
  };
  return {
    top,
    commit(name) {
      const found = isRevision(name) ? verified(name) : null;
      if (found === null)
        throw new UsageError(
          `${name}: git knows no such commit`,
          "in CI, the checkout may have to fetch more of the history",
        );
      return found;
    },
    head: () => verified("HEAD"),
    mergeBase(a, b) {
      const { ok, out } = ask(top, ["merge-base", a, b]);
      return ok ? out.toString("utf8").trim().slice(0, a.length) : a;
    },
    tree: (commit) => readTree(tell(["ls-tree", "-r", "-z", "--full-tree", commit])),
    index: () => readIndex(tell(["ls-files", "--stage", "-z", "--full-name"])),
    blobs: (ids) =>
      ids.length === 0 ? new Map() : readBatch(tell(["cat-file", "--batch"], `${ids.join("\n")}\n`)),
  };
}

/** Nothing that git could take for an option, a range or a path. */
function isRevision(name: string): boolean {
  return /^[^-\s:?*[\\\x00-\x20\x7f][^\s:?*[\\\x00-\x20\x7f]*$/.test(name) && !name.includes("..");
}

/**
 * The program named git on PATH. Entries that are relative, or lie in the directory that is checked, are passed over: a
 * repository that brings a program of this name would be run for being looked at.
 */
function findGit(cwd: string): string {
  const names = process.platform === "win32" ? ["git.exe"] : ["git"];
  const here = realpathSync(cwd);
  const forbidden = repositoryOf(here);
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    for (const name of names) {
      const file = join(directory, name);
      if (isProgram(file) && !isInside(realpathSync(file), forbidden) && !isInside(directory, forbidden))
        return file;
    }
  }
  throw new UsageError("git is not installed", "--since, --staged and --new-only ask it what changed");
}

function repositoryOf(directory: string): string {
  for (let at = directory; ; ) {
    if (statSync(join(at, ".git"), { throwIfNoEntry: false }) !== undefined) return at;
    const up = resolve(at, "..");
    if (up === at) return directory;
    at = up;
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const LINK = "120000";

/** `mode type id\tpath\0` for each file; submodules are left out. */
function readTree(output: Buffer): GitTree {
  const files = new Map<string, GitFile>();
  for (const record of records(output)) {
    const [, mode = "", type, id = "", path = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    if (type === "blob") files.set(path, { id, isLink: mode === LINK });
  }
  return files;
}

/** `mode id stage\tpath\0` for each file. While a merge is not finished, the side of HEAD counts. */
function readIndex(output: Buffer): GitTree {
  const files = new Map<string, GitFile>();
  for (const record of records(output)) {
    const [, mode = "", id = "", stage, path = ""] = /^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s.exec(record) ?? [];
    if ((stage === "0" || stage === "2") && mode !== "160000") files.set(path, { id, isLink: mode === LINK });
  }
  return files;
}

function records(output: Buffer): readonly string[] {
  return output.toString("utf8").split("\0").slice(0, -1);
}

/** `id blob size\n…\n` for each object, `name missing\n` for what is not there. */
function readBatch(output: Buffer): ReadonlyMap<string, Buffer> {
  const blobs = new Map<string, Buffer>();
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(10, at);
    const [id = "", type, size] = output.toString("latin1", at, end).split(" ");
    at = end + 1;
    if (type !== "blob") continue;
    const length = Number(size);
    blobs.set(id, output.subarray(at, at + length));
    at += length + 1;
  }
  return blobs;
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? text).replace(/^(?:fatal|error): /, "");
}
