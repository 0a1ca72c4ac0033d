/** One database: from its sources to a replayed catalog. */

import { type Catalog, createCatalog } from "../catalog/catalog.ts";
import { type ReplaySource, replay } from "../catalog/replay.ts";
import type { Config } from "../config/types.ts";
import { readDoBlock } from "../events/do-block.ts";
import type { Event } from "../events/event.ts";
import { eventsOf } from "../events/extract.ts";
import { parseEach } from "../parser/parse-source.ts";
import { type PostgresParser, TooComplex } from "../parser/postgres.ts";
import type { Problem, Statement } from "../parser/types.ts";
import type { Database, ProjectFile } from "../project/types.ts";
import type { Unknown } from "../rule/finding.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { inDialectOfMost } from "./dialect.ts";

/** A source with what was found in it. */
export interface ReadSource {
  readonly source: Source;
  /** Absolute path; null for standard input. */
  readonly file: string | null;
  readonly prelude: boolean;
  /** The part that is replayed; null: all. */
  readonly range: Span | null;
  readonly events: readonly Event[];
  /** Spans of all statements, for fingerprints. */
  readonly statements: readonly Span[];
  readonly problems: readonly Problem[];
  readonly unknown: readonly Unknown[];
}

export interface ReplayedDatabase {
  readonly catalog: Catalog;
  readonly sources: readonly ReadSource[];
}

/** Bytes of a database's files. */
export function sizeOf({ files }: Pick<Database, "files">): number {
  return files.reduce((sum, { bytes, includes = [] }) => {
    const included = includes.flatMap(({ file }) => file ?? []);
    return sum + bytes.length + sizeOf({ files: included });
  }, 0);
}

/** Spans of all statements of a source, ascending, also of those that do not parse. */
export function statementsOf(read: ReadSource): readonly Span[] {
  const broken = read.problems.flatMap(({ statement }) => statement ?? []);
  return [...read.statements, ...broken].sort((a, b) => a.start - b.start);
}

/** Parses a source and turns its statements into events. */
export type ReadFile = (
  source: Source,
  options: Pick<ReadSource, "file" | "prelude" | "range">,
  parser: PostgresParser,
) => ReadSource;

export const readSource: ReadFile = (source, options, parser) => {
  const parsed = parseEach(source, parser, options.range, (statement) => readStatement(statement, parser));
  return {
    source,
    file: options.file,
    prelude: options.prelude,
    range: options.range,
    events: parsed.statements.flatMap(({ events }) => events),
    statements: parsed.statements.map(({ span }) => span),
    problems: [...parsed.problems, ...parsed.statements.flatMap(({ problem }) => problem ?? [])],
    unknown: [...parsed.unseen, ...parsed.statements.flatMap(({ unknown }) => unknown)].map(
      ({ span, message }) => ({ place: { source, span }, message }),
    ),
  };
};

/** What a statement was read as. */
interface ReadStatement {
  readonly span: Span;
  readonly events: readonly Event[];
  readonly unknown: readonly { readonly span: Span; readonly message: string }[];
  readonly problem: Problem | null;
}

function readStatement(statement: Statement, parser: PostgresParser): ReadStatement {
  const { span } = statement;
  const events: Event[] = [];
  const unknown: { span: Span; message: string }[] = [];
  try {
    for (const event of eventsOf(statement)) {
      if (event.kind !== "do") {
        events.push(event);
        continue;
      }
      const done = readDoBlock(event, parser);
      events.push(done.event);
      if (done.unknown !== null) unknown.push(done.unknown);
    }
  } catch (error) {
    // A bug costs the statement, not the run.
    const message =
      error instanceof TooComplex || error instanceof RangeError
        ? "nested too deeply to be judged"
        : `internal error, please report it (${error instanceof Error ? error.message : String(error)}): not judged`;
    return { span, events, unknown, problem: { kind: "too-complex", span, statement: span, message } };
  }
  return { span, events, unknown, problem: null };
}

/** Reads and replays a database: preludes first, then its files in order. */
export function replayDatabase(
  database: Database,
  config: Config,
  parser: PostgresParser,
  tell: (what: string) => void = () => {},
  readFile: ReadFile = readSource,
): ReplayedDatabase {
  const sources: ReadSource[] = [];
  const read: Read = (source, options) => readFile(source, options, parser);
  for (const source of config.prelude) {
    sources.push(read(source, { file: null, prelude: true, range: null }));
  }
  const pieces: ReplaySource[] = [...sources];
  for (const file of database.files) {
    tell(`reading ${file.path}`);
    pieces.push(...readScript(file, sources, read));
  }
  const foreign = inDialectOfMost(sources);
  const silent = new Set([...foreign.keys()].map(({ source }) => source));
  const replayed = pieces.map((piece) => (silent.has(piece.source) ? { ...piece, events: [] } : piece));
  tell(`replaying ${database.files.length} files`);
  const state = replay(replayed, {
    postgresVersion: config.postgresVersion,
    sessionRole: config.sessionRole,
    searchPath: config.preset.searchPath,
    assume: true,
    inTransaction: config.preset.name === "extension",
    parser,
  });
  return {
    catalog: createCatalog(state, config.postgresVersion),
    sources: sources.map((read) => {
      const problem = foreign.get(read);
      return problem === undefined ? read : { ...read, events: [], statements: [], problems: [problem] };
    }),
  };
}

type Read = (source: Source, options: Parameters<ReadFile>[1]) => ReadSource;

/** Reads a file with those that it includes, adds them to `sources`, and says in which pieces their statements run. */
function readScript(
  { file, path, bytes, upHalf, includes = [] }: ProjectFile,
  sources: ReadSource[],
  reader: Read,
): readonly ReplaySource[] {
  const read = reader({ path, bytes }, { file, prelude: false, range: upHalf });
  const { source, events } = read;
  const commands = new Set(read.unknown.map(({ place }) => place.span.start));
  const followed = includes.filter(({ at }) => commands.has(at));
  const starts = new Set(followed.map(({ at }) => at));
  sources.push({ ...read, unknown: read.unknown.filter(({ place }) => !starts.has(place.span.start)) });
  const pieces: ReplaySource[] = [];
  let next = 0;
  const runUntil = (end: number): void => {
    const from = next;
    while ((events[next]?.span.start ?? end) < end) next++;
    pieces.push({
      source,
      events: events.slice(from, next),
      prelude: false,
      continues: pieces.length > 0,
    });
  };
  for (const { at, file: inner } of followed) {
    if (inner === null) continue;
    runUntil(at);
    for (const piece of readScript(inner, sources, reader)) pieces.push({ ...piece, continues: true });
  }
  runUntil(Number.POSITIVE_INFINITY);
  // What looks like a command and is none, inside of a comment: the file is judged all the same.
  for (const { at, file: other } of includes)
    if (other !== null && !starts.has(at)) pieces.push(...readScript(other, sources, reader));
  return pieces;
}
