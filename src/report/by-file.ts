import type { Finding } from "../rule/finding.ts";

/** Findings file by file, in the order they come. */
export function byFile(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { path } = finding.place.source;
    const list = files.get(path);
    if (list === undefined) files.set(path, [finding]);
    else list.push(finding);
  }
  return files;
}
