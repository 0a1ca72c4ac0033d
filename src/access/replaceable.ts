/** Names that something else could stand for: PostgreSQL has nothing of that name that fits the arguments exactly. */
import { catalogFunctions, catalogOperators, displayType } from "../catalog/builtin/index.ts";
import type { Expr } from "../events/tree.ts";
import { fits, type TypeReader } from "./argument-types.ts";

/** The name, when it is known that no function or operator of PostgreSQL's fits its arguments exactly. */
export function replaceable(expr: Expr, types: TypeReader, version: number): string | null {
  if (expr.kind === "call" && !expr.grammar && expr.name.length === 1 && expr.args.length > 0) {
    const [name = ""] = expr.name;
    const overloads = catalogFunctions(name, version);
    const args = expr.args.map(({ value }) => types.typeOf(value));
    if (overloads.length === 0 || args.every((type) => type === "literal")) return null;
    const answers = overloads.map((one) => fits(args, one.args.map(displayType)));
    return answers.every((answer) => answer === "inexact") && !args.includes(null) ? `${name}()` : null;
  }
  if (expr.kind !== "operator" || expr.name.length > 1) return null;
  const args = expr.operands.map(types.typeOf);
  const [name = ""] = expr.name;
  if (args.length !== 2 || args.includes(null) || args.includes("literal") || expr.form !== "plain")
    return null;
  const answers = catalogOperators(name, version).map(({ left, right }) =>
    fits(args, [left ?? "", right].map(displayType)),
  );
  return answers.length > 0 && answers.every((answer) => answer === "inexact") ? `operator ${name}` : null;
}
