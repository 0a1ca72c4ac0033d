import { basename, dirname, join } from "node:path";
import { alone, type Draft, type Drafts, drafts } from "./draft.ts";
import { extension } from "./extension.ts";
import { flyway } from "./flyway.ts";
import { graphileMigrate } from "./graphile.ts";
import { isDownFile, isDump, isUpFile, notForPostgres, upHalf } from "./halves.ts";
import { compareNames, compareText, compareVersions } from "./natural-order.ts";
import { sqitch } from "./sqitch.ts";
import type { FileTree } from "./tree.ts";

/** A way to recognise a directory's databases. null: the directory is not of this kind. */
type Recognise = (tree: FileTree, directory: string) => Drafts | null;

/** The first that recognises a directory decides. */
const RECOGNISERS: readonly Recognise[] = [
  sqitch,
  directoryPerMigration,
  flyway,
  drizzle,
  supabase,
  graphileMigrate,
  extension,
  plain,
];

/** What the .sql files directly in a directory belong to. Every one of them is in exactly one database or skipped. */
export function recognise(tree: FileTree, directory: string): Drafts {
  for (const recogniser of RECOGNISERS) {
    const found = recogniser(tree, directory);
    if (found !== null) return found;
  }
  return drafts([]);
}

/** Prisma and Drizzle: `<number>_name/migration.sql`; diesel and Hasura: `<number>_name/up.sql`. */
function directoryPerMigration(tree: FileTree, directory: string): Drafts | null {
  if (!isNumbered(basename(directory)) || migrationIn(tree, directory) === null) return null;
  const root = dirname(directory);
  const files: string[] = [];
  const skipped = new Map<string, string>();
  const names = new Set([...tree.list(root).directories, basename(directory)]);
  const kind = nestedKind(tree, root, directory);
  for (const name of [...names].filter(isNumbered).sort(inOrderOf(kind))) {
    const migration = migrationIn(tree, join(root, name));
    if (migration === null) continue;
    files.push(join(root, name, migration));
    for (const other of tree.list(join(root, name)).sql) {
      if (other !== migration)
        skipped.set(
          join(root, name, other),
          isDownFile(other, new Set()) ? "down migration" : `not run beside ${migration}`,
        );
    }
  }
  return drafts([{ kind, root, files }], skipped);
}

function migrationIn(tree: FileTree, directory: string): string | null {
  const { sql } = tree.list(directory);
  return ["migration.sql", "up.sql"].find((name) => sql.includes(name)) ?? null;
}

function isNumbered(name: string): boolean {
  return /^\d[\d-]*(?:_|$)/.test(name);
}

/** Hasura takes versions for numbers, diesel for text (`10_x` runs before `2_x`), Prisma and Drizzle go by the whole name. */
function inOrderOf(kind: string): (a: string, b: string) => number {
  switch (kind) {
    case "Hasura":
      return (a, b) => compareVersions([versionOf(a)], [versionOf(b)]) || compareNames(a, b);
    case "diesel":
      return (a, b) => compareText(versionOf(a), versionOf(b)) || compareText(a, b);
    default:
      return compareText;
  }
}

/** Diesel's dashes count for nothing. */
function versionOf(name: string): string {
  return (/^\d[\d-]*/.exec(name)?.[0] ?? "").replaceAll("-", "");
}

function nestedKind(tree: FileTree, root: string, directory: string): string {
  if (migrationIn(tree, directory) === "migration.sql")
    return tree.exists(join(directory, "snapshot.json")) ? "Drizzle" : "Prisma";
  return /^\d{13}_/.test(basename(directory)) || basename(dirname(root)) === "migrations"
    ? "Hasura"
    : "diesel";
}

/** Drizzle: the journal names the files in their order. */
function drizzle(tree: FileTree, directory: string): Drafts | null {
  const journal = join(directory, "meta", "_journal.json");
  if (!tree.exists(journal) || !tree.confined(journal)) return null;
  const entries = journalEntries(tree.read(journal)?.toString("utf8") ?? "");
  if (entries === null) return null;
  const rest = new Set(tree.list(directory).sql);
  const files: string[] = [];
  const problems: { file: string; message: string }[] = [];
  for (const { tag } of entries) {
    if (rest.delete(`${tag}.sql`)) files.push(join(directory, `${tag}.sql`));
    else problems.push({ file: journal, message: `names a migration without its file ${tag}.sql` });
  }
  // Numbered files that the journal does not know are run by hand, after what it names.
  const byHand = [...rest]
    .filter((name) => /^\d{4,}_/.test(name) && !isDownFile(name, rest))
    .sort(compareNames);
  for (const name of byHand) rest.delete(name);
  files.push(...byHand.map((name) => join(directory, name)));
  const others = [...rest].map((name) => join(directory, name));
  return drafts([{ kind: "Drizzle", root: directory, files }, ...alone(others)], new Map(), problems);
}

