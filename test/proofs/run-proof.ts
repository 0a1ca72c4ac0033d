/** Running a proof on a database. */
import type { Outcome, ProofDatabase } from "./databases.ts";
import { type Proof, sessionsOf } from "./proofs.ts";

export interface ProofResult {
  readonly succeeds: boolean;
  /** Whether legitimate use works; null when the proof does not say. */
  readonly legitimate: boolean | null;
  /** Errors of the exploit and of legitimate use, to tell why. */
  readonly errors: readonly string[];
}

/** Runs the exploit after the set-up and the named file. Throws when one of these two fails. */
export async function runProof(
  proof: Proof,
  file: "vulnerable" | "fixed",
  open: (script: string) => Promise<ProofDatabase>,
): Promise<ProofResult> {
  const database = await open(proof.setup);
  try {
    for (const script of [proof.setup, proof[file]]) {
      for (const { statement, error } of await runScript(database, script))
        if (error !== null) throw new Error(`${proof.id}: ${error}\nin: ${statement}`);
    }
    const errors: string[] = [];
    const tell = (outcomes: readonly { readonly error: string | null }[]) => {
      for (const { error } of outcomes) if (error !== null) errors.push(error);
    };
    let legitimate: boolean | null = null;
    if (proof.legitimate !== null && !(proof.legitimateOnlyFixed && file === "vulnerable")) {
      const outcomes = await runScript(database, proof.legitimate);
      legitimate = outcomes.every(({ error }) => error === null) && hasTrue(outcomes, "works");
      tell(outcomes);
    }
    const outcomes = await runScript(database, proof.exploit);
    tell(outcomes);
    return { succeeds: succeeded(proof, outcomes), legitimate, errors };
  } finally {
    await database.close();
  }
}

async function runScript(
  database: ProofDatabase,
  script: string,
): Promise<readonly (Outcome & { readonly statement: string })[]> {
  const outcomes: (Outcome & { statement: string })[] = [];
  for (const { role, statements } of sessionsOf(script)) {
    await database.connect(role);
    for (const statement of statements) outcomes.push({ statement, ...(await database.run(statement)) });
  }
  return outcomes;
}

function succeeded(proof: Proof, outcomes: readonly Outcome[]): boolean {
  const { evidence } = proof;
  if (evidence === null) return hasTrue(outcomes, "succeeds");
  const messages =
    evidence.kind === "notice"
      ? outcomes.flatMap(({ notices }) => notices)
      : outcomes.flatMap(({ error }) => (error === null ? [] : [error]));
  return messages.some((message) => evidence.message.test(message));
}

function hasTrue(outcomes: readonly Outcome[], column: string): boolean {
  return outcomes.some(({ rows }) => rows.some((row) => row[column] === true));
}
