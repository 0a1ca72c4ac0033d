import { type Definer, definers } from "../../src/access/definers.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import { chosenArgument } from "../../src/rule/chosen-argument.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { SinkArgument } from "../../src/templates/index.ts";

export default defineRule({
  title: "SECURITY DEFINER routine sets whichever setting its caller names",
  severity: "high",
  category: "definer",
  cwe: [15, 269],
  since: "0.1.0",
  variants: {},
  why: "A setting that only superusers may change, such as session_replication_role, is changed with the owner's rights, and stays changed in the caller's session: triggers and foreign keys are off.",
  check(context) {
    for (const definer of definers(context)) {
      for (const sink of context.flow(definer.routine).sinks) {
        // What is handed on is reported where the name is open.
        const name = sink.arguments.find(({ role }) => role === "setting");
        const argument = name === undefined ? null : openName(name);
        if (name === undefined || argument === null) continue;
        report(context, definer, name, argument);
        break;
      }
    }
  },
});

/** The argument that decides the setting's name; null when a prefix of the author's keeps it in a namespace of its own. */
function openName({ value }: SinkArgument): string | null {
  const [first] = value.pieces ?? [];
  if (first?.kind === "literal" && /^[a-z_]\w*\./i.test(first.text)) return null;
  return chosenArgument(value);
}

function report(context: RuleContext, definer: Definer, name: SinkArgument, argument: string): void {
  const { access, catalog } = context;
  const { routine, owner } = definer;
  const reach = context.reach(routine);
  const superuser = isSuperuser(catalog.state, routine.owner);
  // Any role may set what a role without more rights may; only clients without SQL of their own gain by it.
  const base = superuser ? "high" : access.trust.directSql ? "info" : "medium";
  context.report({
    variant: null,
    severity: base === "info" ? "info" : access.severity(base, reach),
    confidence: "high",
    message: superuser
      ? `${definer.name} sets the setting that its argument ${argument} names, with the rights of the superuser ${owner}`
      : `${definer.name} sets the setting that its argument ${argument} names, the claims of a request among them`,
    label: "the caller chooses the setting",
    place: definer.place(name.span),
    object: definer.name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "put a prefix of your own before the name (`'app.' || name`), or allow a list of names; or make the routine SECURITY INVOKER",
  });
}
