/** Events to catalog: replays the statements of a database's sources, in order. */
import type { Event } from "../events/event.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Source } from "../text/source.ts";
import { applyEvent } from "./apply/event.ts";
import { commitAll, discardTemporary, startSession } from "./apply/session.ts";
import { bootstrap } from "./bootstrap.ts";
import { attempt, type Context, refuse } from "./context.ts";
import { roleNamed } from "./resolve.ts";
import type { State } from "./store.ts";

export interface ReplaySource {
  readonly source: Source;
  readonly events: readonly Event[];
  /** States what the platform gives; not the project's own. */
  readonly prelude: boolean;
  /** Runs in the session of the piece before it: the rest of a script after a file that it includes, or that file. */
  readonly continues?: boolean;
}

export interface ReplayOptions {
  readonly postgresVersion: number;
  /** Who runs each file; `postgres` is the bootstrap superuser. */
  readonly sessionRole: string;
  readonly searchPath: readonly string[];
  /** Whether objects that statements use and none creates are taken to be there; PostgreSQL would refuse the statement. */
  readonly assume: boolean;
  /** Each file is run in one transaction, as CREATE EXTENSION runs a script. */
  readonly inTransaction?: boolean;
  /** The last session does not end: its temporary objects are still there. */
  readonly leaveOpen?: boolean;
  /** Reads what DO blocks execute as text; without one such statements are unknown. */
  readonly parser?: PostgresParser;
}

const BEGIN: Event = {
  kind: "transaction",
  what: "begin",
  savepoint: null,
  chain: false,
  span: { start: 0, end: 0 },
};

/** Replays sources in order. Each starts a session of its own; prelude objects are marked as such. */
export function replay(sources: Iterable<ReplaySource>, options: ReplayOptions): State {
  const { state, superuser } = bootstrap(options.postgresVersion);
  const initial = startSession(superuser, options.searchPath, options.postgresVersion);
  const context: Context = {
    state,
    postgresVersion: options.postgresVersion,
    bootstrap: superuser,
    source: { path: "<postgresql>", bytes: Buffer.alloc(0) },
    prelude: true,
    session: initial,
    lasting: initial,
    path: null,
    transactions: [],
    guarded: false,
    nested: 0,
    firing: false,
    effort: { turns: 0, steps: 0, callsLeftOut: false, granted: 0, queries: new WeakMap() },
    dropped: 0,
    assume: options.assume,
    parser: options.parser ?? null,
    failed: false,
  };
  let session: Context["session"] | null = null;
  let begun: Context["session"] | null = null;
  for (const { source, events, prelude, continues } of sources) {
    const goesOn: Context["session"] | null = continues === true ? session : null;
    if (session !== null && goesOn === null) {
      commitAll(context);
      discardTemporary(context);
    }
    context.source = source;
    context.prelude = prelude;
    if (goesOn === null) {
      const user = prelude ? superuser : roleNamed(context, options.sessionRole, { start: 0, end: 0 }).oid;
      // Most files begin as the one before them did.
      if (begun?.sessionUser !== user)
        begun = startSession(user, options.searchPath, options.postgresVersion);
      context.session = begun;
      context.lasting = begun;
      if (options.inTransaction === true && !prelude) run(context, BEGIN, context.session);
    }
    session = goesOn ?? context.session;
    for (const event of events) run(context, event, session);
    state.session = context.session;
  }
  // A transaction left open at the end of a file is taken as committed: the file's runner may do that.
  commitAll(context);
  if (options.leaveOpen !== true) discardTemporary(context);
  return state;
}

/** One statement with all that belongs to it: it happens as a whole or not at all. */
function run(context: Context, event: Event, initial: Context["session"]): void {
  const done = attempt(
    context,
    () => {
      if (context.failed && !endsFailure(event)) {
        refuse(
          context,
          event.span,
          "current transaction is aborted, commands ignored until end of transaction block",
        );
      }
      applyEvent(context, event, initial);
    },
    event.span,
  );
  if (!done && !context.assume && context.transactions.length > 0) context.failed = true;
  if (context.transactions.length === 0) context.state.journal.steps = null;
}

/** Statements that are let through in a failed transaction. */
function endsFailure(event: Event): boolean {
  return (
    event.kind === "transaction" &&
    (event.what === "rollback" || event.what === "rollback-to" || event.what === "commit")
  );
}
