/** A whole run: from named paths to a report. */

import { dirname, resolve } from "node:path";
import { loadPreset } from "../config/presets.ts";
import type { Config, ConfiguredIgnore, PresetName } from "../config/types.ts";
import { loadParser, type PostgresParser } from "../parser/postgres.ts";
import { loadProjects } from "../project/load-projects.ts";
import type { Project } from "../project/types.ts";
import { type Finding, SEVERITIES, type Severity, type Unknown } from "../rule/finding.ts";
import { type Rule, ruleNames } from "../rule/rule.ts";
import { today } from "../text/date.ts";
import { isInside, shownPath } from "../text/paths.ts";
import type { Source } from "../text/source.ts";
import { VERSION } from "../text/version.ts";
import { type ReplayedDatabase, replayDatabase } from "./database.ts";
import { judge } from "./judge.ts";
import {
  compareFindings,
  compareUnknown,
  countBySeverity,
  type DatabaseSummary,
  type Report,
  type ReportError,
  type SetAside,
} from "./report.ts";
import { unusedEntry } from "./suppress.ts";
import { projectsUntil } from "./until.ts";

export interface LintOptions {
  /** Files, directories, globs, or `-`; none: the working directory. */
  readonly paths: readonly string[];
  /** Working directory, absolute. */
  readonly cwd: string;
  readonly rules: readonly Rule[];
  /** Standard input, when `-` is named. */
  readonly stdin?: { readonly bytes: Buffer; readonly filename: string | null } | null;
  /** Configuration file to use for everything. */
  readonly configFile?: string | null;
  /** Whether paths that match no SQL file are an error; by default they are. */
  readonly errorOnUnmatched?: boolean;
  /** Preset to use instead of the configured or detected one. */
  readonly preset?: PresetName | null;
  /** Findings below are hidden and counted. */
  readonly minSeverity: Severity;
  /** Severity that fails the run; null: what each configuration says; "never": none does. */
  readonly failOn: Severity | "never" | null;
  /** Whether comments and the configuration may set findings aside; by default they may. */
  readonly ignores?: boolean;
}

/** Which databases to load. */
export type LoadOptions = Pick<
  LintOptions,
  "paths" | "cwd" | "rules" | "stdin" | "configFile" | "preset" | "errorOnUnmatched"
> & {
  /** Replay ends after this file, absolute; databases without it are left out. */
  readonly until?: string | null;
};

/** A replayed database with the project it is built from. */
export type LoadedDatabase = ReplayedDatabase & { readonly project: Project };

/** Loads what the paths name, and replays each database. Throws UsageError for the user's mistakes. */
export async function loadDatabases(options: LoadOptions): Promise<{
  readonly databases: readonly LoadedDatabase[];
  readonly parser: PostgresParser | null;
  readonly errors: readonly ReportError[];
}> {
  const loaded = await loadProjects(options.paths, {
    cwd: options.cwd,
    knownRules: ruleNames(options.rules),
    stdin: options.stdin ?? null,
    configFile: options.configFile ?? null,
    passUnmatched: options.errorOnUnmatched === false,
  });
  const errors: ReportError[] = loaded.problems.map(({ path, message }) => ({ path, message }));
  const until = options.until ?? null;
  const projects = until === null ? loaded.projects : projectsUntil(loaded.projects, until, options.cwd);
  if (projects.length === 0) return { databases: [], parser: null, errors };
  const parser = await loadParser();
  const databases = projects.map((found) => {
    const project = withPreset(found, options.preset ?? null);
    return { ...replayDatabase(project.database, project.config, parser), project };
  });
  return { databases, parser, errors };
}

/** The project under another preset; what its configuration adds to the trust model stays added. */
function withPreset(project: Project, name: PresetName | null): Project {
  if (name === null || name === project.config.preset.name) return project;
  const before = project.config;
  const preset = loadPreset(name);
  const added = (
    own: readonly string[],
    base: readonly string[],
    other: readonly string[],
  ): readonly string[] => [...new Set([...base, ...own.filter((role) => !other.includes(role))])];
  const untrusted = added(before.trust.untrusted, preset.trust.untrusted, before.preset.trust.untrusted);
  const config: Config = {
    ...before,
    preset,
    presetReason: "asked for on the command line",
    prelude: [
      ...preset.prelude,
      ...before.prelude.filter((source) => !before.preset.prelude.includes(source)),
    ],
    trust: {
      untrusted,
      admins: added(before.trust.admins, preset.trust.admins, before.preset.trust.admins).filter(
        (role) => !untrusted.includes(role),
      ),
      exposedSchemas: added(
        before.trust.exposedSchemas,
        preset.trust.exposedSchemas,
        before.preset.trust.exposedSchemas,
      ),
      directSql:
        before.trust.directSql === before.preset.trust.directSql
          ? preset.trust.directSql
          : before.trust.directSql,
    },
  };
  return { ...project, config };
}

