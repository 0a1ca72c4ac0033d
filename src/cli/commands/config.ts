import { withPreset } from "../../engine/chosen-projects.ts";
import type { Loaded, LoadOptions } from "../../project/load-projects.ts";
import type { Project } from "../../project/types.ts";
import { type Rule, ruleNames, ruleOptions } from "../../rule/rule.ts";
import { shownPath } from "../../text/paths.ts";
import { safeJson, safeText } from "../../text/safe.ts";
import type { SqlArguments } from "../args.ts";
import type { Io } from "../io.ts";
import { sqlOptions, writeErrors } from "./check.ts";

type Load = (paths: readonly string[], options: LoadOptions) => Promise<Loaded>;

/** `pgvet config`: what counts for each database, from the file, the preset and the defaults, as JSON. */
export async function printConfig(
  args: SqlArguments,
  io: Io,
  rules: readonly Rule[],
  load: Load,
): Promise<number> {
  const { projects, problems } = await loaded(args, io, rules, load);
  const shown = projects.map(({ database, config }) => ({
    root: shownPath(database.root, io.cwd),
    kind: database.kind,
    config: config.file === null ? null : shownPath(config.file, io.cwd),
    preset: config.preset.name,
    presetReason: config.presetReason,
    files: database.files.map(({ path }) => path),
    prelude: config.prelude.map(({ path }) => path),
    untrusted: config.trust.untrusted,
    admins: config.trust.admins,
    exposedSchemas: config.trust.exposedSchemas,
    directSql: config.trust.directSql,
    postgresVersion: config.postgresVersion,
    sessionRole: config.sessionRole,
    privilegedFunctions: config.privilegedFunctions,
    rules: Object.fromEntries(config.rules),
    options: Object.fromEntries(config.options),
    ignore: config.ignore.map(({ rule, object, reason, until }) => ({ rule, object, reason, until })),
    failOn: config.failOn,
    persona: config.persona,
  }));
  io.stdout.write(`${safeJson(JSON.stringify({ version: 1, databases: shown }, null, 2))}\n`);
  writeErrors(problems, io);
  return problems.length > 0 ? 2 : 0;
}

/** `--list-files`: the files of each database in their order, and what is left out, with the reason. */
export async function listFiles(
  args: SqlArguments,
  io: Io,
  rules: readonly Rule[],
  load: Load,
): Promise<number> {
  const { projects, skipped, problems } = await loaded(args, io, rules, load);
  let text = "";
  for (const { database, shown } of projects) {
    text += `${safeText(shownPath(database.root, io.cwd))} (${safeText(database.kind)})\n`;
    for (const { file, path } of database.files) {
      const context = shown !== null && (file === null || !shown.has(file));
      text += `  ${safeText(path)}${context ? " (for context)" : ""}\n`;
    }
  }
  if (skipped.length > 0) text += "left out\n";
  for (const { path, reason } of skipped) text += `  ${safeText(path)}: ${safeText(reason)}\n`;
  io.stdout.write(text);
  writeErrors(problems, io);
  return problems.length > 0 ? 2 : 0;
}

/** The files that a run reads, absolute, configurations among them; none when it cannot be told. */
export async function filesOf(args: SqlArguments, io: Io): Promise<readonly string[]> {
  const { loadProjects } = await import("../../project/load-projects.ts");
  try {
    const { projects } = await loadProjects(args.paths, {
      cwd: io.cwd,
      knownRules: null,
      configFile: args.config,
      passUnmatched: true,
    });
    return projects.flatMap(({ database, config }) => [
      ...database.files.flatMap(({ file }) => file ?? []),
      ...(config.file === null ? [] : [config.file]),
    ]);
  } catch {
    // The run has said what is wrong.
    return [];
  }
}

async function loaded(args: SqlArguments, io: Io, rules: readonly Rule[], load: Load) {
  const { paths, preset, ...options } = await sqlOptions(args, io);
  const { projects, ...rest } = await load(paths, {
    cwd: options.cwd,
    knownRules: ruleNames(rules),
    knownOptions: ruleOptions(rules),
    stdin: options.stdin ?? null,
    configFile: options.configFile ?? null,
    passUnmatched: !options.errorOnUnmatched,
  });
  return { ...rest, projects: projects.map((project): Project => withPreset(project, preset ?? null)) };
}
