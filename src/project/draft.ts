import type { Skipped } from "./types.ts";

/** A database before its files are read: which files, in which order. Paths are absolute. */
export interface Draft {
  readonly kind: string;
  readonly root: string;
  readonly files: readonly string[];
}

/** What became of the .sql files of a directory, and of the files elsewhere that belong to the same databases. */
export interface Drafts {
  readonly databases: readonly Draft[];
  /** By absolute path. */
  readonly skipped: ReadonlyMap<string, Skipped["reason"]>;
  /** What is wrong with the order, for people. */
  readonly problems: readonly { readonly file: string; readonly message: string }[];
}

export function drafts(
  databases: readonly Draft[],
  skipped: ReadonlyMap<string, string> = new Map(),
  problems: Drafts["problems"] = [],
): Drafts {
  return { databases: databases.filter((draft) => draft.files.length > 0), skipped, problems };
}

/** Files that a framework's directory holds and the framework does not run: each is judged alone rather than dropped. */
export function alone(files: readonly string[]): readonly Draft[] {
  return files.map((file) => ({ kind: "file", root: file, files: [file] }));
}
