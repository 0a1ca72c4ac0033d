/** What the readers of the parser's tree share: the text with its tokens, names in scope, and where nodes stand. */
import { type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { type Tokens, tokenAt, tokensIn, wordOf } from "./tokens.ts";

/** First and last token of something, inclusive; -1 when not known. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What a node became, and its tokens. */
export interface Placed<T> extends Range {
  readonly node: T;
}

/** Names of WITH queries that can be seen from a place. */
export interface Scope {
  readonly names: ReadonlySet<string>;
  readonly outer: Scope | null;
}

export interface Reader {
  readonly text: MappedText;
  readonly tokens: Tokens;
  readonly scope: Scope | null;
  /** The statement's tokens: where nodes whose place is not known are said to be. */
  readonly whole: Range;
}

export const NOWHERE: Range = { first: -1, last: -1 };

/** A reader of a text, or of the part of it that starts and ends at these byte offsets. */
export function readerOf(text: MappedText, part?: Span): Reader {
  const tokens = tokensIn(text);
  let first = 0;
  let last = tokens.starts.length - 1;
  if (part !== undefined) {
    first = Math.max(0, tokenAt(tokens, part.start));
    const after = tokenAt(tokens, part.end);
    if (after > first) last = after - 1;
  }
  while (last > first && wordOf(tokens, last) === ";") last--;
  return { text, tokens, scope: null, whole: { first, last } };
}

export function withNames(reader: Reader, names: Iterable<string>): Reader {
  return { ...reader, scope: { names: new Set(names), outer: reader.scope } };
}

export function isInScope(reader: Reader, name: string): boolean {
  for (let scope = reader.scope; scope !== null; scope = scope.outer) if (scope.names.has(name)) return true;
  return false;
}

/** The token at a node's `location`, which the parser leaves out when it is 0; -1 when the node has none. */
export function tokenOf(reader: Reader, location: number | undefined): number {
  return location !== undefined && location < 0 ? -1 : tokenAt(reader.tokens, location ?? 0);
}

export function word(reader: Reader, index: number): string {
  return wordOf(reader.tokens, index);
}

/** The bracket that closes the one at this token, or the token itself. */
export function closing(reader: Reader, index: number): number {
  const partner = reader.tokens.partner[index] ?? -1;
  return Math.max(partner, index);
}

/** From a keyword over the brackets that follow it (after at most `skip` further words); the keyword alone without. */
export function keywordWithBrackets(reader: Reader, index: number, skip = 1): Range {
  if (index < 0) return NOWHERE;
  for (let i = index; i <= index + 1 + skip; i++) {
    const token = word(reader, i);
    if (token === "(" || token === "[") return { first: index, last: closing(reader, i) };
  }
  return { first: index, last: index };
}

/** A reader for what is inside the brackets that close (or open) at this token. */
export function insideBrackets(reader: Reader, index: number): Reader {
  const partner = reader.tokens.partner[index] ?? -1;
  if (partner < 0) return reader;
  return { ...reader, whole: { first: Math.min(partner, index) + 1, last: Math.max(partner, index) - 1 } };
}

/** Last token of a name of this many parts that starts here. */
export function nameEnd(index: number, parts: number): number {
  return index < 0 ? -1 : index + 2 * (Math.max(1, parts) - 1);
}

/** The source span of tokens; that of the whole statement when they are not known. */
export function spanOf(reader: Reader, range: Range): Span {
  const { first, last } = range.first < 0 || range.last < range.first ? reader.whole : range;
  const start = reader.tokens.starts[first] ?? 0;
  return spanToSource(reader.text.map, { start, end: reader.tokens.ends[last] ?? start });
}

/** Pairs a node that needs its span with its place. */
export function place<T>(reader: Reader, range: Range, build: (span: Span) => T): Placed<T> {
  return { node: build(spanOf(reader, range)), first: range.first, last: range.last };
}

/** With the parentheses that stand directly around it, if any. */
export function widened(reader: Reader, range: Range): Range {
  let { first, last } = range;
  if (first < 0) return range;
  const { partner } = reader.tokens;
  while (first > 0 && partner[first - 1] === last + 1) {
    first--;
    last++;
  }
  return { first, last };
}

/**
 * The smallest range that covers operands and an operator between them. Parentheses around operands, which the tree
 * does not show, are inside: brackets balance.
 */
export function around(reader: Reader, operands: readonly Range[], own: Range = NOWHERE): Range {
  const { tokens } = reader;
  const parts: Range[] = [];
  for (const operand of operands) if (operand.first >= 0) parts.push(widened(reader, operand));
  if (own.first >= 0) parts.push(own);
  let depth = Number.POSITIVE_INFINITY;
  for (const part of parts) depth = Math.min(depth, tokens.depth[part.first] ?? 0);
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (const part of parts) {
    const level = atDepth(reader, part, depth);
    first = Math.min(first, level.first);
    last = Math.max(last, level.last);
  }
  return last < 0 ? NOWHERE : { first, last };
}

/** The range, or the brackets around it that are at this depth. */
export function atDepth(reader: Reader, range: Range, depth: number): Range {
  const { tokens } = reader;
  let { first, last } = range;
  while ((tokens.depth[first] ?? 0) > depth) {
    const bracket = tokens.around[first] ?? -1;
    if (bracket < 0) break;
    first = bracket;
    last = Math.max(last, closing(reader, bracket));
  }
  return { first, last };
}
