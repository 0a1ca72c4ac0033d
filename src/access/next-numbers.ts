/** Code that hands out numbers: the next one of a table's, or a counter that it raises. */
import type { Body, Expr, Statement } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";

/** Text functions that show a number. */
const SHOWS: ReadonlySet<string> = new Set([
  "lpad",
  "to_char",
  "format",
  "concat",
  "concat_ws",
  "nextval",
  "text",
]);
const TIMES: ReadonlySet<string> = new Set(["now", "clock_timestamp", "date_part", "extract", "timezone"]);

/** Whether all that a routine gives back is a number one higher than what it found, perhaps as text with a prefix. */
export function handsOutNext(body: Body): boolean {
  const given = new Map<string, Expr[]>();
  const returned: Expr[] = [];
  const assign = (name: string, value: Expr): void => {
    given.set(name, [...(given.get(name) ?? []), value]);
  };
  if (body.language === "sql") {
    const last = body.statements.at(-1);
    if (last?.kind === "select") returned.push(...last.targets.map(({ value }) => value));
  }
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "return" || statement.kind === "return-next") {
        if (statement.value !== null) returned.push(statement.value);
      } else if (statement.kind === "assign") assign(statement.target.name[0] ?? "", statement.value);
      else if (statement.kind === "sql" && statement.statement.kind === "select") {
        statement.into.forEach(({ name }, i) => {
          const target = statement.statement.kind === "select" ? statement.statement.targets[i] : undefined;
          if (target !== undefined) assign(name[0] ?? "", target.value);
        });
      }
    },
  });
  return returned.length > 0 && returned.every((expr) => showsNext(plain(expr), given, 8));
}

/** RETURN (SELECT …) and RETURN query. */
function plain(expr: Expr): Expr {
  if (expr.kind !== "subquery" || expr.form !== "scalar") return expr;
  const [only, ...others] = expr.query.targets;
  return only !== undefined && others.length === 0 ? only.value : expr;
}

/** Of the parts of the value at least one is a next number, and all others are constants and times. */
function showsNext(expr: Expr, given: ReadonlyMap<string, readonly Expr[]>, depth: number): boolean {
  const parts: Expr[] = [];
  const open = [expr];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (isNext(part)) parts.push(part);
    else if (part.kind === "cast") open.push(part.operand);
    else if (part.kind === "operator" && part.name.at(-1) === "||") open.push(...part.operands);
    else if (part.kind === "coalesce") open.push(...part.operands);
    else if (part.kind === "call" && SHOWS.has(part.name.at(-1) ?? ""))
      open.push(...part.args.map(({ value }) => value));
    else if (part.kind === "column" && part.name.length === 1) {
      const values = given.get(part.name[0] ?? "") ?? [];
      if (depth === 0 || values.length === 0) return false;
      if (!values.every((value) => isConstant(value) || showsNext(plain(value), given, depth - 1)))
        return false;
      parts.push(part);
    } else if (!isConstant(part)) return false;
  }
  return parts.length > 0;
}

/** `coalesce(max(n), 0) + 1`, `v + 1`, `nextval('s')` */
function isNext(expr: Expr): boolean {
  if (expr.kind === "call") return expr.name.at(-1) === "nextval";
  if (expr.kind !== "operator" || expr.form !== "plain" || expr.name.at(-1) !== "+") return false;
  return expr.operands.length === 2 && expr.operands.some((operand) => operand.kind === "number");
}

function isConstant(expr: Expr): boolean {
  switch (expr.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "session-value":
      return true;
    case "cast":
      return isConstant(expr.operand);
    case "call":
      return TIMES.has(expr.name.at(-1) ?? "");
    default:
      return false;
  }
}

/** Where tables stand of which a statement only raises counters by constants, and sets times. */
export function raisedCounters(body: Body): ReadonlySet<number> {
  const found = new Set<number>();
  walkBody(body, {
    statement(statement: Statement) {
      if (statement.kind !== "update" || statement.set.length === 0) return;
      const raises = statement.set.some(({ value }) => isNext(value));
      if (raises && statement.set.every(({ value }) => isNext(value) || isConstant(value)))
        found.add(statement.target.span.start);
    },
  });
  return found;
}
