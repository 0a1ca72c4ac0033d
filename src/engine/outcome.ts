/** What there is to say about one database, whatever part of it is asked for. */
import type { Config, ConfiguredIgnore } from "../config/types.ts";
import type { Finding, Unknown } from "../rule/finding.ts";
import type { Place, Source } from "../text/source.ts";
import type { ReadSource, ReplayedDatabase } from "./database.ts";
import { type JudgeOptions, judge } from "./judge.ts";
import type { SetAside } from "./report.ts";

export interface Outcome {
  /** In the order of the database's files; preludes are not among them. */
  readonly files: readonly CheckedFile[];
  /** In order: all that were asked for. */
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  /** Entries of the configuration's `ignore` that a finding matched. */
  readonly usedIgnores: ReadonlySet<ConfiguredIgnore>;
  /** What is not to be shown. */
  readonly secrets: readonly Place[];
  /** Each said once. */
  readonly unknown: readonly Unknown[];
}

export interface CheckedFile {
  readonly source: Source;
  /** Absolute path; null for standard input. */
  readonly file: string | null;
  /** Top-level statements, parsed or not. */
  readonly statements: number;
  readonly notParsed: number;
}

/** `shown`: the files (absolute paths) whose findings are asked for; of the others only some are in it. null: all. */
export function outcomeOf(
  database: ReplayedDatabase,
  config: Config,
  options: JudgeOptions,
  shown: ReadonlySet<string> | null = null,
): Outcome {
  const { sources, catalog } = database;
  const isShown = ({ file, prelude }: ReadSource): boolean =>
    !prelude && (file === null || shown?.has(file) === true);
  const focus = shown === null ? null : new Set(sources.filter(isShown).map(({ source }) => source));
  const judged = judge(database, config, options, focus);
  const unseen = [
    ...sources.flatMap((read) => read.unknown),
    ...catalog.state.unknowns,
    ...catalog.state.refusals,
    ...judged.unknown,
  ];
  // A statement that is replayed many times (in a loop of a DO block) is unknown once.
  const unknown = new Map<string, Unknown>();
  for (const { place, message } of unseen) {
    const key = `${place.source.path}\0${place.span.start}\0${message}`;
    if (!unknown.has(key)) unknown.set(key, { place, message });
  }
  return {
    files: sources.filter((read) => !read.prelude).map(checked),
    findings: judged.findings,
    setAside: judged.setAside,
    usedIgnores: judged.usedIgnores,
    secrets: judged.secrets,
    unknown: [...unknown.values()],
  };
}

function checked({ source, file, statements, problems }: ReadSource): CheckedFile {
  const notParsed = problems.filter((problem) => problem.statement !== undefined).length;
  return { source, file, statements: statements.length + notParsed, notParsed };
}
