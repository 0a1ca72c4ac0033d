import { shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import type { Source } from "../text/source.ts";
import { UsageError } from "../text/usage-error.ts";
import { type DetectFrom, detectPreset } from "./detect.ts";
import { loadPreset } from "./presets.ts";
import type { ConfigFile } from "./read.ts";
import type { Config } from "./types.ts";

const DEFAULT_POSTGRES_VERSION = 17;

/** Merges a configuration file (null: there is none) with the preset it names, or that fits the database, and the defaults. */
export function resolveConfig(file: ConfigFile | null, from: DetectFrom): Config {
  const { name, reason } =
    file?.preset != null ? { name: file.preset, reason: `configured in ${file.shown}` } : detectPreset(from);
  const preset = loadPreset(name);
  const untrusted = union(preset.trust.untrusted, file?.untrusted ?? []);
  return {
    file: file?.file ?? null,
    preset,
    presetReason: reason,
    files: file?.files ?? null,
    prelude: [...preset.prelude, ...(file?.prelude ?? []).map((path) => readPrelude(path, from.cwd))],
    trust: {
      untrusted,
      admins: union(preset.trust.admins, file?.admins ?? []).filter((role) => !untrusted.includes(role)),
      exposedSchemas: file?.exposedSchemas ?? preset.trust.exposedSchemas,
      directSql: file?.directSql ?? preset.trust.directSql,
    },
    postgresVersion: file?.postgresVersion ?? DEFAULT_POSTGRES_VERSION,
    rules: file?.rules ?? new Map(),
    options: file?.options ?? new Map(),
    overrides: file?.overrides ?? [],
    ignore: file?.ignore ?? [],
    sessionRole: file?.sessionRole ?? "postgres",
    privilegedFunctions: file?.privilegedFunctions ?? [],
    failOn: file?.failOn ?? "medium",
    persona: file?.persona ?? "regular",
  };
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}

/** What a platform gives is a schema, not data. */
const LARGEST_PRELUDE = 64 << 20;

function readPrelude(path: string, cwd: string): Source {
  try {
    return { path: shownPath(path, cwd), bytes: readFile(path, LARGEST_PRELUDE) };
  } catch (error) {
    throw new UsageError(
      `${shownPath(path, cwd)}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
