import type { Routine } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine that nobody may call",
  severity: "low",
  category: "definer",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "EXECUTE was taken from PUBLIC and given to nobody: clients that should call it get “permission denied for function”, and the usual remedy in a hurry is a grant that is too wide.",
  check(context) {
    const { catalog } = context;
    const stated = statesExecute(context);
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
      if (routine.kind === "aggregate" || routine.returnsTrigger !== null) continue;
      const executors = routine.acl.filter(
        (item) => item.privilege === "execute" && item.grantee !== routine.owner,
      );
      if (executors.length > 0) continue;
      if (isUsed(context, routine)) continue;
      const name = catalog.routineName(routine);
      context.report({
        variant: null,
        severity: stated ? "low" : "info",
        confidence: "medium",
        message: `${name} is SECURITY DEFINER, but no role is granted EXECUTE on it and nothing calls it`,
        label: "only its owner may call it",
        place: routine.place,
        object: name,
        help: `GRANT EXECUTE ON ${routine.kind === "procedure" ? "PROCEDURE" : "FUNCTION"} ${name} TO the roles that are meant to call it`,
      });
    }
  },
});

/** Called by other code, also in text that is run later (jobs): then nobody needs to call it directly. */
function isUsed(context: RuleContext<never>, routine: Routine): boolean {
  return context.uses(routine).some((use) => use.routine?.oid !== routine.oid);
}

/**
 * Whether the files say who may execute what: else that is granted elsewhere, by hand or by whoever installs an extension.
 * pg_reactive's guide wants it beside each wrapper.
 */
function statesExecute({ catalog }: RuleContext<never>): boolean {
  if (catalog.schemaNamed("pgr") !== undefined) return true;
  for (const { event, prelude } of catalog.state.statements.all()) {
    if (prelude || event.kind !== "grant" || !event.grant) continue;
    const { target } = event;
    if (target.kind === "routines" || (target.kind === "all-in-schema" && ROUTINES.has(target.objects)))
      return true;
  }
  return false;
}

const ROUTINES: ReadonlySet<string> = new Set(["functions", "procedures", "routines"]);
