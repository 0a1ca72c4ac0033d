/** SQL and EXECUTE in a DO block. */
import { readDoBlock } from "../../events/do-block.ts";
import type { Event, EventOf } from "../../events/event.ts";
import type { DynamicQuery, Expr, PlStatement, Statement } from "../../events/tree.ts";
import { readStatements } from "../../events/tree-from-ast.ts";
import { SyntaxProblem, TooComplex } from "../../parser/postgres.ts";
import { attempt, refuse, unknown } from "../context.ts";
import { runCalls } from "./calls.ts";
import { isText, UNKNOWN } from "./value.ts";
import { assign, assignRow, type Run, rowsOf, takeTurn, value } from "./variables.ts";

/** A block can build the text of the next one for ever. */
const DEEPEST = 8;

export function runSql(run: Run, { statement, into, discard }: Extract<PlStatement, { kind: "sql" }>): void {
  if (statement.kind === "select" && into.length > 0) {
    const rows = rowsOf(run, statement);
    const [first] = rows ?? [];
    const empty = rows === null || run.context.assume ? UNKNOWN : null;
    assignRow(run, into, first ?? empty);
    run.variables.set(
      "found",
      rows === null || (rows.length === 0 && run.context.assume) ? UNKNOWN : rows.length > 0,
    );
    runCalls(run, statement);
    return;
  }
  if (statement.kind === "select" && !discard && !run.context.assume)
    refuse(run.context, statement.span, "query has no destination for result data");
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
  if (!takeTurn(run)) return;
  // What a routine reads and writes is told of its code.
  const events: readonly Event[] =
    statement.kind !== "utility" && run.routines.length > 0
      ? []
      : statement.kind === "utility"
        ? statement.events
        : [{ kind: "query", span: statement.span, statement }];
  for (const each of events) {
    const event = each.kind === "do" ? readNested(run, each) : each;
    if (run.context.assume) attempt(run.context, () => run.apply(event), event.span);
    else run.apply(event);
  }
  runCalls(run, statement);
}

/** A DO block that another one runs has not been read before. */
function readNested(run: Run, event: EventOf<"do">): Event {
  if (event.block !== null || run.parser === null) return event;
  if (run.context.nested >= DEEPEST) {
    unknown(run.context, event.span, "DO block is nested too deeply");
    return event;
  }
  const read = readDoBlock(event, run.parser);
  if (read.unknown !== null) unknown(run.context, read.unknown.span, read.unknown.message);
  return read.event;
}

export function runDynamic(run: Run, { dynamic, into }: Extract<PlStatement, { kind: "execute" }>): void {
  const statements = parsed(run, dynamic);
  if (statements === null) {
    for (const target of into) assign(run, target, UNKNOWN);
    const where = run.routines.at(-1)?.name ?? "a DO block";
    if (!beginsAsQuery(dynamic.query))
      unknown(run.context, dynamic.query.span, `EXECUTE in ${where}: its text is not known`);
    return;
  }
  const [only] = statements;
  // It sees what USING gives it, and no variables.
  const given = dynamic.using.map((expr, i) => [`$${i + 1}`, value(run, expr)] as const);
  const own: Run = { ...run, variables: new Map(given) };
  if (only?.kind === "select" && into.length > 0) {
    const rows = rowsOf(own, only);
    assignRow(run, into, rows?.[0] ?? (rows === null || run.context.assume ? UNKNOWN : null));
    runCalls(own, only);
    return;
  }
  for (const statement of statements) execute(own, statement);
}

/** `'DELETE FROM ' || …`: whatever follows, the catalog holds nothing of it. */
function beginsAsQuery(expr: Expr): boolean {
  switch (expr.kind) {
    case "string":
      return /^\s*(?:select|insert|update|delete|lock|refresh|analyze|vacuum|copy|truncate|notify)\b/i.test(
        expr.value,
      );
    case "operator":
      return expr.name.at(-1) === "||" && expr.operands[0] !== undefined && beginsAsQuery(expr.operands[0]);
    case "call":
      return (
        ["format", "concat"].includes(expr.name.at(-1) ?? "") &&
        expr.args[0] !== undefined &&
        beginsAsQuery(expr.args[0].value)
      );
    case "cast":
      return beginsAsQuery(expr.operand);
    default:
      return false;
  }
}

/** The statements of a query built at run time; null when its text is not known or does not parse. */
export function parsed(run: Run, { query }: DynamicQuery): readonly Statement[] | null {
  const text = value(run, query);
  if (text === null || run.parser === null || !isText(text)) return null;
  try {
    return readStatements(text, run.parser);
  } catch (error) {
    if (error instanceof SyntaxProblem || error instanceof TooComplex) return null;
    throw error;
  }
}
