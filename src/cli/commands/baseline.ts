import { type BaselineEntry, type BaselineUse, baselineText } from "../../engine/baseline.ts";
import type { Report } from "../../engine/report.ts";
import type { Rule } from "../../rule/rule.ts";
import { safeText } from "../../text/safe.ts";
import { UsageError } from "../../text/usage-error.ts";
import type { BaselineArguments } from "../args.ts";
import type { Io } from "../io.ts";
import { type CheckOptions, sqlOptions, writeErrors } from "./check.ts";

/**
 * `pgvet baseline`: writes what is found now, takes out what is gone, or checks that nothing is. Returns the exit code:
 * 2 when anything could not be read, 1 when `--check` finds entries that are gone, else 0.
 */
export async function baseline(
  args: BaselineArguments,
  io: Io,
  rules: readonly Rule[],
  lint: (options: CheckOptions) => Promise<Report>,
): Promise<number> {
  const report = await lint({
    ...(await sqlOptions(args, io)),
    rules,
    minSeverity: args.minSeverity,
    minConfidence: args.minConfidence,
    persona: args.persona,
    failOn: "never",
  });
  writeErrors(report.errors, io);
  // Without a file that could not be read its findings would seem to be gone.
  if (report.errors.length > 0) return 2;
  let stale = false;
  for (const use of report.baselines) {
    switch (args.action) {
      case "write":
        put(use, [...use.found, ...use.elsewhere], io);
        break;
      case "prune": {
        if (!use.exists) continue;
        put(use, [...knownNow(use), ...use.elsewhere], io);
        break;
      }
      case "check":
        if (use.gone.length > 0) stale = true;
        tell(use, io);
        break;
    }
  }
  if (stale) io.stderr.write("pgvet: pgvet baseline --prune takes out what is gone\n");
  return stale ? 1 : 0;
}

/** What is found and was known, as it is called now. */
function knownNow({ entries, found }: BaselineUse): readonly BaselineEntry[] {
  const left = new Map<string, number>();
  for (const { fingerprint } of entries) left.set(fingerprint, (left.get(fingerprint) ?? 0) + 1);
  return found.filter(({ fingerprint }) => {
    const count = left.get(fingerprint) ?? 0;
    left.set(fingerprint, count - 1);
    return count > 0;
  });
}

function put(use: BaselineUse, entries: readonly BaselineEntry[], io: Io): void {
  try {
    io.writeFile(use.file, baselineText(entries));
  } catch (error) {
    throw new UsageError(
      `${use.shown}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const before = use.entries.length;
  io.stdout.write(
    `${safeText(use.shown)}: ${count(entries.length)}${use.exists ? `, ${before} before` : ""}\n`,
  );
}

function tell(use: BaselineUse, io: Io): void {
  const fresh = use.found.length - knownNow(use).length;
  io.stdout.write(
    `${safeText(use.shown)}: ${use.exists ? count(use.entries.length) : "is not there"}, ${use.gone.length} gone, ${fresh} found that it does not know\n`,
  );
  for (const { path, rule, object } of use.gone) {
    io.stdout.write(
      `  gone: ${safeText(path)}: ${safeText(rule)}${object === null ? "" : ` ${safeText(object)}`}\n`,
    );
  }
}

function count(findings: number): string {
  return `${findings} finding${findings === 1 ? "" : "s"}`;
}
