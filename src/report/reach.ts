import type { Finding, ReachStep } from "../rule/finding.ts";
import { safeText } from "../text/safe.ts";
import { lineNumberAt } from "../text/source.ts";

const MAX_WAYS = 4;

/** Who can reach a weakness and how, one line per way: roles that come the same way share a line. */
export function reachLines({ reach, reachMore }: Pick<Finding, "reach" | "reachMore">): string[] {
  const ways = new Map<string, string[]>();
  for (const { role, via } of reach) {
    const way = via.map(stepText).join(" → ");
    const roles = ways.get(way);
    if (roles === undefined) ways.set(way, [safeText(role)]);
    else roles.push(safeText(role));
  }
  const all = [...ways];
  const lines = all
    .slice(0, MAX_WAYS)
    .map(([way, roles]) => (way === "" ? roles.join(", ") : `${roles.join(", ")} → ${way}`));
  const rest = all.slice(MAX_WAYS).flatMap(([, roles]) => roles);
  if (reachMore > 0) rest.push(`${reachMore} more ${reachMore === 1 ? "role" : "roles"}`);
  if (rest.length > 0) lines.push(`and ${rest.join(", ")}`);
  return lines;
}

/** A step on one line, with the file and line of its statement. */
export function stepText({ place, text }: ReachStep): string {
  const safe = safeText(text);
  if (place === null) return safe;
  return `${safe} (${safeText(place.source.path)}:${lineNumberAt(place.source, place.span.start)})`;
}
