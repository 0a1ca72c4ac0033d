/** Runs a DO block over the model: what it would execute, as far as that can be known without a database. */
import type { Event } from "../../events/event.ts";
import type { DynamicQuery, Expr, PlBlock, PlStatement, Statement, Variable } from "../../events/tree.ts";
import { readStatements } from "../../events/tree-from-ast.ts";
import { type PostgresParser, SyntaxProblem, TooComplex } from "../../parser/postgres.ts";
import { attempt, type Context, refuse, unknown } from "../context.ts";
import { cast } from "./cast.ts";
import { evaluate } from "./evaluate.ts";
import { queryRows } from "./query.ts";
import { NotKnown, type Scope } from "./scope.ts";
import { entriesOf, isArray, isText, type Row, UNKNOWN, type Value, valuesOf } from "./value.ts";

/** How a list of statements ended. */
type Outcome = { readonly kind: "next" | "return" } | { readonly kind: "exit" | "continue" };

const NEXT: Outcome = { kind: "next" };
/** Turns of loops, and statements executed, in one block. */
const MOST_TURNS = 20_000;

interface Run {
  readonly context: Context;
  readonly parser: PostgresParser | null;
  readonly apply: (event: Event) => void;
  readonly variables: Map<string, Value>;
  /** Variables that hold rows. */
  readonly records: Set<string>;
  readonly budget: { steps: number };
  turns: number;
}

/**
 * Replays what the block does. Conditions that can be told from the model decide; under those that cannot, all branches are replayed as if
 * they let their statements through. EXECUTE whose text is not known is said to be unknown.
 */
export function runDoBlock(
  context: Context,
  block: PlBlock,
  parser: PostgresParser | null,
  apply: (event: Event) => void,
): void {
  const run: Run = {
    context,
    parser,
    apply,
    variables: new Map(),
    records: new Set(),
    budget: { steps: 0 },
    turns: 0,
  };
  const before = context.guarded;
  context.guarded = before || context.assume;
  try {
    runBlock(run, block);
  } finally {
    context.guarded = before;
  }
}

const scopeOf = ({ context, variables, budget }: Run): Scope => ({ context, variables, rows: [], budget });

function value(run: Run, expr: Expr): Value {
  try {
    return evaluate(expr, scopeOf(run));
  } catch (error) {
    if (error instanceof NotKnown) return UNKNOWN;
    throw error;
  }
}

function runBlock(run: Run, block: PlBlock): Outcome {
  for (const declaration of block.declarations) {
    const initial = declaration.default === null ? null : value(run, declaration.default);
    const { type } = declaration;
    if (type?.of === "rowtype" || type?.name.at(-1) === "record") run.records.add(declaration.name);
    else run.records.delete(declaration.name);
    const typed =
      type === null || initial === null ? initial : assigned(run, initial, declaration.default, type);
    run.variables.set(declaration.name, declaration.cursor === null ? typed : UNKNOWN);
  }
  if (block.handlers.length === 0) return runAll(run, block.body);
  // What the block did before it failed is undone, and the handler goes on from there.
  let outcome = NEXT;
  const { guarded } = run.context;
  run.context.guarded = true;
  const done = attempt(run.context, () => {
    outcome = runAll(run, block.body);
  });
  run.context.guarded = guarded;
  if (done) return outcome;
  return runAll(run, block.handlers[0]?.body ?? []);
}

/** A value as a variable of that type holds it. */
function assigned(
  run: Run,
  given: Value,
  from: Expr | null,
  type: NonNullable<PlBlock["declarations"][number]["type"]>,
): Value {
  if (given === UNKNOWN || given === null || type.of !== undefined) return given;
  if (typeof given === "object" && !isArray(given) && given.kind === "row") return given;
  return cast(run.context, given, type, from?.span.start ?? 0);
}

function runAll(run: Run, statements: readonly PlStatement[]): Outcome {
  for (const statement of statements) {
    const outcome = runStatement(run, statement);
    if (outcome.kind !== "next") return outcome;
  }
  return NEXT;
}

/** Statements that may or may not be reached: replayed, and nothing they fail at is said. */
function perhaps(run: Run, statements: readonly PlStatement[]): void {
  const { guarded } = run.context;
  run.context.guarded = true;
  attempt(run.context, () => {
    runAll(run, statements);
  });
  run.context.guarded = guarded;
}

function assign(run: Run, target: Variable | undefined, given: Value): void {
  const [name, field] = target?.name ?? [];
  if (name === undefined) return;
  if (field === undefined) {
    run.variables.set(name, given);
    return;
  }
  const before = run.variables.get(name);
  if (typeof before === "object" && before !== null && !isArray(before) && before.kind === "row") {
    run.variables.set(name, { kind: "row", fields: new Map([...entriesOf(before), [field, given]]) });
  }
}

