/** Which findings a run shows. */
import type { Config } from "../config/types.ts";
import { CONFIDENCES, type Finding, PERSONAS, SEVERITIES, type Severity } from "../rule/finding.ts";
import type { LintOptions } from "./lint.ts";

/** What keeps a finding from being shown. */
export type Hidden = "severity" | "confidence" | "persona";

/** null: it is shown. Of several reasons the first of persona, confidence, severity. */
export function hiddenBy(
  finding: Finding,
  options: Pick<LintOptions, "minSeverity" | "minConfidence" | "persona">,
  config: Config,
): Hidden | null {
  const persona = options.persona ?? config.persona;
  if (PERSONAS.indexOf(finding.persona) > PERSONAS.indexOf(persona)) return "persona";
  const sure = CONFIDENCES.indexOf(options.minConfidence ?? "low");
  if (CONFIDENCES.indexOf(finding.confidence) < sure) return "confidence";
  const least = options.minSeverity ?? (persona === "auditor" ? "info" : "low");
  return isAtLeast(finding.severity, least) ? null : "severity";
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
