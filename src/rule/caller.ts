/** Whether a routine asks who calls it, and acts on the answer. */

import { conditionsOf, variablesFrom } from "../access/conditions.ts";
import { type Definer, pathOf } from "../access/definers.ts";
import { raises } from "../access/denial.ts";
import { columnsFrom } from "../access/derived-columns.ts";
import { sessionValue } from "../access/session-values.ts";
import { isCatalogFunction } from "../catalog/builtin/index.ts";
import { MOST_OVERLOADS } from "../catalog/catalog.ts";
import type { Routine } from "../catalog/model.ts";
import { callsIn } from "../catalog/references.ts";
import type { Call, Expr } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { withoutComments } from "../parser/without-comments.ts";
import type { CallerCheck } from "../templates/index.ts";
import type { RuleContext } from "./define.ts";
import { perDefiner } from "./shared.ts";

type CallerContext = Pick<RuleContext, "catalog" | "body" | "flow">;

/**
 * Whether something in the code depends on who calls, beyond whether anybody is signed in: a condition on the caller's
 * identity, role or claims, a function that knows the caller, or one that is not known here. In a definer current_user
 * says nothing.
 */
export const asksWhoCalls = perDefiner((context: CallerContext, definer): boolean => {
  const { routine, body } = definer;
  if (context.flow(routine).callerChecks.some((check) => !isOnlySignedIn(definer, check))) return true;
  if (callsIn(body).some((call) => refuses(context, routine, call))) return true;
  const variables = variablesFrom(body, saysWhoCalls);
  const columns = columnsFrom(body, (expr) => mentionsCaller(context, routine, expr, { variables }));
  const held = { variables, columns };
  return conditionsOf(body, routine).some(({ expr }) => mentionsCaller(context, routine, expr, held));
});

/** `auth.uid() IS NULL` and the like: it only keeps those out who have not signed in. */
function isOnlySignedIn({ source }: Definer, { span }: CallerCheck): boolean {
  const text = withoutComments(source.bytes.subarray(span.start, span.end)).toString("utf8");
  return /\bis\s+(not\s+)?null\b/i.test(text) && !/[=<>~]|\b(in|distinct|select|like)\b/i.test(text);
}

function saysWhoCalls(expr: Expr): boolean {
  const value = sessionValue(expr);
  if (value === null) return false;
  // `current_setting('role')` is what the client took on, unlike current_user in a definer.
  return value !== "current_user" || expr.kind === "call";
}

function mentionsCaller(context: CallerContext, routine: Routine, condition: Expr, held: Held): boolean {
  let found = false;
  walkExpr(condition, {
    expr(expr) {
      if (found) return false;
      if (expr.kind === "is" && expr.what === "null")
        return !saysWhoCalls(expr.operand) && !isHeld(expr.operand, held);
      if (saysWhoCalls(expr) || isHeld(expr, held)) found = true;
      if (expr.kind === "call" && knowsCaller(context, routine, expr)) found = true;
      return !found;
    },
  });
  return found;
}

/** What holds an answer of who calls: PL/pgSQL variables, and columns of queries inside (see `columnsFrom`). */
interface Held {
  readonly variables: ReadonlySet<string>;
  readonly columns?: ReadonlySet<string>;
}

function isHeld(expr: Expr, { variables, columns }: Held): boolean {
  if (expr.kind !== "column") return false;
  return variables.has(expr.name[0] ?? "") || columns?.has(expr.name.slice(-2).join(".")) === true;
}

/** A call of a function that raises for callers whom it does not accept, or when what it looked up for them is not there. */
function refuses(context: CallerContext, routine: Routine, call: Call): boolean {
  const { catalog } = context;
  const found = catalog.calledRoutines(call.name, pathOf(catalog, routine));
  if (found.length >= MOST_OVERLOADS) return false;
  return found.some((callee) => {
    if (callee.oid === routine.oid || callee.assumed) return false;
    if (context.flow(callee).summary.refuses) return true;
    const body = context.body(callee);
    if (!raises(body)) return false;
    return conditionsOf(body, callee).some(({ expr }) => contains(expr, saysWhoCalls));
  });
}

function contains(expr: Expr, is: (inner: Expr) => boolean): boolean {
  let found = false;
  walkExpr(expr, {
    expr(inner) {
      if (is(inner)) found = true;
      return !found;
    },
  });
  return found;
}

/** A function of the project whose answer depends on the caller, or one that nothing here defines. */
function knowsCaller({ catalog, flow }: CallerContext, routine: Routine, call: Call): boolean {
  const last = call.name.at(-1) ?? "";
  if (call.grammar) return false;
  const found = catalog.calledRoutines(call.name, pathOf(catalog, routine));
  if (found.length >= MOST_OVERLOADS) return false;
  if (found.length > 0)
    return found.some(
      (callee) => callee.oid !== routine.oid && (callee.assumed || flow(callee).summary.aboutCaller),
    );
  return !(call.name.length === 1 || call.name[0] === "pg_catalog") || !isCatalogFunction(last);
}
