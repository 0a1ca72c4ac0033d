/** Calls of the project's own SQL and PL/pgSQL routines in statements: what their code does is replayed, too. */
import { readBody } from "../../events/body.ts";
import type { Body, Call, Expr, FromItem, PlBlock, Select, Statement } from "../../events/tree.ts";
import { walkBody, walkExpr } from "../../events/walk.ts";
import type { PostgresParser } from "../../parser/postgres.ts";
import { resolveCall } from "../bind/calls.ts";
import { bindExpr } from "../bind/expression.ts";
import { newBinder } from "../bind/query.ts";
import { emptyScope } from "../bind/scope.ts";
import { isUndecided } from "../bind/types.ts";
import { unknown } from "../context.ts";
import type { Routine } from "../model.ts";
import { remembered } from "../remembered.ts";
import { routinesNamed } from "../resolve.ts";
import { settingText } from "../setting-text.ts";
import { UNKNOWN, type Value, valuesOf } from "./value.ts";
import { assigned, type Run, rowsOf, takeTurn, value } from "./variables.ts";

/** A routine can call itself for ever. */
const DEEPEST = 8;

/** Replays what the routines do that the statement calls: `SELECT f(…) [FROM …]`, `SELECT * FROM f(…)`, CALL. */
export function runCalls(run: Run, statement: Statement): void {
  follow(
    run,
    remembered(callsInside, statement, () => callsOf(statement)),
  );
}

/** Those that an expression of the code calls: `ok := f(…)`, `IF f(…) THEN`, CALL. */
export function runCallsOf(run: Run, expr: Expr): void {
  follow(
    run,
    remembered(callsInside, expr, () => callsOfExpr(expr, null)),
  );
}

function follow(run: Run, calls: readonly Called[]): void {
  const { context, parser } = run;
  if (parser === null || context.prelude) return;
  for (const { call, query } of calls) {
    const routine = routineOf(run, call);
    const block = routine === null || !mayAct(run, routine, parser) ? null : codeOf(routine, parser)?.block;
    // One that calls itself does the same again.
    if (routine === null || block == null || run.routines.includes(routine)) continue;
    if (context.nested >= DEEPEST) {
      unknown(context, call.span, `${routine.name} is called too deeply to be followed`);
      return;
    }
    const given = argumentsOf(run, call, query);
    const anything = call.args.map((): Value => UNKNOWN);
    for (const row of given ?? [anything]) {
      if (!takeTurn(run)) return;
      enter(run, routine, block, call, row);
    }
  }
}

interface Called {
  readonly call: Call;
  /** The query whose rows give the arguments. */
  readonly query: Select | null;
}

const callsInside = new WeakMap<object, readonly Called[]>();

function callsOf(statement: Statement): readonly Called[] {
  if (statement.kind === "utility" && statement.tag === "CALL")
    return statement.expressions.flatMap((expr) => callsOfExpr(expr, null));
  if (statement.kind !== "select") return [];
  const { ctes, targets, setOperation } = statement;
  // UNION after UNION is as deep as it is long.
  if (setOperation !== null) return [];
  return [
    ...ctes.flatMap(({ query }) => callsOf(query)),
    ...callsOfFrom(statement),
    ...targets.flatMap(({ value: target }) => callsOfExpr(target, statement)),
  ];
}

/** Items of FROM beyond which functions among them are not looked for. */
const MOST_ITEMS = 32;

/** Of functions in FROM: its other items give the rows for their arguments. */
function callsOfFrom(query: Select): readonly Called[] {
  const items: FromItem[] = [];
  const open = query.from.toReversed();
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "join") open.push(item.right, item.left);
    else if (items.push(item) > MOST_ITEMS) return [];
  }
  return items.flatMap((item) => {
    if (item.kind === "subquery") return callsOf(item.query);
    if (item.kind !== "function") return [];
    const others = query.from.flatMap((other) => without(other, item));
    const rows = others.length > 0 ? { ...query, from: others } : null;
    return item.calls.flatMap((call) => callsOfExpr(call, rows));
  });
}

