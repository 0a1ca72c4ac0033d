import type { Statement } from "../events/tree.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { Oid, Schema } from "./model.ts";
import { splitNames } from "./setting-text.ts";
import type { State } from "./store.ts";
import { undoTo } from "./table.ts";

/** What a session has set; immutable, so transactions can put it back. */
export interface SessionState {
  readonly sessionUser: Oid;
  /** SET ROLE; null: none. */
  readonly role: Oid | null;
  /** Settings by lower-case name, each one text as PostgreSQL keeps it. `search_path` is always there. */
  readonly settings: ReadonlyMap<string, string>;
}

/** An open transaction or savepoint: where to return to. */
export interface TransactionLevel {
  readonly name: string | null;
  readonly steps: number;
  readonly current: SessionState;
  readonly lasting: SessionState;
}

/** The schemas that a search_path names, as long as the session and `changes` of the catalog stay as they are. */
export interface SessionPath {
  readonly session: SessionState;
  readonly changes: number;
  /** In the order relations and types are looked for. */
  readonly schemas: readonly Schema[];
  /** Where new objects go; null: nowhere. */
  readonly creation: Schema | null;
}

/** Replay in the middle of a source. */
export interface Context {
  readonly state: State;
  readonly postgresVersion: number;
  /** The bootstrap superuser. */
  readonly bootstrap: Oid;
  source: Source;
  /** The source is a prelude, not the project's. */
  prelude: boolean;
  /** What statements see now. */
  session: SessionState;
  /** What stays after COMMIT: without SET LOCAL. */
  lasting: SessionState;
  /** What `session`'s path was last found to be; null: not yet. */
  path: SessionPath | null;
  readonly transactions: TransactionLevel[];
  /** What no statement created is taken to be there; otherwise a statement that needs it is refused, as PostgreSQL does. */
  readonly assume: boolean;
  /** For texts that DO blocks execute; null: they are unknown. */
  readonly parser: PostgresParser | null;
  /** The open transaction has failed: everything is refused until ROLLBACK. Not when assuming. */
  failed: boolean;
  /** How many objects statements have dropped. */
  dropped: number;
  /** Inside a DO block, where statements stand under conditions that are not evaluated. */
  guarded: boolean;
  /** How many DO blocks are running, one in the other. */
  nested: number;
  /** The function of an event trigger is running. */
  firing: boolean;
  /** What has been done so far of that which a short text can make very much of. */
  readonly effort: Effort;
}

/** The work of DO blocks, which go through the catalog, and of GRANTs to many roles on many objects. */
export interface Effort {
  /** Turns of loops, and statements executed. */
  turns: number;
  /** Rows looked at. */
  steps: number;
  /** There were too many turns for what statements call to be followed, and it was said. */
  callsLeftOut: boolean;
  /** Privileges that large GRANTs gave. */
  granted: number;
  /** What statements of DO blocks were last kept as. */
  readonly queries: WeakMap<Statement, Oid>;
}

export function placeOf(context: Context, span: Span): Place {
  return { source: context.source, span };
}

/** current_user of the session. */
export function currentUser(context: Context): Oid {
  return context.session.role ?? context.session.sessionUser;
}

const paths = new Map<string, readonly string[]>();

/** The names in the session's search_path; an empty one stands for no schema at all. */
export function searchPathOf(context: Context): readonly string[] {
  const text = context.session.settings.get("search_path") ?? '"$user", public';
  let names = paths.get(text);
  if (names === undefined) {
    names = splitNames(text).filter((name) => name !== "");
    paths.set(text, names);
  }
  return names;
}

/** A statement that PostgreSQL would refuse: nothing of it remains. */
class Refused extends Error {
  /** null: the whole statement. */
  readonly span: Span | null;

  constructor(span: Span | null, message: string) {
    super(message);
    this.span = span;
  }
}

/** Ends the statement: PostgreSQL would refuse it. What it did so far is taken back. */
export function refuse(_context: Context, span: Span | null, message: string): never {
  throw new Refused(span, message);
}

/** Runs a statement or a part of one that PostgreSQL undoes on its own. What is refused leaves no trace but a refusal, at the `statement` if at no part of it; what fails otherwise, a failure there. */
export function attempt(context: Context, run: () => void, statement: Span = { start: 0, end: 0 }): boolean {
  const { journal } = context.state;
  const { session, lasting } = context;
  journal.steps ??= [];
  const mark = journal.steps.length;
  try {
    run();
    return true;
  } catch (error) {
    undoTo(journal, mark);
    context.session = session;
    context.lasting = lasting;
    if (!(error instanceof Refused)) {
      // A part of a statement does not always know where it stands.
      if (statement.end === 0) throw error;
      if (error instanceof RangeError) unknown(context, statement, "nested too deeply to be replayed");
      else
        context.state.failures.push({
          place: placeOf(context, statement),
          message: error instanceof Error ? error.message : String(error),
        });
    } else if (!context.prelude && !context.guarded) {
      const place = placeOf(context, within(statement, error.span));
      context.state.refusals.push({ place, message: error.message });
    }
    return false;
  }
}

/** What is wrong may be with something that another statement wrote: then it is this whole statement that is refused. */
function within(statement: Span, span: Span | null): Span {
  if (span === null) return statement;
  const isOther = statement.end > 0 && (span.start < statement.start || span.end > statement.end);
  return isOther ? statement : span;
}

/** Notes something that could not be judged. */
export function unknown(context: Context, span: Span, message: string): void {
  if (!context.prelude) context.state.unknowns.push({ place: placeOf(context, span), message });
}
