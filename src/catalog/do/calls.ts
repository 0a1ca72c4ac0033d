/** Calls of the project's own PL/pgSQL routines in statements: what their code does is replayed, too. */
import { readBody } from "../../events/body.ts";
import type { Call, Expr, PlBlock, Select, Statement } from "../../events/tree.ts";
import type { PostgresParser } from "../../parser/postgres.ts";
import { unknown } from "../context.ts";
import type { Routine } from "../model.ts";
import { remembered } from "../remembered.ts";
import { routinesNamed } from "../resolve.ts";
import { settingText } from "../setting-text.ts";
import { UNKNOWN, type Value, valuesOf } from "./value.ts";
import { assigned, type Run, rowsOf, takeTurn, value } from "./variables.ts";

/** A routine can call itself for ever. */
const DEEPEST = 8;

/** Replays what the routines do that the statement calls by themselves: `SELECT f(…) [FROM …]`, `SELECT * FROM f(…)`, CALL. */
export function runCalls(run: Run, statement: Statement): void {
  follow(run, callsOf(statement));
}

/** CALL in code. */
export function runCall(run: Run, call: Expr): void {
  if (call.kind === "call") follow(run, [{ call, query: null }]);
}

function follow(run: Run, calls: readonly Called[]): void {
  const { context, parser } = run;
  if (parser === null || context.prelude) return;
  for (const { call, query } of calls) {
    const routine = routineOf(run, call);
    const block = routine === null ? null : codeOf(routine, parser);
    // One that calls itself does the same again.
    if (routine === null || block === null || run.routines.includes(routine)) continue;
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

function callsOf(statement: Statement): readonly Called[] {
  if (statement.kind === "utility" && statement.tag === "CALL")
    return statement.expressions.flatMap((expr) =>
      expr.kind === "call" ? [{ call: expr, query: null }] : [],
    );
  if (statement.kind !== "select" || statement.setOperation !== null) return [];
  const [only, ...others] = statement.from;
  const from = only?.kind === "function" && others.length === 0 && !only.lateral ? only.calls : [];
  return [
    ...statement.targets.flatMap(({ value: target }) =>
      target.kind === "call" && target.window === null ? [{ call: target, query: statement }] : [],
    ),
    ...from.flatMap((call) => (call.kind === "call" ? [{ call, query: null }] : [])),
  ];
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
function routineOf({ context }: Run, call: Call): Routine | null {
  if (call.grammar || KNOWN_SCHEMAS.has(call.name.at(-2) ?? "")) return null;
  const fitting = routinesNamed(context, call.name).filter((routine) => {
    const inputs = inputsOf(routine);
    const isVariadic = inputs.at(-1)?.mode === "variadic";
    const needed = inputs.filter(
      ({ written, mode }) => written.default === null && mode !== "variadic",
    ).length;
    return (isVariadic || call.args.length <= inputs.length) && call.args.length >= needed;
  });
  const [routine, ...others] = fitting;
  if (routine === undefined || others.length > 0 || routine.assumed || routine.prelude) return null;
  return routine.language === "plpgsql" && routine.returnsTrigger === null ? routine : null;
}

function inputsOf(routine: Routine) {
  return routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
}

const blocks = new WeakMap<object, PlBlock | null>();

/** Words without which code changes nothing that the catalog holds. */
const ACTS = /\b(?:execute|alter|create|drop|grant|revoke|perform|call)\b/i;

function codeOf({ definition }: Routine, parser: PostgresParser): PlBlock | null {
  if (definition?.kind !== "create-routine" || definition.source.kind !== "text") return null;
  if (!ACTS.test(definition.source.text.text)) return null;
  return remembered(blocks, definition, () => {
    const { source, parameters, returns, routineKind } = definition;
    const isProcedure = routineKind === "procedure";
    const body = readBody({ language: "plpgsql", source, parameters, returns, isProcedure }, parser);
    return body.language === "plpgsql" ? body.block : null;
  });
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
  const { context } = run;
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
    run.enter(block, variables, routine);
  } finally {
    context.source = source;
    context.guarded = guarded;
    if (changes) {
      context.session = session;
      context.path = path;
    }
  }
}
