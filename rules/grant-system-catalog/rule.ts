import { actorsOf, bareName, Gifts, grantees, rolesIn } from "../../src/access/actors.ts";
import type { Acl, Oid } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

/** Catalogs that PostgreSQL keeps from everybody, with what is in them and the columns that matter. */
const CATALOGS: ReadonlyMap<string, readonly [Severity, string, RegExp]> = new Map([
  ["pg_authid", ["critical", "every role's password hash", /^rolpassword$/]],
  ["pg_shadow", ["critical", "every role's password hash", /^passwd$/]],
  ["pg_user_mapping", ["critical", "passwords of foreign servers", /^umoptions$/]],
  ["pg_subscription", ["critical", "connection strings with passwords", /^subconninfo$/]],
  ["pg_statistic", ["high", "sample values of every table's columns", /^stavalues\d$/]],
  ["pg_statistic_ext_data", ["high", "sample values of tables' columns", /./]],
  ["pg_largeobject", ["high", "the contents of all large objects", /^data$/]],
  ["pg_hba_file_rules", ["low", "who may connect from where", /./]],
  ["pg_file_settings", ["low", "the server's configuration", /./]],
]);

export default defineRule({
  title: "System catalog with secrets, granted",
  severity: "critical",
  category: "grants",
  cwe: [522, 732],
  since: "0.1.0",
  variants: {},
  why: "PostgreSQL keeps these catalogs from everybody because of what is in them: hashes that can be tried offline (an md5 hash is as good as the password), stored passwords, samples of data past every policy.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Map<string, Gifts>();
    for (const relation of catalogs(context)) {
      const known = CATALOGS.get(relation.name);
      if (known === undefined) continue;
      const acls: Acl = [
        ...relation.acl,
        ...[...relation.columns].flatMap(([column, acl]) => (known[2].test(column) ? acl : [])),
      ];
      for (const item of acls) {
        if (item.grantee === relation.owner || item.origin.prelude || item.origin.place === null) continue;
        if (!["select", "insert", "update", "delete"].includes(item.privilege)) continue;
        const reach = actorsOf(catalog, access, item.grantee, {
          place: item.origin.place,
          text: `${item.privilege.toUpperCase()} on ${relation.name}`,
        });
        if (reach.length === 0) continue;
        const found = gifts.get(relation.name) ?? new Gifts();
        gifts.set(relation.name, found);
        found.add(item.origin.place, relation.name, reach);
      }
    }
    for (const [name, found] of gifts) {
      const [severity, what] = CATALOGS.get(name) ?? ["high", "secrets"];
      for (const { place, reach } of found.all()) {
        context.report({
          variant: null,
          severity: access.severity(severity, reach),
          confidence: "high",
          message: `${rolesIn(reach)} can read ${what} in ${name}`,
          label: "granted here",
          place,
          object: `pg_catalog.${name}`,
          reach,
          help: `REVOKE ALL ON ${name} FROM ${grantees(reach)}; names of roles are in pg_roles; other needs are met by a SECURITY DEFINER function that returns only what is needed`,
        });
      }
    }
  },
});

interface Granted {
  readonly name: string;
  readonly owner: Oid;
  readonly acl: Acl;
  readonly columns: ReadonlyMap<string, Acl>;
}

/** PostgreSQL's own catalogs, and what is taken to be there without anything that created it. */
function* catalogs({ catalog }: RuleContext): Iterable<Granted> {
  for (const object of catalog.state.builtins.all())
    if (object.kind === "relation") yield { ...object, name: bareName(object.name) };
  for (const relation of catalog.relations()) {
    if (relation.assumed)
      yield { ...relation, columns: new Map(relation.columns.map(({ name, acl }) => [name, acl])) };
  }
}
