import type { Finding } from "../rule/finding.ts";
import { safeJson } from "../text/safe.ts";
import { type Place, type Position, positionAt } from "../text/source.ts";
import type { Report, Reporter } from "./report.ts";
import { ruleUrl } from "./rule-url.ts";

interface JsonPlace {
  readonly path: string;
  readonly start: Position;
  readonly end: Position;
}

/** The object that `--format json` prints: version 1, described by schema/output.json. */
export function jsonReport(report: Report, options: { readonly showSuppressed?: boolean } = {}) {
  const { tool, summary, findings, unknown, errors } = report;
  return {
    version: 1 as const,
    tool: { name: tool.name, version: tool.version },
    summary: {
      files: summary.files,
      statements: summary.statements,
      notParsed: summary.notParsed,
      findings: {
        info: summary.findings.info,
        low: summary.findings.low,
        medium: summary.findings.medium,
        high: summary.findings.high,
        critical: summary.findings.critical,
      },
      hidden: summary.hidden,
      lessSure: summary.lessSure,
      otherPersona: summary.otherPersona,
      ignored: summary.ignored,
      baseline: summary.baseline,
      gone: summary.gone,
      unchanged: summary.unchanged,
      failing: summary.failing,
      unknown: summary.unknown,
      databases: summary.databases.map(({ kind, root, files, preset, presetReason }) => ({
        kind,
        root,
        files,
        preset,
        presetReason,
      })),
    },
    findings: findings.map(jsonFinding),
    suppressed: (options.showSuppressed === true ? report.setAside : []).map(({ finding, by, reason }) => ({
      by,
      reason,
      finding: jsonFinding(finding),
    })),
    unknown: unknown.map(({ place, message }) => ({ ...jsonPlace(place), message })),
    errors: errors.map(({ path, message }) => ({ path, message })),
  };
}

function jsonFinding(finding: Finding) {
  return {
    rule: finding.rule,
    variant: finding.variant,
    severity: finding.severity,
    confidence: finding.confidence,
    persona: finding.persona,
    message: finding.message,
    ...jsonPlace(finding.place),
    object: finding.object,
    reach: finding.reach.map(({ role, via }) => ({
      role,
      via: via.map(({ place, text }) => ({
        ...(place === null ? { path: null, start: null, end: null } : jsonPlace(place)),
        text,
      })),
    })),
    ...(finding.reachMore === 0 ? {} : { reachMore: finding.reachMore }),
    related: finding.related.map(({ place, message }) => ({ ...jsonPlace(place), message })),
    help: finding.help,
    url: ruleUrl(finding.rule),
    fingerprint: finding.fingerprint,
  };
}

function jsonPlace({ source, span }: Place): JsonPlace {
  return { path: source.path, start: jsonPosition(source, span.start), end: jsonPosition(source, span.end) };
}

function jsonPosition(source: Place["source"], at: number): Position {
  const { line, column, offset } = positionAt(source, at);
  return { line, column, offset };
}

/** `--format json`: one object, indented, with a newline at the end; safe to look at in a terminal. */
export const json: Reporter = (report, options) =>
  `${safeJson(JSON.stringify(jsonReport(report, options), null, 2))}\n`;
