import { shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import type { Source } from "../text/source.ts";
import { UsageError } from "../text/usage-error.ts";
import { type DetectFrom, detectPreset } from "./detect.ts";
import { type PlatformSettings, platformSettings } from "./platform-files.ts";
import { loadPreset } from "./presets.ts";
import type { ConfigFile } from "./read.ts";
import type { Config, Preset, TrustModel } from "./types.ts";

const DEFAULT_POSTGRES_VERSION = 17;

/**
 * Merges a configuration file (null: there is none) with the preset it names, or that fits the database, the platform's own
 * files, and the defaults.
 */
export async function resolveConfig(file: ConfigFile | null, from: DetectFrom): Promise<Config> {
  const { name, reason } =
    file?.preset != null ? { name: file.preset, reason: `configured in ${file.shown}` } : detectPreset(from);
  const preset = loadPreset(name);
  const platform = await platformSettings(name, from, from.cwd);
  const trust = trustModel(preset.trust, platform, file);
  return {
    file: file?.file ?? null,
    preset,
    presetReason: reason + exposureReason(preset, trust, platform?.file ?? ""),
    files: file?.files ?? null,
    prelude: [...preset.prelude, ...(file?.prelude ?? []).map((path) => readPrelude(path, from.cwd))],
    trust,
    postgresVersion: file?.postgresVersion ?? platform?.postgresVersion ?? DEFAULT_POSTGRES_VERSION,
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

function trustModel(
  preset: TrustModel,
  platform: PlatformSettings | null,
  file: ConfigFile | null,
): TrustModel {
  const anonymous = platform?.anonymousRole ?? null;
  const untrusted = union(
    union(preset.untrusted, anonymous === null ? [] : [anonymous]),
    file?.untrusted ?? [],
  );
  const admins = union(preset.admins, file?.admins ?? []).filter((role) => !untrusted.includes(role));
  const directSql = file?.directSql ?? preset.directSql;
  const trust = { ...preset, untrusted, admins, directSql };
  if (file?.exposedSchemas != null)
    return { ...trust, exposedSchemas: file.exposedSchemas, exposureFrom: "configuration" };
  if (platform?.exposedSchemas != null)
    return { ...trust, exposedSchemas: platform.exposedSchemas, exposureFrom: "platform" };
  return trust;
}

/** Half a sentence more where the platform's own file exposes other schemas than the preset does. */
function exposureReason(preset: Preset, { exposedSchemas, exposureFrom }: TrustModel, file: string): string {
  if (exposureFrom !== "platform") return "";
  const usual = preset.trust.exposedSchemas;
  const same = exposedSchemas.length === usual.length && exposedSchemas.every((name) => usual.includes(name));
  return same ? "" : `; ${file} exposes ${exposedSchemas.join(", ")}`;
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
