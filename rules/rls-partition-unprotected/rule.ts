import { protectedAncestor } from "../../src/access/inheritance.ts";
import { clients } from "../../src/access/policies.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Partition or child table outside the row-level security of its parent",
  severity: "high",
  category: "row-security",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "Policies of a parent table count only for queries that name the parent. Whoever may name the partition or child itself sees all of its rows.",
  check(context) {
    const { catalog, access } = context;
    for (const table of context.askedRelations()) {
      if (table.kind !== "table" && table.kind !== "partitioned-table" && table.kind !== "foreign-table")
        continue;
      if (table.prelude || table.assumed || table.temporary || table.rowSecurity.value) continue;
      const parent = protectedAncestor(catalog, table);
      if (parent === null) continue;
      const reach: Reach[] = [];
      const can = new Set<string>();
      for (const privilege of ["select", "insert", "update", "delete"] as const) {
        for (const user of clients(context, access.users(table, privilege))) {
          can.add(privilege.toUpperCase());
          if (!reach.some((other) => other.role === user.role)) reach.push(user);
        }
      }
      if (reach.length === 0) continue;
      const name = catalog.relationName(table);
      const grant = reach[0]?.via.find((step) => step.place !== null);
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "high",
        message: `${reach.map(({ role }) => role).join(", ")} can ${[...can].join(", ")} every row of ${name}: the row-level security of ${catalog.relationName(parent)} does not cover it when it is named itself`,
        label: table.partition
          ? "partition without row-level security"
          : "child table without row-level security",
        place: table.rowSecurity.place,
        object: name,
        reach,
        related: [
          {
            place: parent.rowSecurity.place,
            message: `row-level security of ${catalog.relationName(parent)}`,
          },
          ...(grant?.place == null ? [] : [{ place: grant.place, message: grant.text }]),
        ],
        help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; or revoke the privileges: queries of the parent need none on it`,
      });
    }
  },
});
