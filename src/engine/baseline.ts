/** Findings that were there before: a file of fingerprints that a team agrees to work off. */

import { lstatSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { projectRoot } from "../config/locate.ts";
import type { Config } from "../config/types.ts";
import type { Finding } from "../rule/finding.ts";
import { isReallyInside, shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";

/** Stands beside the configuration, else at the repository's top. */
const BASELINE_FILE = "pgvet-baseline.json";

/** Only the fingerprint is compared; the rest says to a reader what it is. */
export interface BaselineEntry {
  readonly fingerprint: string;
  /** `rule` or `rule/variant`. */
  readonly rule: string;
  readonly object: string | null;
  /** From the baseline's directory, with `/`. */
  readonly path: string;
}

/** One baseline file, and what became of its entries in a run. */
export interface BaselineUse {
  /** Absolute path. */
  readonly file: string;
  /** Path to show. */
  readonly shown: string;
  readonly exists: boolean;
  readonly entries: readonly BaselineEntry[];
  /** What the run found that belongs here, whether the file knows it or not. */
  readonly found: readonly BaselineEntry[];
  /** Entries that the run should have met and did not. */
  readonly gone: readonly BaselineEntry[];
  /** Entries about files that the run did not look at. */
  readonly elsewhere: readonly BaselineEntry[];
}

const MAX_BYTES = 64 << 20;

/** Where the baseline of a database stands, absolute. */
export function baselineFile(config: Config, databaseRoot: string, cwd: string): string {
  const directory = config.file === null ? projectRoot(directoryOf(databaseRoot), cwd) : dirname(config.file);
  return join(directory, BASELINE_FILE);
}

/** A database can be a single file. */
function directoryOf(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false ? dirname(path) : path;
}

/** Reads a baseline; null when there is none. Throws UsageError for one that cannot be read. */
export function readBaseline(file: string, cwd: string): readonly BaselineEntry[] | null {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const shown = shownPath(file, cwd);
  const refuse = (what: string): never => {
    throw new UsageError(`${shown}: ${what}`, "pgvet baseline --write makes a new one");
  };
  if (!isReallyInside(file, projectRoot(dirname(file), cwd)))
    refuse("is a symbolic link that leads out of the project");
  if (found.size > MAX_BYTES) refuse("is larger than 64 MB");
  let data: unknown;
  try {
    data = JSON.parse(readFile(file, MAX_BYTES).toString("utf8"));
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(data) || data["version"] !== 1 || !Array.isArray(data["findings"]))
    return refuse("is no baseline of version 1");
  const entries: BaselineEntry[] = [];
  for (const item of data["findings"]) {
    const entry = entryOf(item);
    if (entry === null) return refuse(`entry ${entries.length + 1} is no finding`);
    entries.push(entry);
  }
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entryOf(item: unknown): BaselineEntry | null {
  if (!isRecord(item)) return null;
  const { fingerprint, rule, object, path } = item;
  if (typeof fingerprint !== "string" || typeof rule !== "string" || typeof path !== "string") return null;
  if (object !== null && typeof object !== "string") return null;
  return { fingerprint, rule, object, path };
}

/** The text of a baseline: sorted, a line for each entry, so that a change of it can be read. */
export function baselineText(entries: readonly BaselineEntry[]): string {
  const lines = [...entries]
    .sort(
      (a, b) =>
        compareText(a.path, b.path) ||
        compareText(a.rule, b.rule) ||
        compareText(a.fingerprint, b.fingerprint),
    )
    .map(
      ({ fingerprint, rule, object, path }) => `    ${JSON.stringify({ path, rule, object, fingerprint })}`,
    );
  return `{\n  "version": 1,\n  "findings": [${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}]\n}\n`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Takes findings off against a baseline's entries: each entry stands for one finding. */
export interface Matcher {
  readonly file: string;
  readonly entries: readonly BaselineEntry[] | null;
  /** Whether the baseline knows the finding; each of its entries knows one. */
  knows(finding: Finding): boolean;
  /** The finding would be written into the baseline. */
  note(finding: Finding): void;
  /** What the run looked at: shown paths of its sources. */
  look(path: string): void;
  /** `covered`: the run was about everything that the file is about. */
  finish(covered: boolean): BaselineUse;
}

export function baselineMatcher(file: string, cwd: string): Matcher {
  const entries = readBaseline(file, cwd);
  const directory = dirname(file);
  const pathOf = (shown: string): string => relative(directory, resolve(cwd, shown)).split(sep).join("/");
  const left = new Map<string, BaselineEntry[]>();
  for (const entry of entries ?? []) {
    const list = left.get(entry.fingerprint);
    if (list === undefined) left.set(entry.fingerprint, [entry]);
    else list.push(entry);
  }
  const found: BaselineEntry[] = [];
  const looked = new Set<string>();
  return {
    file,
    entries,
    knows: ({ fingerprint }) => left.get(fingerprint)?.pop() !== undefined,
    note({ fingerprint, rule, variant, object, place }) {
      const name = variant === null ? rule : `${rule}/${variant}`;
      found.push({ fingerprint, rule: name, object, path: pathOf(place.source.path) });
    },
    look(path) {
      looked.add(pathOf(path));
    },
    finish(covered) {
      const rest = [...left.values()].flat();
      return {
        file,
        shown: shownPath(file, cwd),
        exists: entries !== null,
        entries: entries ?? [],
        found,
        gone: rest.filter(({ path }) => covered || looked.has(path)),
        elsewhere: rest.filter(({ path }) => !covered && !looked.has(path)),
      };
    },
  };
}
