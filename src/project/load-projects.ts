import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ConfigLocation, locateConfig, projectRoot } from "../config/locate.ts";
import { type ConfigFile, readConfigFile } from "../config/read.ts";
import { resolveConfig } from "../config/resolve.ts";
import type { KnownOptions } from "../config/rule-options.ts";
import type { Config } from "../config/types.ts";
import { shownPath } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";
import { type ConfiguredFiles, configuredKind } from "./configured-files.ts";
import { findDatabases } from "./find-databases.ts";
import { isGlob } from "./globs.ts";
import { DATABASE_OWNER, GRAPHILE_MIGRATE } from "./graphile.ts";
import { compareText } from "./natural-order.ts";
import type { FileProblem, FoundDatabase, Project, Skipped, StandardInput } from "./types.ts";

export interface LoadOptions {
  /** Working directory, absolute. */
  readonly cwd: string;
  /** Rule ids and `id/variant`s that a configuration may name; null: not checked. */
  readonly knownRules: readonly string[] | null;
  /** The options of these rules; by default none has any. */
  readonly knownOptions?: KnownOptions;
  /** Text of standard input when `-` is among the paths, and the path given by --stdin-filename. */
  readonly stdin?: { readonly bytes: Buffer; readonly filename: string | null } | null;
  /** A configuration file to use for everything instead of the nearest one. */
  readonly configFile?: string | null;
  /** Paths that hold no SQL file, or do not exist, are passed over; a run on nothing is an empty run. */
  readonly passUnmatched?: boolean;
}

export interface Loaded {
  readonly projects: readonly Project[];
  readonly skipped: readonly Skipped[];
  /** When there are any, the run ends with exit code 2 after reporting what it could. */
  readonly problems: readonly FileProblem[];
}

interface Group {
  readonly root: string;
  readonly location: ConfigLocation | null;
  readonly paths: string[];
}

/**
 * Everything that a run on these paths checks: databases with their configurations. No path means the working directory.
 * Throws UsageError for mistakes in paths and configurations, and when there is nothing to check.
 */
export async function loadProjects(paths: readonly string[], options: LoadOptions): Promise<Loaded> {
  const stdin = standardInput(paths, options);
  const groups = new Map<string, Group>();
  for (const path of paths.length === 0 ? ["."] : paths) {
    const directory = directoryOf(path, stdin, options.cwd);
    const root = projectRoot(directory, options.cwd);
    const location = chosenConfig(options) ?? locateConfig(directory, root, options.cwd);
    const key = `${root}\0${location?.file ?? ""}`;
    const group = groups.get(key) ?? { root, location, paths: [] };
    group.paths.push(path);
    groups.set(key, group);
  }

  const skipped: Skipped[] = [];
  const problems: FileProblem[] = [];
  const configs = new Map<string, ConfigFile>();
  const byDatabase = new Map<string, { found: FoundDatabase; config: ConfigFile | null; root: string }>();
  for (const { root, location, paths: named } of groups.values()) {
    const config = location === null ? null : await readOnce(configs, location, root, options);
    const found = await findDatabases(named, {
      cwd: options.cwd,
      root,
      configured: configuredFiles(config),
      stdin: named.includes("-") ? stdin : null,
      passUnmatched: options.passUnmatched === true,
    });
    skipped.push(...found.skipped);
    problems.push(...found.problems);
    const ofDatabase = new Map(
      config?.databases?.map((one) => [configuredKind(one.name), { ...config, ...one }]),
    );
    for (const one of found.databases) {
      const settings = ofDatabase.get(one.database.kind) ?? config;
      const key = `${one.database.root}\0${one.database.kind}`;
      const other = byDatabase.get(key);
      // Named twice, under two configurations: the nearer one counts for all of it.
      const nearer =
        other !== undefined && depth(other.config) > depth(settings)
          ? other
          : { found: one, config: settings, root };
      byDatabase.set(key, {
        ...nearer,
        found: { database: nearer.found.database, shown: bothShown(one, other?.found ?? one) },
      });
    }
  }
  if (
    options.passUnmatched !== true &&
    byDatabase.size === 0 &&
    skipped.length === 0 &&
    problems.length === 0
  )
    throw new UsageError("no SQL file to check");

  const sorted = [...byDatabase.values()].sort(
    (a, b) =>
      compareText(a.found.database.root, b.found.database.root) ||
      compareText(a.found.database.kind, b.found.database.kind),
  );
  const projects: Project[] = [];
  for (const { found, config, root } of sorted) {
    const { files, root: database, kind } = found.database;
    const resolved = await resolveConfig(config, { root, database, cwd: options.cwd, files });
    projects.push({ ...found, config: kind === GRAPHILE_MIGRATE ? trustingOwner(resolved) : resolved });
  }
  return { projects, skipped, problems };
}

/** The role that runs the migrations is as good as an administrator, unless the configuration says otherwise. */
function trustingOwner(config: Config): Config {
  const { trust } = config;
  if (trust.untrusted.includes(DATABASE_OWNER) || trust.admins.includes(DATABASE_OWNER)) return config;
  return { ...config, trust: { ...trust, admins: [...trust.admins, DATABASE_OWNER] } };
}

function standardInput(paths: readonly string[], options: LoadOptions): StandardInput | null {
  if (!paths.includes("-")) return null;
  if (options.stdin == null) throw new UsageError("-: standard input was not read");
  const { bytes, filename } = options.stdin;
  return { bytes, file: filename === null ? null : resolve(options.cwd, filename) };
}

/** The directory in which the search for a named path's configuration begins. */
function directoryOf(path: string, stdin: StandardInput | null, cwd: string): string {
  const absolute = path === "-" ? (stdin?.file ?? null) : resolve(cwd, path);
  if (absolute === null) return cwd;
  const found = statOf(absolute);
  if (found?.isDirectory() === true) return absolute;
  let directory = dirname(absolute);
  if (found === undefined && isGlob(path))
    while (isGlob(directory) && !existsSync(directory)) directory = dirname(directory);
  return directory;
}

function chosenConfig(options: LoadOptions): ConfigLocation | null {
  if (options.configFile == null) return null;
  const file = resolve(options.cwd, options.configFile);
  if (!existsSync(file)) throw new UsageError(`${shownPath(file, options.cwd)}: no such configuration file`);
  return { file, inPackageJson: file.endsWith("package.json") };
}

async function readOnce(
  configs: Map<string, ConfigFile>,
  location: ConfigLocation,
  root: string,
  options: LoadOptions,
): Promise<ConfigFile> {
  const known = configs.get(location.file);
  if (known !== undefined) return known;
  // A file chosen by the user may lie outside of the project it is used for; its own paths stay in its own project.
  const bounds = options.configFile == null ? root : projectRoot(dirname(location.file), options.cwd);
  const config = await readConfigFile(location, {
    cwd: options.cwd,
    root: bounds,
    knownRules: options.knownRules,
    knownOptions: options.knownOptions ?? new Map(),
  });
  configs.set(location.file, config);
  return config;
}

function configuredFiles(config: ConfigFile | null): readonly ConfiguredFiles[] {
  if (config === null) return [];
  const entries = config.databases ?? [{ name: null, files: config.files }];
  return entries.flatMap(({ name, files }) =>
    files === null ? [] : [{ name, globs: files, directory: dirname(config.file), shown: config.shown }],
  );
}

function depth(config: ConfigFile | null): number {
  return config?.file.length ?? 0;
}

function bothShown(a: FoundDatabase, b: FoundDatabase): ReadonlySet<string> | null {
  return a.shown === null || b.shown === null ? null : new Set([...a.shown, ...b.shown]);
}
