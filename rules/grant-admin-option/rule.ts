import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import { defineRule } from "../../src/rule/define.ts";
import { statementAt } from "../../src/rule/statement-at.ts";

export default defineRule({
  title: "Membership that its holder may pass on",
  severity: "high",
  category: "grants",
  cwe: [269],
  since: "0.1.0",
  variants: {},
  why: "Whoever holds a role WITH ADMIN OPTION can make anybody a member of it, themselves too: the role's privileges are then theirs to give.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Gifts();
    for (const row of catalog.state.memberships.all()) {
      if (row.prelude || !row.admin) continue;
      const reach = actorsOf(catalog, access, row.member, {
        place: row.place,
        text: `administers ${catalog.roleName(row.role)}`,
      });
      if (reach.length === 0) continue;
      // From 16 on whoever creates a role without being superuser administers it: nobody granted that.
      if (!row.inherit && !row.set && statementAt(catalog, row.place)?.event.kind === "create-role") continue;
      // grant-superuser-role says so.
      if (isSuperuser(catalog.state, row.role)) continue;
      gifts.add(row.place, catalog.roleName(row.role), reach);
    }
    for (const { place, objects, reach } of gifts.all()) {
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "high",
        message: `${rolesIn(reach)} may make anybody a member of ${listed(objects)}`,
        label: "with admin option",
        place,
        object: objects[0] ?? null,
        reach,
        help: `REVOKE ADMIN OPTION FOR ${objects.join(", ")} FROM ${grantees(reach)}; a role that manages members can be named in "admins"`,
      });
    }
  },
});
