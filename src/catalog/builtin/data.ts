/**
 * Reads the data files beside this module, each at first use. A file maps a name to short texts; a text that does not
 * hold in all supported versions ends in ` @FROM-TO`, either end open. scripts/generate-builtins.mjs writes them.
 */
import { readFileSync } from "node:fs";

/** Major versions in which an entry holds; null: from before the first, or still in the last supported one. */
export interface Versions {
  readonly since: number | null;
  readonly until: number | null;
}

export type DataFile =
  | "relations"
  | "types"
  | "functions"
  | "operators"
  | "casts"
  | "roles"
  | "settings"
  | "languages"
  | "schemas";

/** Texts by name. */
type Data = Pick<ReadonlyMap<string, readonly string[]>, "get" | "has" | "keys">;

const files = new Map<DataFile, Data>();

/** A file's content by name. Throws only if the package is damaged. */
export function builtinData(file: DataFile): Data {
  let data = files.get(file);
  if (data === undefined) {
    data = readData(file);
    files.set(file, data);
  }
  return data;
}

function readData(file: DataFile): Data {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`./${file}.json`, import.meta.url), "utf8"));
  if (!isTextLists(parsed)) throw new Error(`${file}.json is damaged`);
  // Not made a map of: that takes longer than the few look-ups of a run on one file.
  const has = (name: string) => Object.hasOwn(parsed, name);
  return {
    has,
    get: (name) => (has(name) ? parsed[name] : undefined),
    keys: () => Object.keys(parsed).values(),
  };
}

/** Whether an entry holds in a major version; any version when none is given. */
export function holdsIn(entry: Versions, version: number | undefined): boolean {
  if (version === undefined) return true;
  return (entry.since ?? 0) <= version && version <= (entry.until ?? Number.POSITIVE_INFINITY);
}

/** A text without its version range, and the range. */
export function splitVersions(text: string): { readonly text: string; readonly versions: Versions } {
  const match = / @(\d*)-(\d*)$/.exec(text);
  if (match === null) return { text, versions: { since: null, until: null } };
  const [whole, since, until] = match;
  return {
    text: text.slice(0, text.length - whole.length),
    versions: { since: since ? Number(since) : null, until: until ? Number(until) : null },
  };
}

/** The entries of a name, parsed by `parse`, that hold in `version` (in any, when undefined). */
export function entriesOf<T>(
  file: DataFile,
  name: string,
  version: number | undefined,
  parse: (text: string, versions: Versions) => T | null,
): readonly T[] {
  const texts = builtinData(file).get(name);
  if (texts === undefined) return [];
  const result: T[] = [];
  for (const each of texts) {
    const { text, versions } = splitVersions(each);
    if (!holdsIn(versions, version)) continue;
    const entry = parse(text, versions);
    if (entry !== null) result.push(entry);
  }
  return result;
}

// The file is the package's own: a look at the outside is enough, entries are read when asked for.
function isTextLists(value: unknown): value is Record<string, readonly string[]> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
