/** Sets aside what comments and the configuration say to ignore, and reports what is wrong with them. */

import type { Config, ConfiguredIgnore } from "../config/types.ts";
import type { Finding } from "../rule/finding.ts";
import { type Rule, ruleNames } from "../rule/rule.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import type { Place, Source } from "../text/source.ts";
import { type ReadSource, statementsOf } from "./database.ts";
import { type IgnoredRule, ignoreComments } from "./ignore-comments.ts";
import { objectName } from "./object-name.ts";
import type { SetAside } from "./report.ts";
import { severityFor } from "./severity-for.ts";

const ID = "suppression";

export interface SuppressOptions {
  readonly rules: readonly Rule[];
  /** The day it is, `2027-01-31`. */
  readonly today: string;
}

export interface Suppressed {
  /** What is left, and what is wrong with comments. No particular order. */
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  /** Entries of the configuration that set something aside, or would if they had not expired. */
  readonly used: ReadonlySet<ConfiguredIgnore>;
}

/** `findings` are all of a database. */
export function suppress(
  findings: readonly Finding[],
  sources: readonly ReadSource[],
  config: Config,
  options: SuppressOptions,
): Suppressed {
  const known = new Set(ruleNames(options.rules));
  const files = new Map(sources.map(({ source, file }) => [source, file]));
  const report = reporterOf(config, options.rules, files);
  const bySource = new Map<Source, readonly IgnoredRule[]>();
  for (const read of sources) {
    if (read.prelude) continue;
    const { rules, mistakes } = ignoreComments(read.source, statementsOf(read), read.range, known);
    if (rules.length > 0) bySource.set(read.source, rules);
    for (const { kind, place, message } of mistakes) report.mistake(kind, place, message);
  }
  const objects = new Map(config.ignore.map((entry) => [entry, objectName(entry.object)]));

  const left: Finding[] = [];
  const setAside: SetAside[] = [];
  const usedComments = new Set<IgnoredRule>();
  const used = new Set<ConfiguredIgnore>();
  for (const finding of findings) {
    const comments = (bySource.get(finding.place.source) ?? []).filter((one) => speaksOf(one, finding));
    const object = finding.object === null ? null : objectName(finding.object);
    const entries =
      object === null
        ? []
        : config.ignore.filter((entry) => isNamed(entry.rule, finding) && objects.get(entry) === object);
    for (const one of comments) usedComments.add(one);
    for (const one of entries) used.add(one);
    const all = [
      ...comments.map((one) => ({ ...one, by: "comment" as const })),
      ...entries.map((one) => ({ ...one, by: "configuration" as const })),
    ];
    const valid = all.find(({ until }) => until === null || until >= options.today);
    if (valid !== undefined) setAside.push({ finding, by: valid.by, reason: valid.reason });
    else left.push(all.length === 0 ? finding : withExpired(finding, all));
  }
  for (const [source, rules] of bySource) {
    if (rules.every((one) => usedComments.has(one))) continue;
    const own = findings.filter(({ place }) => place.source === source);
    for (const one of rules) {
      if (!usedComments.has(one))
        report.unused(one.place, `pgvet-ignore ${one.name} sets nothing aside`, there(one, own));
    }
  }
  return { findings: [...left, ...report.findings], setAside, used };
}

/** What is wrong with an entry of the configuration that set nothing aside in any database. */
export function unusedEntry(
  entry: ConfiguredIgnore,
  findings: readonly Finding[],
  config: Config,
  rules: readonly Rule[],
): readonly Finding[] {
  const report = reporterOf(config, rules, new Map());
  const objects = new Set(findings.flatMap((one) => (isNamed(entry.rule, one) ? (one.object ?? []) : [])));
  const meant = didYouMean(objectName(entry.object), objects);
  report.unused(
    entry.place,
    `ignoring ${entry.rule} for ${entry.object} sets nothing aside`,
    meant === null ? "" : `; did you mean ${meant}?`,
  );
  return report.findings;
}

function isNamed(name: string, { rule, variant }: Finding): boolean {
  return name === rule || (variant !== null && name === `${rule}/${variant}`);
}

function speaksOf({ name, scope }: IgnoredRule, finding: Finding): boolean {
  if (!isNamed(name, finding)) return false;
  const { start } = finding.place.span;
  return scope === null || (scope.start <= start && start < Math.max(scope.end, scope.start + 1));
}

function withExpired(
  finding: Finding,
  expired: readonly { readonly place: Place; readonly reason: string; readonly until: string | null }[],
): Finding {
  const notes = expired.map(({ place, reason, until }) => ({
    place,
    message: `ignored until ${until}: ${reason}`,
  }));
  return { ...finding, related: [...finding.related, ...notes] };
}

/** For the message about a comment: what is reported at its place under another name. */
function there({ scope }: IgnoredRule, findings: readonly Finding[]): string {
  const names = new Set<string>();
  for (const { place, rule, variant } of findings) {
    const inside = scope === null || (scope.start <= place.span.start && place.span.start < scope.end);
    if (inside) names.add(variant === null ? rule : `${rule}/${variant}`);
  }
  const list = [...names].sort();
  if (list.length === 0) return "";
  return `; reported there: ${list.slice(0, 4).join(", ")}${list.length > 4 ? ", …" : ""}`;
}

function reporterOf(config: Config, rules: readonly Rule[], files: ReadonlyMap<Source, string | null>) {
  const rule = rules.find(({ id }) => id === ID);
  const findings: Finding[] = [];
  const add = (variant: string, place: Place, message: string, label: string, help: string): void => {
    const file = files.get(place.source) ?? null;
    const severity = severityFor(config, ID, variant, variant === "unused" ? "low" : "medium", file);
    if (rule === undefined || severity === null) return;
    const about = { place, message, label, help, why: rule.why };
    findings.push({
      rule: ID,
      variant,
      severity,
      confidence: "high",
      persona: "regular",
      ...about,
      object: null,
      reach: [],
      reachMore: 0,
      related: [],
      fingerprint: "",
    });
  };
  return {
    findings,
    mistake(kind: "malformed" | "no-reason" | "unknown-rule", place: Place, message: string): void {
      add(kind, place, message, "sets nothing aside", "-- pgvet-ignore RULE: why it does not apply here");
    },
    unused(place: Place, message: string, hint: string): void {
      add(
        "unused",
        place,
        `${message}${hint}`,
        "nothing to ignore",
        "remove it, so that it does not hide what comes later",
      );
    },
  };
}
