import { byteLength, type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { maskBody } from "./mask-body.ts";
import { type JsonBlock, outermostBlock } from "./plpgsql-json.ts";
import { placeBody } from "./plpgsql-positions.ts";
import { OutOfStep } from "./plpgsql-tokens.ts";
import type { PlacedBlock } from "./plpgsql-tree.ts";
import { type Reading, readings, routineText, type Signature } from "./plpgsql-types.ts";
import { walkOf } from "./plpgsql-walk.ts";
import { type PostgresParser, refuseLonger, SyntaxProblem } from "./postgres.ts";
import { afterStumble } from "./without-comments.ts";

/** A longer body is not parsed: PL/pgSQL looks each name up among all variables, and data flow goes through it several times. */
const MOST_TOKENS = 60_000;

/** A PL/pgSQL body with everything in it placed in the source. */
export interface PlpgsqlTree {
  readonly kind: "tree";
  readonly block: PlacedBlock;
}

/** A body that PostgreSQL would refuse. `at` is a span of the source: the offending word if only one can be meant. */
export interface PlpgsqlFailure {
  readonly kind: "failure";
  readonly message: string;
  readonly at: Span;
}

/**
 * Parses the body of a PL/pgSQL routine or DO block (never one of BEGIN ATOMIC: the parser would abort). Types that only
 * the database knows are read as text or record, and placeholders of scripts are masked when the body does not parse
 * with them. Throws `TooComplex`.
 */
export function parsePlpgsqlBody(
  parser: PostgresParser,
  input: { readonly body: MappedText; readonly signature: Signature },
): PlpgsqlTree | PlpgsqlFailure {
  refuseLonger(input.body.text, MOST_TOKENS, "body");
  const result = parseAs(parser, input.body, input.signature);
  if (result.kind === "tree") return result;
  const text = afterStumble(input.body.text);
  const others = text === null ? maskBody(input.body) : [{ text, map: input.body.map }];
  for (const masked of others) {
    const second = parseAs(parser, masked, input.signature);
    if (second.kind === "tree") return second;
  }
  return result;
}

function parseAs(
  parser: PostgresParser,
  body: MappedText,
  signature: Signature,
): PlpgsqlTree | PlpgsqlFailure {
  let message = "";
  let count = 0;
  for (const reading of readings(body, signature)) {
    const answer = parseReading(parser, reading, signature);
    if (typeof answer !== "string") return place(body, answer);
    // The first reading takes the types as they stand, so it may fail for a type alone; the second is the best guess.
    if (count++ < 2) message = answer;
  }
  return { kind: "failure", message, at: spanToSource(body.map, placeOfError(body, message)) };
}

/** The block, or the parser's message. */
function parseReading(parser: PostgresParser, reading: Reading, signature: Signature): JsonBlock | string {
  const attempt = (name: string): JsonBlock | string => {
    try {
      const answer = parser.parsePlpgsql(routineText(reading, signature, name));
      return outermostBlock(answer) ?? "the parser gave no body";
    } catch (error) {
      if (error instanceof SyntaxProblem) return error.message;
      throw error;
    }
  };
  const answer = attempt("f");
  if (typeof answer !== "string") return answer;
  // Parameters may be qualified with the routine's name, which this room does not know.
  const qualified = /^"([^".]+)\.([^".]+)" is not a known variable$/.exec(answer);
  const name = qualified?.[1];
  if (name === undefined || !signature.parameters.some((parameter) => parameter.name === qualified?.[2]))
    return answer;
  const second = attempt(name);
  return typeof second === "string" ? answer : second;
}

function place(body: MappedText, block: JsonBlock): PlpgsqlTree | PlpgsqlFailure {
  try {
    return { kind: "tree", block: placeBody(body, block) };
  } catch (error) {
    if (!(error instanceof OutOfStep)) throw error;
    const at = { start: error.offset, end: Math.min(error.offset + 1, byteLength(body.text)) };
    return {
      kind: "failure",
      message: `the body parses, but could not be followed: ${error.message}`,
      at: spanToSource(body.map, at),
    };
  }
}

/** The parser gives no position: the word it names, where that stands only once, else the whole body. */
function placeOfError(body: MappedText, message: string): Span {
  const whole = { start: 0, end: byteLength(body.text) };
  const named = /at or near "([\s\S]+)"$/.exec(message)?.[1] ?? /"([^"]+)"/.exec(message)?.[1];
  if (named === undefined) return whole;
  const { tokens } = walkOf(body);
  const text = Buffer.from(named, "utf8");
  const ends = new Set(tokens.ends);
  let found: Span | null = null;
  for (const start of tokens.starts) {
    const end = start + text.length;
    if (!ends.has(end) || !tokens.bytes.subarray(start, end).equals(text)) continue;
    if (found !== null) return whole;
    found = { start, end };
  }
  return found ?? whole;
}
