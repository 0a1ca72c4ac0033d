import { actorsOf, listed, rolesIn } from "../../src/access/actors.ts";
import type { Oid } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Subscription that applies changes with its owner's rights",
  severity: "high",
  category: "deployment",
  cwe: [250, 269],
  since: "0.1.0",
  variants: {},
  why: "With run_as_owner changes are applied as the subscription's owner instead of the table's: whoever owns a replicated table attaches a trigger to it and runs code as the subscription's owner.",
  check(context) {
    const { catalog, access } = context;
    const before16 = catalog.postgresVersion < 16;
    const known = new Map<Oid, Others>();
    for (const subscription of catalog.state.subscriptions.all()) {
      if (subscription.prelude || !(before16 || subscription.runAsOwner.value)) continue;
      const { reach, tables } = remembered(known, subscription.owner, () =>
        otherOwners(context, subscription.owner),
      );
      // Before 16 there is no other way: only who gains by it is worth a word.
      if (before16 && reach.length === 0) continue;
      const owner = catalog.roleName(subscription.owner);
      const reached = access.severity("high", reach);
      context.report({
        variant: null,
        // Tables that are replicated may be defined elsewhere.
        severity: reach.length === 0 ? "medium" : reached,
        confidence: reach.length > 0 && !before16 ? "high" : "medium",
        message:
          reach.length === 0
            ? `owners of tables that subscription ${subscription.name} replicates into can run code as ${owner}`
            : `${rolesIn(reach)} can run code as ${owner}, through triggers on ${listed(tables)} when subscription ${subscription.name} replicates into it`,
        label: before16 ? "runs as its owner before PostgreSQL 16" : "run_as_owner",
        place: before16 ? subscription.place : subscription.runAsOwner.place,
        object: subscription.name,
        reach,
        help: before16
          ? `give replicated tables to ${owner}, or go to PostgreSQL 16, which applies changes as the owner of the table`
          : `ALTER SUBSCRIPTION ${subscription.name} SET (run_as_owner = false); and GRANT the tables' owners to ${owner} so that it can SET ROLE to them`,
      });
    }
  },
});

interface Others {
  readonly reach: readonly Reach[];
  readonly tables: readonly string[];
}

/** Owners of tables who have not the rights of the subscription's owner anyway. */
function otherOwners({ catalog, access }: RuleContext<never>, owner: Oid): Others {
  const reach = new Map<string, Reach>();
  const tables: string[] = [];
  for (const table of catalog.relations()) {
    if (table.kind !== "table" && table.kind !== "partitioned-table") continue;
    if (table.prelude || table.assumed || table.temporary || table.owner === owner) continue;
    if (access.hasRightsOf(table.owner, owner)) continue;
    const name = catalog.relationName(table);
    const step = { place: table.place, text: `${catalog.roleName(table.owner)} owns ${name}` };
    const actors = actorsOf(catalog, access, table.owner, step);
    if (actors.length === 0) continue;
    tables.push(name);
    for (const one of actors) if (!reach.has(one.role)) reach.set(one.role, one);
  }
  return { reach: [...reach.values()], tables };
}
