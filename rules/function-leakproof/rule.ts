import { clients } from "../../src/access/policies.ts";
import { isSecurityBarrier } from "../../src/access/row-security.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Body, Expr } from "../../src/events/tree.ts";
import { walkBody } from "../../src/events/walk.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Function that claims to be LEAKPROOF",
  severity: "high",
  category: "views",
  cwe: [200, 863],
  since: "0.1.0",
  variants: {},
  why: "The planner runs LEAKPROOF functions before the conditions of policies and security barriers, on rows that the reader must not see. An error message or notice with the value in it then shows them.",
  check(context) {
    const { catalog, access } = context;
    const barriers = hasBarriers(catalog);
    for (const routine of context.askedRoutines()) {
      if (!routine.leakproof.value || routine.prelude || routine.assumed) continue;
      // Code in C cannot be judged from SQL; without arguments nothing of a row gets in.
      if (routine.language === "c" || routine.language === "internal" || routine.inputTypes.length === 0)
        continue;
      if (cannotFail(context.body(routine))) continue;
      const reach = clients(context, access.callers(routine));
      const name = catalog.routineName(routine);
      context.report({
        variant: null,
        severity: access.severity(barriers ? "high" : "low", reach),
        confidence: "medium",
        message: `${name} claims to be LEAKPROOF, and its ${routine.language} code can raise errors that depend on its arguments`,
        label: "LEAKPROOF",
        place: routine.leakproof.place,
        object: name,
        reach,
        help: `ALTER FUNCTION ${name} NOT LEAKPROOF;`,
      });
    }
  },
});

/** Whether anything in the project is protected by the order in which conditions are evaluated. */
function hasBarriers(catalog: Catalog): boolean {
  for (const relation of catalog.relations()) {
    if (!relation.prelude && (relation.rowSecurity.value || isSecurityBarrier(relation))) return true;
  }
  return false;
}

/** Whether the code only compares its arguments for equality and chooses between values: nothing in it raises errors. */
function cannotFail(body: Body): boolean {
  if (body.language !== "sql") return false;
  let harmless = true;
  walkBody(body, {
    statement(statement) {
      if (statement.kind !== "select" || statement.from.length > 0) harmless = false;
    },
    expr(expr) {
      if (!isTotal(expr)) harmless = false;
    },
  });
  return harmless;
}

function isTotal(expr: Expr): boolean {
  switch (expr.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "column":
    case "parameter":
    case "and":
    case "or":
    case "not":
    case "is":
    case "case":
    case "coalesce":
      return true;
    case "operator":
      return (
        ["plain", "distinct", "not-distinct"].includes(expr.form) &&
        ["=", "<>"].includes(expr.name.at(-1) ?? "")
      );
    default:
      return false;
  }
}
