import { actorsOf, bareName, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { defineRule } from "../../src/rule/define.ts";
import { SEVERITIES, type Severity } from "../../src/rule/finding.ts";

/** Built-in functions that PostgreSQL keeps from everybody but superusers, with what they open. */
const FUNCTIONS: readonly { readonly pattern: RegExp; readonly severity: Severity; readonly what: string }[] =
  [
    {
      pattern: /^(?:pg_read_file|pg_read_binary_file)(?:_\w+)?$|^lo_import$/,
      severity: "critical",
      what: "read files of the server",
    },
    {
      pattern: /^lo_export$|^pg_file_(?:write|rename|unlink|sync)$/,
      severity: "critical",
      what: "write files of the server",
    },
    {
      pattern: /^dblink_connect_u$/,
      severity: "critical",
      what: "connect as the server's account without a password",
    },
    { pattern: /^pg_ls_\w*dir$|^pg_stat_file$/, severity: "medium", what: "list files of the server" },
    {
      pattern: /^pg_(?:reload_conf|rotate_logfile|promote|terminate_backend)$/,
      severity: "medium",
      what: "control the server",
    },
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
    const gifts = new Gifts();
    // PostgreSQL's own, and those of its extensions, which nothing creates: not functions that the project wrote.
    for (const routine of [
      ...catalog.state.builtins.all(),
      ...[...catalog.routines()].filter((one) => one.assumed),
    ]) {
      const name = bareName(routine.name);
      if (routine.kind === "relation" || routine.kind === "type" || knownAs(name) === undefined) continue;
      for (const item of routine.acl) {
        const { place } = item.origin;
        if (
          item.privilege !== "execute" ||
          item.grantee === routine.owner ||
          item.origin.prelude ||
          place === null
        )
          continue;
        const reach = actorsOf(catalog, access, item.grantee, { place, text: `EXECUTE on ${name}` });
        if (reach.length > 0) gifts.add(place, name, reach);
      }
    }
    for (const { place, objects, reach } of gifts.all()) {
      const worst = objects
        .flatMap((name) => knownAs(name) ?? [])
        .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))[0];
      if (worst === undefined) continue;
      const names = listed(objects.filter((name) => knownAs(name) === worst));
      context.report({
        variant: null,
        severity: access.severity(worst.severity, reach, { needsSql: true }),
        confidence: "high",
        message: `${rolesIn(reach)} can ${worst.what} with ${names}`,
        label: "granted here",
        place,
        object: objects[0] ?? null,
        reach,
        help: `REVOKE EXECUTE ON FUNCTION … FROM ${grantees(reach)}; or offer what is needed in a SECURITY DEFINER function with a fixed path`,
      });
    }
  },
});

function knownAs(name: string): (typeof FUNCTIONS)[number] | undefined {
  return FUNCTIONS.find(({ pattern }) => pattern.test(name));
}
