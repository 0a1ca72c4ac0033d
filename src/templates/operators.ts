/** Operators other than `||`: comparisons, arithmetic, paths into JSON. */
import type { Expr } from "../events/tree.ts";
import { evaluate, truth } from "./evaluate.ts";
import type { Frame } from "./frame.ts";
import { keyOf } from "./json.ts";
import { derive } from "./text.ts";
import { builtin, classify } from "./types.ts";
import { constantText, holeValue, NULL_VALUE, type Origin, singleHole, type Value } from "./value.ts";

type Operator = Extract<Expr, { kind: "operator" }>;

const BOOLEAN = new Set(
  "= <> != < > <= >= ~ ~* !~ !~* ~~ ~~* !~~ !~~* ~~* @> <@ && ? ?| ?& @@ @@@ @? ^@ << >> -|- &< &> *= *<>".split(
    " ",
  ),
);
const ARITHMETIC = new Set([
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
  "|/",
  "||/",
  "@",
  "#",
  "&",
  "|",
  "<->",
  "<=>",
  "<#>",
]);
const PATH = new Set(["->", "->>", "#>", "#>>"]);

/** The value of an operator expression that is not a chain of `||`. */
export function evaluateOperator(expr: Operator, frame: Frame): Value {
  const operands = expr.operands.map((operand) => evaluate(operand, frame));
  const name = expr.name.at(-1) ?? "";
  if (expr.form === "nullif") return operands[0] ?? NULL_VALUE;
  if (expr.form !== "plain" || BOOLEAN.has(name))
    return truth(expr, operands, expr.form === "distinct" || expr.form === "not-distinct");
  const [left, right] = operands;
  if (PATH.has(name) && left !== undefined && right !== undefined) return jsonPath(expr, name, left, right);
  if (!ARITHMETIC.has(name)) return derive(expr.span, operands);
  // jsonb - key and jsonb #- path are not arithmetic.
  if (
    left !== undefined &&
    (name === "-" || name === "#-") &&
    classify(left.type, frame.context.lookup) === "json"
  ) {
    return derive(expr.span, operands, { type: left.type });
  }
  return derive(expr.span, operands, {
    guard: "type",
    by: "number",
    type: builtin("numeric", expr.span),
    object: null,
  });
}

function jsonPath(expr: Operator, operator: string, left: Value, right: Value): Value {
  const key = constantText(right);
  const type = builtin(operator.endsWith(">>") ? "text" : "jsonb", expr.span);
  if (key !== null) {
    const known = operator.startsWith("->") ? keyOf(left, key) : null;
    if (known !== null) return known;
  }
  const single = singleHole(left);
  if (single === null) return derive(expr.span, [left, right], { type });
  const origins = single.origins.map(
    (origin): Origin =>
      origin.kind === "identity" && origin.claim === null && key !== null
        ? { ...origin, claim: key, nullable: true, key: `${origin.key}->${key}` }
        : origin,
  );
  const derived = derive(expr.span, [{ ...left, pieces: [{ ...single, origins, guard: "none" }] }, right], {
    type,
  });
  const result = singleHole(derived);
  if (result === null) return derived;
  return holeValue(
    { ...result, key: `${single.key}->${key ?? `@${expr.span.start}`}`, influences: single.influences },
    type,
  );
}
