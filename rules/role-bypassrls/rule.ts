import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { isAuthenticator } from "../../src/access/authenticator.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

/** Roles whose work needs all rows. */
const SERVES_ALL =
  /service|backup|dump|migrat|deploy|admin|maint|replica|etl|owner|root|cron|job|worker|batch/;

export default defineRule({
  title: "Application role past all row-level security",
  severity: "high",
  category: "row-security",
  cwe: [250, 269],
  since: "0.1.0",
  variants: {},
  why: "A role with BYPASSRLS reads and writes every row of every table that it has a privilege on, whatever the policies say.",
  check(context) {
    const { catalog, access } = context;
    for (const role of catalog.state.roles.all()) {
      const place = role.attributePlaces.bypassrls;
      if (!role.attributes.bypassrls || role.attributes.superuser || place === undefined || role.builtIn)
        continue;
      // What a preset says of its own roles is not the project's.
      if (role.prelude && place === role.place) continue;
      // postgrest-authenticator says so.
      if (isAuthenticator(context, role)) continue;
      const trust = access.trustOf(role.oid);
      if (trust === "admin" || place.source.path.startsWith("<")) continue;
      // A role that nobody logs in as or can become is harmless.
      const used =
        role.attributes.login || trust === "untrusted" || catalog.state.memberships.by.role.has(role.oid);
      const reach = [{ role: role.name, via: [{ place, text: "BYPASSRLS" }] }];
      const severity: Severity =
        !used || (trust !== "untrusted" && SERVES_ALL.test(role.name))
          ? "info"
          : access.severity("high", reach);
      context.report({
        variant: null,
        severity,
        confidence: trust === "untrusted" ? "high" : "medium",
        message: `role ${role.name} is not subject to any policy: it has BYPASSRLS`,
        label: "BYPASSRLS",
        place,
        object: role.name,
        reach,
        help: `ALTER ROLE ${role.name} NOBYPASSRLS; and policies for what it needs`,
      });
    }
    memberships(context);
  },
});

/** Those who can become an administrator's role with BYPASSRLS; what is said of the project's own roles is said where they get the attribute. */
function memberships(context: RuleContext<never>): void {
  const { catalog, access } = context;
  const gifts = new Gifts();
  for (const row of catalog.state.memberships.all()) {
    const role = catalog.role(row.role);
    if (row.prelude || role?.attributes.bypassrls !== true || role.attributes.superuser) continue;
    // BYPASSRLS is not inherited: it takes SET ROLE.
    if (catalog.postgresVersion >= 16 && !row.set && !row.admin) continue;
    if (!role.prelude && access.trustOf(row.role) !== "admin") continue;
    const member = catalog.role(row.member);
    if (member === undefined || isAuthenticator(context, member)) continue;
    const step = { place: row.place, text: `member of ${role.name}` };
    const reach = actorsOf(catalog, access, row.member, step).filter(
      (one) => access.worst([one]) === "untrusted" || !SERVES_ALL.test(one.role),
    );
    if (reach.length > 0) gifts.add(row.place, role.name, reach);
  }
  for (const { place, objects, reach } of gifts.all()) {
    context.report({
      variant: null,
      severity: access.severity("high", reach),
      confidence: "high",
      message: `${rolesIn(reach)} can become ${listed(objects)} with SET ROLE, which no policy binds`,
      label: "a role with BYPASSRLS granted here",
      place,
      object: reach[0]?.role ?? null,
      reach,
      help: `REVOKE ${objects.join(", ")} FROM ${grantees(reach)}; and policies for what the role needs`,
    });
  }
}
