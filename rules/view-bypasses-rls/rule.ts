import { authExposure } from "../../src/access/auth-exposure.ts";
import { namesOfCallers, showsOnlyTotals } from "../../src/access/materialized.ts";
import { readsAllRows, readTowards, rowsPastPolicies } from "../../src/access/row-security.ts";
import { filtersByIdentity } from "../../src/access/view-shape.ts";
import { PUBLIC, type Relation } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

export default defineRule({
  title: "View shows rows past the row-level security of its tables",
  severity: "critical",
  category: "views",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "A view reads its tables with the rights of its owner, who is not subject to the policies: every reader of the view sees what the owner sees.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if (view.kind !== "view" || view.prelude || view.query === null) continue;
      const { statement } = view.query;
      // A view that ties every row to the reader's identity filters as a policy would.
      if (statement.kind === "select" && filtersByIdentity(statement)) continue;
      const reach = readers(context, view);
      if (reach.length === 0) continue;
      const passed = rowsPastPolicies(catalog, view);
      const tables = passed.map(({ table }) => table);
      if (
        statement.kind === "select" &&
        statement.setOperation === null &&
        // What rows are put together by is what stands in somebody's rows.
        statement.groupBy.length === 0 &&
        showsOnlyTotals(statement, namesOfCallers(catalog, tables))
      )
        continue;
      const accounts = authExposure(catalog, view)?.table;
      for (const past of passed) {
        const { table, reader } = past;
        // view-exposes-auth-schema says so.
        if (table === accounts) continue;
        const affected = reach.filter(({ role }) => !readsAllRows(catalog, roleOid(context, role), table));
        if (affected.length === 0) continue;
        const name = catalog.relationName(view);
        const owner = catalog.roleName(reader.owner);
        const lost = view.lostOptions.get("security_invoker");
        const read = readTowards(catalog, view, past);
        context.report({
          variant: null,
          severity: access.severity("critical", affected),
          confidence: catalog.policiesOf(table).length > 0 ? "high" : "medium",
          message: `${name} reads ${catalog.relationName(table)} as ${owner}, past its row-level security`,
          label:
            lost === undefined ? `runs with the rights of ${owner}` : "security_invoker is gone from here on",
          place: lost ?? view.optionsWriter,
          object: name,
          reach: affected,
          related: [
            {
              place: table.rowSecurity.place,
              message: `row-level security of ${catalog.relationName(table)}`,
            },
            ...(read === undefined
              ? []
              : [{ place: { source: view.query.place.source, span: read.span }, message: "read here" }]),
          ],
          help:
            catalog.postgresVersion >= 15
              ? `ALTER VIEW ${name} SET (security_invoker = true);`
              : `give the view an owner that is neither superuser nor BYPASSRLS, and ALTER TABLE ${catalog.relationName(table)} FORCE ROW LEVEL SECURITY;`,
        });
        break;
      }
    }
  },
});

function roleOid(context: RuleContext<never>, name: string): number {
  return name === "PUBLIC" ? PUBLIC : (context.catalog.roleNamed(name)?.oid ?? PUBLIC);
}

/** Everybody who can read the view or write through it. */
function readers(context: RuleContext<never>, view: Relation): readonly Reach[] {
  const found: Reach[] = [];
  for (const privilege of ["select", "insert", "update", "delete"] as const) {
    for (const user of context.access.users(view, privilege)) {
      if (!found.some(({ role }) => role === user.role)) found.push(user);
    }
  }
  return found;
}
