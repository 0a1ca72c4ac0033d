import { grantees } from "../../src/access/actors.ts";
import { clients } from "../../src/access/policies.ts";
import { readsAllRows } from "../../src/access/row-security.ts";
import { PUBLIC } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";
import { protectedSources, streamTables } from "../../src/rule/stream-tables.ts";

export default defineRule({
  title: "Stream table shows rows that row-level security hides",
  severity: "high",
  category: "pg-reactive",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "A stream table is filled as a superuser, past the policies of its sources (FORCE ROW LEVEL SECURITY does not change that), and shows every reader the same rows, unless it has policies of its own.",
  check(context) {
    const { catalog, access } = context;
    for (const stream of streamTables(context)) {
      const { relation } = stream;
      if (relation.rowSecurity.value) continue;
      const readers = clients(context, access.users(relation, "select"));
      if (readers.length === 0) continue;
      for (const { table, place } of protectedSources(context, stream)) {
        const reach = readers.filter(({ role }) => {
          const oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
          return access.canUse(oid, table, "select") === null || !readsAllRows(catalog, oid, table);
        });
        if (reach.length === 0) continue;
        const name = catalog.relationName(relation);
        const source = catalog.relationName(table);
        const [policy] = catalog.policiesOf(relation);
        const forced = table.forceRowSecurity.value;
        context.report({
          variant: null,
          severity: access.severity("high", reach),
          confidence: "high",
          message: `${reach.map(({ role }) => role).join(", ")} can read in stream table ${name} the rows of ${source} that its row-level security hides`,
          label: "filled as a superuser",
          place: stream.place,
          object: name,
          reach,
          related: [
            { place, message: "read here" },
            {
              place: forced ? table.forceRowSecurity.place : table.rowSecurity.place,
              message: forced
                ? "FORCE does not bind the superuser that refreshes"
                : `row-level security of ${source}`,
            },
            ...(policy === undefined
              ? []
              : [{ place: policy.place, message: "does nothing: row-level security is not enabled" }]),
          ],
          help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; and a policy that says which rows are whose; or REVOKE SELECT ON ${name} FROM ${grantees(reach)};`,
        });
        break;
      }
    }
  },
});