/** What is left of an item of FROM when one inside it is taken away. */
function without(item: FromItem, inside: FromItem): readonly FromItem[] {
  if (item === inside) return [];
  if (item.kind !== "join") return [item];
  const sides = [...without(item.left, inside), ...without(item.right, inside)];
  return sides[0] === item.left && sides[1] === item.right ? [item] : sides;
}

/** Calls in what is evaluated in any case; `query`: whose rows it is evaluated for. */
function callsOfExpr(expr: Expr, query: Select | null): readonly Called[] {
  const found: Called[] = [];
  walkExpr(expr, {
    expr: (inner) => {
      if (inner.kind === "subquery" && inner.form === "scalar") found.push(...callsOf(inner.query));
      if (["subquery", "and", "or", "case", "coalesce"].includes(inner.kind)) return false;
      if (inner.kind === "call" && inner.window === null) found.push({ call: inner, query });
      return true;
    },
  });
  return found;
}

/** Schemas of extensions whose functions are known, also where the SQL defines them. */
const KNOWN_SCHEMAS: ReadonlySet<string> = new Set([
  "pgr",
  "pgstack",
  "pgtrickle",
  "cron",
  "dblink",
  "auth",
  "storage",
]);

/** The only routine that the call can mean. */
function routineOf(run: Run, call: Call): Routine | null {
  const { context } = run;
  if (call.grammar || KNOWN_SCHEMAS.has(call.name.at(-2) ?? "")) return null;
  const fitting = routinesNamed(context, call.name).filter((routine) => {
    const inputs = inputsOf(routine);
    const isVariadic = inputs.at(-1)?.mode === "variadic";
    const needed = inputs.filter(
      ({ written, mode }) => written.default === null && mode !== "variadic",
    ).length;
    return (isVariadic || call.args.length <= inputs.length) && call.args.length >= needed;
  });
  const [only, ...others] = fitting;
  const routine = others.length === 0 ? only : byTypes(run, call, fitting);
  if (routine === undefined || routine.assumed || routine.prelude) return null;
  const { language, returnsTrigger } = routine;
  return (language === "plpgsql" || language === "sql") && returnsTrigger === null ? routine : null;
}

/** Of several that take so many arguments, the one that takes these. */
function byTypes(run: Run, call: Call, fitting: readonly Routine[]): Routine | undefined {
  const { context, parser } = run;
  const binder = newBinder(context);
  const types = call.args.map(({ value: argument }) => bindExpr(binder, argument, emptyScope(null), true));
  const isPlain = !types.some(isUndecided) && call.args.every(({ name }) => name === null);
  const oid = isPlain ? resolveCall(context, call.name, types, call.variadic)?.routine : null;
  const found = fitting.find((routine) => routine.oid === oid);
  if (found === undefined && parser !== null && fitting.some((each) => mayAct(run, each, parser)))
    unknown(context, call.span, `which ${call.name.at(-1)} is called depends on types that are not known`);
  return found;
}

function inputsOf(routine: Routine) {
  return routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
}

/** What a routine's code does by itself, and whom it calls. */
interface Code {
  readonly block: PlBlock;
  readonly acts: boolean;
  readonly calls: readonly string[];
}

const codes = new WeakMap<object, Code | null>();

/** Words without which code changes nothing that the catalog holds. */
const ACTS = /\b(?:execute|alter|create|drop|grant|revoke)\b/i;
/** Where more routines than this are called one by another, one of them may. */
const MOST_ROUTINES = 64;

/** As long as no routine changes. */
const acting = new WeakMap<Routine, { readonly changes: number; readonly acts: boolean }>();

/** Whether its code, or that of a routine that it calls, may change what the catalog holds. */
function mayAct({ context }: Run, routine: Routine, parser: PostgresParser): boolean {
  const { by, changes } = context.state.routines;
  const known = acting.get(routine);
  if (known?.changes === changes) return known.acts;
  const reached = new Set([routine]);
  let acts = false;
  for (const each of reached) {
    const code = codeOf(each, parser);
    acts = code?.acts === true || reached.size > MOST_ROUTINES;
    if (acts) break;
    for (const name of code?.calls ?? []) {
      if (reached.size > MOST_ROUTINES) break;
      for (const called of by.name.all(name, MOST_ROUTINES)) if (!called.prelude) reached.add(called);
    }
  }
  acting.set(routine, { changes, acts });
  return acts;
}

