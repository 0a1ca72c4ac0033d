/** Which other sources have to be judged so that the findings of some are told apart as in a run on all of them. */
import { withoutLayout } from "../parser/layout.ts";
import type { Finding } from "../rule/finding.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { enclosing } from "./fingerprint.ts";

/** Sources whose findings are asked for; null: all. */
export type Focus = ReadonlySet<Source> | null;

/**
 * Fingerprints of findings that agree in rule, object and statement are numbered over all sources. These are the sources
 * that may hold findings which are numbered with the given ones: they hold one of their statements but for layout and
 * constants, or, of findings outside of statements (in comments), the same text. `statements` are the spans of each
 * source's statements, ascending.
 */
export function sourcesWithSame(
  findings: readonly Finding[],
  statements: ReadonlyMap<Source, readonly Span[]>,
): ReadonlySet<Source> {
  const wanted = new Set<string>();
  /** A word of each statement: most sources do not even hold that. */
  const words = new Set<string>();
  const loose = new Set<string>();
  for (const { place } of findings) {
    const { source, span } = place;
    const statement = enclosing(statements.get(source) ?? [], span.start);
    if (statement === null) loose.add(source.bytes.toString("latin1", span.start, span.end).toLowerCase());
    else {
      const text = withoutConstants(source, statement);
      if (!wanted.has(text)) words.add(longestWord(text));
      wanted.add(text);
    }
  }
  // More would be looked for in all sources for longer than all of these take to be judged.
  if (loose.size > MANY) return new Set(statements.keys());
  const found = new Set<Source>();
  for (const [source, spans] of statements) {
    const text = source.bytes.toString("latin1").toLowerCase();
    const mayHold = words.size > MANY ? hasWord(text, words) : holdsAny(text, words);
    if (
      holdsAny(text, loose) ||
      (mayHold && spans.some((span) => wanted.has(withoutConstants(source, span))))
    )
      found.add(source);
  }
  return found;
}

/** So many texts are looked for one by one; of more, all words of a source are looked up. */
const MANY = 32;
const WORD = /[a-z_][a-z0-9_]*/g;

function holdsAny(text: string, parts: ReadonlySet<string>): boolean {
  for (const part of parts) if (text.includes(part)) return true;
  return false;
}

function hasWord(text: string, words: ReadonlySet<string>): boolean {
  for (const [word] of text.matchAll(WORD)) if (words.has(word)) return true;
  return words.has("");
}

/** What of a statement is not covered where it is secret. */
function withoutConstants({ bytes }: Source, span: Span): string {
  return withoutLayout(bytes, span).replace(/'(?:[^']|'')*'/g, "''");
}

/** In lower case; of plain letters, so that it is written the same way in an equal statement. */
function longestWord(text: string): string {
  let longest = "";
  for (const [word] of text.toLowerCase().matchAll(WORD)) if (word.length > longest.length) longest = word;
  return longest;
}
