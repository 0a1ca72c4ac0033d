/** Rows that come from cursors and from dynamic queries. */
import type { PlStatement } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { unknownRows } from "./assign.ts";
import { evaluate } from "./evaluate.ts";
import type { Frame, RowSet } from "./frame.ts";
import { evaluateSelect, evaluateStatement } from "./query.ts";
import { recordDynamic } from "./sinks.ts";
import { findVariable, type State } from "./state.ts";
import { derive } from "./text.ts";
import { builtin } from "./types.ts";
import { hole, holeValue, type Value } from "./value.ts";

const NOWHERE: Span = { start: 0, end: 0 };

/** Rows of a query that is built at run time: known when its text is. */
export function dynamicRows(query: Value, span: Span, frame: Frame): RowSet {
  const select = frame.context.readDynamic?.(query) ?? null;
  if (select === null) return unknownRows(span);
  // What the text names are not variables of this routine.
  return evaluateSelect(select, { ...frame, scope: null, rows: null });
}

/** Rows that FETCH and FOR give for a cursor: of the query it is bound to or was opened with. */
export function cursorRows(cursor: string, span: Span | null, frame: Frame): RowSet {
  const declared = findVariable(frame.scope, cursor);
  if (declared !== null && declared.cursor !== null) return evaluateSelect(declared.cursor, frame);
  const opened = frame.context.cursors.get(declared?.slot ?? cursor);
  if (opened === undefined) return unknownRows(span ?? NOWHERE);
  if (opened.kind === "query") return evaluateStatement(opened.query, frame);
  return dynamicRows(opened.text, opened.span, frame);
}

/** OPEN: remembers what FETCH will give. */
export function runOpen(statement: Extract<PlStatement, { kind: "open" }>, frame: Frame): State {
  for (const arg of statement.args) evaluate(arg, frame);
  const slot = findVariable(frame.scope, statement.cursor)?.slot ?? statement.cursor;
  const { query, dynamic } = statement;
  const { cursors } = frame.context;
  if (query !== null) {
    evaluateStatement(query, frame);
    cursors.set(slot, { kind: "query", query });
  }
  if (dynamic !== null) {
    const text = recordDynamic("open-execute", dynamic, statement.span, frame);
    cursors.set(slot, { kind: "text", text, span: dynamic.query.span });
  }
  return frame.state;
}

/** An item of GET DIAGNOSTICS. */
export function diagnostics(item: string, span: Span | null): { readonly value: Value; readonly span: Span } {
  const where = span ?? NOWHERE;
  if (/^(row_count|pg_routine_oid)$/i.test(item)) {
    return {
      value: derive(where, [], { guard: "type", by: "bigint", type: builtin("int8", where) }),
      span: where,
    };
  }
  const key = `?${item}`;
  return {
    value: holeValue(
      hole(where, [{ kind: "unknown", what: item.toLowerCase(), key, span, checks: [] }], { key }),
    ),
    span: where,
  };
}
