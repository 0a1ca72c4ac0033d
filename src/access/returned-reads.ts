/** Which reads of a routine go into what it returns. */
import type { Body, Expr, PlStatement, Select, Statement } from "../events/tree.ts";
import { walkBody, walkExpr, walkStatement } from "../events/walk.ts";

/** `totals`: only counts, sums and the like of the rows. */
export type Returned = "rows" | "totals";

/** Reads by where the relation's name starts; what is only asked for in conditions, or counted, is not among them. */
export function returnedReads(body: Body): ReadonlyMap<number, Returned> {
  const found = new Map<number, Returned>();
  if (body.language === "sql") {
    const last = body.statements.at(-1);
    if (last !== undefined) addStatement(last, found);
  }
  if (body.language === "plpgsql") walkBody(body, { plpgsql: (statement) => addPlpgsql(statement, found) });
  return found;
}

function addPlpgsql(statement: PlStatement, found: Map<number, Returned>): void {
  if (statement.kind === "return-query") addStatement(statement.query, found);
  if (statement.kind !== "return" && statement.kind !== "return-next") return;
  if (statement.value === null) return;
  walkExpr(statement.value, {
    expr(expr) {
      if (expr.kind !== "subquery") return true;
      if (expr.form === "scalar" || expr.form === "array") addStatement(expr.query, found);
      return false;
    },
  });
}

function addStatement(statement: Statement, found: Map<number, Returned>): void {
  if (statement.kind !== "select") return;
  const totals = new Set<Statement>();
  walkStatement(statement, {
    statement(inner) {
      if (inner.kind === "select" && isTotal(inner)) totals.add(inner);
    },
    relation({ span }) {
      found.set(span.start, "rows");
    },
    expr(expr) {
      // A condition chooses rows; it shows none.
      return expr.kind !== "subquery" || expr.form === "scalar" || expr.form === "array";
    },
  });
  // What a query inside, or the whole, makes totals of is no more than that.
  for (const total of totals) {
    walkStatement(total, {
      relation({ span }) {
        if (found.has(span.start)) found.set(span.start, "totals");
      },
      statement: (inner) => inner === total || !totals.has(inner),
    });
  }
}

const TOTALS = new Set("count sum avg min max bool_or bool_and every stddev variance".split(" "));

/** Nothing but aggregates, beside them what is computed from the columns it is grouped by (`date_trunc('day', at)`). */
function isTotal({ targets, groupBy, setOperation, values }: Select): boolean {
  if (setOperation !== null || values !== null || targets.length === 0) return false;
  if (!targets.some(({ value }) => value.kind !== "string" && isAggregate(value))) return false;
  return targets.every(({ value }) => isAggregate(value) || (groupBy.length > 0 && isComputed(value)));
}

function isComputed(value: Expr): boolean {
  return value.kind === "cast"
    ? isComputed(value.operand)
    : value.kind === "call" && /^(date_trunc|date|extract|to_char|date_part)$/.test(value.name.at(-1) ?? "");
}

function isAggregate(value: Expr): boolean {
  switch (value.kind) {
    case "cast":
      return isAggregate(value.operand);
    case "coalesce":
      return value.operands.some(isAggregate);
    case "call":
      return (
        TOTALS.has(value.name.at(-1) ?? "") ||
        (/build_object$/.test(value.name.at(-1) ?? "") && value.args.every((arg) => isAggregate(arg.value)))
      );
    case "string":
    case "number":
    case "boolean":
    case "null":
      return true;
    default:
      return false;
  }
}
