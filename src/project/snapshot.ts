/** The files of a commit, or of the index, in a directory of their own for the time of a run. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Git, GitTree } from "./git.ts";

export interface Snapshot {
  /** Its top directory, absolute, without symbolic links on the way. */
  readonly top: string;
  remove(): void;
}

/** SQL, and what says which SQL it is: configurations, plans and journals of migration tools. */
const WANTED =
  /\.(?:sql|pgsql|psql|plpgsql|ddl|dump|in|tmpl|tpl|j2|erb|json|jsonc|ya?ml|toml|conf|plan|control)$|(?:^|\/)(?:Makefile|\.gitignore)$/i;

/** That a project has this directory is all that is asked of what it holds. */
const MARKER = /(?:^|\/)supabase\//;

/** `also` are paths that are wanted whatever they are called. */
export function takeSnapshot(git: Git, tree: GitTree, also: ReadonlySet<string>): Snapshot {
  const wanted = [...tree].filter(([path]) => isPlain(path) && (WANTED.test(path) || also.has(path)));
  const blobs = git.blobs([...new Set(wanted.map(([, { id }]) => id))]);
  const top = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-")));
  try {
    mkdirSync(join(top, ".git"));
    for (const path of tree.keys())
      if (MARKER.test(path) && isPlain(path)) mkdirSync(dirname(join(top, path)), { recursive: true });
    // Links come last: nothing is written through one.
    for (const links of [false, true]) {
      for (const [path, { id, isLink }] of wanted) {
        const bytes = blobs.get(id);
        if (isLink !== links || bytes === undefined) continue;
        const file = join(top, path);
        mkdirSync(dirname(file), { recursive: true });
        if (isLink) symlinkSync(bytes.toString("utf8"), file);
        else writeFileSync(file, bytes, { flag: "wx", mode: 0o600 });
      }
    }
  } catch (error) {
    rmSync(top, { recursive: true, force: true });
    throw error;
  }
  return { top, remove: () => rmSync(top, { recursive: true, force: true }) };
}

/** A path that stays below the top. Git refuses others too; a hand-made object may hold them. */
function isPlain(path: string): boolean {
  return path
    .split("/")
    .every(
      (part) =>
        part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git" && !/[\0\\]/.test(part),
    );
}
