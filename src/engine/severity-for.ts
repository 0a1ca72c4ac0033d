import { levelsFor } from "../config/overrides.ts";
import type { Config } from "../config/types.ts";
import type { Severity } from "../rule/finding.ts";

/**
 * The level configured for `id/variant` or `id`, by an override for the file (absolute path, null: none) or for all;
 * "off" is null. What nobody but admins reaches stays `info`.
 */
export function severityFor(
  config: Config,
  id: string,
  variant: string | null,
  severity: Severity,
  file: string | null,
): Severity | null {
  const layers = [...(file === null ? [] : levelsFor(config.overrides, file)), config.rules];
  for (const layer of layers) {
    const level = (variant === null ? undefined : layer.get(`${id}/${variant}`)) ?? layer.get(id);
    if (level === "off") return null;
    if (level !== undefined) return severity === "info" ? severity : level;
  }
  return severity;
}
