import type { LintOptions } from "../../engine/lint.ts";
import type { Report, ReportError } from "../../engine/report.ts";
import { loadReporter } from "../../report/report.ts";
import { loadStyle, plain } from "../../report/style.ts";
import { checkedLine, findingsLine } from "../../report/summary.ts";
import type { Rule } from "../../rule/rule.ts";
import { safeText } from "../../text/safe.ts";
import type { CheckArguments, SqlArguments } from "../args.ts";
import { wantsColor } from "../color.ts";
import type { Io } from "../io.ts";

export interface CheckOptions extends LintOptions {
  /** Whether a path that matches no SQL file is an error. */
  readonly errorOnUnmatched: boolean;
}

/** Lints and prints. Returns the exit code: 2 when anything could not be read, 1 for findings that fail, else 0. */
export async function check(
  args: CheckArguments,
  io: Io,
  rules: readonly Rule[],
  lint: (options: CheckOptions) => Promise<Report>,
): Promise<number> {
  const report = await lint({
    ...(await sqlOptions(args, io)),
    rules,
    minSeverity: args.minSeverity,
    failOn: args.failOn,
  });
  const reporter = await loadReporter(args.format);
  const style = await loadStyle(args.format === "pretty" && wantsColor(args.color, io.env, io.stdout.isTTY));
  io.stdout.write(
    reporter(report, {
      style,
      columns: io.stdout.columns,
      showUnknown: args.showUnknown,
      summary: !args.quiet,
    }),
  );
  writeErrors(report.errors, io);
  // Lines for editors and grep stay alone on standard output.
  if (args.format === "concise" && !args.quiet) {
    io.stderr.write(`${findingsLine(report, plain)}\n${checkedLine(report)}\n`);
  }
  if (report.errors.length > 0) return 2;
  return report.summary.failing > 0 && !args.exitZero ? 1 : 0;
}

/** Says on standard error what kept a run from doing all it was asked for. */
export function writeErrors(errors: readonly ReportError[], io: Io): void {
  for (const { path, message } of errors) {
    io.stderr.write(`pgvet: ${path === null ? "" : `${safeText(path)}: `}${safeText(message)}\n`);
  }
}

/** The part of the options that says which SQL is meant. Reads standard input when it is named. */
export async function sqlOptions(
  args: SqlArguments,
  io: Io,
): Promise<Pick<CheckOptions, "cwd" | "paths" | "stdin" | "configFile" | "preset" | "errorOnUnmatched">> {
  return {
    cwd: io.cwd,
    paths: args.paths,
    stdin: args.paths.includes("-") ? { filename: args.stdinFilename, bytes: await io.readStdin() } : null,
    configFile: args.config,
    preset: args.preset,
    errorOnUnmatched: args.errorOnUnmatched,
  };
}
