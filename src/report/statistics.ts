import type { Finding, Severity } from "../rule/finding.ts";
import { findingName } from "./name.ts";
import type { Style } from "./style.ts";

/** `  12  high      rls-disabled`: how often each rule reported with each severity, the most frequent first. */
export function statisticsLines(findings: readonly Finding[], style: Style): readonly string[] {
  const rows = new Map<string, { readonly name: string; readonly severity: Severity; count: number }>();
  for (const finding of findings) {
    const name = findingName(finding);
    const key = `${name} ${finding.severity}`;
    const row = rows.get(key) ?? { name, severity: finding.severity, count: 0 };
    row.count++;
    rows.set(key, row);
  }
  const sorted = [...rows].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
  const width = String(sorted[0]?.[1].count ?? 0).length;
  return sorted.map(
    ([, { name, severity, count }]) =>
      `${String(count).padStart(width)}  ${style.severity[severity](severity.padEnd(8))}  ${name}`,
  );
}
