import { dirname, join } from "node:path";
import { type Drafts, drafts } from "./draft.ts";
import { compareNames } from "./natural-order.ts";
import type { FileTree } from "./tree.ts";

interface Script {
  readonly name: string;
  /** Version it starts from; null: it installs. */
  readonly from: string | null;
  readonly to: string;
}

/**
 * An extension's scripts, `name--1.2.sql` and `name--1.2--1.3.sql`: one database for each extension, built as
 * CREATE EXTENSION builds its default version. Without an install script the updates are taken in their order.
 */
export function extension(tree: FileTree, directory: string): Drafts | null {
  const { sql } = tree.list(directory);
  const byName = new Map<string, Script[]>();
  const rest: string[] = [];
  for (const file of sql) {
    const [, name, first, second] = /^(.+?)--(.+?)(?:--(.+))?\.sql$/.exec(file) ?? [];
    if (name === undefined || first === undefined || !(/\d/.test(first) || first === "unpackaged")) {
      rest.push(file);
      continue;
    }
    const script =
      second === undefined ? { name: file, from: null, to: first } : { name: file, from: first, to: second };
    byName.set(name, [...(byName.get(name) ?? []), script]);
  }
  if (byName.size === 0) return null;
  const skipped = new Map<string, string>();
  const databases = [];
  for (const [name, scripts] of [...byName].sort(([a], [b]) => compareNames(a, b))) {
    // What a build makes the install script from.
    const base = rest.indexOf(`${name}.sql`);
    const sources = base === -1 ? [] : rest.splice(base, 1);
    const control = controlText(tree, directory, name);
    const wanted = /^\s*default_version\s*=\s*'([^']+)'/m.exec(control ?? "")?.[1] ?? null;
    const chosen = installOrder(scripts, wanted) ?? builtFromSource(tree, directory, name, scripts, sources);
    const files =
      chosen === null
        ? [
            ...sources,
            ...scripts
              .filter((script) => isUpgrade(script))
              .sort((a, b) => compareNames(a.from ?? "", b.from ?? "") || compareNames(a.to, b.to))
              .map((script) => script.name),
          ]
        : chosen.files;
    for (const script of scripts) {
      if (files.includes(script.name)) continue;
      skipped.set(
        join(directory, script.name),
        isUpgrade(script) && chosen !== null
          ? `not run when ${name} ${chosen.version} is installed`
          : "downgrade",
      );
    }
    for (const file of sources)
      if (!files.includes(file)) skipped.set(join(directory, file), `source of an install script of ${name}`);
    databases.push({
      kind: `extension ${name}`,
      root: directory,
      files: files.map((file) => join(directory, file)),
    });
  }
  if (rest.length > 0)
    databases.push({
      kind: "directory",
      root: directory,
      files: rest.sort(compareNames).map((file) => join(directory, file)),
    });
  return drafts(databases, skipped);
}

function isUpgrade({ from, to }: Script): boolean {
  return from === null || from === "unpackaged" || compareNames(from, to) < 0;
}

/**
 * The scripts that CREATE EXTENSION runs for the wanted version, or for the newest that can be built: its install
 * script, else the fewest updates after one. null: nothing installs.
 */
function installOrder(
  scripts: readonly Script[],
  wanted: string | null,
): { readonly version: string; readonly files: readonly string[] } | null {
  const reached = new Map<string, readonly string[]>();
  const queue: string[] = [];
  for (const { name, from, to } of scripts) {
    if (from !== null) continue;
    reached.set(to, [name]);
    queue.push(to);
  }
  // Newest first, so that of two shortest ways the one from the newer script is taken.
  queue.sort((a, b) => compareNames(b, a));
  const updates = new Map<string, Script[]>();
  for (const script of scripts) {
    if (script.from === null || !isUpgrade(script)) continue;
    const list = updates.get(script.from);
    if (list === undefined) updates.set(script.from, [script]);
    else list.push(script);
  }
  for (const version of queue) {
    for (const { name, to } of updates.get(version) ?? []) {
      if (reached.has(to)) continue;
      reached.set(to, [...(reached.get(version) ?? []), name]);
      queue.push(to);
    }
  }
  const newest = [...reached.keys()].sort(compareNames).at(-1);
  const version = wanted !== null && reached.has(wanted) ? wanted : newest;
  const files = version === undefined ? undefined : reached.get(version);
  return version === undefined || files === undefined ? null : { version, files };
}

/**
 * The source of an install script that the build makes is the newest version's, unless the Makefile makes the oldest
 * version from it: then all updates follow.
 */
function builtFromSource(
  tree: FileTree,
  directory: string,
  name: string,
  scripts: readonly Script[],
  sources: readonly string[],
): { readonly version: string; readonly files: readonly string[] } | null {
  if (sources.length === 0) return null;
  const oldest = scripts.map(({ from, to }) => from ?? to).sort(compareNames)[0];
  const makefile = textAbove(tree, directory, "Makefile") ?? "";
  return makefile.includes(`--${oldest}.sql`) ? null : { version: `from ${name}.sql`, files: sources };
}

function controlText(tree: FileTree, directory: string, name: string): string | null {
  return textAbove(tree, directory, `${name}.control`);
}

/** A file beside the scripts or, in a source tree, up to two directories above. */
function textAbove(tree: FileTree, directory: string, name: string): string | null {
  let at = directory;
  for (let up = 0; up < 3; up++) {
    const file = join(at, name);
    if (tree.exists(file) && tree.confined(file)) return tree.read(file)?.toString("utf8") ?? null;
    if (at === tree.root || dirname(at) === at) return null;
    at = dirname(at);
  }
  return null;
}
