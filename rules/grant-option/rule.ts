import { actorsOf, Gifts, grantees, listed } from "../../src/access/actors.ts";
import type { Acl, Oid } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Privilege that its holder may pass on",
  severity: "medium",
  category: "grants",
  cwe: [269, 732],
  since: "0.1.0",
  variants: {},
  why: "Whoever holds a privilege WITH GRANT OPTION can give it to anybody. What it gave stays when the owner revokes the same privilege from PUBLIC: only REVOKE … CASCADE from the holder takes it back.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Gifts();
    const collect = (acl: Acl, owner: Oid, name: string): void => {
      for (const item of acl) {
        if (!item.grantable || item.grantee === owner || item.origin.prelude || item.origin.place === null)
          continue;
        const reach = actorsOf(catalog, access, item.grantee, {
          place: item.origin.place,
          text: `${item.privilege.toUpperCase()} on ${name} with grant option`,
        });
        if (reach.length === 0) continue;
        // What the holder has passed on already.
        const passed = acl.filter(
          (other) => other.grantor === item.grantee && other.privilege === item.privilege,
        );
        const on = passed.flatMap((other) =>
          actorsOf(catalog, access, other.grantee, {
            place: other.origin.place,
            text: `passed on by ${catalog.roleName(item.grantee)}`,
          }),
        );
        gifts.add(item.origin.place, name, [...reach, ...on]);
      }
    };
    for (const relation of catalog.relations()) {
      collect(relation.acl, relation.owner, catalog.relationName(relation));
      for (const column of relation.columns)
        collect(column.acl, relation.owner, catalog.relationName(relation));
    }
    for (const routine of catalog.routines())
      collect(routine.acl, routine.owner, catalog.routineName(routine));
    for (const schema of catalog.state.schemas.all())
      collect(schema.acl, schema.owner, `schema ${schema.name}`);
    for (const type of catalog.state.types.all()) collect(type.acl, type.owner, `type ${type.name}`);
    for (const row of catalog.state.defaultAcls.all()) collect(row.acl, row.role, `new ${row.objects}`);
    for (const { place, objects, reach } of gifts.all()) {
      context.report({
        variant: null,
        severity: access.severity("medium", reach),
        confidence: "high",
        message: `${reach[0]?.role} may pass its privileges on ${listed(objects)} on to anybody`,
        label: "with grant option",
        place,
        object: objects[0] ?? null,
        reach,
        help: `GRANT without WITH GRANT OPTION; to take it back with what was passed on: REVOKE GRANT OPTION FOR … FROM ${grantees(reach.slice(0, 1))} CASCADE`,
      });
    }
  },
});
