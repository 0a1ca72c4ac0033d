import type { Project } from "../project/types.ts";
import type { Cache } from "./cache.ts";
import { digest } from "./digest.ts";
import type { JudgeOptions } from "./judge.ts";
import type { Outcome } from "./outcome.ts";
import { outcomeFrom, outcomeText } from "./outcome-text.ts";

interface OutcomeOptions extends Omit<JudgeOptions, "parser"> {
  /** Called before the rules check anything. */
  readonly loadChecks: (() => Promise<void>) | undefined;
  /** Called with the size in bytes of what is replayed, when all code for it is loaded. */
  readonly beforeReplay: ((bytes: number) => void) | undefined;
  readonly shown: ReadonlySet<string> | null;
}

/**
 * The outcome for a project, or for the files in `options.shown` (absolute paths; null: all): from the cache when it holds that of the same program, files, configuration and day, else
 * computed and kept. The two are equal.
 */
export async function cachedOutcome(
  cache: Cache | null,
  project: Project,
  options: OutcomeOptions,
  progress?: (what: string) => void,
): Promise<Outcome> {
  if (cache === null) return compute(project, options, progress);
  const { rules, ignores, today, shown } = options;
  const { database, config } = project;
  // Where the files are does not matter, only what they are called; unless the configuration tells them apart by that.
  const placed = config.overrides.length > 0;
  const files = database.files.map(({ path, bytes, upHalf, file }) => ({
    path,
    bytes,
    upHalf,
    file: placed ? file : null,
  }));
  const whole = digest([
    cache.program,
    files,
    { ...config, file: null },
    rules.map(({ id }) => id),
    ignores,
    today,
  ]);
  const key = shown === null ? whole : digest([whole, [...shown].sort()]);
  // What is known of everything is known of a part.
  const known = cache.get(whole) ?? (key === whole ? null : cache.get(key));
  if (known !== null) return outcomeFrom(known, project);
  const outcome = await compute(project, options, progress, cache);
  // What went wrong may go right the next time.
  const broken = outcome.findings.some(({ rule }) => rule === "internal-error");
  const text = broken ? null : outcomeText(outcome, project);
  if (text !== null) cache.set(key, text);
  return outcome;
}

/** Everything that replays and judges is loaded only when it is needed. */
async function compute(
  project: Project,
  options: OutcomeOptions,
  progress?: (what: string) => void,
  cache: Cache | null = null,
): Promise<Outcome> {
  const [{ loadParser }, { watched }, { replayDatabase, sizeOf }, { keptReads }, { outcomeOf }] =
    await Promise.all([
      import("../parser/postgres.ts"),
      import("../parser/watched.ts"),
      import("./database.ts"),
      import("./kept-reads.ts"),
      import("./outcome.ts"),
      options.loadChecks?.(),
    ]);
  const { database, config } = project;
  const reads = cache === null ? null : keptReads(cache, project);
  const parser = await loadParser();
  const bytes = sizeOf(database);
  options.beforeReplay?.(bytes);
  return watched(parser, bytes, (parser) => {
    const replayed = replayDatabase(database, config, parser, progress, reads?.read);
    reads?.keep();
    return outcomeOf(replayed, config, { ...options, parser }, options.shown);
  });
}