function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** Whether the named paths are all that a configuration is about. */
function isCovered({ file }: Config, { paths, cwd }: LintOptions): boolean {
  if (file === null) return false;
  return paths.some((path) => path !== "-" && isInside(dirname(file), resolve(cwd, path)));
}

/** Checks what the paths name. Same input, same report. */
export async function lint(options: LintOptions): Promise<Report> {
  const { databases, parser, errors } = await loadDatabases(options);
  const findings: Finding[] = [];
  const setAside: SetAside[] = [];
  const unknown: Unknown[] = [];
  const summaries: DatabaseSummary[] = [];
  let files = 0;
  let statements = 0;
  let notParsed = 0;
  let failing = 0;
  const enabled = new Set<string>();
  const ignoreEntries = new Map<ConfiguredIgnore, { readonly config: Config; used: boolean }>();
  const everything: Finding[] = [];
  const day = today();
  const take = (more: readonly Finding[], failOn: Severity | "never"): void => {
    for (const finding of more) {
      findings.push(finding);
      if (failOn !== "never" && isAtLeast(finding.severity, failOn)) failing++;
    }
  };
  for (const database of databases) {
    const { project, sources } = database;
    const { config } = project;
    if (parser === null) continue;
    const shown = new Set<Source>();
    for (const read of sources) {
      if (read.prelude) continue;
      files++;
      statements += read.statements.length;
      const lost = read.problems.filter((problem) => problem.statement !== undefined).length;
      statements += lost;
      notParsed += lost;
      if (project.shown === null || read.file === null || project.shown.has(read.file))
        shown.add(read.source);
    }
    for (const { id } of options.rules) if (config.rules.get(id) !== "off") enabled.add(id);
    const judged = judge(database, config, {
      rules: options.rules,
      parser,
      ignores: options.ignores !== false,
      today: day,
    });
    for (const entry of config.ignore) {
      const known = ignoreEntries.get(entry) ?? { config, used: false };
      known.used ||= judged.usedIgnores.has(entry);
      ignoreEntries.set(entry, known);
    }
    if (config.ignore.length > 0) everything.push(...judged.findings);
    const isShown = ({ place }: Finding): boolean => shown.has(place.source);
    const failOn = options.failOn ?? config.failOn;
    take(judged.findings.filter(isShown), failOn);
    setAside.push(...judged.setAside.filter(({ finding }) => isShown(finding)));
    const unseen = [
      ...sources.flatMap((read) => read.unknown),
      ...database.catalog.state.unknowns,
      ...database.catalog.state.refusals,
      ...judged.unknown,
    ];
    // A statement that is replayed many times (in a loop of a DO block) is unknown once.
    const said = new Set<string>();
    for (const entry of unseen) {
      const key = `${entry.place.source.path}\0${entry.place.span.start}\0${entry.message}`;
      if (said.has(key) || !shown.has(entry.place.source)) continue;
      said.add(key);
      unknown.push(entry);
    }
    summaries.push({
      kind: project.database.kind,
      root: shownPath(project.database.root, options.cwd),
      files: project.database.files.length,
      preset: config.preset.name,
      presetReason: config.presetReason,
    });
  }
  for (const [entry, { config, used }] of ignoreEntries) {
    // Where only a part was looked at, the entry may be about the rest.
    if (used || options.ignores === false || !isCovered(config, options)) continue;
    take(unusedEntry(entry, everything, config, options.rules), options.failOn ?? config.failOn);
  }
  const isVisible = ({ severity }: Finding): boolean => isAtLeast(severity, options.minSeverity);
  const visible = findings.filter(isVisible).sort(compareFindings);
  const visibleAside = setAside
    .filter(({ finding }) => isVisible(finding))
    .sort((a, b) => compareFindings(a.finding, b.finding));
  return {
    tool: { name: "pgvet", version: VERSION },
    findings: visible,
    setAside: visibleAside,
    rules: options.rules
      .map(({ id }) => id)
      .filter((id) => enabled.has(id))
      .sort(),
    unknown: unknown.sort(compareUnknown),
    errors,
    summary: {
      files,
      statements,
      notParsed,
      findings: countBySeverity(visible),
      hidden: findings.length - visible.length,
      ignored: visibleAside.filter(({ by }) => by !== "baseline").length,
      baseline: 0,
      unchanged: 0,
      failing,
      unknown: unknown.length,
      databases: summaries,
    },
  };
}
