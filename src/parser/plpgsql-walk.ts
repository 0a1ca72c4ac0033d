import { type MappedText, sliceMap, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import type { JsonExpr } from "./plpgsql-json.ts";
import {
  accept,
  type Cursor,
  endOf,
  expect,
  isToken,
  nextIs,
  OutOfStep,
  seek,
  skipTo,
  spanOf,
  startOf,
  takeIdentifier,
  takeName,
  tokenize,
} from "./plpgsql-tokens.ts";
import type { Fragment, PlacedDynamic, PlaceName } from "./plpgsql-tree.ts";

/** A walk over a body's tokens, in step with what the parser says of the body. */
export interface Walk extends Cursor {
  readonly body: MappedText;
}

/** A walk at the first token of a body. */
export function walkOf(body: MappedText): Walk {
  return { body, tokens: tokenize(Buffer.from(body.text, "utf8")), at: 0 };
}

/** A span of the body as a span of the source. */
export function inSource(walk: Walk, span: Span): Span {
  return spanToSource(walk.body.map, span);
}

/** The text of a span of the body, as it stands there or with a stand-in of equal length. */
export function fragmentOf(walk: Walk, span: Span, standIn?: string): Fragment {
  const text = standIn ?? walk.tokens.bytes.toString("utf8", span.start, span.end);
  return { text: { text, map: sliceMap(walk.body.map, span) }, span: inSource(walk, span) };
}

/** Moves over an expression or statement that stands here as the parser repeats it, INTO blanked. */
export function takeFragment(walk: Walk, expression: JsonExpr): Fragment {
  return fragmentOfMatch(walk, takeMatch(walk, expression.PLpgSQL_expr.query));
}

/** Where a text was found in the body, without white space and comments at its end. */
export interface Match extends Span {
  readonly text: string;
  /** Whether INTO is blanked in the text. */
  readonly blanked: boolean;
}

export function fragmentOfMatch(walk: Walk, match: Match): Fragment {
  return fragmentOf(walk, match, match.blanked ? match.text : undefined);
}

/**
 * Moves over a text that must stand at the next token, or at a byte offset before it; where the parser blanked
 * `INTO …`, blanks match it.
 */
export function takeMatch(walk: Walk, query: string, start = startOf(walk.tokens, walk.at)): Match {
  const { tokens } = walk;
  const { bytes } = tokens;
  const first = walk.at;
  const text = Buffer.from(query, "utf8");
  let blanked = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === bytes[start + i]) continue;
    const into = { tokens, at: first };
    seek(into, start + i);
    if (blanked || !nextIs(into, "into") || startOf(tokens, into.at) !== start + i) {
      throw new OutOfStep(query.slice(0, 60), start);
    }
    blanked = true;
    while (text[i + 1] === 32) i++;
  }
  seek(walk, start + text.length);
  if (walk.at === first) throw new OutOfStep("an expression", start);
  const last = Math.min(endOf(tokens, walk.at - 1), start + text.length);
  const kept = text.toString("utf8", 0, last - start).trimEnd();
  return { start, end: start + Buffer.byteLength(kept, "utf8"), text: kept, blanked };
}

/** Everything up to one of these tokens outside parentheses, as it stands. */
export function takeUntil(walk: Walk, ...ends: readonly string[]): Fragment {
  const first = walk.at;
  skipTo(walk, ...ends);
  if (walk.at === first) throw new OutOfStep("an expression", startOf(walk.tokens, first));
  return fragmentOf(walk, spanOf(walk.tokens, first, walk.at - 1));
}

/** Expressions separated by commas, up to a byte offset of the body. */
export function takeList(walk: Walk, end: number): Fragment[] {
  const { tokens } = walk;
  const fragments: Fragment[] = [];
  let first = walk.at;
  let depth = 0;
  const push = () => {
    if (walk.at > first) fragments.push(fragmentOf(walk, spanOf(tokens, first, walk.at - 1)));
    first = walk.at + 1;
  };
  for (; walk.at < tokens.count && startOf(tokens, walk.at) < end; walk.at++) {
    if (nextIs(walk, "(", "[")) depth++;
    else if (nextIs(walk, ")", "]")) depth--;
    else if (depth === 0 && nextIs(walk, ",")) push();
  }
  push();
  return fragments;
}

/** `(a, name := b, name => c)`, if it stands here: the values. */
export function takeArguments(walk: Walk): Fragment[] {
  const { tokens } = walk;
  if (!accept(walk, "(")) return [];
  const args: Fragment[] = [];
  while (!accept(walk, ")")) {
    if (isToken(tokens, walk.at + 1, ":=") || isToken(tokens, walk.at + 1, "=>")) walk.at += 2;
    args.push(takeUntil(walk, ",", ")"));
    accept(walk, ",");
  }
  return args;
}

/** Expressions of the parser's list, each after a comma except the first. */
export function takeParams(walk: Walk, params: readonly JsonExpr[]): Fragment[] {
  return params.map((param, index) => {
    if (index > 0) expect(walk, ",");
    return takeFragment(walk, param);
  });
}

/** The query string and, if they stand here, its USING values. */
export function takeDynamic(walk: Walk, query: JsonExpr, params: readonly JsonExpr[]): PlacedDynamic {
  const text = takeFragment(walk, query);
  return { query: text, using: accept(walk, "using") ? takeParams(walk, params) : [] };
}

/** A possibly qualified variable. */
export function takeVariable(walk: Walk): PlaceName {
  const { name, span } = takeName(walk);
  return { name, span: inSource(walk, span) };
}

/** `a, b.c` */
export function takeVariables(walk: Walk): PlaceName[] {
  const variables = [takeVariable(walk)];
  while (accept(walk, ",")) variables.push(takeVariable(walk));
  return variables;
}

/** `INTO [STRICT] a, b`, if it stands here. */
export function takeInto(
  walk: Walk,
): { readonly into: readonly PlaceName[]; readonly strict: boolean } | null {
  if (!accept(walk, "into")) return null;
  const strict = accept(walk, "strict");
  return { into: takeVariables(walk), strict };
}

/** `<<label>>`, if it stands here. */
export function takeLabel(walk: Walk): string | null {
  if (!accept(walk, "<<")) return null;
  const label = takeIdentifier(walk);
  expect(walk, ">>");
  return label;
}
