/** One history in PostgreSQL and in the static catalog: where they differ. */
import { createCatalog } from "../../../src/catalog/catalog.ts";
import { replay } from "../../../src/catalog/replay.ts";
import type { State } from "../../../src/catalog/store.ts";
import { readSource } from "../../../src/engine/database.ts";
import type { PostgresParser } from "../../../src/parser/postgres.ts";
import { diff } from "../diff.ts";
import { type DatabaseState, databaseState } from "../dump.ts";
import type { StatementOutcome } from "../dump-types.ts";
import type { Oracle } from "../postgres.ts";
import { accessSections, dumpedAcls, staticAcls } from "../static/access.ts";
import { comparableAccess, comparableRelations, comparableRoutines } from "../static/comparable.ts";
import type { StaticDatabase } from "../static/context.ts";
import { staticPrivileges } from "../static/effective.ts";
import { relationSections } from "../static/relations.ts";
import { routineSections } from "../static/routines.ts";
import { runHistory, runSession } from "./run.ts";

export interface Difference {
  /** The first statement on whose acceptance they do not agree; null when only the states at the end differ. */
  readonly statement: number | null;
  readonly lines: readonly string[];
}

/** What PostgreSQL made of a history. */
export interface Real extends DatabaseState {
  readonly outcomes: readonly StatementOutcome[];
}

/** null when there is no difference. The oracle's database is afterwards as it was. */
export async function compareHistory(
  oracle: Oracle,
  parser: PostgresParser,
  statements: readonly string[],
): Promise<Difference | null> {
  const real = await oracle.withFreshDatabase(async () => {
    const outcomes = await runHistory(oracle, statements);
    return { outcomes, ...(await databaseState(oracle)) };
  });
  return differenceFrom(
    real,
    parser,
    scriptWithSavepoints(statements, real.outcomes),
    statements,
    oracle.version,
  );
}

/** The same for a history with transactions of its own. */
export async function compareSession(
  oracle: Oracle,
  parser: PostgresParser,
  statements: readonly string[],
): Promise<Difference | null> {
  // A failed transaction must not keep the dump from being read.
  const all = [...statements, "COMMIT"];
  try {
    const outcomes = await runSession(oracle, all);
    const real = { outcomes, ...(await databaseState(oracle)) };
    return differenceFrom(real, parser, scriptAsSent(all, outcomes), all, oracle.version);
  } finally {
    await oracle.resetDatabase();
  }
}

function differenceFrom(
  real: Real,
  parser: PostgresParser,
  script: Script,
  statements: readonly string[],
  postgresVersion: number,
): Difference | null {
  const state = replayed(parser, script.sql, postgresVersion);
  const refusals = new Map<number, string>();
  for (const { place, message } of state.refusals) {
    const index = script.starts.findLastIndex((start) => start <= place.span.start);
    if (!refusals.has(index)) refusals.set(index, message);
  }
  for (const index of statements.keys()) {
    const outcome = real.outcomes[index];
    const refusal = refusals.get(index);
    if (outcome === undefined || outcome.ok === (refusal === undefined)) continue;
    if (isUnparsed(outcome)) continue;
    return {
      statement: index,
      lines: [`PostgreSQL: ${outcome.message ?? "accepted"}`, `pgvet: ${refusal ?? "accepted"}`],
    };
  }
  const lines = stateDifferences(real, { catalog: createCatalog(state, postgresVersion) });
  return lines.length === 0 ? null : { statement: null, lines };
}

/** Where the states at the end differ, in all sections of the dump and in what each role may do. */
export function stateDifferences(real: Real, database: StaticDatabase): readonly string[] {
  return [
    ...diff(comparableAccess(real.dump), accessSections(database)),
    ...diff(comparableRelations(real.dump), relationSections(database)),
    ...diff(comparableRoutines(real.dump), routineSections(database)),
    ...diff(dumpedAcls(real.dump), staticAcls(database)),
    ...diff(real.effective, staticPrivileges(database)),
  ];
}

/** What does not parse is refused by the parser, which is PostgreSQL's own; the replay gets another statement that is refused. */
export function isUnparsed(outcome: StatementOutcome | undefined): boolean {
  return (
    outcome?.sqlstate === "42601" && /^syntax error|^conflicting or redundant/.test(outcome.message ?? "")
  );
}

/** Takes the place of a statement that is left to the parser, or left out on both sides. */
const REFUSED = "RELEASE pgvet_never";

export interface Script {
  readonly sql: string;
  /** Where each statement begins, in bytes. */
  readonly starts: readonly number[];
}

/**
 * The replay gets the savepoints that PostgreSQL got: around a statement that PostgreSQL refused they undo what became of
 * it; around one that it accepted they would do nothing and are left out.
 */
export function scriptWithSavepoints(
  statements: readonly string[],
  outcomes: readonly StatementOutcome[],
  isLeftOut: (outcome: StatementOutcome | undefined, index: number) => boolean = isUnparsed,
): Script {
  let sql = "BEGIN;\n";
  const starts = statements.map((statement, index) => {
    const outcome = outcomes[index];
    const accepted = outcome?.ok === true;
    if (!accepted) sql += "SAVEPOINT pgvet_statement;\n";
    const start = Buffer.byteLength(sql);
    sql += `${isLeftOut(outcome, index) ? REFUSED : statement};\n`;
    if (!accepted) sql += "ROLLBACK TO pgvet_statement;\nRELEASE pgvet_statement;\n";
    return start;
  });
  return { sql, starts };
}

function scriptAsSent(statements: readonly string[], outcomes: readonly StatementOutcome[]): Script {
  let sql = "";
  const starts = statements.map((statement, index) => {
    const start = Buffer.byteLength(sql);
    sql += `${isUnparsed(outcomes[index]) ? REFUSED : statement};\n`;
    return start;
  });
  return { sql, starts };
}

export function replayed(parser: PostgresParser, sql: string, postgresVersion: number): State {
  const source = { path: "history.sql", bytes: Buffer.from(sql) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  return replay([read], {
    postgresVersion,
    sessionRole: "postgres",
    searchPath: ["$user", "public"],
    assume: false,
    leaveOpen: true,
    parser,
  });
}

/** A difference with the script that shows it. */
export function printed(statements: readonly string[], difference: Difference): string {
  const script = statements
    .map((sql, i) => `${sql};${i === difference.statement ? " -- <<" : ""}`)
    .join("\n");
  return `${script}\n\n${difference.lines.slice(0, 12).join("\n")}`;
}
