import { verbatim } from "../text/mapped-text.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { type Accepted, attempt, type Budget, decode, firstLine, type Refused } from "./attempt.ts";
import { dataInserts } from "./data-insert.ts";
import { otherDialect } from "./dialect.ts";
import { cleanBytes } from "./encoding.ts";
import { type Layers, layersOn } from "./layers.ts";
import { skipBlank } from "./lexer.ts";
import { maskChangesets } from "./mask-changesets.ts";
import { maskPsql } from "./mask-psql.ts";
import { notToBeRun } from "./not-run.ts";
import type { PostgresParser } from "./postgres.ts";
import { resumeAt } from "./recover.ts";
import { repeats } from "./repeats.ts";
import { type Chunk, nextChunk } from "./split.ts";
import type { ParsedSource, Problem, Statement } from "./types.ts";
import { type Seen, unseenPlaceholders, unseenTemplates } from "./unseen-templates.ts";

/** After so many statements that do not parse the rest of a file is given up, as one problem. */
const MOST_PROBLEMS = 1000;

/** More statements in one file are not read: a database of this size is some 50 MB of SQL without its data. */
const MOST_STATEMENTS = 100_000;

/**
 * Splits a source into statements and parses each alone, so that one which does not parse costs only itself. `range` is
 * the part that is replayed, in bytes; the rest is left out. Never throws, whatever the bytes.
 */
export function parseSource(source: Source, parser: PostgresParser, range: Span | null = null): ParsedSource {
  return parseEach(source, parser, range, (statement) => statement);
}

/**
 * The same, where only what `take` makes of each statement is kept: a statement's tree takes a hundred times the room of
 * its text. What `take` is called for is not always part of the result, so it should do nothing else.
 */
export function parseEach<T>(
  source: Source,
  parser: PostgresParser,
  range: Span | null,
  take: (statement: Statement) => T,
): ParsedSource<T> {
  const said = notToBeRun(source);
  if (said !== null) return { source, statements: [], problems: [], unseen: [said] };
  const clean = cleanBytes(source.bytes, range);
  const psql = maskPsql(clean.bytes);
  const base = maskChangesets(psql.bytes);
  const layers = layersOn(base, clean.bytes, psql.regions);
  let pass = parseAll(source.bytes, parser, layers, base, take);
  let templated = pass.usedMasks;
  if (pass.problems.length > 0) {
    // Quotes inside templates can lead the splitter astray: split what the masks leave, too.
    const top = layers.upper().at(-1);
    const again = top === undefined ? null : parseAll(source.bytes, parser, layers, top.bytes, take);
    if (again !== null && again.problems.length < pass.problems.length) {
      pass = again;
      templated = true;
    }
  }
  const templates = templated ? unseenTemplates(source.bytes, layers, pass.seen) : [];
  const unseen = psql.unseen.concat(templates, unseenPlaceholders(source.bytes, pass.unseen));
  const dialect = otherDialect(source, pass.taken.length, pass.problems);
  const problems = dialect === null ? withoutConsequences(pass.problems, pass.consequences) : [dialect];
  return {
    source,
    statements: dialect === null ? pass.taken : [],
    problems: inOrder(clean.problems.concat(psql.problems, problems)),
    unseen: inOrder(unseen),
  };
}

function inOrder<T extends { readonly span: Span }>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => a.span.start - b.span.start);
}

interface Pass<T> {
  /** What was made of each statement, and where it stands. */
  readonly taken: readonly T[];
  readonly seen: readonly Seen[];
  readonly problems: readonly Problem[];
  /** Those among them that go on from the one before: what is left of a statement that was cut in the wrong place. */
  readonly consequences: ReadonlySet<Problem>;
  /** Placeholders in statements that parse with nothing in their place. */
  readonly unseen: readonly Span[];
  /** Whether a statement parsed only under a mask. */
  readonly usedMasks: boolean;
}

/** One problem for what one mistake has broken; the statement that it costs reaches to the end of that. */
function withoutConsequences(
  problems: readonly Problem[],
  consequences: ReadonlySet<Problem>,
): readonly Problem[] {
  const left: Problem[] = [];
  for (const problem of problems) {
    const before = left.at(-1);
    const statement = problem.statement;
    if (before?.statement === undefined || statement === undefined || !consequences.has(problem))
      left.push(problem);
    else
      left[left.length - 1] = { ...before, statement: { start: before.statement.start, end: statement.end } };
  }
  return left;
}