/** INTO: one record variable takes the whole row, several take its fields in order. */
function assignRow(run: Run, targets: readonly Variable[], row: Row | null | typeof UNKNOWN): void {
  if (row === UNKNOWN || row === null) {
    for (const target of targets) assign(run, target, row);
    return;
  }
  const fields = valuesOf(row);
  const [only] = targets;
  if (
    targets.length === 1 &&
    only !== undefined &&
    (fields.length > 1 || run.records.has(only.name[0] ?? ""))
  )
    assign(run, only, row);
  else for (const [i, target] of targets.entries()) assign(run, target, fields[i] ?? null);
}

function runStatement(run: Run, statement: PlStatement): Outcome {
  switch (statement.kind) {
    case "block":
      return runBlock(run, statement);
    case "assign":
      assign(run, statement.target, value(run, statement.value));
      return NEXT;
    case "if":
      return branch(
        run,
        statement.branches.map(({ condition, body }) => ({ holds: () => value(run, condition), body })),
        statement.otherwise,
      );
    case "case": {
      const subject = statement.subject === null ? null : statement.subject;
      return branch(
        run,
        statement.branches.map(({ when, body }) => ({ holds: () => anyOf(run, subject, when), body })),
        statement.otherwise ?? [],
      );
    }
    case "loop":
      return loop(run, () => true, statement.body);
    case "while":
      return loop(run, () => value(run, statement.condition), statement.body);
    case "for-integer": {
      const [from, to, step] = statement.bounds.map((bound) => value(run, bound));
      if (
        typeof from !== "number" ||
        typeof to !== "number" ||
        (step !== undefined && typeof step !== "number")
      ) {
        return unknownLoop(run, [statement.variable], statement.body);
      }
      const values: Value[] = [];
      const by = step ?? 1;
      for (let i = from; by > 0 && i <= to && values.length < MOST_TURNS; i += by) values.push(i);
      return counted(run, statement.variable, values, statement.body);
    }
    case "foreach": {
      const array = value(run, statement.array);
      if (!isArray(array)) return unknownLoop(run, namesOf(statement.targets), statement.body);
      return each(run, array, (each) => assign(run, statement.targets[0], each), statement.body);
    }
    case "for-query":
      return loopOver(run, statement.query, statement.targets, statement.body);
    case "for-execute": {
      const [query] = parsed(run, statement.dynamic) ?? [];
      return loopOver(run, query ?? null, statement.targets, statement.body);
    }
    case "for-cursor":
      return unknownLoop(run, namesOf(statement.targets), statement.body);
    case "sql":
      runSql(run, statement);
      return NEXT;
    case "execute":
      runDynamic(run, statement);
      return NEXT;
    case "call":
      return NEXT;
    case "return":
      return { kind: "return" };
    case "exit":
    case "continue": {
      const condition = statement.condition === null ? true : value(run, statement.condition);
      return condition === true ? { kind: statement.kind } : NEXT;
    }
    case "raise":
      if (statement.level !== "exception") return NEXT;
      if (run.context.assume && run.context.guarded) return { kind: "return" };
      return refuse(
        run.context,
        statement.span ?? { start: 0, end: 0 },
        statement.message ?? "exception raised",
      );
    case "get-diagnostics":
      for (const { target } of statement.items) assign(run, target, UNKNOWN);
      return NEXT;
    case "fetch":
      for (const target of statement.into) assign(run, target, UNKNOWN);
      return NEXT;
    default:
      return NEXT;
  }
}

function namesOf(targets: readonly Variable[]): readonly string[] {
  return targets.map((target) => target.name[0] ?? "");
}

function anyOf(run: Run, subject: Expr | null, when: readonly Expr[]): Value {
  const results = when.map((expr) => {
    if (subject === null) return value(run, expr);
    const span = expr.span;
    return value(run, { kind: "operator", name: ["="], form: "plain", operands: [subject, expr], span });
  });
  return results.includes(true) ? true : results.includes(UNKNOWN) ? UNKNOWN : false;
}

function branch(
  run: Run,
  branches: readonly { readonly holds: () => Value; readonly body: readonly PlStatement[] }[],
  otherwise: readonly PlStatement[],
): Outcome {
  let open = false;
  for (const { holds, body } of branches) {
    const condition = holds();
    if (condition === UNKNOWN) {
      open = true;
      perhaps(run, body);
    } else if (condition === true) {
      if (!open) return runAll(run, body);
      perhaps(run, body);
      return NEXT;
    }
  }
  if (!open) return runAll(run, otherwise);
  perhaps(run, otherwise);
  return NEXT;
}

