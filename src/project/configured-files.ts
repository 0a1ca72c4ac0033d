import { basename, dirname, join, resolve } from "node:path";
import { shownPath } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import type { Draft } from "./draft.ts";
import { recognise } from "./frameworks.ts";
import { isGlob, matchGlob } from "./globs.ts";
import { isDownFile } from "./halves.ts";
import type { FileTree } from "./tree.ts";

/** The files of one database, as a configuration names them. */
export interface ConfiguredFiles {
  /** null: the configuration has no other database. */
  readonly name: string | null;
  /** Ordered globs. */
  readonly globs: readonly string[];
  /** What they are relative to, absolute. */
  readonly directory: string;
  /** The configuration as shown to people. */
  readonly shown: string;
}

/** What a database is called whose files are configured. */
export function configuredKind(name: string | null): string {
  return name === null ? "configured files" : `database ${name}`;
}

/**
 * The one database that a configuration's `files` name: entry after entry, a file where it is named first. A directory
 * stands for its databases in their own order; a pattern leaves out down files; `!pattern` takes files away again.
 * Entries that match nothing are problems.
 */
export async function configuredDraft(configured: ConfiguredFiles, tree: FileTree): Promise<Draft> {
  const files = new Set<string>();
  const unwanted: string[] = [];
  for (const entry of configured.globs) {
    if (entry.startsWith("!")) unwanted.push(...(await expand(entry.slice(1), configured.directory, tree)));
  }
  for (const entry of configured.globs) {
    if (entry.startsWith("!")) continue;
    const matches = await expand(entry, configured.directory, tree);
    if (matches.length === 0)
      tree.problems.push({
        path: configured.shown,
        message: `files: ${JSON.stringify(entry)} matches no file`,
      });
    for (const match of matches) {
      if (tree.confined(match)) files.add(match);
      else
        tree.problems.push({
          path: shownPath(match, tree.cwd),
          message: "is a symbolic link that leads out of the project; not read",
        });
    }
  }
  for (const file of unwanted) files.delete(file);
  return { kind: configuredKind(configured.name), root: configured.directory, files: [...files] };
}

async function expand(entry: string, directory: string, tree: FileTree): Promise<readonly string[]> {
  const path = resolve(directory, entry);
  const found = statOf(path);
  if (found?.isFile() === true) return [path];
  if (found?.isDirectory() === true) return below(path, tree);
  if (!isGlob(entry)) return [];
  const matches = await matchGlob(entry, directory);
  return matches.filter((file) => {
    const { sql } = tree.list(dirname(file));
    return !isDownFile(basename(file), new Set(sql));
  });
}

function below(top: string, tree: FileTree): readonly string[] {
  const files = new Set<string>();
  const pending = [top];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { sql, directories } = tree.list(at);
    if (sql.some((name) => !files.has(join(at, name)))) {
      for (const draft of recognise(tree, at).databases) for (const file of draft.files) files.add(file);
    }
    for (const name of [...directories].reverse()) pending.push(join(at, name));
  }
  return [...files];
}
