/** What reading a project's files gave, kept from run to run: where one file changed, the parser is needed for that one alone. */
import type { Event } from "../events/event.ts";
import type { Problem } from "../parser/types.ts";
import type { Project } from "../project/types.ts";
import { type MappedText, toSource } from "../text/mapped-text.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { Cache } from "./cache.ts";
import { type ReadFile, type ReadSource, readSource } from "./database.ts";
import { digest } from "./digest.ts";

/** Of smaller projects nothing is kept: they are read in no time. Bytes. */
const SMALLEST = 1 << 17;

export interface KeptReads {
  /** `readSource`, or what it gave before. */
  readonly read: ReadFile;
  /** To be called when all is read. */
  keep(): void;
}

/**
 * Entries are made of one JSON text per file. There are two: one with all files, and a small one with those that were
 * read since, so that a change of one file is not paid for by writing all.
 */
export function keptReads(cache: Cache, { database, config }: Project): KeptReads {
  const size = database.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (database.files.length < 2 || size < SMALLEST) return { read: readSource, keep() {} };
  const name = digest([cache.program, "read", database.root, config.preset.name]);
  const [most, recent] = [unpacked(cache.getBytes(`${name}a`)), unpacked(cache.getBytes(`${name}b`))];
  const used = new Map<string, Buffer>();
  let isNew = false;
  return {
    read(source, options, parser) {
      const key = digest([source.path, source.bytes, options.range]);
      const known = most.get(key) ?? recent.get(key);
      if (known !== undefined) {
        used.set(key, known);
        return readFrom(known.toString("utf8"), source, options);
      }
      const read = readSource(source, options, parser);
      // What took too long may be done in time when it is tried again.
      if (read.problems.every(({ kind }) => kind !== "too-complex")) {
        isNew = true;
        used.set(key, Buffer.from(readText(read)));
      }
      return read;
    },
    keep() {
      if (!isNew) return;
      const added = [...used].filter(([key]) => !most.has(key));
      if (sizeOf(added) * 4 > sizeOf(used)) {
        cache.setBytes(`${name}a`, packed(used));
        cache.setBytes(`${name}b`, packed([]));
      } else cache.setBytes(`${name}b`, packed(added));
    },
  };
}

type Texts = Iterable<readonly [key: string, text: Buffer]>;

function sizeOf(texts: Texts): number {
  let size = 0;
  for (const [, text] of texts) size += text.length;
  return size;
}

/** A line of JSON with keys and lengths, and the texts. */
function packed(texts: Texts): readonly Buffer[] {
  const head = [...texts].map(([key, text]) => [key, text.length]);
  return [Buffer.from(`${JSON.stringify(head)}\n`), ...[...texts].map(([, text]) => text)];
}

function unpacked(pack: Buffer | null): ReadonlyMap<string, Buffer> {
  const texts = new Map<string, Buffer>();
  if (pack === null) return texts;
  let start = pack.indexOf(10) + 1;
  const head: readonly (readonly [string, number])[] = JSON.parse(pack.toString("latin1", 0, start));
  for (const [key, length] of head) {
    texts.set(key, pack.subarray(start, start + length));
    start += length;
  }
  return texts;
}

/** A `ReadSource` without what its reader knows. */
interface Stored {
  readonly events: readonly Event[];
  /** Texts of routines that stand in the file as they are, by the number of their event: where. */
  readonly texts: readonly (readonly [event: number, start: number, end: number])[];
  readonly statements: readonly Span[];
  readonly problems: readonly Problem[];
  readonly unknown: readonly { readonly span: Span; readonly message: string }[];
}

export function readText({ source, events, statements, problems, unknown }: ReadSource): string {
  const texts: Stored["texts"][number][] = [];
  const stored: Stored = {
    events: events.map((event, i) => {
      if (event.kind !== "create-routine" || event.source.kind !== "text") return event;
      const { text } = event.source;
      const at = verbatimIn(source, text);
      if (at === null) return event;
      texts.push([i, at.start, at.end]);
      return { ...event, source: { ...event.source, text: { text: "", map: text.map } } };
    }),
    texts,
    statements,
    problems,
    unknown: unknown.map(({ place, message }) => ({ span: place.span, message })),
  };
  return JSON.stringify(stored);
}

/** The same as was made a text of, for the same source. */
export function readFrom(
  text: string,
  source: Source,
  options: Pick<ReadSource, "file" | "prelude" | "range">,
): ReadSource {
  const { events, texts, statements, problems, unknown }: Stored = JSON.parse(text);
  const whole = [...events];
  for (const [i, start, end] of texts) {
    const event = whole[i];
    if (event?.kind !== "create-routine" || event.source.kind !== "text") continue;
    const text = { text: source.bytes.toString("utf8", start, end), map: event.source.text.map };
    whole[i] = { ...event, source: { ...event.source, text } };
  }
  return {
    source,
    ...options,
    events: whole,
    statements,
    problems,
    unknown: unknown.map(({ span, message }) => ({ place: { source, span }, message })),
  };
}

/** Where a text stands as it is; null: there are escapes in it, or something was put in. */
function verbatimIn({ bytes }: Source, { text, map }: MappedText): Span | null {
  const start = toSource(map, 0);
  const end = start + Buffer.byteLength(text);
  return bytes.toString("utf8", start, end) === text ? { start, end } : null;
}
