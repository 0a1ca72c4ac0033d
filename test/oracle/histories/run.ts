/** One history in PostgreSQL. */
import type { StatementOutcome } from "../dump-types.ts";
import type { Oracle } from "../postgres.ts";
import { sqlstateOf } from "../postgres.ts";

const SAVEPOINTS = /^(SAVEPOINT|ROLLBACK TO(?: SAVEPOINT)?|RELEASE(?: SAVEPOINT)?) (\w+)$/;
const ACCEPTED: StatementOutcome = { ok: true, sqlstate: null, message: null };

/**
 * Runs statements one by one in the transaction that is open, each in a savepoint of its own, except for those that make and
 * leave savepoints themselves. One that names a savepoint which is not there is refused, as all others can be.
 */
export async function runHistory(
  oracle: Oracle,
  statements: readonly string[],
): Promise<readonly StatementOutcome[]> {
  const outcomes: StatementOutcome[] = [];
  let open: readonly string[] = [];
  let waiting: string[] = [];
  const flush = async () => {
    outcomes.push(...(await oracle.tryStatements(waiting)));
    waiting = [];
  };
  for (const statement of statements) {
    const [, what, name = ""] = SAVEPOINTS.exec(statement) ?? [];
    const at = open.lastIndexOf(name);
    if (what === undefined || (what !== "SAVEPOINT" && at < 0)) {
      waiting.push(statement);
      continue;
    }
    await flush();
    await oracle.run(statement);
    outcomes.push(ACCEPTED);
    if (what === "SAVEPOINT") open = [...open, name];
    else open = open.slice(0, what.startsWith("ROLLBACK") ? at + 1 : at);
  }
  await flush();
  return outcomes;
}

/** Runs statements one by one as a session does that sends them: what is refused in a transaction spoils the rest of it. */
export async function runSession(
  oracle: Oracle,
  statements: readonly string[],
): Promise<readonly StatementOutcome[]> {
  const outcomes: StatementOutcome[] = [];
  for (const statement of statements) {
    try {
      await oracle.run(statement);
      outcomes.push(ACCEPTED);
    } catch (error) {
      const message = error instanceof Error ? error.message : null;
      outcomes.push({ ok: false, sqlstate: sqlstateOf(error), message });
    }
  }
  return outcomes;
}
