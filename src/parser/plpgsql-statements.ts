import { takeDeclarations } from "./plpgsql-declarations.ts";
import type {
  JsonBlock,
  JsonCase,
  JsonForInteger,
  JsonForQuery,
  JsonIf,
  JsonStatement,
  JsonStatements,
} from "./plpgsql-json.ts";
import { placeSimple } from "./plpgsql-simple-statements.ts";
import { accept, expect, isName, isToken, nextIs, skipTo, spanOf, takeIdentifier } from "./plpgsql-tokens.ts";
import type { Fragment, PlacedBlock, PlacedKind, PlacedStatement, PlaceName } from "./plpgsql-tree.ts";
import {
  inSource,
  takeArguments,
  takeDynamic,
  takeFragment,
  takeLabel,
  takeList,
  takeMatch,
  takeVariables,
  type Walk,
} from "./plpgsql-walk.ts";

/** DECLARE … BEGIN … EXCEPTION … END [label], without the `;`. */
export function takeBlock(walk: Walk, block: JsonBlock, label: string | null, first: number): PlacedBlock {
  const declarations = accept(walk, "declare") ? takeDeclarations(walk) : [];
  expect(walk, "begin");
  const body = takeStatements(walk, block.body);
  const handlers = [];
  if (accept(walk, "exception")) {
    for (const { PLpgSQL_exception: handler } of block.exceptions?.PLpgSQL_exception_block.exc_list ?? []) {
      const when = walk.at;
      expect(walk, "when");
      skipTo(walk, "then");
      expect(walk, "then");
      // A name that stands for several SQLSTATEs comes once for each.
      const conditions = new Set(
        handler.conditions?.map((condition) => condition.PLpgSQL_condition.condname),
      );
      const action = takeStatements(walk, handler.action);
      const span = inSource(walk, spanOf(walk.tokens, when, walk.at - 1));
      handlers.push({ conditions: [...conditions], body: action, span });
    }
  }
  expect(walk, "end");
  if (isName(walk.tokens, walk.at)) walk.at++;
  const span = inSource(walk, spanOf(walk.tokens, first, walk.at - 1));
  return { kind: "block", span, label, declarations, body, handlers };
}

/** A list of statements. `NULL;`, which the parser leaves out, is put back. */
function takeStatements(walk: Walk, statements: JsonStatements | undefined): PlacedStatement[] {
  const placed: PlacedStatement[] = [];
  takeNulls(walk, placed);
  for (const statement of statements ?? []) {
    if (isImplicitReturn(statement)) continue;
    placed.push(takeStatement(walk, statement));
    takeNulls(walk, placed);
  }
  return placed;
}

function takeNulls(walk: Walk, placed: PlacedStatement[]): void {
  while (nextIs(walk, "null") && isToken(walk.tokens, walk.at + 1, ";")) {
    placed.push({ kind: "null", span: inSource(walk, spanOf(walk.tokens, walk.at, walk.at)) });
    walk.at += 2;
  }
}

/** The RETURN that the compiler appends to a body has no line. */
function isImplicitReturn(statement: JsonStatement): boolean {
  return "PLpgSQL_stmt_return" in statement && statement.PLpgSQL_stmt_return.lineno === undefined;
}

function takeStatement(walk: Walk, statement: JsonStatement): PlacedStatement {
  const first = walk.at;
  const label = takeLabel(walk);
  if ("PLpgSQL_stmt_block" in statement) {
    const block = takeBlock(walk, statement.PLpgSQL_stmt_block, label, first);
    expect(walk, ";");
    return block;
  }
  const placed = placeStatement(walk, statement);
  const span = inSource(walk, spanOf(walk.tokens, first, walk.at - 1));
  expect(walk, ";");
  return label === null ? { ...placed, span } : { ...placed, span, label };
}

