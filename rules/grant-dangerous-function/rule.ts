import { actorsOf, Gifts, listed, rolesIn } from "../../src/access/actors.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";

/** Built-in functions that PostgreSQL keeps from everybody but superusers, with what they open. */
const FUNCTIONS: readonly (readonly [RegExp, Severity, string])[] = [
  [/^(?:pg_read_file|pg_read_binary_file)(?:_\w+)?$|^lo_import$/, "critical", "read files of the server"],
  [/^lo_export$|^pg_file_(?:write|rename|unlink|sync)$/, "critical", "write files of the server"],
  [/^dblink_connect_u$/, "critical", "connect as the server's account without a password"],
  [/^pg_ls_\w*dir$|^pg_stat_file$/, "medium", "list files of the server"],
  [/^pg_(?:reload_conf|rotate_logfile|promote|terminate_backend)$/, "medium", "control the server"],
];

export default defineRule({
  title: "Built-in function for superusers, granted",
  severity: "critical",
  category: "grants",
  cwe: [269, 732],
  since: "0.1.0",
  variants: {},
  why: "These functions act as the server's operating system account. PostgreSQL takes EXECUTE on them from everybody; a GRANT opens the data directory with password hashes and keys.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Map<string, { severity: Severity; what: string; gifts: Gifts }>();
    const add = (what: string, severity: Severity, name: string, place: Parameters<Gifts["add"]>[0], grantee: number): void => {
      const found = gifts.get(what) ?? { severity, what, gifts: new Gifts() };
      gifts.set(what, found);
      const reach = actorsOf(catalog, access, grantee, { place, text: `EXECUTE on ${name}` });
      if (reach.length > 0) found.gifts.add(place, name, reach);
    };
    for (const routine of catalog.routines()) {
      // PostgreSQL's own, which nothing creates: not a function of the same name that the project wrote.
      if (!routine.assumed && catalog.schemaName(routine.schema) !== "pg_catalog") continue;
      const known = FUNCTIONS.find(([name]) => name.test(routine.name));
      if (known === undefined) continue;
      for (const item of routine.acl) {
        if (item.privilege !== "execute" || item.grantee === routine.owner) continue;
        if (item.origin.prelude || item.origin.place === null) continue;
        add(known[2], known[1], routine.name, item.origin.place, item.grantee);
      }
    }
    for (const statement of ownStatements(catalog)) {
      const { event, place } = statement;
      if (event.kind !== "grant" || !event.grant || event.target.kind !== "all-in-schema") continue;
      const { objects, schemas } = event.target;
      if (!schemas.includes("pg_catalog") || objects === "tables" || objects === "sequences") continue;
      for (const grantee of event.grantees) {
        const oid = namedRole(catalog, statement, grantee);
        if (oid !== undefined) add("read and write files of the server", "critical", "all functions of pg_catalog", place, oid);
      }
    }
    for (const { severity, what, gifts: found } of gifts.values()) {
      for (const { place, objects, reach } of found.all()) {
        context.report({
          variant: null,
          severity: access.severity(severity, reach, { needsSql: true }),
          confidence: "high",
          message: `${rolesIn(reach)} can ${what} with ${listed(objects)}`,
          label: "granted here",
          place,
          object: objects[0] ?? null,
          reach,
          help: `REVOKE EXECUTE ON FUNCTION … FROM ${rolesIn(reach)}; or offer what is needed in a SECURITY DEFINER function with a fixed path`,
        });
      }
    }
  },
});
