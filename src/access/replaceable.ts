/** Names that something else could stand for: PostgreSQL has nothing of that name that fits the arguments exactly. */
import { catalogFunctions, catalogOperators, displayType } from "../catalog/builtin/index.ts";
import { operatorNames } from "../events/operator-names.ts";
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
  // The element of an array is compared, and what that is is not looked at.
  if (expr.form === "any" || expr.form === "all") return null;
  const [left, ...others] = expr.operands.map(types.typeOf);
  for (const [name = ""] of operatorNames(expr)) {
    const known = catalogOperators(name, version);
    for (const right of others) {
      const args = [left ?? null, right];
      if (args.includes(null) || args.includes("literal")) continue;
      const answers = known.map((one) => fits(args, [one.left ?? "", one.right].map(displayType)));
      if (answers.length > 0 && answers.every((answer) => answer === "inexact")) return `operator ${name}`;
    }
  }
  return null;
}
