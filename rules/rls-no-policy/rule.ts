import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Row-level security without any policy",
  severity: "info",
  category: "row-security",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "Without a policy nothing passes: safe, and often a sign that something is unfinished.",
  check(context) {
    const { catalog } = context;
    for (const table of context.askedRelations()) {
      if (table.prelude || table.assumed || !table.rowSecurity.value || catalog.policiesOf(table).length > 0)
        continue;
      if (table.kind !== "table" && table.kind !== "partitioned-table") continue;
      const name = catalog.relationName(table);
      context.report({
        variant: null,
        severity: "info",
        confidence: "high",
        message: `${name} is under row-level security and has no policy: nobody but its owner sees a row`,
        label: "no policy",
        place: table.rowSecurity.place,
        object: name,
        help: "CREATE POLICY for whom it is meant, or say in a comment that nobody is",
      });
    }
  },
});
