/** Query templates: what a routine's body does with the values it is given, and what it executes. */

import { readBody } from "../events/body.ts";
import type { EventOf, Parameter } from "../events/event.ts";
import type { Body, Call, Expr, Name, PlBlock, Query, Statement, TypeName } from "../events/tree.ts";
import { type Visitor, walkExpr, walkStatement } from "../events/walk.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import { fitted } from "../text/shared.ts";
import type { Span } from "../text/span.ts";
import type { TableAccess } from "./accesses.ts";
import type { CallerCheck } from "./caller-checks.ts";
import { evaluate } from "./evaluate.ts";
import { type RowSource, relationSource } from "./frame.ts";
import { type ParsedTemplate, parseTemplate } from "./parse-template.ts";
import { type PlacedHole, placeHoles } from "./position.ts";
import { evaluateStatement } from "./query.ts";
import { resultsOf, routineFrame, topFrame } from "./routine-frame.ts";
import { mayExecute } from "./sink-calls.ts";
import type { ArgumentRole } from "./sink-functions.ts";
import { runSql } from "./sql-body.ts";
import type { Approximation, Callee, Context, RawArgument, RawSink, Result, SinkKind } from "./state.ts";
import { runBody } from "./statements.ts";
import { summarise } from "./summarise.ts";
import type { Step, Summary } from "./summary.ts";
import type { TypeLookup } from "./types.ts";
import type { Check, Piece, Value } from "./value.ts";

export type { Comparison, TableAccess } from "./accesses.ts";
export { type CallerCheck, refusalOf } from "./caller-checks.ts";
export { objectsOf } from "./json.ts";
export { expand, HOLE_NAME, type ParsedTemplate, parseTemplate } from "./parse-template.ts";
export { isSafePattern } from "./patterns.ts";
export type { PlacedHole } from "./position.ts";
export { identityText } from "./refine.ts";
export { type ArgumentRole, runsInOtherSession } from "./sink-functions.ts";
export type { Approximation, Callee } from "./state.ts";
export type { Step, Summary } from "./summary.ts";
export { classify, type TypeLookup } from "./types.ts";
export {
  allHoles,
  type Check,
  constantText,
  type Hole,
  holesOf,
  isForeign,
  isHarmless,
  type Origin,
  originsOf,
  type Value,
} from "./value.ts";

/** One argument of a sink. */
export interface SinkArgument {
  /** `query` SQL text; `fragment` put into SQL unquoted by the function; `other` anything else. */
  readonly role: ArgumentRole;
  /** The parameter's name as far as known, without a leading `p_`: `query_id`, `sql`, `audience`. */
  readonly name: string | null;
  /** 0-based; -1 when the name is not known. */
  readonly position: number;
  readonly span: Span;
  readonly value: Value;
  /** Its holes with their place in the SQL text; for other arguments without meaning beyond the holes themselves. */
  readonly holes: readonly PlacedHole[];
}

/** A place where a template is executed, now or later. */
export interface Sink {
  readonly kind: SinkKind;
  /** The statement, for a call the call. */
  readonly span: Span;
  /** The called function's name as written; null for EXECUTE. */
  readonly name: readonly string[] | null;
  readonly nameSpan: Span | null;
  /** The SQL text: the first argument that is one. */
  readonly query: SinkArgument | null;
  /** All arguments, in the order written. EXECUTE has one. */
  readonly arguments: readonly SinkArgument[];
  /** Values given with USING, which are never part of the text. */
  readonly using: readonly { readonly span: Span; readonly value: Value }[];
  /** All checks passed on the way. Which value one is about stands on the origins of holes. */
  readonly checks: readonly Check[];
  /**
   * Where the text goes on to: the routine that is called, those that it calls, and at the end the place that executes
   * it. Empty when it is executed here.
   */
  readonly path: readonly Step[];
}

