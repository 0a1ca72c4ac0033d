import { isAscii } from "node:buffer";
import type { Span } from "../text/span.ts";
import { withoutEqualRows } from "./equal-rows.ts";
import type { Layers } from "./layers.ts";
import { advance, lexerAt, lineEnd } from "./lexer.ts";
import { type Region, regionsIn } from "./mask.ts";
import { type PostgresParser, type RawStatement, SyntaxProblem, TooComplex } from "./postgres.ts";
import { errorMessage, errorSpan } from "./problem.ts";
import type { Chunk } from "./split.ts";
import { rewriteRegion, type StandIn, standInsFor } from "./stand-in.ts";
import { withoutComments } from "./without-comments.ts";

/** What parsing one source may still cost; shared by all attempts on it. */
export interface Budget {
  /** Bytes read more than once so far, and what else costs as much. */
  spent: number;
  readonly limit: number;
}

/** The parser accepted a piece of text. */
export interface Accepted {
  readonly kind: "parsed";
  /** What it was given, standing at `start` in the source. */
  readonly text: Buffer;
  readonly start: number;
  readonly raw: readonly RawStatement[];
  /** Whether a mask above the base was needed. */
  readonly masked: boolean;
  /** Whether `text` is what stands in the base. */
  readonly plain: boolean;
}

/** The parser refused a piece of text, for the reason and at the place told. */
export interface Refused {
  readonly kind: "refused";
  readonly problem: "parse-error" | "too-complex";
  readonly span: Span;
  readonly message: string;
}

/** `empty`: nothing is left of the piece under its masks; `unseen`: what a placeholder in it stands for is no name or value. */
export type Outcome =
  | Accepted
  | Refused
  | { readonly kind: "empty" }
  | { readonly kind: "unseen"; readonly span: Span };

const LARGEST_STATEMENT = 16 << 20;
const DEEPEST_PARENTHESES = 1000;
// PostgreSQL's scanner is quadratic in these runs; an operator has at most 63 characters.
const LONGEST_OPERATOR = 64;
const LONGEST_RUN = 256;
const MOST_REWRITES = 24;
const LARGEST_REWRITE = 256 << 10;
// What an attempt costs besides its bytes; a new instance of the parser costs as much as parsing a megabyte.
const ATTEMPT_COST = 256;
const TOO_COMPLEX_COST = 1 << 20;

/** Parses one chunk: as it is, then under one mask more each time; what parses first wins, else the farthest failure. */
export function attempt(
  parser: PostgresParser,
  layers: Layers,
  source: Buffer,
  chunk: Chunk,
  budget: Budget,
): Outcome {
  const refusal = tooMuch(chunk);
  if (refusal !== null) return refused("too-complex", firstLine(layers.base, chunk), refusal);
  if (chunk.unclosed >= 0) return unclosedQuote(parser, layers.base, source, chunk, budget);
  const clean = chunk.longestRun > LONGEST_RUN;
  let best: Refused | null = null;
  let top: Layer = { bytes: layers.base, regions: [] };
  for (const layer of variants(layers, chunk)) {
    if (best !== null) budget.spent += chunk.end - chunk.start + ATTEMPT_COST;
    const outcome = parsePiece(parser, layer, source, chunk, clean);
    if (outcome.kind === "empty" || outcome.kind === "unseen") return outcome;
    if (outcome.kind === "parsed") {
      const masked = layer.regions.length > 0;
      return { ...outcome, masked, plain: !masked && !clean };
    }
    if (outcome.problem === "too-complex") {
      budget.spent += TOO_COMPLEX_COST;
      return outcome;
    }
    if (best === null || outcome.span.start >= best.span.start) best = outcome;
    top = layer;
    if (budget.spent > budget.limit) return best;
  }
  const small = chunk.end - chunk.start <= LARGEST_REWRITE;
  const rewritten =
    top.regions.length > 0 && small ? rewrite(parser, layers.base, top, source, chunk, clean, budget) : null;
  if (rewritten !== null || best === null) return rewritten ?? { kind: "empty" };
  return isMacro(top, chunk, best) ? { kind: "empty" } : best;
}

/** Whether all that fails is the text after a placeholder that opens the statement: `:COMMAND 'argument'`. */
function isMacro(top: Layer, chunk: Chunk, failure: Refused): boolean {
  const first = top.regions[0];
  if (first === undefined || first.as !== "blank" || first.start > chunk.start) return false;
  return extent(top.bytes, chunk)?.start === failure.span.start;
}

