import type { Config } from "../config/types.ts";
import type { Severity } from "../rule/finding.ts";

/** The level configured for `id/variant` or `id`; "off" is null. What nobody but admins reaches stays `info`. */
export function severityFor(
  config: Config,
  id: string,
  variant: string | null,
  severity: Severity,
): Severity | null {
  const level = (variant === null ? undefined : config.rules.get(`${id}/${variant}`)) ?? config.rules.get(id);
  if (level === "off") return null;
  if (level === undefined || severity === "info") return severity;
  return level;
}
