import { basename, dirname, join } from "node:path";
import { ancestors } from "../config/locate.ts";
import { alone, type Drafts, drafts } from "./draft.ts";
import { compareNatural, compareText, compareVersions } from "./natural-order.ts";
import type { FileTree } from "./tree.ts";

type Name =
  | { readonly type: "versioned" | "baseline" | "undo"; readonly version: readonly string[] }
  | { readonly type: "repeatable"; readonly description: string }
  | { readonly type: "before" | "after" };

/** A file name as Flyway reads it; null when it is none of Flyway's. */
function flywayName(name: string): Name | null {
  const versioned = /^([VUB])(\d+(?:[._]\d+)*)(?:__.*)?\.sql$/.exec(name);
  if (versioned !== null) {
    const version = (versioned[2] ?? "").split(/[._]/);
    return { type: versioned[1] === "V" ? "versioned" : versioned[1] === "B" ? "baseline" : "undo", version };
  }
  const repeatable = /^R__(.*)\.sql$/.exec(name);
  if (repeatable !== null) return { type: "repeatable", description: repeatable[1] ?? "" };
  if (/^before(?:Each)?Migrate(?:__.*)?\.sql$/.test(name)) return { type: "before" };
  if (/^after(?:EachMigrate|Migrate|MigrateApplied|Versioned)(?:__.*)?\.sql$/.test(name))
    return { type: "after" };
  return null;
}

function isFlywayDirectory(names: readonly string[]): boolean {
  return names.some((name) => name.includes("__") && flywayName(name) !== null);
}

/**
 * Flyway: a location is searched with its sub-directories and run in order of versions, whatever directory a file is
 * in. Newest baseline first, then versions above it, then repeatables by description; undo migrations are left out.
 */
export function flyway(tree: FileTree, directory: string): Drafts | null {
  if (!isFlywayDirectory(tree.list(directory).sql)) return null;
  const locations = ancestors(directory, tree.root)
    .slice(0, 4)
    .filter((at) => /^(?:db[-_]?)?migrations?$/i.test(basename(at)) || isFlywayDirectory(tree.list(at).sql));
  for (const location of [...locations].reverse()) {
    const files = below(tree, location);
    // Directories that repeat each other's versions are variants for several databases, not one location.
    if (location === directory || !repeatsVersions(files)) return order(location, files);
  }
  return order(directory, below(tree, directory));
}

function below(tree: FileTree, location: string): readonly string[] {
  const files: string[] = [];
  const pending = [location];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { sql, directories } = tree.list(at);
    // Directories that hold nothing of Flyway's are databases of their own.
    if (isFlywayDirectory(sql)) for (const name of sql) files.push(join(at, name));
    for (const name of directories) pending.push(join(at, name));
  }
  return files.sort(compareText);
}

function repeatsVersions(files: readonly string[]): boolean {
  const seen = new Map<string, string>();
  for (const file of files) {
    const key = keyOf(flywayName(basename(file)));
    if (key === null) continue;
    const other = seen.get(key);
    if (other !== undefined && dirname(other) !== dirname(file)) return true;
    seen.set(key, file);
  }
  return false;
}

/** What Flyway wants to be unique in a location. */
function keyOf(name: Name | null): string | null {
  switch (name?.type) {
    case undefined:
    case "before":
    case "after":
      return null;
    case "repeatable":
      return `repeatable ${name.description}`;
    case "versioned":
    case "baseline":
    case "undo":
      return `${name.type} ${name.version.map((part) => part.replace(/^0+(?=\d)/, "")).join(".")}`;
  }
}

function order(location: string, files: readonly string[]): Drafts {
  const before: string[] = [];
  const after: string[] = [];
  const versions: { readonly file: string; readonly version: readonly string[] }[] = [];
  const baselines: typeof versions = [];
  const repeatables: { readonly file: string; readonly description: string }[] = [];
  const others: string[] = [];
  const skipped = new Map<string, string>();
  for (const file of files) {
    const name = flywayName(basename(file));
    switch (name?.type) {
      case undefined:
        others.push(file);
        break;
      case "versioned":
        versions.push({ file, version: name.version });
        break;
      case "baseline":
        baselines.push({ file, version: name.version });
        break;
      case "undo":
        skipped.set(file, "Flyway undo migration");
        break;
      case "repeatable":
        repeatables.push({ file, description: name.description });
        break;
      case "before":
        before.push(file);
        break;
      case "after":
        after.push(file);
        break;
    }
  }
  const byVersion = (a: { version: readonly string[]; file: string }, b: typeof a) =>
    compareVersions(a.version, b.version) ||
    compareNatural(basename(a.file), basename(b.file)) ||
    compareText(a.file, b.file);
  baselines.sort(byVersion);
  versions.sort(byVersion);
  repeatables.sort((a, b) => compareText(a.description, b.description) || compareText(a.file, b.file));
  const baseline = baselines.pop();
  for (const older of baselines) skipped.set(older.file, "Flyway baseline older than the newest");
  const run = versions.filter((one) => {
    const covered = baseline !== undefined && compareVersions(one.version, baseline.version) <= 0;
    if (covered) skipped.set(one.file, `covered by Flyway baseline ${basename(baseline.file)}`);
    return !covered;
  });
  const ordered = [
    ...before,
    ...(baseline === undefined ? [] : [baseline.file]),
    ...run.map((one) => one.file),
    ...repeatables.map((one) => one.file),
    ...after,
  ];
  return drafts([{ kind: "Flyway", root: location, files: ordered }, ...alone(others)], skipped);
}
