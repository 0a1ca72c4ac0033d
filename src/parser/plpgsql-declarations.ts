import {
  accept,
  isToken,
  nextIs,
  OutOfStep,
  skipTo,
  spanOf,
  startOf,
  takeIdentifier,
  takeName,
} from "./plpgsql-tokens.ts";
import type { PlacedDeclaration, PlacedType } from "./plpgsql-tree.ts";
import { fragmentOf, inSource, takeUntil, type Walk } from "./plpgsql-walk.ts";

/** The declarations after DECLARE, up to BEGIN. The parser's own list does not say which block they belong to. */
export function takeDeclarations(walk: Walk): PlacedDeclaration[] {
  const declarations: PlacedDeclaration[] = [];
  while (!nextIs(walk, "begin")) {
    if (accept(walk, "declare")) continue;
    declarations.push(takeDeclaration(walk));
  }
  return declarations;
}

function takeDeclaration(walk: Walk): PlacedDeclaration {
  const { tokens } = walk;
  const first = walk.at;
  const name = takeIdentifier(walk);
  let declared: Partial<PlacedDeclaration>;
  if (isToken(tokens, walk.at, "alias") && isToken(tokens, walk.at + 1, "for")) {
    walk.at += 2;
    declared = { aliasFor: takeName(walk).name.join(".") };
  } else if (opensCursor(walk)) {
    skipTo(walk, "for", "is");
    walk.at++;
    declared = { cursor: takeUntil(walk, ";") };
  } else {
    const constant = accept(walk, "constant");
    const type = takeType(walk);
    if (accept(walk, "collate")) takeName(walk);
    const notNull = accept(walk, "not");
    if (notNull && !accept(walk, "null")) throw new OutOfStep("null", startOf(tokens, walk.at));
    const hasDefault = accept(walk, ":=") || accept(walk, "=") || accept(walk, "default");
    declared = { constant, type, notNull, default: hasDefault ? takeUntil(walk, ";") : null };
  }
  const span = inSource(walk, spanOf(tokens, first, walk.at - 1));
  if (!accept(walk, ";")) throw new OutOfStep(";", startOf(tokens, walk.at));
  return {
    name,
    constant: false,
    notNull: false,
    type: null,
    default: null,
    cursor: null,
    aliasFor: null,
    ...declared,
    span,
  };
}

function opensCursor(walk: Walk): boolean {
  const { tokens, at } = walk;
  if (isToken(tokens, at, "cursor")) return true;
  const scroll = isToken(tokens, at, "no") ? at + 1 : at;
  return isToken(tokens, scroll, "scroll") && isToken(tokens, scroll + 1, "cursor");
}

/** A type, read as PL/pgSQL reads it: up to a token that cannot be part of one. */
function takeType(walk: Walk): PlacedType {
  const { tokens } = walk;
  const first = walk.at;
  const { name } = takeName(walk);
  const of = nextIs(walk, "%") ? rowOrColumn(walk) : null;
  skipTo(walk, ";", ":=", "=", "collate", "not", "default");
  const last = walk.at - 1;
  const span = spanOf(tokens, first, last);
  const { text, span: inFile } = fragmentOf(walk, span);
  return { text, name, array: isArray(walk, first, last), of, within: span, span: inFile };
}

function rowOrColumn(walk: Walk): "type" | "rowtype" | null {
  const after = walk.at + 1;
  if (isToken(walk.tokens, after, "rowtype")) return "rowtype";
  return isToken(walk.tokens, after, "type") ? "type" : null;
}

function isArray(walk: Walk, first: number, last: number): boolean {
  if (isToken(walk.tokens, last, "]")) return true;
  for (let i = first + 1; i <= last; i++) if (isToken(walk.tokens, i, "array")) return true;
  return false;
}

/**
 * All declarations of a body that the parser may not have accepted, block by block as they come; those it cannot read
 * are left out.
 */
export function scanDeclarations(walk: Walk): PlacedDeclaration[] {
  const found: PlacedDeclaration[] = [];
  for (; walk.at < walk.tokens.count; walk.at++) {
    if (!nextIs(walk, "declare") || !opensStatement(walk)) continue;
    walk.at++;
    try {
      found.push(...takeDeclarations(walk));
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
    }
  }
  return found;
}

/** Whether the next token can open a block: what stands before it ends a statement, a label or an option. */
function opensStatement({ tokens, at }: Walk): boolean {
  const before = at - 1;
  if (before < 0 || isToken(tokens, before - 2, "#")) return true;
  return [";", ">>", "begin", "then", "else", "loop"].some((text) => isToken(tokens, before, text));
}
