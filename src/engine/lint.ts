/** A whole run: from named paths to a report. */

import { dirname, resolve } from "node:path";
import type { Config, ConfiguredIgnore, PresetName } from "../config/types.ts";
import type { Project } from "../project/types.ts";
import type { Confidence, Finding, Persona, Severity, Unknown } from "../rule/finding.ts";
import type { Rule } from "../rule/rule.ts";
import { today } from "../text/date.ts";
import { isInside, shownPath } from "../text/paths.ts";
import type { Place, Source } from "../text/source.ts";
import { VERSION } from "../text/version.ts";
import { type BaselineUse, baselineFile, baselineMatcher, type Matcher } from "./baseline.ts";
import type { Cache } from "./cache.ts";
import { cachedOutcome } from "./cached-outcome.ts";
import { loadChosen } from "./chosen-projects.ts";
import type { CheckedFile, Outcome } from "./outcome.ts";
import {
  compareFindings,
  compareUnknown,
  countBySeverity,
  type DatabaseSummary,
  type Report,
  type SetAside,
} from "./report.ts";
import { type Chosen, reportKey } from "./report-key.ts";
import { type Hidden, hiddenBy, isAtLeast } from "./shown.ts";

export interface LintOptions {
  /** Files, directories, globs, or `-`; none: the working directory. */
  readonly paths: readonly string[];
  /** Working directory, absolute. */
  readonly cwd: string;
  readonly rules: readonly Rule[];
  /** Called before the rules check anything; by default there is nothing to load. */
  readonly loadChecks?: () => Promise<void>;
  /** Called with the size in bytes of each database that is replayed, when all code for it is loaded. */
  readonly beforeReplay?: (bytes: number) => void;
  /** Standard input, when `-` is named. */
  readonly stdin?: { readonly bytes: Buffer; readonly filename: string | null } | null;
  /** Configuration file to use for everything. */
  readonly configFile?: string | null;
  /** Whether paths that match no SQL file are an error; by default they are. */
  readonly errorOnUnmatched?: boolean;
  /** Preset to use instead of the configured or detected one. */
  readonly preset?: PresetName | null;
  /** Findings below are hidden and counted; null: as the persona wants, which is `info` for auditors, else `low`. */
  readonly minSeverity: Severity | null;
  /** Findings that are less sure are hidden and counted; by default none are. */
  readonly minConfidence?: Confidence;
  /** Whose findings are shown; null: what each configuration says. */
  readonly persona?: Persona | null;
  /** Severity that fails the run; null: what each configuration says; "never": none does. */
  readonly failOn: Severity | "never" | null;
  /** Told now and then what is being done. */
  readonly progress?: (what: string) => void;
  /** Whether findings that a baseline knows are set aside; by default they are. */
  readonly baseline?: boolean;
  /** Whether comments and the configuration may set findings aside; by default they may. */
  readonly ignores?: boolean;
  /** Where what was found out is kept for later runs; by default nowhere. Only for the rules that come with pgvet. */
  readonly cache?: Cache | null;
}

/** Which findings of a database are asked for. The others are counted as unchanged. */
export interface Select {
  /** Whether it has to see the findings of all files, also of those that are not named. */
  readonly amongAll: boolean;
  /** Those that are asked for, of findings in their order. */
  of(files: readonly CheckedFile[], findings: readonly Finding[]): ReadonlySet<Finding>;
}

/** Whether the named paths are all that a directory holds. */
function isCovered(directory: string, { paths, cwd }: LintOptions): boolean {
  return paths.some((path) => path !== "-" && isInside(directory, resolve(cwd, path)));
}

/** Checks what the paths name. Same input, same report. */
export async function lint(options: LintOptions, select: Select | null = null): Promise<Report> {
  return reportOn(await loadChosen(options), options, select);
}

/** A run that knows what it is about, and has judged nothing yet. */
export interface LoadedRun {
  /** Names everything that the report is made of: equal keys, equal reports. null: nobody keeps anything. */
  readonly key: string | null;
  report(): Promise<Report>;
}

/** The same in two steps, for those who may have the report, or what they make of it, already. */
export async function loadRun(options: LintOptions): Promise<LoadedRun> {
  const chosen = await loadChosen(options);
  return {
    key: options.cache == null ? null : reportKey(options.cache, chosen, options),
    report: () => reportOn(chosen, options, null),
  };
}

