import { grantees } from "../../src/access/actors.ts";
import { namesOfTables, projectGrants } from "../../src/access/project-grants.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "TRUNCATE granted on tables under row-level security",
  severity: "high",
  category: "row-security",
  cwe: [863, 732],
  since: "0.1.0",
  variants: {},
  why: "Policies do not apply to TRUNCATE: whoever holds it deletes the rows of everybody at once. GRANT ALL includes it.",
  check(context) {
    const { catalog, access } = context;
    const { grants, preset } = projectGrants(context, "truncate", (table) => table.rowSecurity.value);
    for (const { place, tables, reach, defaults } of grants) {
      const [first] = tables;
      if (first === undefined) continue;
      const roles = reach.map(({ role }) => role).join(", ");
      const name = catalog.relationName(first);
      context.report({
        variant: null,
        severity: access.severity("high", reach, { needsSql: true }),
        confidence: "high",
        message: `${roles} may TRUNCATE ${namesOfTables(catalog, tables)}, whatever the policies say`,
        label: defaults ? "on every new table" : "includes TRUNCATE",
        place,
        object: name,
        reach,
        related: [{ place: first.rowSecurity.place, message: `row-level security of ${name}` }],
        help: `REVOKE TRUNCATE ON ${name} FROM ${grantees(reach)}; and grant SELECT, INSERT, UPDATE, DELETE by name`,
      });
    }
    const [table] = preset;
    if (table === undefined) return;
    context.report({
      variant: null,
      severity: "info",
      confidence: "high",
      message: `the platform's default privileges include TRUNCATE on ${namesOfTables(catalog, preset)}`,
      label: "TRUNCATE by default privileges",
      place: table.place,
      object: catalog.relationName(table),
      help: "REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM anon, authenticated;",
    });
  },
});