/** Splits `bytes`, one of the layers or their base, and parses chunk by chunk. */
function parseAll<T>(
  source: Buffer,
  parser: PostgresParser,
  layers: Layers,
  bytes: Buffer,
  take: (statement: Statement) => T,
): Pass<T> {
  const limit = bytes.length;
  const budget: Budget = { spent: 0, limit: 8 * limit + (4 << 20) };
  const taken: T[] = [];
  const seen: Seen[] = [];
  const problems: Problem[] = [];
  const unseen: Span[] = [];
  const consequences = new Set<Problem>();
  let usedMasks = false;
  let wasRefused = false;
  const accept = (accepted: Accepted): void => {
    usedMasks ||= accepted.masked;
    const { text, start: from, plain } = accepted;
    for (const statement of statementsOf(accepted)) {
      const { start, end } = statement.span;
      seen.push({ start, end, bytes: plain ? null : text, from });
      taken.push(take(statement));
    }
  };
  const isData = dataInserts(bytes);
  const isRepeated = repeats(bytes);
  let isFine = false;
  for (let chunk = nextChunk(bytes, 0, limit); chunk !== null; ) {
    let from = chunk.next;
    if (!isData(chunk) && !(isRepeated(chunk) && isFine)) {
      const outcome = attempt(parser, layers, source, chunk, budget);
      // No statement begins like that, and the one before has no end.
      const goesOn =
        wasRefused &&
        outcome.kind === "refused" &&
        outcome.problem === "parse-error" &&
        outcome.span.start === skipBlank(bytes, chunk.start, chunk.end);
      wasRefused = outcome.kind === "refused";
      isFine = outcome.kind === "parsed";
      if (outcome.kind === "parsed") accept(outcome);
      else if (outcome.kind === "empty") usedMasks = true;
      else if (outcome.kind === "unseen") unseen.push(outcome.span);
      else {
        const at = isAboutAll(outcome, chunk) ? chunk.start : outcome.span.start;
        const resume = resumeAt(bytes, chunk, at);
        let cost: Span | undefined = { start: chunk.start, end: Math.min(chunk.end, resume ?? chunk.end) };
        if (resume !== null) {
          budget.spent += from - resume;
          from = resume;
          // Where only a `;` is missing, what stands before the place is a statement like any other.
          if (resume <= at && resume > chunk.start) {
            const head = nextChunk(bytes, chunk.start, resume);
            const first = head === null ? null : attempt(parser, layers, source, head, budget);
            if (first?.kind === "parsed") {
              accept(first);
              cost = undefined;
              wasRefused = false;
            }
          }
        }
        const problem = problemOf(outcome, cost);
        problems.push(problem);
        if (goesOn) consequences.add(problem);
      }
    }
    chunk = nextChunk(bytes, from, limit);
    if (chunk === null) break;
    const tooMuch = tooMuchAbove(problems.length, taken.length, budget);
    if (tooMuch !== null) {
      problems.push(givenUp(bytes, { start: chunk.start, end: limit }, tooMuch));
      break;
    }
  }
  return { taken, seen, problems, consequences, unseen, usedMasks };
}

/** Whether a refusal gives no place to go on from: the chunk is too much, or runs to the end for lack of an END or `)`. */
function isAboutAll(refused: Refused, chunk: Chunk): boolean {
  if (refused.problem === "too-complex") return true;
  return !chunk.terminated && refused.message.endsWith("at end of input");
}

function problemOf(refused: Refused, statement: Span | undefined): Problem {
  const { problem: kind, span, message } = refused;
  return statement === undefined ? { kind, span, message } : { kind, span, statement, message };
}

/** Why a file is read no further. */
function tooMuchAbove(problems: number, statements: number, budget: Budget): string | null {
  if (statements >= MOST_STATEMENTS) return `more than ${MOST_STATEMENTS} statements`;
  return problems >= MOST_PROBLEMS || budget.spent > budget.limit ? "too many errors" : null;
}

function givenUp(bytes: Buffer, rest: Span, above: string): Problem {
  return {
    kind: "too-complex",
    span: firstLine(bytes, rest),
    statement: rest,
    message: `${above} above: the rest of the file was not checked`,
  };
}

function* statementsOf({ raw, text, start }: Accepted): Generator<Statement> {
  if (raw.length === 1 && raw[0] !== undefined && raw[0].stmt_location === undefined) {
    const span = { start, end: start + text.length };
    yield { span, text: verbatim(decode(text), start), node: raw[0].stmt };
    return;
  }
  // The parser saw an end of statement where the splitter saw none: its own offsets tell the parts. Locations count
  // from the whole text, so every part keeps it.
  const whole = verbatim(decode(text), start);
  for (const { stmt, stmt_location: from = 0, stmt_len: length = text.length - from } of raw) {
    const part = nextChunk(text, from, from + length);
    if (part !== null) {
      yield { span: { start: start + part.start, end: start + part.end }, text: whole, node: stmt };
    }
  }
}
