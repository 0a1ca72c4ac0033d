/** What one database is found to be: rules run, findings named, some of them set aside. */

import type { Config, ConfiguredIgnore } from "../config/types.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Finding, Unknown } from "../rule/finding.ts";
import type { Rule } from "../rule/rule.ts";
import type { Place } from "../text/source.ts";
import { type ReadSource, type ReplayedDatabase, statementsOf } from "./database.ts";
import { fingerprinter } from "./fingerprint.ts";
import { redactorOf, secretPlaces } from "./redact.ts";
import { compareFindings, type SetAside } from "./report.ts";
import { runRules } from "./run-rules.ts";
import { suppress } from "./suppress.ts";

export interface JudgeOptions {
  readonly rules: readonly Rule[];
  readonly parser: PostgresParser;
  /** Whether comments and the configuration may set findings aside. */
  readonly ignores: boolean;
  /** The day it is, `2027-01-31`. */
  readonly today: string;
}

export interface Judged {
  /** All of the database, in order. */
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  readonly unknown: readonly Unknown[];
  /** Entries of the configuration's `ignore` that a finding matched. */
  readonly usedIgnores: ReadonlySet<ConfiguredIgnore>;
  /** What is not to be shown. */
  readonly secrets: readonly Place[];
}

export function judge(database: ReplayedDatabase, config: Config, options: JudgeOptions): Judged {
  const run = runRules(database, config, options.rules, options.parser);
  const statements = new Map(database.sources.map((read: ReadSource) => [read.source, statementsOf(read)]));
  const secrets = secretPlaces(run.findings, options.rules, statements);
  const name = fingerprinter(statements, redactorOf(secrets));
  const named = [...run.findings].sort(compareFindings).map(name);
  if (!options.ignores)
    return { findings: named, setAside: [], unknown: run.unknown, usedIgnores: new Set(), secrets };
  const suppressed = suppress(named, database.sources, config, options);
  const findings = suppressed.findings.map((finding) =>
    finding.fingerprint === "" ? name(finding) : finding,
  );
  return {
    findings: findings.sort(compareFindings),
    setAside: suppressed.setAside,
    unknown: run.unknown,
    usedIgnores: suppressed.used,
    secrets,
  };
}
