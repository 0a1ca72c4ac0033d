import { grantees } from "../../src/access/actors.ts";
import { namesOfTables, projectGrants } from "../../src/access/project-grants.ts";
import { lower } from "../../src/access/trust.ts";
import { type Oid, PUBLIC } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "TRIGGER granted on a table",
  severity: "high",
  category: "grants",
  cwe: [269, 732],
  since: "0.1.0",
  variants: {},
  why: "Whoever holds TRIGGER attaches a function of the own making to the table. It runs as whoever writes the table next: the owner, an administrator. GRANT ALL includes it.",
  check(context) {
    const { catalog, access } = context;
    const { grants } = projectGrants(context, "trigger", () => true);
    // GRANT ALL to the application's own role is told once in full: rls-truncate-granted says the same of it.
    const truncated = projectGrants(context, "truncate", (table) => table.rowSecurity.value).grants.map(
      keyOf,
    );
    const known = new Set(truncated);
    for (const { place, tables, reach: all, defaults } of grants) {
      const reach = all.filter(({ role }) => makesFunctions(context, role));
      const [first] = tables;
      if (first === undefined || reach.length === 0) continue;
      const roles = reach.map(({ role }) => role).join(", ");
      const name = catalog.relationName(first);
      const severity = access.severity("high", reach, { needsSql: true });
      const isTold = known.has(keyOf({ place })) && access.worst(reach) !== "untrusted";
      context.report({
        variant: null,
        severity: isTold ? lower(severity, 4) : severity,
        confidence: "high",
        message: `${roles} may attach triggers to ${namesOfTables(catalog, tables)}: code that runs as whoever writes next`,
        label: defaults ? "on every new table" : "includes TRIGGER",
        place,
        object: name,
        reach,
        help: `REVOKE TRIGGER ON ${name} FROM ${grantees(reach)}; and grant SELECT, INSERT, UPDATE, DELETE by name`,
      });
    }
  },
});

function keyOf({ place }: { readonly place: Place }): string {
  return `${place.source.path}:${place.span.start}`;
}

/** In a schema, or as a temporary function. */
function makesFunctions({ catalog, access }: RuleContext<never>, role: string): boolean {
  const oid: Oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
  if (access.canMakeTemporary(oid)) return true;
  for (const schema of catalog.state.schemas.all()) if (access.canCreateIn(oid, schema) !== null) return true;
  return false;
}