/** The base, and after it the layers that change something in a chunk. Lazy: nearly all text parses as it is. */
function* variants(layers: Layers, chunk: Chunk): Generator<Layer> {
  if (!(layers.known() && layers.upper().some((layer) => hidesNonSql(layer, layers.base, chunk)))) {
    yield { bytes: layers.base, regions: [] };
  }
  for (const { bytes, regions } of layers.upper()) {
    const within = regionsIn(regions, chunk);
    if (within.length > 0) yield { bytes, regions: within };
  }
  const first = layers.firstBranches();
  if (first === null) return;
  const others = regionsIn(first.regions, chunk);
  // A statement that stands in such a branch itself has nothing else to be read as.
  if (others[0] !== undefined && others[0].start > chunk.start) yield { bytes: first.bytes, regions: others };
}

/** Whether a mask hides what cannot be SQL outside quotes, a brace or a lone colon: the base need not be tried then. */
function hidesNonSql(layer: Layer, base: Buffer, chunk: Chunk): boolean {
  const first = regionsIn(layer.regions, chunk)[0];
  if (first === undefined || first.start < chunk.start) return false;
  const byte = base[first.start];
  return byte === 58 || (byte === 123 && chunk.start === first.start);
}

function refused(problem: Refused["problem"], span: Span, message: string): Refused {
  return { kind: "refused", problem, span, message };
}

function tooMuch(chunk: Chunk): string | null {
  if (chunk.end - chunk.start > LARGEST_STATEMENT) return "statement is larger than 16 MB: not parsed";
  if (chunk.depth > DEEPEST_PARENTHESES) return "parentheses are nested too deeply: not parsed";
  if (chunk.longestOperator > LONGEST_OPERATOR) return "too many operator characters in a row: not parsed";
  return null;
}

/** The first line of a chunk: enough to point at a statement that is a problem as a whole. */
export function firstLine(bytes: Buffer, span: Span): Span {
  return { start: span.start, end: Math.min(span.end, lineEnd(bytes, span.start, bytes.length)) };
}

/** The tokens' extent in a stretch of bytes, or null when there are only blanks. */
function extent(bytes: Buffer, span: Span): { start: number; end: number; lastToken: number } | null {
  const lexer = lexerAt(bytes, span.start, span.end);
  if (advance(lexer) === "end") return null;
  const start = lexer.start;
  let lastToken = start;
  let end = lexer.end;
  while (advance(lexer) !== "end") {
    lastToken = lexer.start;
    end = lexer.end;
  }
  return { start, end, lastToken };
}

interface Layer {
  readonly bytes: Buffer;
  /** What is masked in these bytes, where it matters. */
  readonly regions: readonly Region[];
}

function parsePiece(
  parser: PostgresParser,
  layer: Layer,
  source: Buffer,
  span: Span,
  clean: boolean,
): Outcome {
  const { bytes, regions } = layer;
  const piece = extent(bytes, span);
  if (piece === null) return { kind: "empty" };
  // A stand-in can be shorter than what it stands for; the statement ends where the latter does.
  const last = regions.find((region) => region.start < piece.end && piece.end < region.end);
  const slice = bytes.subarray(piece.start, Math.min(last?.end ?? piece.end, span.end));
  const text = withoutEqualRows(clean ? withoutComments(slice) : slice);
  const answer = ask(parser, text);
  if (answer instanceof SyntaxProblem) {
    const at = errorSpan(answer, text, piece.start, piece.lastToken - piece.start);
    return refused("parse-error", at, errorMessage(answer, source, at));
  }
  if (answer instanceof TooComplex) return refused("too-complex", firstLine(bytes, piece), answer.message);
  return { kind: "parsed", text, start: piece.start, raw: answer, masked: false, plain: false };
}

/** What the parser says of a text; an answer, never an exception. */
function ask(parser: PostgresParser, text: Buffer): readonly RawStatement[] | SyntaxProblem | TooComplex {
  try {
    return parser.parse(decode(text));
  } catch (error) {
    if (error instanceof SyntaxProblem || error instanceof TooComplex) return error;
    throw error;
  }
}

