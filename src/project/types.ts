/** One SQL text of a database, in its place in the order. */
export interface ProjectFile {
  /** Absolute path; null for standard input without a name. */
  readonly file: string | null;
  /** Path to show: relative to the working directory, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Byte range that is replayed, when only a part is (the up half of goose and dbmate files). null: all. */
  readonly upHalf: { readonly start: number; readonly end: number } | null;
}

/** Files that together build one database, in the order their framework runs them. */
export interface Database {
  /** How the order was found, for people: "supabase migrations", "Flyway", "directory", "configured files", … */
  readonly kind: string;
  /** Absolute path of the directory (or file) that makes the database. */
  readonly root: string;
  readonly files: readonly ProjectFile[];
}
