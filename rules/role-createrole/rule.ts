import { isAuthenticator } from "../../src/access/authenticator.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import type { Role } from "../../src/catalog/model.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

const POWERFUL =
  /^pg_(?:execute_server_program|write_server_files|read_server_files|write_all_data|read_all_data|create_subscription|maintain)$/;

export default defineRule({
  title: "Application role with CREATEROLE",
  severity: "high",
  category: "grants",
  cwe: [269],
  since: "0.1.0",
  variants: {},
  why: "Before PostgreSQL 16 a role with CREATEROLE can make itself a member of any role that is no superuser, pg_execute_server_program too, and change everybody's password. From 16 on it can do so with the roles on which it holds ADMIN OPTION.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    for (const role of catalog.state.roles.all()) {
      const place = role.attributePlaces.createrole;
      if (!role.attributes.createrole || role.attributes.superuser || role.builtIn) continue;
      if (place === undefined || !own.has(place.source) || access.trustOf(role.oid) === "admin") continue;
      // postgrest-authenticator says so.
      if (isAuthenticator(context, role)) continue;
      const reach = [{ role: role.name, via: [{ place, text: "CREATEROLE" }] }];
      const over = catalog.postgresVersion < 16 ? null : powerOver(context, role);
      if (over === undefined) continue;
      context.report({
        variant: null,
        severity: access.severity(over === null ? "high" : "medium", reach),
        confidence: "high",
        message:
          over === null
            ? `${role.name} can make itself a member of every role that is no superuser`
            : `${role.name} has CREATEROLE and administers ${over}: it can take that role on and give it to anybody`,
        label: "CREATEROLE",
        place,
        object: role.name,
        reach,
        help: `ALTER ROLE ${role.name} NOCREATEROLE; and let a role that does nothing else manage roles`,
      });
    }
  },
});

/** From 16 on: a role worth having on which it holds ADMIN OPTION; undefined when there is none. */
function powerOver(context: RuleContext, role: Role): string | undefined {
  const { catalog } = context;
  for (const row of catalog.state.memberships.by.member.all(role.oid)) {
    const name = catalog.roleName(row.role);
    if (row.admin && (POWERFUL.test(name) || isSuperuser(catalog.state, row.role))) return name;
  }
  return undefined;
}
