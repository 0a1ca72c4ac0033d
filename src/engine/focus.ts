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
  const found = new Set<Source>();
  for (const [source, spans] of statements) {
    const text = source.bytes.toString("latin1").toLowerCase();
    const holds = (word: string): boolean => text.includes(word);
    if (
      [...loose].some(holds) ||
      ([...words].some(holds) && spans.some((span) => wanted.has(withoutConstants(source, span))))
    )
      found.add(source);
  }
  return found;
}

/** What of a statement is not covered where it is secret. */
function withoutConstants({ bytes }: Source, span: Span): string {
  return withoutLayout(bytes, span).replace(/'(?:[^']|'')*'/g, "''");
}

/** In lower case; of plain letters, so that it is written the same way in an equal statement. */
function longestWord(text: string): string {
  let longest = "";
  for (const [word] of text.matchAll(/[a-z_][a-z0-9_]*/gi)) if (word.length > longest.length) longest = word;
  return longest.toLowerCase();
}
