/** Expressions that say who is asking: `auth.uid()`, claims of the JWT, settings, `current_user`. */
import type { Expr } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";

/**
 * The name of a session value: `uid`, `role`, `email`, `jwt`, `claim:a.b`, `setting:app.tenant`, `current_user`,
 * `session_user`. Null: not one.
 */
export function sessionValue(expr: Expr): string | null {
  return namedValue(expr, DEEPEST);
}

/** Claims in claims. */
const DEEPEST = 50;

/** `depth`: how many steps into the value are still taken. */
function namedValue(expr: Expr, depth: number): string | null {
  switch (expr.kind) {
    case "session-value":
      if (expr.name === "session_user") return "session_user";
      return ["current_user", "user", "current_role"].includes(expr.name) ? "current_user" : null;
    case "call": {
      const name = expr.name.filter((part) => part !== "pg_catalog").join(".");
      if (name === "auth.uid" || name === "auth.role" || name === "auth.email" || name === "auth.jwt")
        return name.slice(5);
      if (name === "current_setting") {
        const setting = expr.args[0] === undefined ? null : constantText(expr.args[0].value);
        return setting === null ? null : settingValue(setting);
      }
      if (/^jsonb?_extract_path(?:_text)?$/.test(name)) {
        const [first, ...rest] = expr.args.map((argument) => argument.value);
        return first === undefined ? null : claim(first, rest.map(constantText), depth);
      }
      return null;
    }
    case "operator": {
      const operator = expr.name.at(-1);
      const [left, right] = expr.operands;
      if (expr.form !== "plain" || left === undefined || right === undefined) return null;
      const key = constantText(right);
      if (operator === "->" || operator === "->>") return claim(left, [key], depth);
      if (operator === "#>" || operator === "#>>")
        return claim(left, key === null ? [null] : key.replace(/^\{|\}$/g, "").split(","), depth);
      return null;
    }
    case "subscript":
      return claim(expr.operand, (expr.subscripts ?? []).map(constantText), depth);
    default:
      return null;
  }
}

function settingValue(setting: string): string {
  const name = setting.toLowerCase();
  if (name === "request.jwt.claims") return "jwt";
  // A claim by itself: of PostgREST before version 9, of PostGraphile.
  const [, key] = /^(?:request\.jwt\.claim|jwt\.claims)\.(.+)$/.exec(name) ?? [];
  if (key !== undefined) return claimName([key]);
  return name === "role" ? "current_user" : `setting:${name}`;
}

function claim(base: Expr, keys: readonly (string | null)[], depth: number): string | null {
  const found = depth === 0 ? null : namedValue(stripped(base), depth - 1);
  if (found !== "jwt" && found?.startsWith("claim:") !== true) return null;
  const path: string[] = found === "jwt" ? [] : [found.slice("claim:".length)];
  for (const key of keys) path.push(key ?? "?");
  return claimName(path);
}

function claimName(path: readonly string[]): string {
  const name = path.join(".");
  if (name === "sub") return "uid";
  return name === "role" || name === "email" ? name : `claim:${name}`;
}

/** Without casts, `nullif(x, '')`, `coalesce(x, …)` and `(SELECT x)` around it: what is left still says who asks. */
function stripped(expr: Expr): Expr {
  let inner = expr;
  for (;;) {
    const next = unwrapped(inner);
    if (next === null) return inner;
    inner = next;
  }
}

function unwrapped(expr: Expr): Expr | null {
  switch (expr.kind) {
    case "cast":
      return expr.operand;
    case "operator":
      return expr.form === "nullif" ? (expr.operands[0] ?? null) : null;
    case "coalesce":
      return expr.operands[0] ?? null;
    case "subquery":
      return selectedValue(expr);
    default:
      return null;
  }
}

/** The expression that `(SELECT x)` without FROM stands for; null for any other query. */
export function selectedValue(expr: Expr): Expr | null {
  if (expr.kind !== "subquery" || expr.form !== "scalar") return null;
  const { query } = expr;
  const target = query.targets[0];
  const plain =
    query.from.length === 0 &&
    query.where === null &&
    query.setOperation === null &&
    query.values === null &&
    query.groupBy.length === 0 &&
    query.having === null &&
    query.limit === null &&
    query.offset === null &&
    query.ctes.length === 0;
  return plain && query.targets.length === 1 && target !== undefined ? target.value : null;
}

/** The text of a constant, through casts. */
export function constantText(expr: Expr): string | null {
  if (expr.kind === "string" || expr.kind === "number") return expr.value;
  return expr.kind === "cast" ? constantText(expr.operand) : null;
}

/** Session values that an expression names, at any depth, sub-selects too. */
export function sessionValuesIn(expr: Expr): ReadonlySet<string> {
  const found = new Set<string>();
  walkExpr(expr, {
    expr(inner) {
      const name = sessionValue(inner);
      if (name === null) return true;
      found.add(name);
      return false;
    },
  });
  return found;
}
