import { isBoolean } from "../../src/access/conditions.ts";
import { type Definer, definers } from "../../src/access/definers.ts";
import type { Routine } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Severity } from "../../src/rule/finding.ts";
import { type IdentityArgument, identityArguments } from "../../src/rule/identity-arguments.ts";

export default defineRule({
  title: "SECURITY DEFINER routine takes its caller's word for whose rows it works on",
  severity: "high",
  category: "definer",
  cwe: [639, 863],
  since: "0.1.0",
  variants: {},
  why: "The routine works past row-level security and privileges, for whichever user, tenant or account its caller names: everybody reads or changes everybody's rows.",
  check(context) {
    for (const definer of definers(context)) {
      if (definer.routine.returnsTrigger !== null) continue;
      const callers = context.access.callers(definer.routine);
      const found = identityArguments(context, definer);
      const worst =
        found.find(({ command, raised }) => command !== "select" && !raised) ??
        found.find(({ counted, raised }) => !counted && !raised) ??
        found.find(({ raised }) => raised) ??
        found[0];
      if (worst !== undefined) report(context, definer, worst, callers);
    }
  },
});

function report(
  context: RuleContext,
  definer: Definer,
  { argument, column, table, command, comparison, counted, raised }: IdentityArgument,
  callers: readonly Reach[],
): void {
  const { access, catalog } = context;
  const { routine, name, owner } = definer;
  const reads = command === "select";
  // An answer of yes or no, a number or an id says little; policies ask it about others too.
  const onlyAnswers = counted || (reads && (isBoolean(routine) || isId(context, routine)));
  const asked = onlyAnswers && context.uses(routine).some(({ by }) => by === "policy" || by === "routine");
  const base: Severity = asked ? "info" : onlyAnswers ? "low" : raised ? "medium" : "high";
  const relation = catalog.relationName(table);
  context.report({
    variant: null,
    severity: base === "info" ? "info" : access.severity(base, callers),
    confidence: "medium",
    message: `${name} ${reads ? "reads" : "changes"} the rows of ${relation} that its argument ${argument} names, and does not ask whether the caller is that ${column.replace(/_?(u?u?id)$/i, "") || "user"}`,
    label: "whoever the caller names",
    place: definer.place(comparison.span),
    object: name,
    reach: callers,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}, past row-level security` }],
    help: `take the identity from auth.uid() or the claims, or refuse first: IF ${argument} IS NULL OR ${argument} IS DISTINCT FROM auth.uid() THEN RAISE EXCEPTION …; where only a server calls it, REVOKE EXECUTE from everybody else`,
  });
}

/** Gives one uuid: which object belongs to another. */
function isId({ catalog }: RuleContext, { returnType, returnsSet }: Routine): boolean {
  return returnType !== null && !returnsSet && catalog.typeName(returnType) === "uuid";
}
