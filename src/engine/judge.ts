/** What one database is found to be: rules run, findings named, some of them set aside. */

import type { Config, ConfiguredIgnore } from "../config/types.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Finding, Unknown } from "../rule/finding.ts";
import type { Rule } from "../rule/rule.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { type ReadSource, type ReplayedDatabase, statementsOf } from "./database.ts";
import { fingerprinter } from "./fingerprint.ts";
import { type Focus, sourcesWithSame } from "./focus.ts";
import { redactorOf, secretPlaces } from "./redact.ts";
import { compareFindings, type SetAside } from "./report.ts";
import { type RunRules, rulesRunner } from "./run-rules.ts";
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
  /** In order. */
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  readonly unknown: readonly Unknown[];
  /** Entries of the configuration's `ignore` that a finding matched. */
  readonly usedIgnores: ReadonlySet<ConfiguredIgnore>;
  /** What is not to be shown. */
  readonly secrets: readonly Place[];
}

/** All there is to say of the sources in `focus`, and some of the others. */
export function judge(
  database: ReplayedDatabase,
  config: Config,
  options: JudgeOptions,
  focus: Focus = null,
): Judged {
  const run = rulesRunner(database, config, options.parser, focus === null);
  const statements = new Map(database.sources.map((read: ReadSource) => [read.source, statementsOf(read)]));
  const within = (asked: Focus): Judged => judgeWithin(asked, database, config, options, { run, statements });
  const judged = within(focus);
  if (focus === null) return judged;
  const own = [...judged.findings, ...judged.setAside.map(({ finding }) => finding)].filter(({ place }) =>
    focus.has(place.source),
  );
  const wider = new Set([...focus, ...sourcesWithSame(own, statements)]);
  return wider.size === focus.size ? judged : within(wider);
}

interface Judging {
  readonly run: RunRules;
  readonly statements: ReadonlyMap<Source, readonly Span[]>;
}

function judgeWithin(
  focus: Focus,
  database: ReplayedDatabase,
  config: Config,
  options: JudgeOptions,
  { run, statements }: Judging,
): Judged {
  const { rules } = options;
  const { findings: found, unknown } = run(rules, focus);
  const beside = focus === null ? [] : secretsBeside(found, focus, rules, run);
  const secrets = secretPlaces([...found, ...beside], rules, statements);
  const name = fingerprinter(statements, redactorOf(secrets));
  const sorted = [...found].sort(compareFindings);
  // A statement that code runs many times stands in the text once, and so does what is said of it.
  const named = sorted
    .filter((finding, i) => i === 0 || compareFindings(sorted[i - 1] ?? finding, finding) !== 0)
    .map(name);
  if (!options.ignores) return { findings: named, setAside: [], unknown, usedIgnores: new Set(), secrets };
  const sources = database.sources.filter(({ source }) => focus === null || focus.has(source));
  const suppressed = suppress(named, sources, config, options);
  const findings = suppressed.findings.map((finding) =>
    finding.fingerprint === "" ? name(finding) : finding,
  );
  return {
    findings: findings.sort(compareFindings),
    setAside: suppressed.setAside,
    unknown,
    usedIgnores: suppressed.used,
    secrets,
  };
}

/** Findings about secrets in what is shown beside findings, out of focus. */
function secretsBeside(
  findings: readonly Finding[],
  focus: ReadonlySet<Source>,
  rules: readonly Rule[],
  run: RunRules,
): readonly Finding[] {
  const shown = findings.flatMap(({ related }) => related.map(({ place }) => place.source));
  const others = new Set(shown.filter((source) => !focus.has(source)));
  const about = rules.filter(({ aboutSecrets }) => aboutSecrets === true);
  return others.size === 0 ? [] : run(about, others).findings;
}