function each(
  run: Run,
  values: readonly Value[],
  set: (value: Value) => void,
  body: readonly PlStatement[],
): Outcome {
  for (const value of values) {
    if (++run.turns > MOST_TURNS) return NEXT;
    set(value);
    const outcome = runAll(run, body);
    if (outcome.kind === "exit") return NEXT;
    if (outcome.kind === "return") return outcome;
  }
  return NEXT;
}

/** The loop's variable is its own and hides one of the same name. */
function counted(
  run: Run,
  variable: string,
  values: readonly Value[],
  body: readonly PlStatement[],
): Outcome {
  const outer = run.variables.get(variable);
  const outcome = each(
    run,
    values,
    (value) => {
      run.variables.set(variable, value);
    },
    body,
  );
  if (outer === undefined) run.variables.delete(variable);
  else run.variables.set(variable, outer);
  return outcome;
}

function loop(run: Run, condition: () => Value, body: readonly PlStatement[]): Outcome {
  for (;;) {
    const holds = condition();
    if (holds === UNKNOWN) {
      perhaps(run, body);
      return NEXT;
    }
    if (holds !== true || ++run.turns > MOST_TURNS) return NEXT;
    const outcome = runAll(run, body);
    if (outcome.kind === "exit") return NEXT;
    if (outcome.kind === "return") return outcome;
  }
}

/** Once, with variables that could be anything. */
function unknownLoop(run: Run, variables: readonly string[], body: readonly PlStatement[]): Outcome {
  for (const name of variables) run.variables.set(name, UNKNOWN);
  perhaps(run, body);
  return NEXT;
}

function loopOver(
  run: Run,
  query: Statement | null,
  targets: readonly Variable[],
  body: readonly PlStatement[],
): Outcome {
  const rows = query?.kind === "select" ? rowsOf(run, query) : null;
  if (rows === null) return unknownLoop(run, namesOf(targets), body);
  return each(
    run,
    rows,
    (row) =>
      assignRow(
        run,
        targets,
        typeof row === "object" && row !== null && !isArray(row) && row.kind === "row" ? row : UNKNOWN,
      ),
    body,
  );
}

function rowsOf(run: Run, query: Extract<Statement, { kind: "select" }>): readonly Row[] | null {
  try {
    return queryRows(query, scopeOf(run));
  } catch (error) {
    if (error instanceof NotKnown) return null;
    throw error;
  }
}

function runSql(run: Run, { statement, into, discard }: Extract<PlStatement, { kind: "sql" }>): void {
  if (statement.kind === "select" && into.length > 0) {
    const rows = rowsOf(run, statement);
    const [first] = rows ?? [];
    const empty = rows === null || run.context.assume ? UNKNOWN : null;
    assignRow(run, into, first ?? empty);
    run.variables.set(
      "found",
      rows === null || (rows.length === 0 && run.context.assume) ? UNKNOWN : rows.length > 0,
    );
    return;
  }
  if (statement.kind === "select" && discard) {
    const rows = rowsOf(run, statement);
    run.variables.set(
      "found",
      rows === null || (rows.length === 0 && run.context.assume) ? UNKNOWN : rows.length > 0,
    );
  }
  execute(run, statement);
}

function execute(run: Run, statement: Statement): void {
  if (++run.turns > MOST_TURNS) return;
  const events: readonly Event[] =
    statement.kind === "utility" ? statement.events : [{ kind: "query", span: statement.span, statement }];
  for (const event of events) {
    if (run.context.assume) attempt(run.context, () => run.apply(event), event.span);
    else run.apply(event);
  }
}

function runDynamic(run: Run, { dynamic, into }: Extract<PlStatement, { kind: "execute" }>): void {
  const statements = parsed(run, dynamic);
  if (statements === null) {
    for (const target of into) assign(run, target, UNKNOWN);
    unknown(run.context, dynamic.query.span, "EXECUTE in a DO block: its text is not known");
    return;
  }
  const [only] = statements;
  if (only?.kind === "select" && into.length > 0) {
    const rows = dynamic.using.length > 0 ? null : rowsOf(run, only);
    assignRow(run, into, rows?.[0] ?? (rows === null || run.context.assume ? UNKNOWN : null));
    return;
  }
  for (const statement of statements) execute(run, statement);
}

/** The statements of a query built at run time; null when its text is not known or does not parse. */
function parsed(run: Run, { query }: DynamicQuery): readonly Statement[] | null {
  const text = value(run, query);
  if (text === null || run.parser === null || !isText(text)) return null;
  try {
    return readStatements(text, run.parser);
  } catch (error) {
    if (error instanceof SyntaxProblem || error instanceof TooComplex) return null;
    throw error;
  }
}
