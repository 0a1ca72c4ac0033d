/** A package's statements in PostgreSQL and in the static catalog. */
import { createCatalog } from "../../src/catalog/catalog.ts";
import type { PostgresParser } from "../../src/parser/postgres.ts";
import { dump, effectivePrivileges } from "../oracle/dump.ts";
import type { StatementOutcome } from "../oracle/dump-types.ts";
import {
  isUnparsed,
  type Real,
  replayed,
  scriptWithSavepoints,
  stateDifferences,
} from "../oracle/histories/compare.ts";
import type { Oracle } from "../oracle/postgres.ts";

export interface Comparison {
  readonly statements: number;
  /** Statements that PostgreSQL refuses. */
  readonly refused: number;
  /** Queries that fail in PostgreSQL, left out on both sides: whether a query fails depends on rows, which the catalog does not hold. */
  readonly leftOut: number;
  /** What only one side refuses, and where the states at the end differ. */
  readonly differences: readonly string[];
  /** What the replay says that it does not know. */
  readonly unknowns: readonly string[];
}

/**
 * Functions of C and other languages are taken without their library and without checks of bodies: there is no library here, and
 * what it would do the catalog does not say.
 */
const ANY_BODY =
  "SET allow_system_table_mods = on; UPDATE pg_language SET lanvalidator = 0 WHERE lanname = 'c'; RESET allow_system_table_mods; SET check_function_bodies = off";

export async function comparePackage(
  oracle: Oracle,
  parser: PostgresParser,
  statements: readonly string[],
): Promise<Comparison> {
  const all = statements.filter((statement) => !TRANSACTION.test(statement));
  const real = await oracle.withFreshDatabase(async (): Promise<Real> => {
    await oracle.run(ANY_BODY);
    const outcomes = await oracle.tryStatements(all);
    return { outcomes, dump: await dump(oracle), effective: await effectivePrivileges(oracle) };
  });
  const leftOut = (outcome: StatementOutcome | undefined, index: number): boolean =>
    outcome?.ok === false &&
    (isUnparsed(outcome) ||
      NEEDS_LIBRARY.test(outcome.message ?? "") ||
      QUERY.test(withoutComments(all[index] ?? "")));
  const script = scriptWithSavepoints(
    ["SET check_function_bodies = off", ...all],
    [ACCEPTED, ...real.outcomes],
    (outcome, index) => leftOut(outcome, index - 1),
  );
  const state = replayed(parser, script.sql, oracle.version);
  const refusals = new Map<number, string>();
  for (const { place, message } of state.refusals) {
    const index = script.starts.findLastIndex((start) => start <= place.span.start) - 1;
    if (!refusals.has(index)) refusals.set(index, message);
  }
  const differences: string[] = [];
  all.forEach((statement, index) => {
    const outcome = real.outcomes[index];
    const refusal = refusals.get(index);
    if (outcome === undefined || outcome.ok === (refusal === undefined) || leftOut(outcome, index)) return;
    const first = withoutComments(statement).slice(0, 120).replaceAll(/\s+/g, " ");
    differences.push(
      `${first} …: PostgreSQL: ${outcome.message ?? "accepted"}, pgvet: ${refusal ?? "accepted"}`,
    );
  });
  differences.push(...stateDifferences(real, { catalog: createCatalog(state, oracle.version) }));
  return {
    statements: all.length,
    refused: real.outcomes.filter(({ ok }, index) => !ok && !leftOut(real.outcomes[index], index)).length,
    leftOut: real.outcomes.filter(leftOut).length,
    differences,
    unknowns: state.unknowns.map(({ message }) => message),
  };
}

/** A query calls a function in C, or CREATE AGGREGATE reads a first value with one. */
const NEEDS_LIBRARY = /^could not access file /;
const ACCEPTED: StatementOutcome = { ok: true, sqlstate: null, message: null };

/** Everything runs in one transaction that is rolled back. */
const TRANSACTION = /^(?:\s|--[^\n]*\n)*(?:begin|commit|end|start\s+transaction)\b(?!\s+atomic)[^;]*$/i;
const QUERY =
  /^(?:select|insert|update|delete|copy|with|call|truncate|merge|values|execute|do|comment|security\s+label)\b/i;

function withoutComments(statement: string): string {
  return statement.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/, "");
}