function codeOf({ definition, language }: Routine, parser: PostgresParser): Code | null {
  if (definition?.kind !== "create-routine") return null;
  return remembered(codes, definition, () => {
    const { source, parameters, returns, routineKind } = definition;
    const isProcedure = routineKind === "procedure";
    const body = readBody({ language, source, parameters, returns, isProcedure }, parser);
    const calls = new Set<string>();
    walkBody(body, {
      expr: (expr) => {
        if (expr.kind === "call") calls.add(expr.name.at(-1) ?? "");
      },
    });
    const block = blockOf(body);
    const acts = source.kind === "text" && ACTS.test(source.text.text);
    return block === null ? null : { block, acts, calls: [...calls] };
  });
}

function blockOf(body: Body): PlBlock | null {
  if (body.language === "plpgsql") return body.block;
  if (body.language !== "sql") return null;
  return {
    kind: "block",
    span: body.span,
    label: null,
    declarations: [],
    body: body.statements.map((statement) => ({
      kind: "sql" as const,
      span: statement.span,
      statement,
      into: [],
      strict: false,
      discard: true,
    })),
    handlers: [],
  };
}

/** The arguments of each call, in the order written; null: which rows there are is not known. */
function argumentsOf(run: Run, call: Call, query: Select | null): readonly (readonly Value[])[] | null {
  const written = call.args.map(({ value: argument }) => argument);
  if (query === null || (query.from.length === 0 && query.where === null))
    return [written.map((argument) => value(run, argument))];
  const targets = written.map((argument, i) => ({ name: `argument ${i}`, value: argument }));
  const span = call.span;
  const counted = { name: "argument", value: { kind: "null" as const, span } };
  const rows = rowsOf(run, { ...query, targets: [...targets, counted], orderBy: [], distinct: false });
  return rows?.map((row) => valuesOf(row).slice(0, written.length)) ?? null;
}

function enter(run: Run, routine: Routine, block: PlBlock, call: Call, given: readonly Value[]): void {
  const variables = new Map<string, Value>();
  inputsOf(routine).forEach(({ name, written, mode }, i) => {
    const at = call.args.findIndex((argument) => argument.name !== null && argument.name === name);
    const plain = call.args[i]?.name === null ? i : -1;
    const rest = mode === "variadic" && !call.variadic && at < 0 ? given.slice(i) : undefined;
    const found = rest ?? (at >= 0 ? given[at] : given[plain]);
    const initial =
      found ?? (found === null || written.default === null ? null : value(run, written.default));
    const typed = rest === undefined ? assigned(run, initial, null, written.type) : rest;
    variables.set(`$${i + 1}`, typed);
    if (name !== null) variables.set(name, typed);
  });
  runRoutine(run, routine, () => run.enter(block, variables, routine));
}

/** Replays what a routine does that nothing calls: an event trigger's. */
export function runUncalled(run: Run, routine: Routine, variables: Map<string, Value>): void {
  const { parser } = run;
  if (parser === null || !mayAct(run, routine, parser)) return;
  const code = codeOf(routine, parser);
  if (code !== null && takeTurn(run))
    runRoutine(run, routine, () => run.enter(code.block, variables, routine));
}

/** Under the routine's own settings and, of SECURITY DEFINER, as its owner. */
function runRoutine({ context }: Run, routine: Routine, enter: () => void): void {
  const { source, session, path, guarded } = context;
  const search = routine.settings.get("search_path");
  const changes = routine.securityDefiner.value || search !== undefined;
  if (changes) {
    const settings = new Map(session.settings);
    if (search !== undefined)
      settings.set("search_path", settingText("search_path", search.values, context.postgresVersion));
    context.session = {
      ...session,
      role: routine.securityDefiner.value ? routine.owner : session.role,
      settings,
    };
    context.path = null;
  }
  context.source = routine.definitionPlace.source;
  try {
    enter();
  } finally {
    context.source = source;
    context.guarded = guarded;
    if (changes) {
      context.session = session;
      context.path = path;
    }
  }
}
