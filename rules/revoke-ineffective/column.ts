import { actorsOf, rolesIn } from "../../src/access/actors.ts";
import { heldItem } from "../../src/access/privileges.ts";
import { PRIVILEGES } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import type { EventOf } from "../../src/events/event.ts";
import { namedRole } from "../../src/rule/code.ts";
import type { RuleContext } from "../../src/rule/define.ts";
import { relationsNamed } from "../../src/rule/named-routines.ts";
import type { Variant } from "./variants.ts";

/** REVOKE SELECT (ssn) ON t, while the role holds SELECT on the whole table. */
export function columnRevoke(
  context: RuleContext<Variant>,
  statement: Replayed,
  event: EventOf<"grant">,
): void {
  const { catalog, access } = context;
  const refs = event.privileges.filter(({ columns }) => columns.length > 0);
  if (refs.length === 0) return;
  for (const relation of relationsNamed(catalog, statement, event)) {
    for (const grantee of event.grantees) {
      const role = namedRole(catalog, statement, grantee);
      if (role === undefined || role === relation.owner) continue;
      for (const ref of refs) {
        const privilege = PRIVILEGES.find(
          (name) => name === (ref.privilege === "all" ? "select" : ref.privilege),
        );
        const held = privilege === undefined ? null : heldItem(catalog, role, relation.acl, privilege);
        if (privilege === undefined || held === null) continue;
        const { place } = held.item.origin;
        const name = catalog.relationName(relation);
        const verb = privilege.toUpperCase();
        const reach = actorsOf(catalog, access, role, {
          place,
          text: `${verb} on ${name}: granted to ${catalog.roleName(held.item.grantee)}`,
        });
        context.report({
          variant: "column",
          severity: access.severity("high", reach),
          confidence: "high",
          message: `${reach.length === 0 ? catalog.roleName(role) : rolesIn(reach)} can still ${verb} ${ref.columns.join(", ")} of ${name}: the privilege is held on the whole table`,
          label: "takes nothing away",
          place: statement.place,
          object: name,
          reach,
          related: place === null ? [] : [{ place, message: `${verb} on the whole table` }],
          help: `REVOKE ${verb} ON ${name} FROM ${catalog.roleName(held.item.grantee)}; and GRANT ${verb} (…) on the columns that may be used`,
        });
        return;
      }
    }
  }
}
