import { clients } from "../../src/access/policies.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

type Variant = "rls";

export default defineRule<Variant>({
  title: "A later statement takes a protection away",
  severity: "critical",
  category: "row-security",
  cwe: [862, 863],
  since: "0.1.0",
  variants: {
    rls: "row-level security was on, and a later ALTER TABLE switched it off",
  },
  why: "The project once protected this. What took the protection away is easily overlooked: it does not look like a security change.",
  check(context) {
    rowSecurity(context);
  },
});

/** Tables whose row security is off at the end although it had been on. */
function rowSecurity(context: RuleContext<Variant>): void {
  const { catalog, access } = context;
  for (const table of catalog.relations()) {
    if (table.rowSecurity.value || table.rowSecurity.hadBeenOn !== true || table.temporary) continue;
    const reach: Reach[] = [];
    for (const privilege of ["select", "insert", "update", "delete"] as const) {
      for (const user of clients(context, access.users(table, privilege))) {
        if (!reach.some((other) => other.role === user.role)) reach.push(user);
      }
    }
    if (reach.length === 0) continue;
    const policies = catalog.policiesOf(table);
    const name = catalog.relationName(table);
    const [first] = policies;
    context.report({
      variant: "rls",
      severity: access.severity(first === undefined ? "high" : "critical", reach),
      confidence: "high",
      message: `row-level security of ${name} is switched off here${first === undefined ? "" : `: ${policies.length === 1 ? `policy ${first.name} has` : `${policies.length} policies have`} no effect`}, and ${reach.map(({ role }) => role).join(", ")} can use every row`,
      label: "switched off",
      place: table.rowSecurity.place,
      object: name,
      reach,
      related: first === undefined ? [] : [{ place: first.place, message: "does nothing from there on" }],
      why: "Without row-level security a privilege on the table is a privilege on all of its rows; policies stay, and do nothing.",
      help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
    });
  }
}
