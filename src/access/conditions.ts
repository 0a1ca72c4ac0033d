/** The conditions in a routine's code: what decides which way it goes, which rows it takes, and what a test answers. */
import type { Routine } from "../catalog/model.ts";
import type { Body, Expr, FromItem } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";
import { denies } from "./denial.ts";

export interface Condition {
  readonly expr: Expr;
  readonly kind: "if" | "where" | "answer";
  /** When it is true, the caller is turned away. */
  readonly denies: boolean;
}

/** IF, WHILE and CASE; WHERE, ON, HAVING and FILTER; what a boolean function returns. In the order of the text. */
export function conditionsOf(
  body: Body,
  routine: Pick<Routine, "returns" | "returnsSet">,
): readonly Condition[] {
  const found: Condition[] = [];
  const add = (kind: Condition["kind"], expr: Expr | null | undefined, refused = false): void => {
    if (expr != null) found.push({ kind, expr, denies: refused });
  };
  const answers = isBoolean(routine);
  walkBody(body, {
    plpgsql(statement) {
      switch (statement.kind) {
        case "if":
          for (const branch of statement.branches) add("if", branch.condition, denies(branch.body));
          break;
        case "case":
          add("if", statement.subject);
          for (const branch of statement.branches) for (const when of branch.when) add("if", when);
          break;
        case "while":
        case "exit":
        case "continue":
        case "assert":
          add("if", statement.condition);
          break;
        case "return":
          if (answers) add("answer", statement.value);
          break;
        default:
          break;
      }
    },
    statement(statement) {
      switch (statement.kind) {
        case "select":
          add("where", statement.where);
          add("where", statement.having);
          for (const item of statement.from) joins(item, (expr) => add("where", expr));
          break;
        case "update":
        case "delete":
          add("where", statement.where);
          break;
        case "merge":
          add("where", statement.on);
          for (const action of statement.actions) add("where", action.condition);
          break;
        case "insert":
        case "utility":
          break;
      }
    },
    expr(expr) {
      if (expr.kind === "case") for (const branch of expr.branches) add("if", branch.when);
      if (expr.kind === "call") add("where", expr.filter);
    },
  });
  if (body.language === "sql" && answers) {
    for (const statement of body.statements)
      if (statement.kind === "select") for (const target of statement.targets) add("answer", target.value);
  }
  return found;
}

function joins(item: FromItem, add: (expr: Expr | null) => void): void {
  const open: FromItem[] = [item];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind !== "join") continue;
    add(next.on);
    open.push(next.right, next.left);
  }
}

/** Whether the routine answers yes or no. */
export function isBoolean(routine: Pick<Routine, "returns" | "returnsSet">): boolean {
  const name = routine.returns?.name.at(-1);
  return (name === "bool" || name === "boolean") && routine.returns?.array !== true && !routine.returnsSet;
}

/**
 * The PL/pgSQL variables that are given an expression of a kind, also through each other. With `SELECT … INTO` only what
 * is computed counts, not what decides which row is read.
 */
export function variablesFrom(body: Body, is: (expr: Expr) => boolean): ReadonlySet<string> {
  const names = new Set<string>();
  const hit = (expr: Expr): boolean => {
    let found = false;
    walkExpr(expr, {
      expr(inner) {
        if (found || inner.kind === "subquery") return false;
        if (is(inner) || (inner.kind === "column" && names.has(inner.name[0] ?? ""))) found = true;
        return !found;
      },
    });
    return found;
  };
  for (let before = -1; names.size > before; ) {
    before = names.size;
    walkBody(body, {
      plpgsql(statement) {
        switch (statement.kind) {
          case "block":
            for (const declaration of statement.declarations)
              if (declaration.default !== null && hit(declaration.default)) names.add(declaration.name);
            break;
          case "assign":
            if (hit(statement.value)) names.add(statement.target.name[0] ?? "");
            break;
          case "sql": {
            const { statement: query, into } = statement;
            if (query.kind !== "select") break;
            into.forEach((variable, i) => {
              const target = query.targets[i];
              if (target !== undefined && hit(target.value)) names.add(variable.name[0] ?? "");
            });
            break;
          }
          default:
            break;
        }
      },
    });
  }
  return names;
}
