import type { Project } from "../project/types.ts";
import { today } from "../text/date.ts";
import { baselineFile, readBaseline } from "./baseline.ts";
import type { Cache } from "./cache.ts";
import { digest } from "./digest.ts";
import type { LintOptions } from "./lint.ts";
import type { ReportError } from "./report.ts";

/** What a run is about: files with their bytes, configurations, and what could not be read. */
export interface Chosen {
  readonly projects: readonly Project[];
  readonly errors: readonly ReportError[];
}

/** A name for everything that a report is made of. Throws UsageError for a baseline that cannot be read. */
export function reportKey(cache: Cache, chosen: Chosen, options: LintOptions): string {
  const { rules, loadChecks, beforeReplay, progress, cache: _, stdin, ...said } = options;
  const files = new Set(
    chosen.projects.map(({ config, database }) => baselineFile(config, database.root, options.cwd)),
  );
  const baselines =
    options.baseline === false ? [] : [...files].map((file) => [file, readBaseline(file, options.cwd)]);
  const names = rules.map(({ id }) => id);
  return digest([cache.program, "report", chosen, said, names, stdin?.filename, baselines, today()]);
}
