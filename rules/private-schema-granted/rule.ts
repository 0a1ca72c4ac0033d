import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { namesPrivate } from "../../src/access/private-schemas.ts";
import { PUBLIC } from "../../src/catalog/model.ts";
import { defineRule, type RuleOption } from "../../src/rule/define.ts";
import { statementAt } from "../../src/rule/statement-at.ts";

const USED = ["select", "insert", "update", "delete"] as const;

const SCHEMAS: RuleOption = {
  name: "schemas",
  describe: "Schemas that are private, whatever they are called.",
  default: [],
};

const PUBLIC_SCHEMAS: RuleOption = {
  name: "publicSchemas",
  describe: "Schemas that are not private, although they are called so.",
  default: [],
};

export default defineRule({
  title: "Tables of a private schema granted to untrusted roles",
  severity: "high",
  category: "grants",
  cwe: [732, 668],
  since: "0.1.0",
  variants: {},
  options: [SCHEMAS, PUBLIC_SCHEMAS],
  why: "That an API does not route to a schema keeps nobody out: with USAGE and a table privilege every injection, every function with dynamic SQL and every direct connection reads it.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Gifts();
    const named = context.option(SCHEMAS);
    const open = [...access.trust.exposedSchemas, ...context.option(PUBLIC_SCHEMAS)];
    for (const table of catalog.relations()) {
      const schema = catalog.schema(table.schema);
      if (
        schema === undefined ||
        !(named.includes(schema.name) || namesPrivate(schema.name)) ||
        open.includes(schema.name)
      )
        continue;
      const shows = catalog.relationName(table) === "vault.decrypted_secrets";
      if (
        !shows &&
        !["table", "partitioned-table", "foreign-table", "materialized-view"].includes(table.kind)
      )
        continue;
      // Policies are a decision about who sees what.
      if (table.rowSecurity.value) continue;
      for (const privilege of USED) {
        for (const item of [...table.acl, ...table.columns.flatMap((column) => column.acl)]) {
          const { place } = item.origin;
          if (
            item.privilege !== privilege ||
            item.origin.prelude ||
            place === null ||
            item.grantee === table.owner
          )
            continue;
          if (access.canUse(item.grantee, table, privilege) === null) continue;
          // grant-all-tables says so.
          const untrustedItself = item.grantee === PUBLIC || access.trustOf(item.grantee) === "untrusted";
          const event = untrustedItself ? statementAt(catalog, place)?.event : undefined;
          if (event?.kind === "grant" && event.target.kind === "all-in-schema") continue;
          const step = { place, text: `${privilege.toUpperCase()} on ${catalog.relationName(table)}` };
          const reach = actorsOf(catalog, access, item.grantee, step);
          // An application's own role is who such a schema is for, unless untrusted roles are its members.
          const untrusted = reach.some(
            ({ role }) => access.trust.untrusted.includes(role) || role === "PUBLIC",
          );
          if (untrusted) gifts.add(place, catalog.relationName(table), reach);
        }
      }
    }
    for (const { place, objects, reach } of gifts.all()) {
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "medium",
        message: `${rolesIn(reach)} can use ${listed(objects)}, in a schema that is meant to be private`,
        label: "granted here",
        place,
        object: objects[0] ?? null,
        reach,
        help: `REVOKE ALL ON ${listed(objects)} FROM ${grantees(reach)}; and let SECURITY DEFINER functions in the exposed schema answer what clients may ask`,
      });
    }
  },
});
