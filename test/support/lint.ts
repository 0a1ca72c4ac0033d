/** Linting texts without files, for tests. */
import { RULES } from "../../rules/index.ts";
import { loadPreset } from "../../src/config/presets.ts";
import type { Config, PresetName } from "../../src/config/types.ts";
import { replayDatabase } from "../../src/engine/database.ts";
import { judge } from "../../src/engine/judge.ts";
import type { SetAside } from "../../src/engine/report.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import type { Finding, Unknown } from "../../src/rule/finding.ts";
import type { Rule } from "../../src/rule/rule.ts";

export interface TextOptions {
  readonly preset?: PresetName;
  readonly untrusted?: readonly string[];
  readonly admins?: readonly string[];
  readonly exposedSchemas?: readonly string[];
  readonly directSql?: boolean;
  readonly postgresVersion?: number;
  /** By `rule.option`. */
  readonly options?: ReadonlyMap<string, readonly string[]>;
}

export function configOf(options: TextOptions = {}): Config {
  const preset = loadPreset(options.preset ?? "none");
  const untrusted = [...preset.trust.untrusted, ...(options.untrusted ?? [])];
  return {
    file: null,
    preset,
    presetReason: "test",
    files: null,
    prelude: preset.prelude,
    trust: {
      untrusted,
      byConvention: preset.trust.byConvention,
      admins: [...preset.trust.admins, ...(options.admins ?? [])].filter((role) => !untrusted.includes(role)),
      exposedSchemas: [...preset.trust.exposedSchemas, ...(options.exposedSchemas ?? [])],
      exposureFrom: options.exposedSchemas === undefined ? "preset" : "configuration",
      directSql: options.directSql ?? preset.trust.directSql,
    },
    postgresVersion: options.postgresVersion ?? 17,
    rules: new Map(),
    options: options.options ?? new Map(),
    overrides: [],
    ignore: [],
    sessionRole: "postgres",
    privilegedFunctions: [],
    failOn: "medium",
    persona: "regular",
  };
}

export interface TextReport {
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  readonly unknown: readonly Unknown[];
  readonly refusals: readonly { readonly message: string }[];
}

/** Lints texts as the files of one database, in this order. */
export async function lintTexts(
  files: readonly { readonly path: string; readonly text: string }[],
  options: TextOptions = {},
  rules: readonly Rule[] = RULES,
): Promise<TextReport> {
  const parser = await loadParser();
  const config = configOf(options);
  const database = replayDatabase(
    {
      kind: "test",
      root: "/",
      files: files.map(({ path, text }) => ({
        file: `/${path}`,
        path,
        bytes: Buffer.from(text),
        upHalf: null,
      })),
    },
    config,
    parser,
  );
  const run = judge(database, config, { rules, parser, ignores: true, today: "2026-01-01" });
  return {
    findings: run.findings,
    setAside: run.setAside,
    unknown: [...database.catalog.state.unknowns, ...run.unknown],
    refusals: database.catalog.state.refusals,
  };
}

/** Lints one text as `test.sql`. */
export async function lintText(text: string, options: TextOptions = {}): Promise<TextReport> {
  return lintTexts([{ path: "test.sql", text }], options);
}

/** `rule/variant` of findings above info, in order. */
export function idsOf(report: { readonly findings: readonly Finding[] }): readonly string[] {
  return report.findings
    .filter((finding) => finding.severity !== "info")
    .map((finding) => (finding.variant === null ? finding.rule : `${finding.rule}/${finding.variant}`));
}

/** The source text under a finding's primary span. */
export function textUnder(finding: Finding): string {
  const { source, span } = finding.place;
  return source.bytes.toString("utf8", span.start, span.end);
}