async function reportOn(
  { projects, errors }: Chosen,
  options: LintOptions,
  select: Select | null,
): Promise<Report> {
  const found = collector(options);
  const unknown: Unknown[] = [];
  const summaries: DatabaseSummary[] = [];
  let files = 0;
  let statements = 0;
  let notParsed = 0;
  const enabled = new Set<string>();
  const ignoreEntries = new Map<ConfiguredIgnore, { readonly config: Config; used: boolean }>();
  const everything: Finding[] = [];
  const secrets: Place[] = [];
  const judging = {
    rules: options.rules,
    loadChecks: options.loadChecks,
    beforeReplay: options.beforeReplay,
    ignores: options.ignores !== false,
    today: today(),
  };
  const covers = ({ file }: Config): boolean => file !== null && isCovered(dirname(file), options);
  for (const project of projects) {
    const { config } = project;
    // An entry of the configuration that sets nothing aside is told by all findings.
    const isWhole = select?.amongAll === true || (config.ignore.length > 0 && covers(config));
    const asked = { ...judging, shown: isWhole ? null : project.shown };
    const outcome = await cachedOutcome(options.cache ?? null, project, asked, options.progress);
    const shown = new Set<Source>();
    for (const checked of outcome.files) {
      files++;
      statements += checked.statements;
      notParsed += checked.notParsed;
      if (project.shown === null || checked.file === null || project.shown.has(checked.file))
        shown.add(checked.source);
    }
    for (const { id } of options.rules) if (config.rules.get(id) !== "off") enabled.add(id);
    secrets.push(...outcome.secrets);
    for (const entry of config.ignore) {
      const known = ignoreEntries.get(entry) ?? { config, used: false };
      known.used ||= outcome.usedIgnores.has(entry);
      ignoreEntries.set(entry, known);
    }
    if (config.ignore.length > 0) everything.push(...outcome.findings);
    const selected = select?.of(outcome.files, outcome.findings) ?? null;
    found.add(project, outcome, shown, selected);
    for (const entry of outcome.unknown) if (shown.has(entry.place.source)) unknown.push(entry);
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
    if (used || options.ignores === false || !covers(config) || select !== null) continue;
    const { unusedEntry } = await import("./suppress.ts");
    for (const finding of unusedEntry(entry, everything, config, options.rules)) found.take(finding, config);
  }
  const { hidden } = found;
  const visible = [...found.findings].sort(compareFindings);
  const visibleAside = [...found.setAside].sort((a, b) => compareFindings(a.finding, b.finding));
  const inBaseline = visibleAside.filter(({ by }) => by === "baseline").length;
  const baselines = found.baselines((directory) => isCovered(directory, options));
  return {
    tool: { name: "pgvet", version: VERSION },
    findings: visible,
    setAside: visibleAside,
    baselines,
    secrets,
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
      hidden: hidden.severity,
      lessSure: hidden.confidence,
      otherPersona: hidden.persona,
      ignored: visibleAside.length - inBaseline,
      baseline: inBaseline,
      gone: baselines.reduce((sum, { gone }) => sum + gone.length, 0),
      unchanged: found.unchanged.length,
      failing: found.failing.length,
      unknown: unknown.length,
      databases: summaries,
    },
  };
}

/** Sorts the findings of databases into those that count and those that somebody or something set aside. */
function collector(options: LintOptions) {
  const findings: Finding[] = [];
  const failing: Finding[] = [];
  const unchanged: Finding[] = [];
  const setAside: SetAside[] = [];
  const matchers = new Map<string, Matcher>();
  const matcherOf = ({ config, database }: Project): Matcher => {
    const file = baselineFile(config, database.root, options.cwd);
    const known = matchers.get(file) ?? baselineMatcher(file, options.cwd);
    matchers.set(file, known);
    return known;
  };
  const hidden: Record<Hidden, number> = { severity: 0, confidence: 0, persona: 0 };
  const take = (finding: Finding, config: Config): void => {
    const by = hiddenBy(finding, options, config);
    if (by === null) findings.push(finding);
    else hidden[by]++;
    if (by === "persona") return;
    const failOn = options.failOn ?? config.failOn;
    if (failOn !== "never" && isAtLeast(finding.severity, failOn)) failing.push(finding);
  };
  return {
    findings,
    failing,
    unchanged,
    setAside,
    hidden,
    take,
    /** `asked`: the findings that are asked for; null: all. */
    add(
      project: Project,
      outcome: Outcome,
      shown: ReadonlySet<Source>,
      asked: ReadonlySet<Finding> | null,
    ): void {
      const matcher = options.baseline === false ? null : matcherOf(project);
      for (const { path } of shown) matcher?.look(path);
      const isVisible = (finding: Finding): boolean => hiddenBy(finding, options, project.config) === null;
      for (const finding of outcome.findings) {
        const isShown = shown.has(finding.place.source);
        const known = matcher?.knows(finding) === true;
        if (!isShown) continue;
        const visible = isVisible(finding);
        if (visible) matcher?.note(finding);
        if (known && matcher !== null) {
          if (visible)
            setAside.push({ finding, by: "baseline", reason: `in ${shownPath(matcher.file, options.cwd)}` });
        } else if (asked !== null && !asked.has(finding)) {
          if (visible) unchanged.push(finding);
        } else take(finding, project.config);
      }
      setAside.push(
        ...outcome.setAside.filter(({ finding }) => shown.has(finding.place.source) && isVisible(finding)),
      );
    },
    baselines: (covers: (directory: string) => boolean): readonly BaselineUse[] =>
      [...matchers.values()].map((matcher) => matcher.finish(covers(dirname(matcher.file)))),
  };
}