/** A statement that is no block, from its first token after a label to its last; its `;` comes next. */
function placeStatement(
  walk: Walk,
  statement: Exclude<JsonStatement, { readonly PLpgSQL_stmt_block: unknown }>,
): PlacedKind {
  if ("PLpgSQL_stmt_if" in statement) return conditional(walk, statement.PLpgSQL_stmt_if);
  if ("PLpgSQL_stmt_case" in statement) return caseStatement(walk, statement.PLpgSQL_stmt_case);
  if ("PLpgSQL_stmt_loop" in statement)
    return { kind: "loop", body: loopBody(walk, statement.PLpgSQL_stmt_loop) };
  if ("PLpgSQL_stmt_while" in statement) {
    const { cond, ...loop } = statement.PLpgSQL_stmt_while;
    expect(walk, "while");
    return { kind: "while", condition: takeFragment(walk, cond), body: loopBody(walk, loop) };
  }
  if ("PLpgSQL_stmt_fori" in statement) return forInteger(walk, statement.PLpgSQL_stmt_fori);
  if ("PLpgSQL_stmt_fors" in statement) return forQuery(walk, statement.PLpgSQL_stmt_fors);
  if ("PLpgSQL_stmt_dynfors" in statement) return forExecute(walk, statement.PLpgSQL_stmt_dynfors);
  if ("PLpgSQL_stmt_forc" in statement) {
    const targets = forTargets(walk);
    const cursor = takeIdentifier(walk);
    const args = takeArguments(walk);
    return { kind: "for-cursor", targets, cursor, args, body: loopBody(walk, statement.PLpgSQL_stmt_forc) };
  }
  if ("PLpgSQL_stmt_foreach_a" in statement) {
    const { expr, ...loop } = statement.PLpgSQL_stmt_foreach_a;
    expect(walk, "foreach");
    const targets = takeVariables(walk);
    if (accept(walk, "slice")) walk.at++;
    expect(walk, "in", "array");
    return { kind: "foreach", targets, array: takeFragment(walk, expr), body: loopBody(walk, loop) };
  }
  return placeSimple(walk, statement);
}

function conditional(walk: Walk, statement: JsonIf): PlacedKind {
  expect(walk, "if");
  const condition = takeFragment(walk, statement.cond);
  expect(walk, "then");
  const branches = [{ condition, body: takeStatements(walk, statement.then_body) }];
  for (const { PLpgSQL_if_elsif: branch } of statement.elsif_list ?? []) {
    if (!accept(walk, "elsif")) expect(walk, "elseif");
    const next = takeFragment(walk, branch.cond);
    expect(walk, "then");
    branches.push({ condition: next, body: takeStatements(walk, branch.stmts) });
  }
  const otherwise = accept(walk, "else") ? takeStatements(walk, statement.else_body) : [];
  expect(walk, "end", "if");
  return { kind: "if", branches, otherwise };
}

// With a subject the parser makes of `WHEN a, b` a comparison with a variable of its own.
const CASE_VARIABLE = /^"__Case__Variable_\d+__" IN \(([\s\S]*)\)$/;

function caseStatement(walk: Walk, statement: JsonCase): PlacedKind {
  expect(walk, "case");
  const subject = statement.t_expr === undefined ? null : takeFragment(walk, statement.t_expr);
  const branches: { when: readonly Fragment[]; body: readonly PlacedStatement[] }[] = [];
  for (const { PLpgSQL_case_when: branch } of statement.case_when_list ?? []) {
    expect(walk, "when");
    const values = subject === null ? undefined : CASE_VARIABLE.exec(branch.expr.PLpgSQL_expr.query)?.[1];
    let when: readonly Fragment[];
    if (values === undefined) when = [takeFragment(walk, branch.expr)];
    else {
      const { end } = takeMatch({ ...walk }, values);
      when = takeList(walk, end);
    }
    expect(walk, "then");
    branches.push({ when, body: takeStatements(walk, branch.stmts) });
  }
  const otherwise = accept(walk, "else") ? takeStatements(walk, statement.else_stmts) : null;
  expect(walk, "end", "case");
  return { kind: "case", subject, branches, otherwise };
}

/** LOOP … END LOOP [label] */
function loopBody(walk: Walk, loop: { readonly body?: JsonStatements }): readonly PlacedStatement[] {
  expect(walk, "loop");
  const body = takeStatements(walk, loop.body);
  expect(walk, "end", "loop");
  if (isName(walk.tokens, walk.at)) walk.at++;
  return body;
}

function forTargets(walk: Walk): PlaceName[] {
  expect(walk, "for");
  const targets = takeVariables(walk);
  expect(walk, "in");
  return targets;
}

function forInteger(walk: Walk, loop: JsonForInteger): PlacedKind {
  expect(walk, "for");
  const variable = takeIdentifier(walk);
  expect(walk, "in");
  accept(walk, "reverse");
  const bounds = [takeFragment(walk, loop.lower)];
  expect(walk, "..");
  bounds.push(takeFragment(walk, loop.upper));
  if (loop.step !== undefined) {
    expect(walk, "by");
    bounds.push(takeFragment(walk, loop.step));
  }
  return { kind: "for-integer", variable, bounds, body: loopBody(walk, loop) };
}

function forQuery(walk: Walk, loop: JsonForQuery): PlacedKind {
  const targets = forTargets(walk);
  return { kind: "for-query", targets, query: takeFragment(walk, loop.query), body: loopBody(walk, loop) };
}

function forExecute(walk: Walk, loop: JsonForQuery): PlacedKind {
  const targets = forTargets(walk);
  expect(walk, "execute");
  const dynamic = takeDynamic(walk, loop.query, loop.params ?? []);
  return { kind: "for-execute", targets, dynamic, body: loopBody(walk, loop) };
}
