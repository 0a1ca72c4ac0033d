import type { Config } from "../config/types.ts";

/** One SQL text of a database, in its place in the order. */
export interface ProjectFile {
  /** Absolute path; null for standard input without a name. */
  readonly file: string | null;
  /** Path to show: relative to the working directory, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Byte range that is replayed, when only a part is (the up half of goose and dbmate files). null: all. */
  readonly upHalf: { readonly start: number; readonly end: number } | null;
  /** Files that its psql commands include, in order; each file of a database is included once. */
  readonly includes?: readonly Include[];
}

/** A file that runs in the middle of another, in the same session. */
export interface Include {
  /** Byte offset of the command's backslash in the including file. */
  readonly at: number;
  /** null: it was included, or run, before. */
  readonly file: ProjectFile | null;
}

/** Files that together build one database, in the order their framework runs them. */
export interface Database {
  /** How the order was found, for people: "Supabase migrations", "Flyway", "directory", "configured files", … */
  readonly kind: string;
  /** Absolute path of the directory (or file) that makes the database. */
  readonly root: string;
  readonly files: readonly ProjectFile[];
}

/** A database that a run is about, and which of its files' findings were asked for. */
export interface FoundDatabase {
  readonly database: Database;
  /** Absolute paths of the files whose findings are shown; null: all. */
  readonly shown: ReadonlySet<string> | null;
}

/** A found database with its configuration: what a run checks. */
export interface Project extends FoundDatabase {
  readonly config: Config;
}

/** A file that was met and is not part of any database, on purpose: `a down migration`, `undo migration`, … */
export interface Skipped {
  /** Path to show. */
  readonly path: string;
  readonly reason: string;
}

/** Something that went wrong with one file while the others could be taken: the run goes on and ends with exit code 2. */
export interface FileProblem {
  /** Path to show. */
  readonly path: string;
  readonly message: string;
}

/** Standard input as a file: its text, and the absolute path it stands for (null: none). */
export interface StandardInput {
  readonly bytes: Buffer;
  readonly file: string | null;
}
