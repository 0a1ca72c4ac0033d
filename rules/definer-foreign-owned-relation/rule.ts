import { actorsOf, rolesIn } from "../../src/access/actors.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import { bypassesRowSecurity, isSecurityInvoker } from "../../src/access/row-security.ts";
import type { Oid, Relation } from "../../src/catalog/model.ts";
import type { RelationItem } from "../../src/events/tree.ts";
import { walkBody } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine works on a table of a weaker role",
  severity: "high",
  category: "definer",
  cwe: [269],
  since: "0.1.0",
  variants: {},
  why: "The table's owner gives it triggers, policies and defaults, and they run with the rights of whoever works on it: here of the routine's owner.",
  check(context) {
    for (const definer of definers(context)) {
      const seen = new Set<Oid>();
      walkBody(definer.body, {
        relation(relation, role) {
          if (role === "read" || role === "target")
            judge(context, definer, { relation, writes: role === "target" }, seen);
        },
      });
    }
  },
});

interface Named {
  readonly relation: RelationItem;
  readonly writes: boolean;
}

function judge(context: RuleContext, definer: Definer, { relation, writes }: Named, seen: Set<Oid>): void {
  const { catalog, access } = context;
  const { routine } = definer;
  if (relation.cte) return;
  const table = catalog.resolveRelation(relation.name, pathOf(catalog, routine));
  if (table === undefined || table.assumed || table.prelude || table.temporary || seen.has(table.owner))
    return;
  // Whoever has the routine owner's rights anyway gains nothing; what runs as the weaker one harms nobody.
  if (table.owner === routine.owner || access.hasRightsOf(table.owner, routine.owner)) return;
  if (access.trustOf(table.owner) === "admin") return;
  const how = writes ? "triggers, policies and defaults" : readsCode(context, table, routine.owner);
  if (how === null) return;
  seen.add(table.owner);
  report(context, definer, relation, table, how);
}

/** What of the owner's code runs when the relation is read; null: none. */
function readsCode({ catalog }: RuleContext, table: Relation, reader: Oid): string | null {
  if (table.kind === "view")
    return isSecurityInvoker(table, catalog.postgresVersion) ? "functions and tables" : "functions";
  return table.rowSecurity.value && !bypassesRowSecurity(catalog, reader, table) ? "policies" : null;
}

function report(
  context: RuleContext,
  definer: Definer,
  named: RelationItem,
  table: Relation,
  how: string,
): void {
  const { catalog, access } = context;
  const { routine, name, owner } = definer;
  const tableOwner = catalog.roleName(table.owner);
  const reach = actorsOf(catalog, access, table.owner, {
    place: table.place,
    text: `${tableOwner} owns ${catalog.relationName(table)}`,
  });
  context.report({
    variant: null,
    severity: access.severity("high", reach),
    confidence: "high",
    message: `${name} works as ${owner} on ${catalog.relationName(table)}, which belongs to ${rolesIn(reach)}: its ${how} run as ${owner}`,
    label: `${tableOwner}'s table`,
    place: definer.place(named.span),
    object: name,
    reach,
    related: [
      { place: table.place, message: `belongs to ${tableOwner}` },
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: `let a role with no more rights than ${tableOwner} own the routine, or keep the rows in a table of ${owner}'s`,
  });
}
