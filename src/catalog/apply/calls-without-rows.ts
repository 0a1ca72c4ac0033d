/** Functions that a query calls even when all tables are empty: those in SELECT without FROM, and in FROM itself. */
import type { Expr, Select } from "../../events/tree.ts";
import { walkExpr } from "../../events/walk.ts";
import type { Context } from "../context.ts";
import type { Bindings, BoundQuery, Oid, Routine } from "../model.ts";

/** Of the query and of the views that it reads. */
export function callsWithoutRows(context: Context, query: BoundQuery): readonly Routine[] {
  const found = new Map<Oid, Routine>();
  const seen = new Set<Oid>();
  const open = [query];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    const { bindings, statement } = each;
    if (statement.kind === "select") collect(context, statement, bindings, found);
    for (const { oid, column } of bindings.values()) {
      const view = column === undefined && !seen.has(oid) ? context.state.relations.get(oid) : undefined;
      seen.add(oid);
      if (view?.kind === "view" && view.query !== null) open.push(view.query);
    }
  }
  return [...found.values()];
}

function collect(context: Context, select: Select, bindings: Bindings, found: Map<Oid, Routine>): void {
  const add = (expr: Expr): void =>
    walkExpr(expr, {
      expr: (inner) => {
        const oid = inner.kind === "call" ? bindings.get(inner)?.oid : undefined;
        const routine = oid === undefined ? undefined : context.state.routines.get(oid);
        if (routine !== undefined) found.set(routine.oid, routine);
      },
    });
  const functionsOnly = select.from.every(({ kind }) => kind === "function");
  if (functionsOnly) for (const { value } of select.targets) add(value);
  for (const item of select.from) if (item.kind === "function") for (const call of item.calls) add(call);
  if (select.setOperation !== null) {
    collect(context, select.setOperation.left, bindings, found);
    collect(context, select.setOperation.right, bindings, found);
  }
}
