/** Which statements are new since a commit: by what they say, not by where they stand. */

import { createHash } from "node:crypto";
import { cleanBytes } from "../parser/encoding.ts";
import { withoutLayout } from "../parser/layout.ts";
import { maskPsql } from "../parser/mask-psql.ts";
import { nextChunk } from "../parser/split.ts";
import type { Git, GitTree } from "../project/git.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

interface Statements {
  readonly spans: readonly Span[];
  readonly texts: readonly string[];
}

/** A file of now: its path from the repository's top, and its source. */
export interface CurrentFile {
  readonly path: string;
  readonly source: Source;
}

/**
 * Tells whether a byte of a source stands in a statement that `before` did not have, in any file. Moving, renaming,
 * formatting and commenting change nothing.
 */
export function changedStatements(
  git: Git,
  before: GitTree,
  current: readonly CurrentFile[],
): (source: Source, at: number) => boolean {
  const now = new Map(current.map((file) => [file.path, file]));
  const touched = current.filter(({ path, source }) => {
    const id = before.get(path)?.id;
    return id === undefined || id !== blobId(source.bytes, id.length);
  });
  const gone = [...before.keys()].filter((path) => /\.sql$/i.test(path) && !now.has(path));
  const ids = [...gone, ...touched.map(({ path }) => path)].flatMap((path) => before.get(path)?.id ?? []);
  const known = new Set<string>();
  for (const bytes of git.blobs([...new Set(ids)]).values()) {
    for (const text of statementsIn(bytes).texts) known.add(text);
  }
  const statements = new Map(touched.map(({ source }) => [source, statementsIn(source.bytes)]));
  return (source, at) => {
    const own = statements.get(source);
    if (own === undefined) return false;
    const index = lastNotAfter(own.spans, at);
    const text = own.texts[index];
    // In front of the first statement: what is reported there is about the file.
    return text === undefined || !known.has(text);
  };
}

function statementsIn(bytes: Buffer): Statements {
  const masked = maskPsql(cleanBytes(bytes, null).bytes).bytes;
  const spans: Span[] = [];
  const texts: string[] = [];
  for (
    let chunk = nextChunk(masked, 0, masked.length);
    chunk !== null;
    chunk = nextChunk(masked, chunk.next, masked.length)
  ) {
    spans.push({ start: chunk.start, end: chunk.end });
    texts.push(withoutLayout(bytes, chunk));
  }
  return { spans, texts };
}

/** Index of the last span that begins at or before a byte; -1 when there is none. */
function lastNotAfter(spans: readonly Span[], at: number): number {
  let low = -1;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle]?.start ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What git would call a file's contents, with the hash that the other ids are made with. */
function blobId(bytes: Buffer, length: number): string {
  return createHash(length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
}
