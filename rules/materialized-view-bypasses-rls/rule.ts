import { grantees } from "../../src/access/actors.ts";
import { authExposure } from "../../src/access/auth-exposure.ts";
import { namesOfCallers, showsOnlyTotals, storedFrom } from "../../src/access/materialized.ts";
import { clients } from "../../src/access/policies.ts";
import { readsAllRows } from "../../src/access/row-security.ts";
import { PUBLIC } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Materialized view shows stored rows past row-level security",
  severity: "high",
  category: "views",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "A materialized view holds the rows that its owner saw when it was filled. It cannot have policies: every reader sees all of them.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if (view.kind !== "materialized-view" || view.prelude || view.query === null) continue;
      const { statement } = view.query;
      const names = namesOfCallers(catalog, storedFrom(catalog, view));
      if (statement.kind === "select" && showsOnlyTotals(statement, names)) continue;
      const readers = clients(context, access.users(view, "select"));
      if (readers.length === 0) continue;
      const accounts = authExposure(catalog, view)?.table;
      for (const table of storedFrom(catalog, view)) {
        // view-exposes-auth-schema says so.
        if (table === accounts) continue;
        const reach = readers.filter(({ role }) => {
          const oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
          return access.canUse(oid, table, "select") === null || !readsAllRows(catalog, oid, table);
        });
        if (reach.length === 0) continue;
        const name = catalog.relationName(view);
        const read = view.query.reads.find((one) => one.relation === table.oid);
        context.report({
          variant: null,
          severity: access.severity("high", reach),
          confidence: catalog.policiesOf(table).length > 0 ? "high" : "medium",
          message: `${reach.map(({ role }) => role).join(", ")} can read in ${name} the rows of ${catalog.relationName(table)} that its row-level security hides`,
          label: "holds rows of everybody",
          place: view.place,
          object: name,
          reach,
          related: [
            {
              place: table.rowSecurity.place,
              message: `row-level security of ${catalog.relationName(table)}`,
            },
            ...(read === undefined
              ? []
              : [{ place: { source: view.query.place.source, span: read.span }, message: "read here" }]),
          ],
          help: `REVOKE SELECT ON ${name} FROM ${grantees(reach)}; and grant a view over it WITH (security_barrier) that filters by who reads`,
        });
        break;
      }
    }
  },
});
