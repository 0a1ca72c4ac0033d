import { isSuperuser } from "../../src/catalog/membership.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Subscription that runs policies of the publisher",
  severity: "info",
  category: "deployment",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "The first copy of a table is a query on the publisher. For a role that is neither superuser nor BYPASSRLS it runs the policies of the tables' owners, with that role's rights, and leaves out what they hide.",
  check(context) {
    const { catalog } = context;
    for (const subscription of catalog.state.subscriptions.all()) {
      if (subscription.prelude) continue;
      const text = subscription.connection.value;
      if (/row_security\s*(?:=|%3D)\s*(?:off|false|no|0)\b/i.test(text)) continue;
      const user = userOf(text);
      const role = user === null ? undefined : catalog.roleNamed(user);
      // A role of the same project, when both ends are in it.
      if (role !== undefined && (isSuperuser(catalog.state, role.oid) || role.attributes.bypassrls)) continue;
      context.report({
        variant: null,
        severity: "info",
        confidence: "low",
        message: `subscription ${subscription.name} runs the policies of the tables it copies, unless ${user ?? "its remote role"} is a superuser or BYPASSRLS on the publisher`,
        label: "without row_security=off",
        place: subscription.connection.place,
        object: subscription.name,
        help: "add options=-crow_security=off to the connection string: then a policy stops the copy instead of taking part in it",
      });
    }
  },
});

/** `user=repl`, or the user of a URI. */
function userOf(connection: string): string | null {
  const uri = /^\s*postgres(?:ql)?:\/\/([^:@/?]+)(?::[^@/]*)?@/.exec(connection)?.[1];
  if (uri !== undefined) return uri;
  const pair = /(?:^|\s)user\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))/.exec(connection);
  return pair?.[1] ?? pair?.[2] ?? null;
}
