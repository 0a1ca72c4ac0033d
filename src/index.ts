/** pgvet as a library. */
import { RULES } from "../rules/index.ts";
import { type LintOptions, lint as lintWith } from "./engine/lint.ts";
import type { Report } from "./engine/report.ts";

export type { Report, ReportError, Summary } from "./engine/report.ts";
export { jsonReport } from "./report/json.ts";
export { defineRule, type RuleContext, type RuleDefinition } from "./rule/define.ts";
export type { Confidence, Finding, Reach, Related, Severity, Unknown } from "./rule/finding.ts";
export type { Rule } from "./rule/rule.ts";
export { UsageError } from "./text/usage-error.ts";
export { VERSION } from "./text/version.ts";

/** Checks what the paths name, as `pgvet check` does. Throws UsageError for mistakes in paths and configuration. */
export function lint(options: Partial<LintOptions> & Pick<LintOptions, "paths">): Promise<Report> {
  return lintWith({ cwd: process.cwd(), rules: RULES, minSeverity: "low", failOn: null, ...options });
}
