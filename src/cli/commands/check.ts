import { relative, resolve, sep } from "node:path";
import { projectRoot } from "../../config/locate.ts";
import type { Cache } from "../../engine/cache.ts";
import { digest } from "../../engine/digest.ts";
import type { LintOptions, LoadedRun } from "../../engine/lint.ts";
import type { Report, ReportError } from "../../engine/report.ts";
import { describesRules, type Format, isDocument, loadReporter, type RulePage } from "../../report/report.ts";
import { loadStyle, plain } from "../../report/style.ts";
import { baselineLines, checkedLine, findingsLine } from "../../report/summary.ts";
import type { Rule } from "../../rule/rule.ts";
import { safeText } from "../../text/safe.ts";
import { UsageError } from "../../text/usage-error.ts";
import type { CheckArguments, OutputArgument, SqlArguments } from "../args.ts";
import { wantsColor } from "../color.ts";
import type { Environment, Io } from "../io.ts";
import { progressOn } from "../progress.ts";

export interface CheckOptions extends LintOptions {
  /** Whether a path that matches no SQL file is an error. */
  readonly errorOnUnmatched: boolean;
}

/** Lints and prints. Returns the exit code: 2 when anything could not be read, 1 for findings that fail, else 0. */
export async function check(
  args: CheckArguments,
  io: Io,
  rules: readonly Rule[],
  load: (options: CheckOptions) => Promise<LoadedRun>,
  cache: Cache | null = null,
): Promise<number> {
  const progress = progressOn(io.stderr, io.env.TERM, () => performance.now());
  const outputs = args.formats.length > 0 ? args.formats : defaultFormats(io.env);
  const printed = await load({
    ...(await sqlOptions(args, io)),
    rules,
    minSeverity: args.minSeverity,
    minConfidence: args.minConfidence,
    persona: args.persona,
    failOn: args.failOn,
    ignores: args.ignores,
    baseline: args.baseline,
    progress: progress.tell,
  })
    .then((run) => printedOnce(run, cache, args, io, (report) => print(report, outputs, args, io, rules)))
    .finally(progress.done);
  outputs.forEach(({ file }, i) => {
    const text = printed.texts[i] ?? "";
    if (file === null) io.stdout.write(text);
    else writeOutput(file, text, io);
  });
  writeErrors(printed.errors, io);
  io.stderr.write(printed.told);
  if (printed.errors.length > 0) return 2;
  return printed.fails && !args.exitZero ? 1 : 0;
}

/** All that a run says. */
interface Printed {
  /** One per output. */
  readonly texts: readonly string[];
  readonly errors: readonly ReportError[];
  /** For standard error, where no output tells the summary. */
  readonly told: string;
  /** Whether there are findings that fail it. */
  readonly fails: boolean;
}

/** What the cache holds of a run with the same input, asked in the same way; else what `print` says, kept for later. */
async function printedOnce(
  run: LoadedRun,
  cache: Cache | null,
  args: CheckArguments,
  { env, stdout, cwd }: Io,
  print: (report: Report) => Promise<Printed>,
): Promise<Printed> {
  if (cache === null || run.key === null) return print(await run.report());
  const { NO_COLOR, FORCE_COLOR, TERM, CI, GITHUB_ACTIONS } = env;
  const terminal = { isTTY: stdout.isTTY, columns: stdout.columns };
  const asked = { args, terminal, env: { NO_COLOR, FORCE_COLOR, TERM, CI, GITHUB_ACTIONS } };
  const name = digest([run.key, asked, repositoryPrefix(cwd)]);
  const known = cache.get(name);
  if (known !== null) return JSON.parse(known);
  const report = await run.report();
  const printed = await print(report);
  // What went wrong may go right the next time.
  if (!report.findings.some(({ rule }) => rule === "internal-error"))
    cache.set(name, JSON.stringify(printed));
  return printed;
}

async function print(
  report: Report,
  outputs: readonly OutputArgument[],
  args: CheckArguments,
  io: Io,
  rules: readonly Rule[],
): Promise<Printed> {
  const prefix = repositoryPrefix(io.cwd);
  const texts: string[] = [];
  for (const { format, file } of outputs) {
    const reporter = await loadReporter(format);
    const shown = file === null && format === "pretty";
    texts.push(
      reporter(report, {
        style: await loadStyle(shown && wantsColor(args.color, io.env, io.stdout.isTTY), io.stdout.isTTY),
        columns: shown ? io.stdout.columns : null,
        showUnknown: args.showUnknown,
        showSuppressed: args.showSuppressed,
        statistics: args.statistics,
        urls: io.env.CI !== undefined && io.env.CI !== "" && io.env.CI !== "false",
        summary: !args.quiet,
        rules: describesRules(format) ? await rulePages(report, rules) : [],
        prefix,
      }),
    );
  }
  // Lines for editors and grep stay alone on standard output.
  const told = args.quiet || outputs.some(({ format, file }) => file === null && tellsSummary(format));
  return {
    texts,
    errors: report.errors,
    told: told
      ? ""
      : `${[findingsLine(report, plain), checkedLine(report), ...baselineLines(report)].join("\n")}\n`,
    fails: report.summary.failing > 0,
  };
}

/** In GitHub's Actions annotations come in addition to the text. */
function defaultFormats(env: Environment): readonly OutputArgument[] {
  const text: OutputArgument = { format: "pretty", file: null };
  return env.GITHUB_ACTIONS === "true" ? [text, { format: "github", file: null }] : [text];
}

/** Whether who reads this format sees the summary in it. */
function tellsSummary(format: Format): boolean {
  return format === "pretty" || format === "json" || format === "markdown" || isDocument(format);
}

async function rulePages(report: Report, rules: readonly Rule[]): Promise<readonly RulePage[]> {
  const ran = new Set(report.rules);
  const { loadPage } = await import("../data.ts");
  return Promise.all(
    rules.filter(({ id }) => ran.has(id)).map(async (rule) => ({ ...rule, page: await loadPage(rule.id) })),
  );
}

function writeOutput(file: string, text: string, io: Io): void {
  try {
    io.writeFile(resolve(io.cwd, file), text);
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The way from the repository's top to the working directory, `db/`; empty where they are the same. */
function repositoryPrefix(cwd: string): string {
  const way = relative(projectRoot(cwd, cwd), cwd).split(sep).join("/");
  return way === "" ? "" : `${way}/`;
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