function journalEntries(text: string): readonly { readonly idx: number; readonly tag: string }[] | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null || !("entries" in data) || !Array.isArray(data.entries))
    return null;
  const list: readonly unknown[] = data.entries;
  const entries: { idx: number; tag: string }[] = [];
  for (const entry of list) {
    if (typeof entry !== "object" || entry === null || !("idx" in entry) || !("tag" in entry)) continue;
    if (typeof entry.idx === "number" && typeof entry.tag === "string")
      entries.push({ idx: entry.idx, tag: entry.tag });
  }
  return entries.sort((a, b) => a.idx - b.idx);
}

/**
 * Supabase: only `<timestamp>_name.sql`, or what Lovable names its own way, is run, in the order of the names as text, `10_b` before `1_a`.
 * Where no file is named so, they are meant to be run some other way.
 */
function supabase(tree: FileTree, directory: string): Drafts | null {
  if (basename(directory) !== "migrations" || basename(dirname(directory)) !== "supabase") return null;
  const { sql } = tree.list(directory);
  const isMigration = (name: string) => /^\d+_.*\.sql$/.test(name) || RUN_BY_LOVABLE.test(name);
  const files = sql.filter(isMigration).sort(compareText);
  if (files.length === 0) return null;
  const others = sql.filter((name) => !isMigration(name));
  const at = (name: string) => join(directory, name);
  const skipped = new Map<string, string>();
  const [first] = files;
  if (first !== undefined && files.length > 1 && isOldInit(first))
    skipped.set(at(first), "left out by Supabase since 2021");
  return drafts(
    [
      {
        kind: "Supabase migrations",
        root: directory,
        files: files.map(at).filter((file) => !skipped.has(file)),
      },
      ...alone(others.map(at)),
    ],
    skipped,
  );
}

/** `<timestamp>-<uuid>.sql`: Lovable wrote and ran them itself, in one row with those that Supabase's command line runs. */
const RUN_BY_LOVABLE = /^\d{14}-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.sql$/;

/** What early versions of Supabase's command line wrote as the first migration, and later ones do not run. */
function isOldInit(name: string): boolean {
  const version = /^(\d{14})_init\.sql$/.exec(name)?.[1];
  return version !== undefined && version < "20211209000000";
}

/**
 * Any other directory: its files in natural order of names, without ways back and what is for other systems. A dump of a whole database, and Rails'
 * structure.sql, is a database alone.
 */
function plain(tree: FileTree, directory: string): Drafts | null {
  const { sql } = tree.list(directory);
  const beside = new Set(sql);
  const files: string[] = [];
  const dumps: Draft[] = [];
  const skipped = new Map<string, string>();
  let kind = "directory";
  for (const name of [...sql].sort(compareNames)) {
    const file = join(directory, name);
    if (isDownFile(name, beside)) {
      skipped.set(file, "down migration");
      continue;
    }
    const reason = notForPostgres(name, beside);
    if (reason !== null) {
      skipped.set(file, reason);
      continue;
    }
    const bytes = tree.read(file);
    if (!/^\d/.test(name) && (/(?:^|_)structure\.sql$/.test(name) || (bytes !== null && isDump(bytes)))) {
      dumps.push({
        kind: /(?:^|_)structure\.sql$/.test(name) ? "Rails structure.sql" : "dump",
        root: file,
        files: [file],
      });
      continue;
    }
    files.push(file);
    if (kind !== "directory" || bytes === null) continue;
    kind = upHalf(bytes)?.kind ?? (isUpFile(name) ? "up and down files" : kind);
  }
  // dbmate goes by names as text.
  if (kind === "dbmate") files.sort(compareText);
  return drafts([{ kind, root: directory, files }, ...dumps], skipped);
}
