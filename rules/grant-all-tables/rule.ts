import { listed } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import type { Oid, Relation } from "../../src/catalog/model.ts";
import { PUBLIC } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import { ownStatements, platformDefaults } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

const USED = ["select", "insert", "update", "delete"] as const;

export default defineRule({
  title: "All tables of a schema granted to untrusted roles",
  severity: "high",
  category: "grants",
  cwe: [732],
  since: "0.1.0",
  variants: {},
  why: "ON ALL TABLES hands out every table that is in the schema at that moment, also those that were never meant for clients.",
  check(context) {
    const platform = platformDefaults(context.catalog);
    /** What code runs again and again is one statement in the text: the tables that it opened are told together. */
    const judged = new Set<string>();
    for (const statement of ownStatements(context.catalog)) {
      const { event, place } = statement;
      if (
        event.kind !== "grant" ||
        !event.grant ||
        event.target.kind !== "all-in-schema" ||
        event.target.objects !== "tables"
      )
        continue;
      const key = [place.source.path, place.span.start, ...event.target.schemas].join("\0");
      if (judged.has(key)) continue;
      judged.add(key);
      judge(context, statement, event.target.schemas, platform);
    }
  },
});

function judge(
  context: RuleContext,
  statement: Replayed,
  schemas: readonly string[],
  platform: ReadonlySet<string>,
): void {
  const { catalog, access } = context;
  const open: Relation[] = [];
  const verbs = new Set<string>();
  const reach: Reach[] = [];
  for (const name of schemas) {
    const schema = catalog.schemaNamed(name);
    if (schema === undefined) continue;
    for (const table of catalog.state.relations.by.schema.all(schema.oid)) {
      if (
        !["table", "partitioned-table", "foreign-table", "materialized-view"].includes(table.kind) ||
        table.prelude
      )
        continue;
      // Still there, and from this very statement: not taken back since.
      const given = table.acl.filter(
        (item) =>
          item.origin.place?.source === statement.place.source &&
          item.origin.place.span.start === statement.place.span.start &&
          isUntrusted(context, item.grantee),
      );
      if (given.length === 0 || table.rowSecurity.value) continue;
      const roles = new Set(given.map((item) => catalog.roleName(item.grantee)));
      let reached = false;
      for (const privilege of USED) {
        if (!given.some((item) => item.privilege === privilege)) continue;
        const users = access.users(table, privilege).filter(({ role }) => roles.has(role));
        if (users.length > 0) verbs.add(privilege.toUpperCase());
        for (const user of users) {
          reached = true;
          if (!reach.some(({ role }) => role === user.role)) reach.push(user);
        }
      }
      if (reached) open.push(table);
    }
  }
  if (open.length === 0) return;
  const names = open.map((table) => catalog.relationName(table));
  // What the platform gives on every table anyway is no weakness of this statement.
  const standard = open.every((table) =>
    reach.every(({ role }) => platform.has(`tables/${catalog.schemaName(table.schema)}/${role}`)),
  );
  context.report({
    variant: null,
    severity: standard ? "info" : access.severity("high", reach),
    confidence: "high",
    message: `${listed(reach.map(({ role }) => role))} can ${[...verbs].join(", ")} every row of ${listed(names)}: all tables of ${schemas.join(", ")} are granted`,
    label: "every table of the schema",
    place: statement.place,
    object: schemas[0] ?? null,
    reach,
    related: open.slice(0, 3).map((table) => ({
      place: table.place,
      message: `no row-level security on ${catalog.relationName(table)}`,
    })),
    help: "GRANT on the tables that clients need, by name, and enable row-level security on them",
  });
}

function isUntrusted(context: RuleContext, role: Oid): boolean {
  return role === PUBLIC || context.access.trustOf(role) === "untrusted";
}
