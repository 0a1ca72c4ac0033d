import { basename, dirname, join } from "node:path";
import { alone, type Drafts, drafts } from "./draft.ts";
import { compareNames } from "./natural-order.ts";
import type { FileTree } from "./tree.ts";

/** The kind of database that graphile-migrate builds. */
export const GRAPHILE_MIGRATE = "Graphile Migrate";

/** How the parser reads `:DATABASE_OWNER`, graphile-migrate's placeholder for the role that runs the migrations. */
export const DATABASE_OWNER = "_database_owner";

/** graphile-migrate: `committed/<number>.sql` in their order, then `current.sql` or what is in `current/`. */
export function graphileMigrate(tree: FileTree, directory: string): Drafts | null {
  const root = ["committed", "current"].includes(basename(directory)) ? dirname(directory) : directory;
  const committed = tree.list(join(root, "committed")).sql;
  const first = committed[0];
  if (first === undefined || !isCommitted(tree, join(root, "committed", first))) return null;
  const { sql } = tree.list(root);
  const current = sql.includes("current.sql")
    ? [join(root, "current.sql")]
    : [...tree.list(join(root, "current")).sql].sort(compareNames).map((name) => join(root, "current", name));
  const files = [
    ...[...committed].sort(compareNames).map((name) => join(root, "committed", name)),
    ...current,
  ];
  const others = directory === root ? sql.filter((name) => name !== "current.sql") : [];
  return drafts([{ kind: GRAPHILE_MIGRATE, root, files }, ...alone(others.map((name) => join(root, name)))]);
}

/** Each committed migration begins with the hash of the one before it. */
function isCommitted(tree: FileTree, file: string): boolean {
  return /^--! Previous: /.test(tree.read(file)?.toString("latin1", 0, 100) ?? "");
}
