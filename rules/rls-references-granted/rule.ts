import { grantees } from "../../src/access/actors.ts";
import { namesOfTables, projectGrants } from "../../src/access/project-grants.ts";
import { type Oid, PUBLIC } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "REFERENCES granted on tables under row-level security",
  severity: "low",
  category: "row-security",
  cwe: [203],
  since: "0.1.0",
  variants: {},
  why: "Policies do not apply to foreign keys: with a table of one's own that refers to the protected one, every insert tells whether a hidden row exists.",
  check(context) {
    const { catalog, access } = context;
    const { grants } = projectGrants(context, "references", (table) => table.rowSecurity.value);
    for (const { place, tables, reach: all, defaults } of grants) {
      const reach = all.filter(({ role }) => createsTables(context, role));
      const [first] = tables;
      if (first === undefined || reach.length === 0) continue;
      const roles = reach.map(({ role }) => role).join(", ");
      const name = catalog.relationName(first);
      context.report({
        variant: null,
        severity: access.severity("low", reach, { needsSql: true }),
        confidence: "high",
        message: `${roles} may refer to ${namesOfTables(catalog, tables)} with foreign keys, which find hidden rows`,
        label: defaults ? "on every new table" : "includes REFERENCES",
        place,
        object: name,
        reach,
        related: [{ place: first.rowSecurity.place, message: `row-level security of ${name}` }],
        help: `REVOKE REFERENCES ON ${name} FROM ${grantees(reach)};`,
      });
    }
  },
});

/** Temporary tables cannot refer to others: it takes CREATE on a schema, or on the database. */
function createsTables({ catalog, access }: RuleContext<never>, role: string): boolean {
  const oid: Oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
  if (access.databaseCreators().some((creator) => creator.role === oid || creator.role === PUBLIC))
    return true;
  for (const schema of catalog.state.schemas.all()) if (access.canCreateIn(oid, schema) !== null) return true;
  return false;
}
