import { type Condition, conditionsOf, variablesFrom } from "../../src/access/conditions.ts";
import { type Definer, definers } from "../../src/access/definers.ts";
import { raises } from "../../src/access/denial.ts";
import { sessionValue } from "../../src/access/session-values.ts";
import { callsIn } from "../../src/catalog/references.ts";
import type { Expr } from "../../src/events/tree.ts";
import { walkExpr } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine believes a setting that callers can set",
  severity: "high",
  category: "definer",
  cwe: [290, 807],
  since: "0.1.0",
  variants: {},
  why: "Every role may SET a custom setting, and application_name, to any value. What the routine decides by it, its caller decides.",
  check(context) {
    for (const definer of definers(context)) {
      // An event trigger that raises nothing stops nobody.
      if (definer.routine.returnsTrigger === "event_trigger" && !raises(definer.body)) continue;
      const believed = firstBelieved(definer);
      if (believed !== null) report(context, definer, believed);
    }
  },
});

/** The name of a setting that any role can set; the claims that an API sets for each request are verified by it. */
function settable(expr: Expr): string | null {
  if (expr.kind !== "call") return null;
  const value = sessionValue(expr);
  if (value?.startsWith("setting:") !== true) return null;
  const name = value.slice("setting:".length);
  if (/^(request|response|pgrst|jwt)\./.test(name)) return null;
  return name.includes(".") || name === "application_name" ? name : null;
}

interface Believed {
  readonly setting: string;
  readonly at: Expr;
}

function firstBelieved({ body, routine }: Definer): Believed | null {
  if (!callsIn(body).some((call) => settable(call) !== null)) return null;
  let kept = "";
  const variables = variablesFrom(body, (expr) => {
    const name = settable(expr);
    if (name !== null) kept = name;
    return name !== null;
  });
  for (const condition of conditionsOf(body, routine)) {
    const found = inCondition(condition, variables, kept);
    if (found !== null) return found;
  }
  return null;
}

function inCondition({ expr }: Condition, variables: ReadonlySet<string>, kept: string): Believed | null {
  let found: Believed | null = null;
  walkExpr(expr, {
    expr(inner) {
      if (found !== null) return false;
      // Whether it is set at all says nothing of who calls.
      if (inner.kind === "is" && inner.what === "null") return false;
      const setting = settable(inner);
      if (setting !== null) found = { setting, at: inner };
      if (inner.kind === "column" && inner.name.length === 1 && variables.has(inner.name[0] ?? ""))
        found = { setting: kept, at: inner };
      return found === null;
    },
  });
  return found;
}

function report(context: RuleContext, definer: Definer, { setting, at }: Believed): void {
  const { routine, name, owner } = definer;
  const { access } = context;
  const reach = context.reach(routine);
  // Behind an API only code of the project's own can set it.
  const base = access.trust.directSql ? "high" : "medium";
  context.report({
    variant: null,
    severity: access.severity(base, reach, { needsSql: true }),
    confidence: access.trust.directSql ? "high" : "low",
    message: `${name} decides by the setting ${setting}, which every role may SET`,
    label: `whoever sends SQL chooses ${setting}`,
    place: definer.place(at.span),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "ask session_user, or a token that a function verifies; behind an API auth.uid() or the claims",
  });
}
