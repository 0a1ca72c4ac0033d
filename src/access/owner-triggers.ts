/** Triggers that put the caller into a column, or refuse another owner. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { Body, Expr, PlStatement } from "../events/tree.ts";
import { saysWho } from "./owner-columns.ts";
import { sessionValuesIn } from "./session-values.ts";

/** Whether a BEFORE INSERT row trigger sees to it that the column of every new row is the caller: what the client sent does not matter. */
export function setToCaller(
  source: { readonly catalog: Catalog; body(routine: Routine): Body },
  table: Relation,
  column: string,
): boolean {
  const { state } = source.catalog;
  return state.triggers.by.relation.all(table.oid).some(({ routine, enabled, event }) => {
    if (routine === null || enabled.value === "disabled") return false;
    if (event.timing !== "before" || !event.events.includes("insert") || event.when !== null) return false;
    const found = state.routines.get(routine);
    const body = found === undefined ? null : source.body(found);
    return body?.language === "plpgsql" && sets([body.block], column, new Set());
  });
}

/** `callers`: variables that hold the caller, kept up to date. */
function sets(statements: readonly PlStatement[], column: string, callers: Set<string>): boolean {
  const target = `new.${column}`;
  const isCaller = (expr: Expr | null | undefined): boolean =>
    expr !== null &&
    expr !== undefined &&
    !prefers(expr, target) &&
    ((expr.kind === "column" && callers.has(expr.name.join("."))) ||
      [...sessionValuesIn(expr)].some(saysWho));
  const store = (name: string, expr: Expr | null | undefined): boolean => {
    if (isCaller(expr)) callers.add(name);
    else callers.delete(name);
    return callers.has(target);
  };
  for (const statement of statements) {
    switch (statement.kind) {
      case "block":
        for (const declaration of statement.declarations) store(declaration.name, declaration.default);
        // A handler that does not raise goes on without what was done before.
        if (!statement.handlers.every(({ body }) => body.some(raises))) break;
        if (sets(statement.body, column, callers)) return true;
        break;
      case "loop":
        if (sets(statement.body, column, callers)) return true;
        break;
      case "assign":
        if (store(statement.target.name.join("."), statement.value)) return true;
        break;
      case "sql": {
        if (statement.statement.kind !== "select") break;
        const { targets } = statement.statement;
        for (const [index, { name }] of statement.into.entries())
          if (store(name.join("."), targets[index]?.value)) return true;
        break;
      }
      case "if": {
        const [first] = statement.branches;
        if (first === undefined || statement.branches.length > 1) break;
        if (isInsert(first.condition) && sets(first.body, column, callers)) return true;
        if (refusesOthers(first.condition, target, isCaller) && first.body.some(raises)) return true;
        break;
      }
      default:
        break;
    }
  }
  return false;
}

/** Whether it is `coalesce(NEW.owner, auth.uid())`: the caller only where the client sent nothing. */
function prefers(expr: Expr, target: string): boolean {
  const inner = expr.kind === "cast" ? expr.operand : expr;
  if (inner.kind !== "coalesce") return false;
  const [first] = inner.operands;
  return first?.kind === "column" && first.name.join(".") === target;
}

/** TG_OP = 'INSERT', which holds for the rows that are asked about. */
function isInsert(condition: Expr): boolean {
  if (condition.kind === "boolean") return condition.value;
  if (condition.kind !== "operator" || condition.name.at(-1) !== "=") return false;
  const names = condition.operands.map((each) =>
    each.kind === "column" ? each.name.join(".") : each.kind === "string" ? each.value : "",
  );
  return names.includes("tg_op") && names.includes("INSERT");
}

/** The column is not what the caller is. */
function refusesOthers(condition: Expr, target: string, isCaller: (expr: Expr) => boolean): boolean {
  if (condition.kind !== "operator" || condition.operands.length !== 2) return false;
  if (condition.form !== "distinct" && !["<>", "!="].includes(condition.name.at(-1) ?? "")) return false;
  const isColumn = (each: Expr): boolean => each.kind === "column" && each.name.join(".") === target;
  return condition.operands.some(isColumn) && condition.operands.some(isCaller);
}

function raises(statement: PlStatement): boolean {
  return statement.kind === "raise" && statement.level === "exception";
}
