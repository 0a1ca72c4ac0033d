/** Query templates: what a routine's body does with the values it is given, and what it executes. */
import type { Parameter } from "../events/event.ts";
import type { Body, Query, Statement, TypeName } from "../events/tree.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Span } from "../text/span.ts";
import type { Frame } from "./frame.ts";
import { parseTemplate } from "./parse-template.ts";
import { type PlacedHole, placeHoles } from "./position.ts";
import { evaluateStatement } from "./query.ts";
import type { ArgumentRole } from "./sink-functions.ts";
import type { Approximation, Context, Declared, RawArgument, RawSink, State } from "./state.ts";
import { runBody } from "./statements.ts";
import { coerce } from "./text.ts";
import { builtin, classify, type TypeLookup } from "./types.ts";
import { type Check, hole, holeValue, NULL_VALUE, type Origin, textValue, type Value } from "./value.ts";

export { objectsOf } from "./json.ts";
export { expand, type FlatPiece, HOLE_NAME, type ParsedTemplate, parseTemplate } from "./parse-template.ts";
export { isSafeAt, type PlacedHole, type Position, placeHoles } from "./position.ts";
export type { Approximation } from "./state.ts";
export { classify, type TypeClass, type TypeLookup } from "./types.ts";
export {
  allHoles,
  type Check,
  constantText,
  type Guard,
  type Hole,
  holesOf,
  isForeign,
  isHarmless,
  type JsonObject,
  type Literal,
  type Origin,
  originsOf,
  type Piece,
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
  readonly kind: "execute" | "return-query-execute" | "for-execute" | "open-execute" | "call";
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
}

export interface Flow {
  /** In the order of the source. */
  readonly sinks: readonly Sink[];
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
}

/** Follows the values through a routine or DO block. Never throws; bodies that are not SQL or PL/pgSQL have no sinks. */
export function analyseRoutine(input: RoutineInput): Flow {
  const context = newContext(input);
  const { body } = input;
  return guarded(context, body.span, () => {
    if (body.language === "plpgsql") runBody(body.block, routineFrame(input, "plpgsql", context));
    if (body.language === "sql") {
      const frame = routineFrame(input, "sql", context);
      for (const statement of body.statements) {
        const rows = evaluateStatement(statement, frame);
        context.returns = rows.columns[0]?.value ?? null;
      }
    }
  });
}

/** Sinks of a statement outside of any routine, such as `SELECT pgr.subscribe(…)` in a migration. */
export function analyseStatement(
  statement: Statement,
  input: Partial<Omit<RoutineInput, "parameters" | "body" | "isTrigger">> = {},
): Flow {
  const context = newContext({ extraSinks: [], parser: null, ...input });
  return guarded(context, statement.span, () => {
    evaluateStatement(statement, topFrame(context));
  });
}

type Options = Pick<RoutineInput, "extraSinks" | "parser" | "types" | "identityFunctions">;

function newContext(input: Options): Context {
  const { parser } = input;
  return {
    lookup: input.types ?? null,
    extraSinks: new Set(input.extraSinks),
    identityFunctions: new Set(input.identityFunctions ?? []),
    sinks: new Map(),
    approximations: new Map(),
    readDynamic: parser === null ? null : (value) => onlyQuery(value, parser),
    cursors: new Map(),
    steps: 0,
    depth: 0,
    returns: null,
  };
}

/** The query that a template is on all its paths, for the names of its columns. */
function onlyQuery(value: Value, parser: PostgresParser): Query | null {
  const [first, ...others] = parseTemplate(value, parser);
  const [statement, ...more] = first?.statements ?? [];
  if (others.length > 0 || more.length > 0 || statement?.kind !== "select") return null;
  return statement;
}

