import { actorsOf } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "User mapping for everybody",
  severity: "high",
  category: "grants",
  cwe: [266, 732],
  since: "0.1.0",
  variants: {},
  why: "A mapping for PUBLIC lends the stored remote account to every role that may use the server or a foreign table on it: the remote database cannot tell them apart.",
  check(context) {
    const mappings = new Map<string, Place>();
    for (const { event, place } of ownStatements(context.catalog)) {
      if (event.kind === "create-user-mapping" && event.user.kind === "public")
        mappings.set(event.server, place);
      else if (event.kind === "drop-user-mapping" && event.user.kind === "public")
        mappings.delete(event.server);
      else if (event.kind === "drop" && event.objectKind === "foreign-server")
        for (const { name } of event.objects) mappings.delete(name.at(-1) ?? "");
    }
    for (const [server, place] of mappings) {
      const reach = usersOf(context, server);
      const severity = context.access.severity("high", reach);
      context.report({
        variant: null,
        // Whoever is granted the server tomorrow has the account too.
        severity: severity === "info" ? "low" : severity,
        confidence: "high",
        message: `every role that may use server ${server} acts there with the same remote account`,
        label: "for PUBLIC",
        place,
        object: server,
        reach,
        help: `DROP USER MAPPING FOR PUBLIC SERVER ${server}; and create one for each local role, with a remote account of its own`,
      });
    }
  },
});

/** Those with USAGE on the server, and those who can read a foreign table on it. */
function usersOf(context: RuleContext, server: string): readonly Reach[] {
  const { catalog, access } = context;
  const reach: Reach[] = [];
  const add = (list: readonly Reach[]): void => {
    for (const one of list) if (!reach.some(({ role }) => role === one.role)) reach.push(one);
  };
  for (const statement of ownStatements(catalog)) {
    const { event, place } = statement;
    if (
      event.kind !== "grant" ||
      event.target.kind !== "foreign-servers" ||
      !event.target.names.includes(server)
    )
      continue;
    for (const grantee of event.grantees) {
      const role = namedRole(catalog, statement, grantee);
      if (role === undefined) continue;
      if (event.grant) add(actorsOf(catalog, access, role, { place, text: `USAGE on server ${server}` }));
      else if (reach.some((one) => one.role === catalog.roleName(role)))
        reach.splice(
          reach.findIndex((one) => one.role === catalog.roleName(role)),
          1,
        );
    }
  }
  for (const relation of catalog.relations()) {
    if (
      relation.kind === "foreign-table" &&
      catalog.state.foreignServers.get(relation.server ?? 0)?.name === server
    )
      add(access.users(relation, "select"));
  }
  return reach;
}
