import { isSuperuser } from "../../src/catalog/membership.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Subscription that may connect without a password",
  severity: "medium",
  category: "deployment",
  cwe: [287, 1188],
  since: "0.1.0",
  variants: {},
  why: "Without password_required the server connects with whatever it has: its own account by trust or peer authentication, a password file, a certificate. The subscription's owner then acts with the server's identity.",
  check(context) {
    const { catalog } = context;
    // The option came with PostgreSQL 16.
    if (catalog.postgresVersion < 16) return;
    for (const subscription of catalog.state.subscriptions.all()) {
      if (subscription.prelude || subscription.passwordRequired.value) continue;
      const owner = catalog.roleName(subscription.owner);
      const superuser = isSuperuser(catalog.state, subscription.owner);
      context.report({
        variant: null,
        severity: superuser ? "low" : "medium",
        confidence: "high",
        message: superuser
          ? `subscription ${subscription.name} does not require a password: that matters as soon as it belongs to another role than superuser ${owner}`
          : `subscription ${subscription.name} of ${owner} may connect with the server's own credentials`,
        label: "password_required = false",
        place: subscription.passwordRequired.place,
        object: subscription.name,
        reach: superuser
          ? []
          : [
              {
                role: owner,
                via: [{ place: subscription.place, text: `owns subscription ${subscription.name}` }],
              },
            ],
        help: `ALTER SUBSCRIPTION ${subscription.name} SET (password_required = true); with a password that the connection string names`,
      });
    }
  },
});