export interface Flow {
  /** In the order of the source. */
  readonly sinks: readonly Sink[];
  /** Conditions about the caller, in the order of the source. */
  readonly callerChecks: readonly CallerCheck[];
  /** Tables read and changed, in the order of the source. */
  readonly accesses: readonly TableAccess[];
  /** Calls in SQL text that is executed, as far as it is known. */
  readonly dynamicCalls: readonly Call[];
  /** For callers of the routine. */
  readonly summary: Summary;
  /** What was given up, and where. */
  readonly approximations: readonly Approximation[];
  /** What the routine can return, as far as its text is followed. */
  readonly returns: Value | null;
}

export interface RoutineInput {
  readonly parameters: readonly Pick<Parameter, "name" | "type" | "mode">[];
  readonly body: Body;
  /** RETURNS trigger or event_trigger. */
  readonly isTrigger: boolean;
  /** Qualified names (`app.run_sql`) of further functions that execute their arguments. */
  readonly extraSinks: readonly string[];
  /** For names inside dynamic SQL; null: such queries give stored values of unknown columns. */
  readonly parser: PostgresParser | null;
  readonly types?: TypeLookup;
  /** Qualified names of further functions that give the caller's identity. */
  readonly identityFunctions?: readonly string[];
  /** What is known of functions of the project that are called. */
  readonly callee?: Callee;
  /** Stands for the routine in paths; and its name. */
  readonly routine?: { readonly id: number; readonly name: Name; readonly returns: TypeName | null };
}

/** Follows the values through a routine or DO block. Never throws; bodies that are not SQL or PL/pgSQL have no sinks. */
export function analyseRoutine(input: RoutineInput): Flow {
  const context = newContext(input, resultsOf(input.parameters));
  const { body } = input;
  return guarded(context, input, body.span, () => {
    if (body.language === "plpgsql") runBody(body.block, routineFrame(input, "plpgsql", context));
    if (body.language === "sql") runSql(body.statements, routineFrame(input, "sql", context));
  });
}

/** The data flow of a statement outside of any routine, such as `SELECT pgr.subscribe(…)` in a migration. */
export function analyseStatement(
  statement: Statement,
  input: Partial<Omit<RoutineInput, "parameters" | "body" | "isTrigger">> = {},
): Flow {
  const context = newContext({ extraSinks: [], parser: null, ...input });
  return guarded(context, NO_ROUTINE, statement.span, () => {
    evaluateStatement(statement, topFrame(context));
  });
}

/**
 * The data flow of an expression of a table, such as a policy, a default, a check or the condition of a trigger: its
 * columns, and those of NEW and OLD, are stored values of that table.
 */
function analyseExpression(
  expr: Expr,
  relation: Name,
  input: Partial<Omit<RoutineInput, "parameters" | "body" | "isTrigger">> = {},
): Flow {
  const context = newContext({ extraSinks: [], parser: null, ...input });
  return guarded(context, NO_ROUTINE, expr.span, () => {
    const frame = topFrame(context);
    const named = (alias: string | null): RowSource =>
      relationSource({ name: relation, alias, span: expr.span }, frame);
    // In the condition of a trigger.
    const outer = { outer: null, sources: [named("new"), named("old")] };
    evaluate(expr, { ...frame, rows: { outer, sources: [named(null)] } });
  });
}

/** Sinks of a statement outside of any routine. */
export function sinksOfStatement(statement: Statement, input: Options): readonly Sink[] {
  const walk = (visitor: Visitor): void => walkStatement(statement, visitor);
  return isExecuting(walk, input) ? analyseStatement(statement, input).sinks : [];
}

/** Sinks in an expression of a table. */
export function sinksOfExpression(expr: Expr, relation: Name, input: Options): readonly Sink[] {
  const walk = (visitor: Visitor): void => walkExpr(expr, visitor);
  return isExecuting(walk, input) ? analyseExpression(expr, relation, input).sinks : [];
}

function isExecuting(walk: (visitor: Visitor) => void, { extraSinks, callee }: Options): boolean {
  return mayExecute(walk, new Set(extraSinks), (name) => (callee?.({ name }) ?? null) !== null);
}

