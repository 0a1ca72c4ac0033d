import { createHash } from "node:crypto";
import { withoutLayout } from "../parser/layout.ts";
import type { Finding } from "../rule/finding.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { Redact } from "./redact.ts";

/** As much of a statement as goes into a fingerprint, in bytes: a statement of megabytes is told from others by far less. */
const MOST_BYTES = 65_536;

/**
 * Names findings so that moving lines, formatting and renaming the file keep the name: rule, object, the statement
 * without its layout, and an ordinal among findings that agree in all of these. `statements` are the spans of a
 * source's statements, ascending. To be called once for each finding of a database, in their order.
 */
export function fingerprinter(
  statements: ReadonlyMap<Source, readonly Span[]>,
  redact: Redact,
): (finding: Finding) => Finding {
  const seen = new Map<string, number>();
  const texts = new Map<Span, string>();
  return (finding) => {
    const { source, span } = finding.place;
    const statement = enclosing(statements.get(source) ?? [], span.start) ?? span;
    let text = texts.get(statement);
    if (text === undefined) {
      const end = Math.min(statement.end, statement.start + MOST_BYTES);
      // A password could be guessed from a hash of the statement that sets it.
      text = withoutLayout(redact(source).bytes, { start: statement.start, end }).replace(/\*{3,}/g, "***");
      texts.set(statement, text);
    }
    const hash = createHash("sha256");
    for (const part of [finding.rule, finding.variant ?? "", finding.object ?? "", text])
      hash.update(part).update("\0");
    const base = hash.digest("hex").slice(0, 16);
    const ordinal = seen.get(base) ?? 0;
    seen.set(base, ordinal + 1);
    return { ...finding, fingerprint: ordinal === 0 ? base : `${base}-${ordinal}` };
  };
}

/** The one of these spans, which are ascending, that the offset is in. */
export function enclosing(statements: readonly Span[], offset: number): Span | null {
  let low = 0;
  let high = statements.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = statements[middle];
    if (span === undefined) return null;
    if (offset < span.start) high = middle - 1;
    else if (offset >= span.end) low = middle + 1;
    else return span;
  }
  return null;
}
