import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isInside, shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";

/** Names of the configuration file. Where a directory holds two of them, the run stops: which one counts would be a guess. */
const CONFIG_FILE_NAMES = ["pgvet.json", "pgvet.jsonc", "pgvet.yaml", "pgvet.yml"] as const;

/** Where a configuration stands. */
export interface ConfigLocation {
  /** Absolute path. */
  readonly file: string;
  /** It is the key `pgvet` of a package.json. */
  readonly inPackageJson: boolean;
}

/** The directories from `start` up to and including `top`; only `start` when it does not lie below `top`. */
export function ancestors(start: string, top: string): readonly string[] {
  const result = [start];
  if (!isInside(start, top)) return result;
  for (let at = start; at !== top; ) {
    const up = dirname(at);
    if (up === at) break;
    result.push(up);
    at = up;
  }
  return result;
}

/** The nearest directory at or above `directory` that has a `.git` (directory, or file of a work tree). */
function repositoryRoot(directory: string): string | null {
  for (let at = directory; ; ) {
    if (existsSync(join(at, ".git"))) return at;
    const up = dirname(at);
    if (up === at) return null;
    at = up;
  }
}

/**
 * The directory that bounds a run on something in `directory` (absolute): its repository; outside of a repository the
 * working directory when that lies above, else the directory itself. Configuration is not looked for above it, and
 * symbolic links do not lead out of it.
 */
export function projectRoot(directory: string, cwd: string): string {
  return repositoryRoot(directory) ?? (isInside(directory, cwd) ? cwd : directory);
}

/** The nearest configuration at or above `directory`, up to `root`. Reads nothing but a package.json on the way. */
export function locateConfig(directory: string, root: string, cwd: string): ConfigLocation | null {
  for (const at of ancestors(directory, root)) {
    const found: string[] = CONFIG_FILE_NAMES.filter((name) => existsSync(join(at, name)));
    if (packageJsonHasKey(join(at, "package.json"), cwd)) found.push("package.json");
    const [name, other] = found;
    if (name === undefined) continue;
    if (other !== undefined) {
      throw new UsageError(
        `${shownPath(at, cwd)}: both ${name} and ${other === "package.json" ? 'package.json (key "pgvet")' : other} configure pgvet`,
        "keep one of them",
      );
    }
    return { file: join(at, name), inPackageJson: name === "package.json" };
  }
  return null;
}

/** A larger package.json configures nothing. */
const LARGEST_PACKAGE = 16 << 20;

function packageJsonHasKey(file: string, cwd: string): boolean {
  let text: string;
  try {
    text = readFile(file, LARGEST_PACKAGE).toString("utf8");
  } catch {
    return false;
  }
  // Nearly every package.json ends here, without being parsed.
  if (!text.includes('"pgvet"')) return false;
  try {
    const data: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof data === "object" && data !== null && Object.hasOwn(data, "pgvet");
  } catch {
    throw new UsageError(`${shownPath(file, cwd)}: not valid JSON, so its key "pgvet" cannot be read`);
  }
}
