/** Where queries begin and end: the parser does not say. */
import type { SelectStmt, WithClause } from "@pgsql/types";
import { around, atDepth, NOWHERE, type Range, type Reader, tokenOf, word } from "./reader.ts";

/** Words that end a query at its own level, when they are no label or name. */
const AFTER_QUERY = new Set(["union", "intersect", "except", "returning"]);
/** Of an operand of UNION these belong to the whole. */
const AFTER_OPERAND = new Set(["order", "limit", "offset", "fetch", "for"]);
const AFTER_WITH = new Set(["check", "cascaded", "local", "data", "no"]);

/** Last token of a query of which this token is a part, at this token's level of brackets. */
export function statementEnd(reader: Reader, from: number, isOperand: boolean): number {
  const { tokens } = reader;
  let at = from;
  for (;;) {
    const partner = tokens.partner[at] ?? -1;
    if (partner > at) at = partner;
    const next = at + 1;
    if (next > reader.whole.last) return at;
    if ((tokens.partner[next] ?? -1) >= 0 && (tokens.partner[next] ?? 0) < next) return at;
    if (endsBefore(reader, next, isOperand)) return at;
    at = next;
  }
}

function endsBefore(reader: Reader, index: number, isOperand: boolean): boolean {
  const token = word(reader, index);
  if (token === ";" || token === ")" || token === "]") return true;
  const ends =
    AFTER_QUERY.has(token) ||
    (isOperand && AFTER_OPERAND.has(token)) ||
    (token === "on" && word(reader, index + 1) === "conflict") ||
    (token === "with" && AFTER_WITH.has(word(reader, index + 1)));
  if (!ends) return false;
  const before = word(reader, index - 1);
  return before !== "." && before !== "as";
}

/** Last token of INSERT, UPDATE, DELETE or MERGE, of which this token is a part. */
function modifyEnd(reader: Reader, from: number): number {
  const { tokens } = reader;
  let at = from;
  for (;;) {
    const partner = tokens.partner[at] ?? -1;
    if (partner > at) at = partner;
    if (at >= reader.whole.last) return at;
    const token = word(reader, at + 1);
    if (token === ";" || token === ")" || token === "]") return at;
    at++;
  }
}

/** From the keyword before a target relation (or WITH) to the end. */
export function modifyRange(
  reader: Reader,
  keyword: string,
  relation: Range,
  withClause: WithClause | undefined,
): Range {
  const start =
    withClause === undefined
      ? keywordBefore(reader, relation.first, [keyword], 5)
      : withStart(withClause, reader);
  if (start < 0) return NOWHERE;
  return { first: start, last: modifyEnd(reader, start) };
}

function withStart(clause: WithClause, reader: Reader): number {
  return tokenOf(reader, clause.location);
}

function keywordBefore(reader: Reader, from: number, keywords: readonly string[], limit: number): number {
  for (let i = from - 1; i >= 0 && i >= from - limit; i--) {
    if (keywords.includes(word(reader, i))) return i;
  }
  return -1;
}

interface Parts {
  readonly from: readonly Range[];
  readonly values: readonly Range[];
  readonly targets: readonly Range[];
  readonly where: Range | null;
  readonly clauses: readonly Range[];
}

/** A SELECT, VALUES or TABLE without set operation. */
export function selectRange(select: SelectStmt, parts: Parts, ofUnion: boolean, reader: Reader): Range {
  const { depth } = reader.tokens;
  const start = selectStart(select, parts, reader);
  if (start < 0) return NOWHERE;
  // In parentheses of its own an operand of UNION has clauses of its own.
  const isOperand = ofUnion && word(reader, start - 1) !== "(";
  let first = start;
  let last = statementEnd(reader, start, isOperand);
  if (select.withClause !== undefined) {
    first = withStart(select.withClause, reader);
    last = Math.max(last, statementEnd(reader, first, isOperand));
  }
  // `(SELECT …) ORDER BY …`: the clauses are outside of the parentheses.
  const outside = parts.clauses.filter(
    (range) => (depth[range.first] ?? 0) < (depth[start] ?? 0) && range.last > last,
  );
  if (outside.length === 0) return { first, last };
  const range = around(reader, [{ first, last }, ...outside]);
  return { first: range.first, last: statementEnd(reader, range.last, isOperand) };
}

function selectStart(select: SelectStmt, parts: Parts, reader: Reader): number {
  const row = parts.values[0];
  if (row !== undefined && row.first >= 0) return valuesStart(reader, row.first);
  const target = parts.targets[0];
  if (target !== undefined && target.first >= 0) return selectBeforeTarget(reader, target.first);
  const from = parts.from[0];
  if (from !== undefined && from.first >= 0) {
    return keywordBefore(reader, outermost(reader, from).first, ["select", "table"], 4);
  }
  if (parts.where !== null && parts.where.first >= 0) {
    return keywordBefore(reader, parts.where.first, ["select"], 8);
  }
  const { first } = reader.whole;
  const empty = select.targetList === undefined && word(reader, first) === "select";
  return empty ? first : -1;
}

/** The range with the brackets around it up to the FROM that they follow. */
function outermost(reader: Reader, range: Range): Range {
  let current = range;
  while (current.first > 0 && word(reader, current.first - 1) === "(") {
    current = atDepth(reader, current, (reader.tokens.depth[current.first] ?? 0) - 1);
  }
  return current;
}

function valuesStart(reader: Reader, first: number): number {
  let at = first;
  while (at >= 0) {
    if (word(reader, at - 1) === "values") return at - 1;
    at = reader.tokens.around[at] ?? -1;
  }
  return -1;
}

/** SELECT stands before the first target, ALL, DISTINCT or DISTINCT ON (…) between. */
function selectBeforeTarget(reader: Reader, target: number): number {
  let at = target - 1;
  if (word(reader, at) === ")") {
    at = (reader.tokens.partner[at] ?? 0) - 1;
    if (word(reader, at) === "on") at--;
  }
  if (word(reader, at) === "distinct" || word(reader, at) === "all") at--;
  return word(reader, at) === "select" ? at : -1;
}
