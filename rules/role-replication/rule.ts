import { isAuthenticator } from "../../src/access/authenticator.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";

/** Roles that exist for nothing else. */
const DEDICATED =
  /repl|standby|replica|backup|barman|pgbackrest|wal|debezium|cdc|fivetran|airbyte|stitch|electric|powersync/i;

export default defineRule({
  title: "Application role with REPLICATION",
  severity: "high",
  category: "grants",
  cwe: [269, 732],
  since: "0.1.0",
  variants: {},
  why: "REPLICATION reads every change of every table from the log, without SELECT, past policies, column privileges and publication filters, and can copy the whole cluster.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    for (const role of catalog.state.roles.all()) {
      const place = role.attributePlaces.replication;
      if (!role.attributes.replication || role.attributes.superuser || role.builtIn) continue;
      if (place === undefined || !own.has(place.source) || access.trustOf(role.oid) === "admin") continue;
      // postgrest-authenticator says so.
      if (isAuthenticator(context, role)) continue;
      const reach = [{ role: role.name, via: [{ place, text: "REPLICATION" }] }];
      const dedicated = access.trustOf(role.oid) === "application" && DEDICATED.test(role.name);
      context.report({
        variant: null,
        severity: dedicated ? "info" : access.severity("high", reach),
        confidence: "high",
        message: `${role.name} can read every change of every table and copy the cluster`,
        label: "REPLICATION",
        place,
        object: role.name,
        reach,
        help: `ALTER ROLE ${role.name} NOREPLICATION; and replicate with a login that does nothing else`,
      });
    }
  },
});
