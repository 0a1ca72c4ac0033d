/** Bodies of SQL functions: their statements in order, the last one gives the result. */
import type { Statement } from "../events/tree.ts";
import type { Frame, RowSet } from "./frame.ts";
import { evaluateStatement } from "./query.ts";
import { assertedByQuery, ended, returnedRows } from "./results.ts";
import { FALSE, NULL, nullnessOf, outcomes, TRUE } from "./truth.ts";

export function runSql(statements: readonly Statement[], frame: Frame): void {
  const { context } = frame;
  statements.forEach((statement, i) => {
    const rows = evaluateStatement(statement, frame);
    if (statement.kind === "select") assertedByQuery(statement, frame);
    if (i < statements.length - 1) return;
    returnedRows(rows, statement.span, frame);
    context.whenAnonymous = anonymousResult(statement, rows, frame);
  });
  ended(frame.state, frame);
}

function anonymousResult(statement: Statement, rows: RowSet, frame: Frame): number {
  if (statement.kind !== "select") return 0;
  const value = rows.columns[0]?.value;
  const target = statement.targets[0]?.value;
  if (statement.from.length === 0 && statement.where === null && target !== undefined)
    return outcomes(target, "values", frame);
  // No row: NULL.
  return value !== undefined && nullnessOf(value, "values") === "null" ? NULL : TRUE | FALSE;
}
