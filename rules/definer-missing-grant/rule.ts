import type { Oid, Routine } from "../../src/catalog/model.ts";
import { walkStatement } from "../../src/events/walk.ts";
import { projectCode } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { parseTemplate, type Sink } from "../../src/templates/index.ts";

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
    let inTexts: ReadonlySet<Oid> | null = null;
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
      if (routine.kind === "aggregate" || routine.returnsTrigger !== null) continue;
      const executors = routine.acl.filter(
        (item) => item.privilege === "execute" && item.grantee !== routine.owner,
      );
      if (executors.length > 0) continue;
      if (isUsed(context, routine)) continue;
      inTexts ??= calledInTexts(context);
      if (inTexts.has(routine.oid)) continue;
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

/** What is called in texts that scripts and DO blocks hand on: jobs for pg_cron, commands for another session. */
function calledInTexts(context: RuleContext<never>): ReadonlySet<Oid> {
  const { catalog, parser } = context;
  const found = new Set<Oid>();
  const add = (sink: Sink): void => {
    if (sink.query === null) return;
    for (const { statements } of parseTemplate(sink.query.value, parser)) {
      for (const statement of statements ?? []) {
        walkStatement(statement, {
          expr(expr) {
            if (expr.kind !== "call") return;
            for (const { oid } of catalog.calledRoutines(expr.name, ["public"])) found.add(oid);
          },
        });
      }
    }
  };
  for (const { flow } of context.blocks) flow().sinks.forEach(add);
  for (const { statement } of projectCode(context))
    if (statement !== null) context.statementSinks(statement).forEach(add);
  return found;
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
