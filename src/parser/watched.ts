/**
 * An end for a parser that is stuck. Watching a call costs as much as parsing a small statement, so that a run is watched as a
 * whole; only one that did not come to an end is done again, with a watch on each call.
 */
import { Script } from "node:vm";
import { type PostgresParser, TooComplex } from "./postgres.ts";

/** Milliseconds that something may take: `base`, and `perByte` for each byte that it reads. */
export interface Patience {
  readonly base: number;
  readonly perByte: number;
}

export interface WatchLimits {
  /** Of a whole run, by the clock: too small a limit costs time, but changes nothing of what is found. */
  readonly run: Patience;
  /** Of one call, in processor time. */
  readonly call: Patience;
  /** The same after three calls that had to be ended. */
  readonly laterCall: Patience;
}

// The parser reads a megabyte in a tenth of a second, a run takes less than one for it.
const LIMITS: WatchLimits = {
  run: { base: 30_000, perByte: 0.02 },
  call: { base: 10_000, perByte: 0.01 },
  laterCall: { base: 2_000, perByte: 0.01 },
};
const CALLS_WITH_PATIENCE = 3;

/**
 * Does `run`, which is synchronous and starts from nothing each time, with a parser. Where that takes so long that the parser may
 * be stuck, it is broken off and done again with one that refuses (`TooComplex`) exactly the texts that it does not come to an end
 * with. `bytes`: how many the run reads, roughly.
 */
export function watched<T>(
  parser: PostgresParser,
  bytes: number,
  run: (parser: PostgresParser) => T,
  limits: WatchLimits = LIMITS,
): T {
  const first = within(timeOf(limits.run, bytes), () => run(parser));
  return first.ended ? run(patient(parser, limits)) : first.value;
}

function timeOf({ base, perByte }: Patience, bytes: number): number {
  return Math.ceil(base + perByte * bytes);
}

/** A parser that ends calls which go on too long, and remembers of which text. */
function patient(parser: PostgresParser, limits: WatchLimits): PostgresParser {
  const refused = { statements: new Set<string>(), bodies: new Set<string>() };
  const call = <T>(known: Set<string>, sql: string, parse: (sql: string) => T): T => {
    const count = refused.statements.size + refused.bodies.size;
    const limit = timeOf(count < CALLS_WITH_PATIENCE ? limits.call : limits.laterCall, sql.length);
    if (!known.has(sql)) {
      const answer = withinProcessorTime(limit, () => parse(sql));
      if (!answer.ended) return answer.value;
      known.add(sql);
    }
    throw new TooComplex("the parser does not come to an end with this text");
  };
  return {
    parse: (sql) => call(refused.statements, sql, (text) => parser.parse(text)),
    parsePlpgsql: (sql) => call(refused.bodies, sql, (text) => parser.parsePlpgsql(text)),
  };
}

type Attempt<T> = { readonly ended: true } | { readonly ended: false; readonly value: T };

/** As `within`; a machine that had no time for this process does not count. */
function withinProcessorTime<T>(milliseconds: number, run: () => T): Attempt<T> {
  for (let limit = milliseconds; ; limit *= 2) {
    const before = process.cpuUsage();
    const attempt = within(limit, run);
    if (!attempt.ended) return attempt;
    const { user, system } = process.cpuUsage(before);
    if (user + system >= (milliseconds * 1000) / 2) return attempt;
  }
}

// A script reaches nothing but what is global, and has to find there what it is to do.
const NAME = "pgvet.watched";
let script: Script | undefined;

/** Runs something synchronous, breaking it off after a time by the clock: no `catch` or `finally` in it runs then. */
function within<T>(milliseconds: number, run: () => T): Attempt<T> {
  script ??= new Script(`globalThis[Symbol.for("${NAME}")]()`);
  const slot = Symbol.for(NAME);
  let attempt: Attempt<T> = { ended: true };
  Reflect.defineProperty(globalThis, slot, {
    configurable: true,
    value: () => {
      Reflect.deleteProperty(globalThis, slot);
      attempt = { ended: false, value: run() };
    },
  });
  try {
    script.runInThisContext({ timeout: milliseconds, displayErrors: false });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return { ended: true };
  } finally {
    Reflect.deleteProperty(globalThis, slot);
  }
  return attempt;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
