import { grantees } from "../../src/access/actors.ts";
import { clients } from "../../src/access/policies.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Foreign table open to untrusted roles",
  severity: "high",
  category: "grants",
  cwe: [668, 862],
  since: "0.1.0",
  variants: {},
  why: "A foreign table cannot have row-level security: whoever may read it reads, with the remote account of the user mapping, all that the other server shows to that account.",
  check(context) {
    const { catalog, access } = context;
    for (const table of context.askedRelations()) {
      if (table.kind !== "foreign-table" || table.prelude || table.assumed) continue;
      const schema = catalog.schema(table.schema);
      if (schema === undefined || !access.isExposed(schema)) continue;
      const reach: Reach[] = [];
      const can = new Set<string>();
      for (const privilege of ["select", "insert", "update", "delete"] as const) {
        for (const user of clients(context, access.users(table, privilege))) {
          // An application that uses a foreign table does what it is there for.
          if (access.worst([user]) !== "untrusted") continue;
          can.add(privilege.toUpperCase());
          if (!reach.some(({ role }) => role === user.role)) reach.push(user);
        }
      }
      if (reach.length === 0) continue;
      const name = catalog.relationName(table);
      const roles = reach.map(({ role }) => role).join(", ");
      const server = table.server === null ? undefined : catalog.state.foreignServers.get(table.server);
      const grant = reach[0]?.via.find((step) => step.place !== null);
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "high",
        message: `${roles} can ${[...can].join(", ")} every row of foreign table ${name}${server === undefined ? "" : ` on server ${server.name}`}`,
        label: "cannot have row-level security",
        place: table.place,
        object: name,
        reach,
        related: grant?.place == null ? [] : [{ place: grant.place, message: grant.text }],
        help: `REVOKE ALL ON ${name} FROM ${grantees(reach)}; with the table in a schema that no client uses, and a view or function over it that filters by who asks`,
      });
    }
  },
});
