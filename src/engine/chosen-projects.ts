/** From named paths to the projects that a run is about, under the preset that was asked for. */

import { loadPreset } from "../config/presets.ts";
import type { Config, PresetName } from "../config/types.ts";
import { loadProjects } from "../project/load-projects.ts";
import type { Project } from "../project/types.ts";
import { ruleNames, ruleOptions } from "../rule/rule.ts";
import type { LintOptions } from "./lint.ts";
import type { ReportError } from "./report.ts";
import type { Chosen } from "./report-key.ts";
import { projectsUntil } from "./until.ts";

/** Which databases to load. */
export type LoadOptions = Pick<
  LintOptions,
  "paths" | "cwd" | "rules" | "stdin" | "configFile" | "preset" | "errorOnUnmatched" | "progress"
> & {
  /** Replay ends after this file, absolute; databases without it are left out. */
  readonly until?: string | null;
};

/** Reads what the paths name. Throws UsageError for the user's mistakes. */
export async function loadChosen(options: LoadOptions): Promise<Chosen> {
  const loaded = await loadProjects(options.paths, {
    cwd: options.cwd,
    knownRules: ruleNames(options.rules),
    knownOptions: ruleOptions(options.rules),
    stdin: options.stdin ?? null,
    configFile: options.configFile ?? null,
    passUnmatched: options.errorOnUnmatched === false,
  });
  const errors: ReportError[] = loaded.problems.map(({ path, message }) => ({ path, message }));
  const until = options.until ?? null;
  const projects = until === null ? loaded.projects : projectsUntil(loaded.projects, until, options.cwd);
  return { projects: projects.map((project) => withPreset(project, options.preset ?? null)), errors };
}

/** The project under another preset; what its configuration adds to the trust model stays added. */
export function withPreset(project: Project, name: PresetName | null): Project {
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
      byConvention: preset.trust.byConvention,
      admins: added(before.trust.admins, preset.trust.admins, before.preset.trust.admins).filter(
        (role) => !untrusted.includes(role),
      ),
      ...(before.trust.exposureFrom === "configuration"
        ? {
            exposedSchemas: added(
              before.trust.exposedSchemas,
              preset.trust.exposedSchemas,
              before.preset.trust.exposedSchemas,
            ),
            exposureFrom: "configuration",
          }
        : {
            exposedSchemas: preset.trust.exposedSchemas,
            exposureFrom: preset.trust.exposureFrom,
          }),
      directSql:
        before.trust.directSql === before.preset.trust.directSql
          ? preset.trust.directSql
          : before.trust.directSql,
    },
  };
  return { ...project, config };
}
