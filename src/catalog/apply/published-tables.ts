/** What a publication takes of a table: columns and rows (pg_publication.c, publicationcmds.c). */
import type { Expr } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { isMutable, refuseSubquery, usesUserDefined } from "../bind/allowed.ts";
import { boundExpr } from "../bind/query.ts";
import { type Context, refuse } from "../context.ts";
import type { BoundExpr, Relation } from "../model.ts";

/** pub_collist_validate(): each column once, and none that is not stored. */
export function requirePublishable(
  context: Context,
  relation: Relation,
  columns: readonly number[],
  span: Span,
): void {
  if (context.assume) return;
  for (const [i, number] of columns.entries()) {
    const column = relation.columns.find((each) => each.number === number);
    if (columns.indexOf(number) < i)
      refuse(context, span, `duplicate column "${column?.name}" in publication column list`);
    if (column?.generated === "virtual")
      refuse(
        context,
        span,
        `cannot use virtual generated column "${column.name}" in publication column list`,
      );
  }
}

/** check_simple_rowfilter_expr(): nothing but columns, constants and what PostgreSQL itself brings and is immutable. */
export function rowFilter(context: Context, relation: Relation, where: Expr): BoundExpr {
  refuseSubquery(context, where, where.span, "publication WHERE expression");
  const { bound } = boundExpr(context, where, relation);
  if (context.assume) return bound;
  // Virtual columns stand for their expressions.
  const virtual = new Map<object, BoundExpr>();
  const bindings = new Map(bound.bindings);
  for (const [node, { oid, column: number }] of bound.bindings) {
    const column = relation.columns.find((each) => oid === relation.oid && each.number === number);
    if (column?.generated !== "virtual" || column.default === null) continue;
    virtual.set(node, column.default);
    bindings.delete(node);
    for (const [inner, address] of column.default.bindings) bindings.set(inner, address);
  }
  const stored = { ...bound, bindings, virtual };
  for (const each of [stored, ...virtual.values()]) {
    if (usesUserDefined(context, each) !== null || isMutable(context, each))
      refuse(context, where.span, "invalid publication WHERE expression");
  }
  return stored;
}
