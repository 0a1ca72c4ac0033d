import { defineRule } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Policies on a table whose row-level security is not enabled",
  severity: "critical",
  category: "row-security",
  cwe: [862, 863],
  since: "0.1.0",
  variants: {},
  why: "Policies do nothing until ALTER TABLE … ENABLE ROW LEVEL SECURITY: everybody with a privilege on the table has all of its rows.",
  check(context) {
    const { catalog, access } = context;
    for (const table of context.askedRelations()) {
      // Whether row security of a table that no file creates is on cannot be known.
      if (table.prelude || table.assumed || table.rowSecurity.value) continue;
      // Switched off again: protection-lost says so.
      if (table.rowSecurity.hadBeenOn === true) continue;
      const policies = catalog.policiesOf(table).filter((policy) => !policy.prelude);
      const first = policies[0];
      if (first === undefined) continue;
      const reach: Reach[] = [];
      for (const privilege of ["select", "insert", "update", "delete"] as const) {
        for (const user of access.users(table, privilege)) {
          if (!reach.some((other) => other.role === user.role)) reach.push(user);
        }
      }
      const name = catalog.relationName(table);
      const reached = access.severity("critical", reach);
      context.report({
        variant: null,
        // A policy that does nothing is wrong whoever holds privileges today.
        severity: reached === "info" ? "low" : reached,
        confidence: "high",
        message: `${policies.length === 1 ? `policy ${first.name} has` : `${policies.length} policies have`} no effect: row-level security of ${name} is not enabled`,
        label: "never enabled for this table",
        place: first.place,
        object: name,
        reach,
        related: [{ place: table.place, message: "row-level security is off when a table is created" }],
        help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
      });
    }
  },
});
