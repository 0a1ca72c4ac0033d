import type { SetAside } from "../engine/report.ts";
import type { Finding, Severity } from "../rule/finding.ts";
import { safeJson, safeText } from "../text/safe.ts";
import { type Place, positionAt } from "../text/source.ts";
import { findingName } from "./name.ts";
import type { Report, Reporter, ReportOptions, RulePage } from "./report.ts";
import { isVirtual, repositoryPath } from "./repository-path.ts";
import { ruleUrl } from "./rule-url.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** Paths are relative to this: the repository's top. Where that is on a machine is nobody's business. */
const BASE = "SRCROOT";

/** What code scanning sorts by: a number on the scale of CVSS, in the middle of each of its ranges. */
const SCORE: Readonly<Record<Severity, string>> = {
  info: "1.0",
  low: "3.0",
  medium: "5.5",
  high: "8.0",
  critical: "9.5",
};

/** `--format sarif`: SARIF 2.1.0, with what was set aside as suppressed results. */
export const sarif: Reporter = (report, options) =>
  `${safeJson(JSON.stringify(sarifLog(report, options), null, 2))}\n`;

function sarifLog(report: Report, { rules, prefix }: Pick<ReportOptions, "rules" | "prefix">) {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const place = (at: Place) => physicalLocation(at, prefix);
  const result = (finding: Finding, aside: SetAside | null) => ({
    ruleId: finding.rule,
    ...(indexes.has(finding.rule) ? { ruleIndex: indexes.get(finding.rule) } : {}),
    level: levelOf(finding.severity),
    message: { text: messageText(finding) },
    locations: [
      {
        ...place(finding.place),
        ...(finding.object === null ? {} : { logicalLocations: [{ fullyQualifiedName: finding.object }] }),
      },
    ],
    ...(finding.related.length === 0
      ? {}
      : {
          relatedLocations: finding.related.map((related, id) => ({
            id,
            ...place(related.place),
            message: { text: plainText(related.message) },
          })),
        }),
    partialFingerprints: { "pgvet/v1": finding.fingerprint },
    suppressions:
      aside === null
        ? []
        : [
            {
              kind: aside.by === "comment" ? "inSource" : "external",
              status: "accepted",
              justification: aside.reason,
            },
          ],
    properties: {
      name: findingName(finding),
      severity: finding.severity,
      confidence: finding.confidence,
      persona: finding.persona,
      reach: finding.reach.map(({ role, via }) => [role, ...via.map(({ text }) => text)].join(" → ")),
      ...(finding.reachMore === 0 ? {} : { reachMore: finding.reachMore }),
    },
  });
  const notifications = [
    ...report.errors.map(({ path, message }) => ({
      level: "error",
      message: { text: plainText(path === null ? message : `${path}: ${message}`) },
    })),
    ...report.unknown.map(({ place: at, message }) => ({
      level: "note",
      message: { text: plainText(`not judged: ${message}`) },
      locations: [place(at)],
    })),
  ];
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            semanticVersion: report.tool.version,
            informationUri: "https://github.com/pgvet/pgvet",
            rules: rules.map(reportingDescriptor),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [BASE]: { description: { text: "The top of the repository." } } },
        invocations: [
          {
            executionSuccessful: report.errors.length === 0,
            toolExecutionNotifications: notifications,
          },
        ],
        results: [
          ...report.findings.map((finding) => result(finding, null)),
          ...report.setAside.map((aside) => result(aside.finding, aside)),
        ],
      },
    ],
  };
}

function reportingDescriptor(rule: RulePage) {
  return {
    id: rule.id,
    name: rule.id,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    help: {
      text: `${rule.title}. ${rule.why}\n\n${ruleUrl(rule.id)}`,
      ...(rule.page === "" ? {} : { markdown: rule.page }),
    },
    helpUri: ruleUrl(rule.id),
    defaultConfiguration: { level: levelOf(rule.severity) },
    properties: {
      "security-severity": SCORE[rule.severity],
      precision: "high",
      persona: rule.persona ?? "regular",
      tags: ["security", rule.category, ...rule.cwe.map((number) => `external/cwe/cwe-${number}`)],
    },
  };
}

function levelOf(severity: Severity): "error" | "warning" | "note" {
  switch (severity) {
    case "critical":
    case "high":
      return "error";
    case "medium":
      return "warning";
    case "low":
    case "info":
      return "note";
  }
}

function messageText(finding: Finding): string {
  const message = plainText(finding.message);
  return finding.help === "" ? message : `${message}\nHelp: ${plainText(finding.help)}`;
}

/** One line of plain text: square brackets would be links. */
function plainText(text: string): string {
  return safeText(text).replace(/[\\[\]]/g, "\\$&");
}

function physicalLocation({ source, span }: Place, prefix: string) {
  if (isVirtual(source.path) && source.path !== "<stdin>") return {};
  const start = positionAt(source, span.start);
  const end = positionAt(source, span.end);
  return {
    physicalLocation: {
      artifactLocation: { uri: relativeUri(repositoryPath(source.path, prefix)), uriBaseId: BASE },
      region: {
        startLine: start.line,
        startColumn: start.column,
        endLine: end.line,
        endColumn: end.column,
      },
    },
  };
}

/** A path as a relative reference: what is not plainly part of a name is percent-encoded. */
function relativeUri(path: string): string {
  return path
    .split("/")
    .map((part) =>
      // Half a surrogate pair has no encoding: it becomes U+FFFD, as everywhere.
      encodeURIComponent(Buffer.from(part).toString()).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");
}
