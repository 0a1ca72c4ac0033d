import { authExposure } from "../../src/access/auth-exposure.ts";
import { clients } from "../../src/access/policies.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "View publishes accounts of the authentication schema",
  severity: "high",
  category: "views",
  cwe: [200, 359],
  since: "0.1.0",
  variants: {},
  why: "The tables of the authentication service hold e-mail addresses, password hashes and tokens. A view reads them with its owner's rights, for everybody who can read the view.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if ((view.kind !== "view" && view.kind !== "materialized-view") || view.prelude) continue;
      const exposure = authExposure(catalog, view);
      if (exposure === null || view.query === null) continue;
      const reach = clients(context, access.users(view, "select"));
      if (reach.length === 0) continue;
      const name = catalog.relationName(view);
      const { name: table, span } = exposure;
      const columns = exposure.columns.includes("*") ? "every column" : exposure.columns.join(", ");
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "high",
        message: `${name} shows ${columns} of ${table} to ${reach.map(({ role }) => role).join(", ")}`,
        label: `shows ${columns} of ${table}`,
        place: view.query.place,
        object: name,
        reach,
        related:
          span === null ? [] : [{ place: { source: view.query.place.source, span }, message: "read here" }],
        help: "copy what may be public into a table of its own, or show each reader the own row alone: WITH (security_barrier) … WHERE id = auth.uid()",
      });
    }
  },
});
