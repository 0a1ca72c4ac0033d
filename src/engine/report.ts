import type { PresetName } from "../config/types.ts";
import type { Finding, Severity, Unknown } from "../rule/finding.ts";
import type { Place } from "../text/source.ts";
import type { BaselineUse } from "./baseline.ts";

/** One database as the run saw it. */
export interface DatabaseSummary {
  /** How the order of its files was found: "supabase migrations", "Flyway", "directory", … */
  readonly kind: string;
  /** The directory or file that makes the database, relative to the working directory, with `/`. */
  readonly root: string;
  /** How many files it has. */
  readonly files: number;
  readonly preset: PresetName;
  /** Why this preset: "configured in pgvet.json", "found supabase/config.toml", … */
  readonly presetReason: string;
}

export interface Summary {
  /** Files read, also those that only give context to the named ones. */
  readonly files: number;
  /** Top-level statements, parsed or not. */
  readonly statements: number;
  readonly notParsed: number;
  /** The findings of this report by severity. */
  readonly findings: Readonly<Record<Severity, number>>;
  /** Findings below the least severity that is shown. */
  readonly hidden: number;
  /** Others that are less sure than what is shown. */
  readonly lessSure: number;
  /** Findings for other personas. They do not fail the run. */
  readonly otherPersona: number;
  /** Findings that a comment or the configuration sets aside. */
  readonly ignored: number;
  /** Findings that the baseline knows. */
  readonly baseline: number;
  /** Entries of the baseline whose finding is no longer there. */
  readonly gone: number;
  /** Findings outside of what changed, where only changes were asked for. */
  readonly unchanged: number;
  /** Findings, shown or hidden, at or above the severity that fails the run: not 0 means exit code 1. */
  readonly failing: number;
  readonly unknown: number;
  readonly databases: readonly DatabaseSummary[];
}

/** What kept pgvet from doing all it was asked for: an unreadable file, a rule that broke. Exit code 2. */
export interface ReportError {
  readonly path: string | null;
  readonly message: string;
}

/** A finding that is not counted, because somebody said so. */
export interface SetAside {
  readonly finding: Finding;
  readonly by: "comment" | "configuration" | "baseline";
  /** The reason that was given. */
  readonly reason: string;
}

/** The answer of a whole run: what every output format is made from. */
export interface Report {
  readonly tool: { readonly name: "pgvet"; readonly version: string };
  /** Shown findings, sorted by `compareFindings`. */
  readonly findings: readonly Finding[];
  /** Findings that would be shown if nobody had set them aside, in the same order. */
  readonly setAside: readonly SetAside[];
  /** The baselines of the databases, whether their files exist or not. */
  readonly baselines: readonly BaselineUse[];
  /** Secrets that findings are about: not to be shown when their source is. */
  readonly secrets: readonly Place[];
  /** Ids of the rules that ran, sorted: those that no configuration switched off everywhere. */
  readonly rules: readonly string[];
  readonly unknown: readonly Unknown[];
  readonly errors: readonly ReportError[];
  readonly summary: Summary;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The order of findings in every output: path, position, rule, variant; then message, so that any two different
 * findings have an order. By code units, never by locale.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.place.source.path, b.place.source.path) ||
    a.place.span.start - b.place.span.start ||
    a.place.span.end - b.place.span.end ||
    compareText(a.rule, b.rule) ||
    compareText(a.variant ?? "", b.variant ?? "") ||
    compareText(a.message, b.message) ||
    compareText(a.fingerprint, b.fingerprint)
  );
}

/** The order of unknowns: path, position, message. */
export function compareUnknown(a: Unknown, b: Unknown): number {
  return (
    compareText(a.place.source.path, b.place.source.path) ||
    a.place.span.start - b.place.span.start ||
    a.place.span.end - b.place.span.end ||
    compareText(a.message, b.message)
  );
}

/** How many findings there are of each severity. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}
