import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import { defineRule } from "../../src/rule/define.ts";

/** Roles that stand in for the superuser at hosting providers. */
const PROVIDERS: ReadonlySet<string> = new Set([
  "postgres",
  "rds_superuser",
  "cloudsqlsuperuser",
  "azure_pg_admin",
  "alloydbsuperuser",
  "supabase_admin",
]);

export default defineRule({
  title: "Superuser's role granted to a role that is no administrator",
  severity: "critical",
  category: "grants",
  cwe: [269, 250],
  since: "0.1.0",
  variants: {},
  why: "A member can SET ROLE to the superuser, NOINHERIT or not: every privilege, policy and ownership check is then gone, and programs run on the server.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Gifts();
    for (const row of catalog.state.memberships.all()) {
      const name = catalog.roleName(row.role);
      if (row.prelude || !(isSuperuser(catalog.state, row.role) || PROVIDERS.has(name))) continue;
      if (catalog.postgresVersion >= 16 && !row.inherit && !row.set && !row.admin) continue;
      const reach = actorsOf(catalog, access, row.member, { place: row.place, text: `member of ${name}` });
      if (reach.length > 0) gifts.add(row.place, name, reach);
    }
    for (const { place, objects, reach } of gifts.all()) {
      context.report({
        variant: null,
        severity: access.severity("critical", reach),
        confidence: "high",
        message: `${rolesIn(reach)} can become ${listed(objects)} with SET ROLE`,
        label: "superuser's role granted here",
        place,
        object: reach[0]?.role ?? null,
        reach,
        help: `REVOKE ${objects.join(", ")} FROM ${grantees(reach)}; and grant what the role needs by name`,
      });
    }
  },
});
