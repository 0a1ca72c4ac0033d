/** The operators that a construct looks up by name, also where none is written. */
import type { Expr, FromItem, Name } from "./tree.ts";

const EQUAL: Name = ["="];
const NONE: readonly Name[] = [];

/** In the order PostgreSQL looks them up: BETWEEN takes two, CASE with a subject and IN (SELECT …) take `=`. */
export function operatorNames(expr: Expr): readonly Name[] {
  switch (expr.kind) {
    case "operator":
      switch (expr.form) {
        case "between":
          return [[">="], ["<="]];
        case "not-between":
          return [["<"], [">"]];
        // Nothing is compared with NULL: it is IS [NOT] NULL.
        case "distinct":
        case "not-distinct":
          return expr.operands.some(({ kind }) => kind === "null") ? NONE : [expr.name];
        default:
          return [expr.name];
      }
    case "case":
      return expr.subject === null ? NONE : [EQUAL];
    case "subquery":
      if (expr.operator !== null) return [expr.operator];
      return expr.form === "in" ? [EQUAL] : NONE;
    default:
      return NONE;
  }
}

/** Of a join: `=` for USING and NATURAL. */
export function joinOperators(item: FromItem): readonly Name[] {
  return item.kind === "join" && (item.natural || (item.using ?? []).length > 0) ? [EQUAL] : NONE;
}
