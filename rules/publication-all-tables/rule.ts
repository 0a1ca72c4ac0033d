import { listed } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import { type PublicationState, publicationsOf } from "../../src/access/publications.ts";
import { isSecretName } from "../../src/access/secrets.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Column, Oid } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
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
    const known = new Map<Oid, readonly Secret[]>();
    for (const publication of publicationsOf(context.catalog)) {
      if (!publication.allTables) {
        wholeSchemas(context, publication, subscribers, known);
        continue;
      }
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

/** FOR TABLES IN SCHEMA, where tables of the schema have columns for secrets. */
function wholeSchemas(
  { catalog, report }: RuleContext,
  publication: PublicationState,
  subscribers: readonly Reach[],
  known: Map<Oid, readonly Secret[]>,
): void {
  for (const { object, place } of publication.objects) {
    const schema = object.schema === null ? undefined : catalog.schemaNamed(object.schema);
    if (schema === undefined) continue;
    const secrets = remembered(known, schema.oid, () => secretsIn(catalog, schema.oid));
    const [first] = secrets;
    if (first === undefined) continue;
    report({
      variant: null,
      severity: subscribers.length > 0 ? "medium" : "low",
      confidence: "medium",
      message: `publication ${publication.name} carries every table of ${schema.name}, those to come too, and with them ${listed(secrets.map(({ text }) => text))}`,
      label: "all tables of the schema",
      place,
      object: publication.name,
      reach: subscribers,
      related: [{ place: first.column.place, message: "leaves the database" }],
      help: `CREATE PUBLICATION ${publication.name} FOR TABLE …: name the tables, with the columns that subscribers need`,
    });
  }
}

interface Secret {
  readonly column: Column;
  readonly text: string;
}

/** Columns for secrets in the tables of a schema. */
function secretsIn(catalog: Catalog, schema: Oid): readonly Secret[] {
  return catalog.state.relations.by.schema
    .all(schema)
    .filter(({ kind }) => kind === "table" || kind === "partitioned-table")
    .flatMap((table) =>
      table.columns
        .filter(({ name }) => isSecretName(name))
        .map((column) => ({ column, text: `${catalog.relationName(table)}.${column.name}` })),
    );
}

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
