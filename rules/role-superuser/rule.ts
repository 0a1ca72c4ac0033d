import { isAuthenticator } from "../../src/access/authenticator.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Login role that is a superuser",
  severity: "high",
  category: "grants",
  cwe: [250, 269],
  since: "0.1.0",
  variants: {},
  why: "For a superuser no privilege, policy or ownership is checked: any SQL injection in what connects as this role reads everything and runs programs on the server.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    for (const role of catalog.state.roles.all()) {
      const { superuser, login } = role.attributes;
      const place = role.attributePlaces.superuser;
      if (!superuser || place === undefined || !own.has(place.source) || role.builtIn) continue;
      // postgrest-authenticator says so.
      if (isAuthenticator(context, role)) continue;
      const untrusted = access.trust.untrusted.includes(role.name);
      const named = !untrusted && access.trust.admins.includes(role.name);
      context.report({
        variant: null,
        // That it is a superuser does not make it an administrator: whoever is one is named in the configuration.
        severity: named || !login ? "info" : untrusted ? "high" : "medium",
        confidence: untrusted ? "high" : "medium",
        message: `${role.name} ${login ? "logs in" : "is"} as superuser`,
        label: "superuser",
        place,
        object: role.name,
        reach: [{ role: role.name, via: [{ place, text: "SUPERUSER" }] }],
        help: `ALTER ROLE ${role.name} NOSUPERUSER; and grant what it needs; a person's or operator's account can be named in "admins"`,
      });
    }
  },
});