const NO_ROUTINE: Pick<RoutineInput, "parameters" | "routine"> = { parameters: [] };

type Options = Pick<RoutineInput, "extraSinks" | "parser" | "types" | "identityFunctions" | "callee">;

function newContext(input: Options, results: readonly Result[] = []): Context {
  const { parser } = input;
  const parsed: Parsed = new WeakMap();
  return {
    lookup: input.types ?? null,
    extraSinks: new Set(input.extraSinks),
    identityFunctions: new Set(input.identityFunctions ?? []),
    sinks: new Map(),
    approximations: new Map(),
    readDynamic: parser === null ? null : (value) => onlyQuery(parseOnce(value, parser, parsed)),
    parseText: parser === null ? null : (value) => parseOnce(value, parser, parsed),
    readBlock: parser === null ? null : (event) => blockOf(event, parser),
    calls: new Map(),
    cursors: new Map(),
    callerChecks: new Map(),
    accesses: new Map(),
    callee: input.callee ?? null,
    results,
    steps: 0,
    executed: 0,
    depth: 0,
    returns: null,
    whenAnonymous: 0,
    ended: null,
  };
}

function blockOf({ language, source }: EventOf<"do">, parser: PostgresParser): PlBlock | null {
  const body = readBody({ language, source, parameters: [], returns: null, isProcedure: true }, parser);
  return body.language === "plpgsql" ? body.block : null;
}

type Parsed = WeakMap<readonly Piece[], readonly ParsedTemplate[]>;

/** A text is met again in every round of a loop. */
function parseOnce(value: Value, parser: PostgresParser, parsed: Parsed): readonly ParsedTemplate[] {
  if (value.pieces === null) return [];
  let found = parsed.get(value.pieces);
  if (found === undefined) {
    found = parseTemplate(value, parser);
    parsed.set(value.pieces, found);
  }
  return found;
}

/** The query that a template is on all its paths, for the names of its columns. */
function onlyQuery(texts: readonly ParsedTemplate[]): Query | null {
  const [first, ...others] = texts;
  const [statement, ...more] = first?.statements ?? [];
  if (others.length > 0 || more.length > 0 || statement?.kind !== "select") return null;
  return statement;
}

function guarded(
  context: Context,
  input: Pick<RoutineInput, "parameters" | "routine">,
  span: Span | null,
  run: () => void,
): Flow {
  try {
    run();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const key = `-2 ${what}`;
    context.approximations.set(key, { span, message: `data flow not followed: ${what}` });
  }
  const sinks = inOrder([...context.sinks.values()].map(finished));
  const recorded = inOrder([...context.callerChecks.values()]);
  const callerChecks = recorded.map(({ condition: _, ...check }): CallerCheck => check);
  return {
    sinks,
    callerChecks,
    accesses: inOrder(
      [...context.accesses.values()].map((access) => ({ ...access, compared: fitted(access.compared) })),
    ),
    dynamicCalls: inOrder([...context.calls.values()]),
    summary: summarise(context, input, sinks),
    approximations: [...context.approximations.values()],
    returns: context.returns,
  };
}

function inOrder<T extends { readonly span: Span }>(list: T[]): readonly T[] {
  return list.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function finished(sink: RawSink): Sink {
  const list = sink.arguments.map((argument): SinkArgument => ({ ...argument, holes: holesAt(argument) }));
  return { ...sink, query: list.find((argument) => argument.role === "query") ?? null, arguments: list };
}

function holesAt(argument: RawArgument): readonly PlacedHole[] {
  const { pieces } = argument.value;
  if (pieces === null) return [];
  // A fragment is put into SQL text where a name or an expression stands.
  return argument.role === "fragment"
    ? placeHoles([{ kind: "literal", text: "SELECT ", map: [0, 0] }, ...pieces])
    : placeHoles(pieces);
}
