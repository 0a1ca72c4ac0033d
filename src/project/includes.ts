/** Files that psql scripts include: `\i file` and `\ir file`. */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { isInside } from "../text/paths.ts";
import type { Draft } from "./draft.ts";
import type { FileTree } from "./tree.ts";

/** A command that includes a file. */
interface IncludeCommand {
  /** Byte offset of the backslash. */
  readonly at: number;
  /** Absolute path. */
  readonly file: string;
}

const COMMAND = /^[ \t]*(\\(?:i|ir|include|include_relative)[ \t]+)('[^'\r\n]*'|[^\s\\;]+)/gm;

/** More in one file than anybody writes. */
const MOST_COMMANDS = 10_000;

/** Deeper than scripts go. */
const MOST_DEPTH = 50;

/** A script with the scripts that it includes; null: one that was included before. */
export interface Script {
  /** Absolute path. */
  readonly file: string;
  readonly includes: readonly { readonly at: number; readonly script: Script | null }[];
}

/**
 * The scripts of each draft. A file that another one includes is no script of its own, and of two places that include it
 * the first counts.
 */
export function scriptsOf(tree: FileTree, drafts: readonly Draft[]): ReadonlyMap<Draft, readonly Script[]> {
  const known = new Map<string, readonly IncludeCommand[]>();
  const commandsOf = (file: string) => {
    const commands = known.get(file) ?? includeCommands(tree, file);
    known.set(file, commands);
    return commands;
  };
  const included = new Set<string>();
  const pending = drafts.flatMap(({ files }) => files);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const { file: target } of commandsOf(file)) {
      if (target === file || included.has(target)) continue;
      included.add(target);
      pending.push(target);
    }
  }
  const reached = new Set<string>();
  const read = (file: string, depth: number): Script => {
    reached.add(file);
    const includes: { at: number; script: Script | null }[] = [];
    for (const { at, file: target } of depth < MOST_DEPTH ? commandsOf(file) : [])
      includes.push({ at, script: reached.has(target) ? null : read(target, depth + 1) });
    return { file, includes };
  };
  const scripts = new Map<Draft, Map<string, Script>>();
  for (const draft of drafts) {
    const own = new Map<string, Script>();
    for (const file of draft.files) if (!included.has(file)) own.set(file, read(file, 0));
    scripts.set(draft, own);
  }
  // Files that include each other in a circle.
  for (const [draft, own] of scripts)
    for (const file of draft.files) if (!reached.has(file)) own.set(file, read(file, 0));
  return new Map(
    [...scripts].map(([draft, own]) => [draft, draft.files.flatMap((file) => own.get(file) ?? [])]),
  );
}

/** The topmost directory above a file that holds a script which includes the file, itself or through others; null: none. */
export function includingDirectory(tree: FileTree, file: string): string | null {
  let found: string | null = null;
  for (let directory = dirname(file); directory !== tree.root && isInside(directory, tree.root); ) {
    directory = dirname(directory);
    if (tree.list(directory).sql.some((name) => includesFile(tree, join(directory, name), file)))
      found = directory;
  }
  return found;
}

function includesFile(tree: FileTree, script: string, file: string): boolean {
  const seen = new Set([script]);
  for (const next of seen) {
    for (const { file: target } of includeCommands(tree, next)) {
      if (target === file) return true;
      if (seen.size < MOST_COMMANDS) seen.add(target);
    }
  }
  return false;
}

/**
 * The files that a script includes, in order, as far as they are in the project: `\ir` names them relative to the script,
 * `\i` relative to where psql runs, which is taken to be the nearest directory at or above the script's that fits.
 */
function includeCommands(tree: FileTree, file: string): readonly IncludeCommand[] {
  const bytes = tree.exists(file) ? tree.read(file) : null;
  if (bytes === null || !bytes.includes("\\i")) return [];
  // One character is one byte: offsets are those of the file.
  const text = bytes.toString("latin1");
  const found: IncludeCommand[] = [];
  for (const match of text.matchAll(COMMAND)) {
    const [whole, command = "", argument = ""] = match;
    const name = Buffer.from(argument.replace(/^'(.*)'$/, "$1"), "latin1").toString("utf8");
    const target = resolveInclude(tree, file, /^\\i(?:nclude)?[ \t]/.test(command), name);
    if (target !== null)
      found.push({ at: match.index + whole.length - argument.length - command.length, file: target });
    if (found.length >= MOST_COMMANDS) break;
  }
  return found;
}

function resolveInclude(tree: FileTree, file: string, fromTop: boolean, name: string): string | null {
  // A variable, `:dir/x.sql`, is psql's to fill in.
  if (name === "" || isAbsolute(name) || name.startsWith("~") || name.includes(":")) return null;
  for (let base = dirname(file); ; base = dirname(base)) {
    const target = resolve(join(base, name));
    if (target !== file && tree.isFile(target) && tree.confined(target)) return target;
    if (!fromTop || base === tree.root || !isInside(base, tree.root)) return null;
  }
}
