/** One history in PostgreSQL and in the static catalog: where they differ. */
import { createCatalog } from "../../../src/catalog/catalog.ts";
import { replay } from "../../../src/catalog/replay.ts";
import type { State } from "../../../src/catalog/store.ts";
import { readSource } from "../../../src/engine/database.ts";
import type { PostgresParser } from "../../../src/parser/postgres.ts";
import { diff } from "../diff.ts";
import { dump, effectivePrivileges } from "../dump.ts";
import type { Dump, EffectivePrivileges, StatementOutcome } from "../dump-types.ts";
import type { Oracle } from "../postgres.ts";
import { accessSections, dumpedAcls, staticAcls } from "../static/access.ts";
import { comparableAccess, comparableRelations, comparableRoutines } from "../static/comparable.ts";
import { staticPrivileges } from "../static/effective.ts";
import { relationSections } from "../static/relations.ts";
import { routineSections } from "../static/routines.ts";
import { runHistory } from "./run.ts";

export interface Difference {
  /** The first statement on whose acceptance they do not agree; null when only the states at the end differ. */
  readonly statement: number | null;
  readonly lines: readonly string[];
}

interface Real {
  readonly outcomes: readonly StatementOutcome[];
  readonly dump: Dump;
  readonly effective: EffectivePrivileges;
}

/** null when there is no difference. The oracle's database is afterwards as it was. */
export async function compareHistory(
  oracle: Oracle,
  parser: PostgresParser,
  statements: readonly string[],
): Promise<Difference | null> {
  const real = await oracle.withFreshDatabase(async () => {
    const outcomes = await runHistory(oracle, statements);
    return { outcomes, dump: await dump(oracle), effective: await effectivePrivileges(oracle) };
  });
  return differenceFrom(real, parser, statements, oracle.version);
}

function differenceFrom(
  real: Real,
  parser: PostgresParser,
  statements: readonly string[],
  postgresVersion: number,
): Difference | null {
  const { state, starts } = replayHistory(parser, statements, real.outcomes, postgresVersion);
  const refusals = new Map<number, string>();
  for (const { place, message } of state.refusals) {
    const index = starts.findLastIndex((start) => start <= place.span.start);
    if (!refusals.has(index)) refusals.set(index, message);
  }
  for (const [index, outcome] of real.outcomes.entries()) {
    const refusal = refusals.get(index);
    if (outcome.ok === (refusal === undefined) || outcome.sqlstate === SYNTAX_ERROR) continue;
    return {
      statement: index,
      lines: [`PostgreSQL: ${outcome.message ?? "accepted"}`, `pgvet: ${refusal ?? "accepted"}`],
    };
  }
  const database = { catalog: createCatalog(state, postgresVersion) };
  const lines = [
    ...diff(comparableAccess(real.dump), accessSections(database)),
    ...diff(comparableRelations(real.dump), relationSections(database)),
    ...diff(comparableRoutines(real.dump), routineSections(database)),
    ...diff(dumpedAcls(real.dump), staticAcls(database)),
    ...diff(real.effective, staticPrivileges(database)),
  ];
  return lines.length === 0 ? null : { statement: null, lines };
}

const SYNTAX_ERROR = "42601";

/**
 * The replay gets the savepoints that PostgreSQL got: around a statement that PostgreSQL refused they undo what became of
 * it; around one that it accepted they would do nothing and are left out.
 */
function replayHistory(
  parser: PostgresParser,
  statements: readonly string[],
  outcomes: readonly StatementOutcome[],
  postgresVersion: number,
): { state: State; starts: readonly number[] } {
  let sql = "BEGIN;\n";
  const starts: number[] = [];
  statements.forEach((statement, index) => {
    const outcome = outcomes[index];
    const accepted = outcome?.ok === true;
    if (!accepted) sql += "SAVEPOINT pgvet_statement;\n";
    starts.push(Buffer.byteLength(sql));
    if (outcome?.sqlstate !== SYNTAX_ERROR) sql += `${statement};\n`;
    if (!accepted) sql += "ROLLBACK TO pgvet_statement;\nRELEASE pgvet_statement;\n";
  });
  const source = { path: "history.sql", bytes: Buffer.from(sql) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const state = replay([read], {
    postgresVersion,
    sessionRole: "postgres",
    searchPath: ["$user", "public"],
    assume: false,
    leaveOpen: true,
    parser,
  });
  return { state, starts };
}

/** A difference with the script that shows it. */
export function printed(statements: readonly string[], difference: Difference): string {
  const script = statements
    .map((sql, i) => `${sql};${i === difference.statement ? " -- <<" : ""}`)
    .join("\n");
  return `${script}\n\n${difference.lines.slice(0, 12).join("\n")}`;
}