/** UTF-8 bytes as a string; the common ASCII case is cheaper. */
export function decode(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString("latin1") : bytes.toString("utf8");
}

const UNTERMINATED: Readonly<Record<string, string>> = {
  string: "unterminated quoted string",
  name: "unterminated quoted identifier",
  dollar: "unterminated dollar-quoted string",
  comment: "unterminated /* comment",
};

/** A quote that never ends: an error before it counts first, else PostgreSQL's words for the quote itself. */
function unclosedQuote(
  parser: PostgresParser,
  bytes: Buffer,
  source: Buffer,
  chunk: Chunk,
  budget: Budget,
): Outcome {
  const before = { start: chunk.start, end: chunk.unclosed };
  budget.spent += before.end - before.start;
  const outcome = parsePiece(parser, { bytes, regions: [] }, source, before, chunk.longestRun > LONGEST_RUN);
  if (outcome.kind === "refused" && !outcome.message.endsWith("at end of input")) return outcome;
  const lexer = lexerAt(bytes, chunk.unclosed, chunk.end);
  const kind = advance(lexer);
  const span = firstLine(bytes, { start: chunk.unclosed, end: chunk.end });
  const problem = new SyntaxProblem(
    `${UNTERMINATED[kind] ?? "unterminated quote"} at or near "${source.toString("utf8", span.start, Math.min(span.end, span.start + 1000))}"`,
    0,
  );
  return refused("parse-error", span, errorMessage(problem, source, span));
}

/**
 * A placeholder can stand for more than a name. Where the parser stumbles over a stand-in, or right after one, the others
 * are tried, as long as each step brings the error farther.
 */
function rewrite(
  parser: PostgresParser,
  base: Buffer,
  top: Layer,
  source: Buffer,
  chunk: Chunk,
  clean: boolean,
  budget: Budget,
): Outcome | null {
  // Offsets stay those of the source: the copy is the chunk alone, the parser gets slices of it.
  const copy = Buffer.from(top.bytes.subarray(chunk.start, chunk.end));
  const original = base.subarray(chunk.start, chunk.end);
  const local = { start: 0, end: copy.length };
  const localSource = source.subarray(chunk.start, chunk.end);
  const regions = top.regions.map((r) => ({
    start: Math.max(0, r.start - chunk.start),
    end: Math.min(copy.length, r.end - chunk.start),
    as: r.as,
  }));
  const tried = new Map<Region, Set<StandIn>>();
  let current = parsePiece(parser, { bytes: copy, regions }, localSource, local, clean);
  for (let count = 0; count < MOST_REWRITES; count++) {
    if (current.kind !== "refused") return relocate(current, chunk.start);
    if (budget.spent > budget.limit || current.problem === "too-complex") return null;
    const region = regionAt(copy, regions, current.span.start);
    // What opens a statement can be a whole command: a stand-in would only invent one.
    if (region === undefined || (region.as === "blank" && region.start === 0)) return null;
    const done = tried.get(region) ?? new Set<StandIn>([region.as]);
    tried.set(region, done);
    const next = standInsFor(region).find((standIn) => !done.has(standIn));
    if (next === undefined) {
      const { start, end } = region;
      const isItself = current.span.start < end;
      return isItself
        ? { kind: "unseen", span: { start: start + chunk.start, end: end + chunk.start } }
        : null;
    }
    done.add(next);
    const saved = Buffer.from(copy.subarray(region.start, region.end));
    rewriteRegion(copy, original, region, next);
    budget.spent += copy.length + ATTEMPT_COST;
    const outcome: Outcome = parsePiece(parser, { bytes: copy, regions }, localSource, local, clean);
    if (outcome.kind === "refused" && outcome.span.start <= current.span.start)
      saved.copy(copy, region.start);
    else current = outcome;
  }
  return null;
}

function relocate(outcome: Outcome, by: number): Outcome {
  return outcome.kind === "parsed" ? { ...outcome, start: outcome.start + by, masked: true } : outcome;
}

/** The region at an offset, or the last one before it with nothing but blanks between. */
function regionAt(bytes: Buffer, regions: readonly Region[], at: number): Region | undefined {
  const region = regions.findLast((r) => r.start <= at);
  if (region === undefined || region.end > at) return region;
  return extent(bytes, { start: region.end, end: at }) === null ? region : undefined;
}
