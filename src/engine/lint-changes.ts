/** A run that is asked only about what changed. The whole project is replayed all the same. */

import { mkdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type Git, type GitTree, openGit } from "../project/git.ts";
import { takeSnapshot } from "../project/snapshot.ts";
import type { Finding } from "../rule/finding.ts";
import { isInside } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";
import { type CurrentFile, changedStatements } from "./changed-statements.ts";
import { type LintOptions, lint, type Select } from "./lint.ts";
import type { CheckedFile } from "./outcome.ts";
import type { Report } from "./report.ts";

/** What counts as changed. */
export interface Changes {
  /** Since this commit, or rather since HEAD parted from it; null: since HEAD. */
  readonly since: string | null;
  /** The index is judged, not the work tree. */
  readonly staged: boolean;
  /** Findings that were not there before, wherever they stand, instead of those in changed statements. */
  readonly newOnly: boolean;
}

/** Checks what the paths name and tells what changed of it. Throws UsageError where git cannot say what that is. */
export async function lintChanges(options: LintOptions, changes: Changes): Promise<Report> {
  if (options.paths.includes("-"))
    throw new UsageError("-: standard input has no history", "name files instead");
  const git = openGit(options.cwd);
  const head = git.head();
  const asked = changes.since === null ? head : git.commit(changes.since);
  const base = asked === null || head === null ? asked : git.mergeBase(asked, head);
  const before: GitTree = base === null ? new Map() : git.tree(base);
  const known = changes.newOnly ? await fingerprintsOf(git, before, options) : null;
  const run = (inside: LintOptions, top: string): Promise<Report> =>
    lint(inside, known === null ? inChangedStatements(git, before, top) : notKnown(known));
  return changes.staged ? inSnapshot(git, git.index(), options, run) : run(options, git.top);
}

/** Runs on the files of a commit or of the index, with the same paths. */
async function inSnapshot<T>(
  git: Git,
  tree: GitTree,
  options: LintOptions,
  run: (inside: LintOptions, top: string) => Promise<T>,
): Promise<T> {
  const below = (path: string): string => {
    const absolute = resolve(options.cwd, path);
    if (!isInside(absolute, git.top)) throw new UsageError(`${path}: lies outside of the repository`);
    return relative(git.top, absolute);
  };
  const paths = options.paths.map(below);
  const snapshot = takeSnapshot(git, tree, new Set(paths.map((path) => path.split(sep).join("/"))));
  try {
    const cwd = join(snapshot.top, below("."));
    mkdirSync(cwd, { recursive: true });
    const config = options.configFile == null ? null : resolve(options.cwd, options.configFile);
    const inside: LintOptions = {
      ...options,
      cwd,
      paths: paths.map((path) => join(snapshot.top, path)),
      configFile: config !== null && isInside(config, git.top) ? join(snapshot.top, below(config)) : config,
      // What a hook names need not be SQL, and a commit need not hold any.
      errorOnUnmatched: false,
    };
    return await run(inside, snapshot.top);
  } finally {
    snapshot.remove();
  }
}

/** How often each fingerprint was found in a commit. */
async function fingerprintsOf(
  git: Git,
  before: GitTree,
  options: LintOptions,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  // A file that is named now may have had another name then: its directory's databases are meant.
  const paths = options.paths.map((path) =>
    statOf(resolve(options.cwd, path))?.isFile() === true ? dirname(path) : path,
  );
  await inSnapshot(git, before, { ...options, paths, baseline: false }, (inside) =>
    lint(inside, {
      amongAll: true,
      of(_, findings) {
        for (const { fingerprint } of findings) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
        return new Set();
      },
    }),
  );
  return counts;
}

function notKnown(known: ReadonlyMap<string, number>): Select {
  const left = new Map(known);
  return {
    amongAll: true,
    of(_, findings) {
      const fresh = new Set<Finding>();
      for (const finding of findings) {
        const count = left.get(finding.fingerprint) ?? 0;
        if (count === 0) fresh.add(finding);
        else left.set(finding.fingerprint, count - 1);
      }
      return fresh;
    },
  };
}

function inChangedStatements(git: Git, before: GitTree, top: string): Select {
  return {
    amongAll: false,
    of(files, findings) {
      const changed = changedStatements(git, before, currentFiles(files, top));
      return new Set(findings.filter(({ place }) => changed(place.source, place.span.start)));
    },
  };
}

function currentFiles(files: readonly CheckedFile[], top: string): readonly CurrentFile[] {
  return files.flatMap(({ source, file }) =>
    file === null ? [] : [{ source, path: relative(top, file).split(sep).join("/") }],
  );
}
