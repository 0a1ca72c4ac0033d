import type { Reach } from "../../src/access/chain.ts";
import { publicationsOf } from "../../src/access/publications.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "Publication of all tables, those to come too",
  severity: "medium",
  category: "grants",
  cwe: [668, 732],
  since: "0.1.0",
  variants: {},
  why: "There are no privileges on publications: every role with REPLICATION reads all of it, past row-level security and column privileges. FOR ALL TABLES takes in every table that is created later, secrets too.",
  check(context) {
    const subscribers = replicators(context);
    for (const publication of publicationsOf(context.catalog)) {
      if (!publication.allTables) continue;
      context.report({
        variant: null,
        // Without a role in sight that replicates, who will subscribe is not known.
        severity: subscribers.length > 0 ? "medium" : "low",
        confidence: "medium",
        message: `publication ${publication.name} carries every table, those to come too`,
        label: "all tables",
        place: publication.place,
        object: publication.name,
        reach: subscribers,
        help: `CREATE PUBLICATION ${publication.name} FOR TABLE …: name the tables, with the columns that subscribers need`,
      });
    }
  },
});

function replicators({ catalog, access }: RuleContext): readonly Reach[] {
  const found: Reach[] = [];
  for (const role of catalog.state.roles.all()) {
    if (!role.attributes.replication || role.prelude || access.trustOf(role.oid) === "admin") continue;
    found.push({
      role: role.name,
      via: [{ place: role.attributePlaces.replication ?? role.place, text: "REPLICATION" }],
    });
  }
  return found;
}
