/** Secrets that findings are about are not printed again: not in the frame of their finding, not in another's. */

import { quotedIn } from "../parser/quoted.ts";
import type { Finding } from "../rule/finding.ts";
import type { Rule } from "../rule/rule.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** A source as it may be shown: of the same length, with stars in the place of secrets. */
export type Redact = (source: Source) => Source;

const STAR = 42;

/** The places of all secrets that findings are about. `statements` are the spans of a source's statements, ascending. */
export function secretPlaces(
  findings: readonly Finding[],
  rules: readonly Rule[],
  statements: ReadonlyMap<Source, readonly Span[]>,
): readonly Place[] {
  const about = new Set(rules.filter((rule) => rule.aboutSecrets === true).map(({ id }) => id));
  return findings
    .filter(({ rule }) => about.has(rule))
    .flatMap(({ place, related }) => [place, ...related.map((one) => one.place)])
    .flatMap((place) =>
      secretsAt(place, statements.get(place.source) ?? []).map((span) => ({ source: place.source, span })),
    );
}

/** Covers these places. */
export function redactorOf(secrets: readonly Place[]): Redact {
  const redacted = new Map<Source, Source>();
  for (const { source, span } of secrets) {
    const { bytes } = redacted.get(source) ?? { bytes: Buffer.from(source.bytes) };
    // Line breaks stay, so that lines keep their numbers.
    for (let i = span.start; i < span.end; i++) if (bytes[i] !== 10 && bytes[i] !== 13) bytes[i] = STAR;
    redacted.set(source, { path: source.path, bytes });
  }
  return (source) => redacted.get(source) ?? source;
}

/** What is quoted there; where nothing is, what follows an equals sign or TO; else all that is quoted in the statement. */
function secretsAt({ source, span }: Place, statements: readonly Span[]): readonly Span[] {
  const { bytes } = source;
  const text = bytes.toString("latin1", span.start, span.end);
  // In EXECUTE '…' the quotes are doubled.
  const doubled = /^''(.*)''$/s.exec(text);
  if (doubled !== null) return [{ start: span.start + 2, end: span.end - 2 }];
  const quoted = quotedIn(bytes, span);
  if (quoted.length > 0) return quoted.flatMap((inside) => passwordsIn(bytes, inside) ?? inside);
  const value = /(?:=|\bto\b)\s*(?=\S)/i.exec(text);
  if (value !== null) return [{ start: span.start + value.index + value[0].length, end: span.end }];
  const statement = statements.find(({ start, end }) => start <= span.start && span.start < end);
  return statement === undefined ? [] : quotedIn(bytes, statement);
}

/** In a connection string only the password is a secret. null: it is none. */
function passwordsIn(bytes: Buffer, inside: Span): readonly Span[] | null {
  const text = bytes.toString("latin1", inside.start, inside.end);
  const found = [...text.matchAll(/\bpassword\s*=\s*/gi)].map(({ index, 0: key }) => {
    const start = index + key.length;
    const [value = ""] = /^(?:'[^']*'|\S*)/.exec(text.slice(start, start + 1000)) ?? [];
    return { start: inside.start + start, end: inside.start + start + value.length };
  });
  return found.length === 0 ? null : found;
}
