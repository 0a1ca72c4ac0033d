/** Columns by which policies tie rows to the caller. */

import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Expr } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { letsAllPass } from "./row-security.ts";

/**
 * Columns that the policies for reading a table compare with the caller's identity (`user_id = auth.uid()`,
 * `org_id IN (SELECT … WHERE member = auth.uid())`); empty without row security, or when a policy lets everybody read.
 */
export function identityColumns(catalog: Catalog, table: Relation): ReadonlySet<string> {
  const known = remembered(byCatalog, catalog, () => new Map<Oid, ReadonlySet<string>>());
  return remembered(known, table.oid, () => findColumns(catalog, table));
}

const byCatalog = new WeakMap<Catalog, Map<Oid, ReadonlySet<string>>>();

function findColumns(catalog: Catalog, table: Relation): ReadonlySet<string> {
  const columns = new Set<string>();
  if (!table.rowSecurity.value) return columns;
  const policies = catalog
    .policiesOf(table)
    .filter(({ command }) => command === "all" || command === "select");
  for (const { permissive, using } of policies) {
    if (using === null) continue;
    if (permissive && letsAllPass(using.expr)) return new Set();
    walkExpr(using.expr, {
      expr(expr) {
        if (expr.kind === "operator") compared(expr.operands, columns);
        if (expr.kind === "subquery" && expr.test !== null && mentionsCaller(expr))
          addColumn(expr.test, columns);
        return true;
      },
    });
  }
  for (const column of columns)
    if (!table.columns.some(({ name }) => name === column)) columns.delete(column);
  return columns;
}

function compared(operands: readonly Expr[], columns: Set<string>): void {
  if (!operands.some(mentionsCaller)) return;
  for (const operand of operands) if (!mentionsCaller(operand)) addColumn(operand, columns);
}

function addColumn(expr: Expr, columns: Set<string>): void {
  let inner = expr;
  while (inner.kind === "cast") inner = inner.operand;
  const name = inner.kind === "column" ? inner.name.at(-1) : undefined;
  if (name !== undefined) columns.add(name);
}

/** Whether an expression asks who the caller is. */
function mentionsCaller(expr: Expr): boolean {
  let found = false;
  walkExpr(expr, {
    expr(inner) {
      if (inner.kind === "session-value" && /user|role/.test(inner.name)) found = true;
      if (inner.kind !== "call") return true;
      const [first] = inner.args;
      const setting = first?.value.kind === "string" ? first.value.value : "";
      if (inner.name.length === 2 && inner.name[0] === "auth") found = true;
      if (
        inner.name.at(-1) === "current_setting" &&
        /^(?:request\.)?jwt\.|user|tenant|org|account/i.test(setting)
      )
        found = true;
      return true;
    },
  });
  return found;
}