function guarded(context: Context, span: Span | null, run: () => void): Flow {
  try {
    run();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const key = `-2 ${what}`;
    context.approximations.set(key, { span, message: `data flow not followed: ${what}` });
  }
  const sinks = [...context.sinks.values()].map(finished);
  sinks.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  return { sinks, approximations: [...context.approximations.values()], returns: context.returns };
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

function topFrame(context: Context): Frame {
  const state: State = { values: new Map(), checks: new Map() };
  return { context, state, scope: null, language: "sql", rows: null, ctes: new Map() };
}

const NOWHERE: Span = { start: 0, end: 0 };

function routineFrame(input: RoutineInput, language: "sql" | "plpgsql", context: Context): Frame {
  const frame = topFrame(context);
  const { values } = frame.state;
  const variables = new Map<string, Declared>();
  let inputs = 0;
  input.parameters.forEach((parameter, i) => {
    const { name, type, mode } = parameter;
    const takes = mode === "in" || mode === "inout" || mode === "variadic";
    if (takes) inputs++;
    const slot = `parameter ${i}`;
    values.set(slot, takes ? parameterValue(name, inputs, type, context.lookup) : { ...NULL_VALUE, type });
    const declared: Declared = { slot, type, cursor: null };
    // PL/pgSQL counts all parameters, SQL only those that a call gives.
    if (language === "plpgsql") variables.set(`$${i + 1}`, declared);
    else if (takes) variables.set(`$${inputs}`, declared);
    if (name !== null) variables.set(name, declared);
  });
  if (language === "plpgsql") {
    declareSpecial(
      "found",
      holeValue(
        hole(NOWHERE, [constant()], { guard: "type", by: "boolean", type: builtin("bool", NOWHERE) }),
      ),
    );
    if (input.isTrigger) declareTriggerVariables(declareSpecial);
  }
  return { ...frame, language, scope: { outer: null, label: null, variables } };

  function declareSpecial(name: string, value: Value): void {
    const slot = `${name}!`;
    values.set(slot, value);
    variables.set(name, { slot, type: null, cursor: null });
  }
}

function constant(): Origin {
  return { kind: "constant", key: "constant", span: null, checks: [] };
}

function parameterValue(
  name: string | null,
  number: number,
  type: TypeName | null,
  lookup: TypeLookup | null,
): Value {
  const key = `parameter:${number}`;
  const origin: Origin = {
    kind: "parameter",
    name: name ?? `$${number}`,
    number,
    key,
    span: null,
    checks: [],
  };
  const plain = holeValue(hole(NOWHERE, [origin], { key }));
  if (type === null) return plain;
  const value = coerce({ value: plain, span: NOWHERE }, type, lookup);
  if (!type.array) return typed(value, type, lookup);
  const element = coerce(
    { value: holeValue(hole(NOWHERE, [origin], { key: `${key}[]` })), span: NOWHERE },
    { ...type, array: false },
    lookup,
  );
  return { ...value, elements: { list: null, any: typed(element, { ...type, array: false }, lookup) } };
}

/** Casts to text types leave a hole's type open; a parameter's is known. */
function typed(value: Value, type: TypeName, lookup: TypeLookup | null): Value {
  const [first] = value.pieces ?? [];
  if (first?.kind !== "hole" || classify(type, lookup) !== "text") return value;
  return { ...textValue([{ ...first, type }], type) };
}

const ROW_VARIABLES = ["new", "old", "tg_name", "tg_table_name", "tg_relname", "tg_table_schema"];
const FIXED_VARIABLES = ["tg_op", "tg_when", "tg_level", "tg_nargs", "tg_relid", "tg_event", "tg_tag"];

function declareTriggerVariables(declare: (name: string, value: Value) => void): void {
  for (const name of ROW_VARIABLES) declare(name, triggerValue(name));
  for (const name of FIXED_VARIABLES) {
    declare(name, holeValue(hole(NOWHERE, [constant()], { key: name, guard: "type", by: name })));
  }
  declare("tg_argv", { ...triggerValue("tg_argv"), elements: { list: null, any: triggerValue("tg_argv") } });
}

function triggerValue(variable: string): Value {
  const origin: Origin = {
    kind: "trigger-row",
    variable,
    field: null,
    key: variable,
    span: null,
    checks: [],
  };
  return holeValue(hole(NOWHERE, [origin], { key: variable }));
}
