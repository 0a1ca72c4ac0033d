import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

/** Predefined roles and what a member can do with them. */
const ROLES: ReadonlyMap<string, readonly [Severity, string]> = new Map([
  ["pg_execute_server_program", ["critical", "run programs as the server's operating system account"]],
  ["pg_write_server_files", ["critical", "overwrite files of the server, its configuration too"]],
  ["pg_read_server_files", ["critical", "read every file that the server can read"]],
  ["pg_write_all_data", ["high", "write every table of every schema"]],
  ["pg_read_all_data", ["high", "read every table of every schema"]],
  ["pg_create_subscription", ["medium", "create subscriptions, which connect from the server to anywhere"]],
  [
    "pg_maintain",
    ["medium", "run VACUUM, REINDEX and REFRESH on every table, and with them code of tables' owners"],
  ],
  ["pg_signal_backend", ["low", "cancel and end sessions of other roles"]],
  ["pg_checkpoint", ["low", "force checkpoints"]],
  ["pg_use_reserved_connections", ["low", "use up the connections that are kept for administrators"]],
]);

const ORDER: readonly Severity[] = ["info", "low", "medium", "high", "critical"];

export default defineRule({
  title: "Predefined role that is as good as an administrator, granted",
  severity: "critical",
  category: "grants",
  cwe: [269, 250],
  since: "0.1.0",
  variants: {},
  why: "PostgreSQL's predefined roles carry rights that no GRANT on objects limits: server files, programs, all data.",
  check(context) {
    const { catalog, access } = context;
    const gifts = new Gifts();
    for (const row of catalog.state.memberships.all()) {
      const name = catalog.roleName(row.role);
      if (row.prelude || !ROLES.has(name)) continue;
      if (catalog.postgresVersion >= 16 && !row.inherit && !row.set && !row.admin) continue;
      const reach = actorsOf(catalog, access, row.member, { place: row.place, text: `member of ${name}` });
      if (reach.length > 0) gifts.add(row.place, name, reach);
    }
    for (const { place, objects, reach } of gifts.all()) {
      const worst = objects
        .map((name) => ROLES.get(name))
        .toSorted((a, b) => ORDER.indexOf(b?.[0] ?? "info") - ORDER.indexOf(a?.[0] ?? "info"))[0];
      if (worst === undefined) continue;
      context.report({
        variant: null,
        severity: access.severity(worst[0], reach),
        confidence: "high",
        message: `${rolesIn(reach)} can ${worst[1]}: member of ${listed(objects)}`,
        label: "granted here",
        place,
        object: reach[0]?.role ?? null,
        reach,
        help: `REVOKE ${objects.join(", ")} FROM ${grantees(reach)}; and grant privileges on the objects the role needs; a backup or monitoring role can be named in "admins"`,
      });
    }
  },
});
