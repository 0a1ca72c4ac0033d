import { clients } from "../../src/access/policies.ts";
import {
  isSecurityBarrier,
  isSecurityInvoker,
  readsAllRows,
  rowsPastPolicies,
} from "../../src/access/row-security.ts";
import { lower } from "../../src/access/trust.ts";
import { filterConfidence, filtersByIdentity, overtakenFilters } from "../../src/access/view-shape.ts";
import { PUBLIC, type Relation } from "../../src/catalog/model.ts";
import type { Select } from "../../src/events/tree.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "security_barrier on a view that is a UNION ALL",
  severity: "high",
  category: "views",
  cwe: [200, 863],
  since: "0.1.0",
  variants: {},
  why: "The planner flattens a view whose top level is UNION ALL and does not keep its barrier: a function of the reader runs before the view's own filters.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if (view.kind !== "view" || view.prelude || view.query === null || !isSecurityBarrier(view)) continue;
      const { statement } = view.query;
      if (
        isSecurityInvoker(view, catalog.postgresVersion) ||
        statement.kind !== "select" ||
        !isFlattened(statement)
      )
        continue;
      const [filter] = overtakenFilters(statement);
      if (filter === undefined) continue;
      if (!filtersByIdentity(statement) && rowsPastPolicies(catalog, view).length > 0) continue;
      const reach = clients(context, access.users(view, "select")).filter(({ role }) =>
        gains(context, view, role),
      );
      if (reach.length === 0) continue;
      const confidence = filterConfidence(filter);
      const severity = access.severity("high", reach, { needsSql: true });
      const name = catalog.relationName(view);
      context.report({
        variant: null,
        severity: confidence === "low" && severity !== "info" ? lower(severity, 4) : severity,
        confidence: confidence === "high" ? "medium" : confidence,
        message: `security_barrier of ${name} has no effect: its top level is UNION ALL`,
        label: "flattened, with its barrier",
        place: { source: view.query.place.source, span: statement.span },
        object: name,
        reach,
        related: [
          {
            place: { source: view.query.place.source, span: filter.span },
            message: "hides rows, but can be evaluated last",
          },
        ],
        help: `wrap the query: CREATE OR REPLACE VIEW ${name} WITH (security_barrier) AS SELECT * FROM (… UNION ALL …) AS rows;`,
      });
    }
  },
});

/** UNION ALL at the top and in every operand that is a set operation, and nothing that keeps it together. */
function isFlattened(query: Select): boolean {
  if (query.setOperation === null) return false;
  if (query.orderBy.length > 0 || query.limit !== null || query.offset !== null || query.ctes.length > 0)
    return false;
  const open = [query];
  for (const next of open) {
    if (next.setOperation === null) continue;
    if (next.setOperation.operator !== "union" || !next.setOperation.all) return false;
    open.push(next.setOperation.left, next.setOperation.right);
  }
  return true;
}

function gains({ catalog, access }: RuleContext<never>, view: Relation, reader: string): boolean {
  const oid = reader === "PUBLIC" ? PUBLIC : (catalog.roleNamed(reader)?.oid ?? PUBLIC);
  return (view.query?.reads ?? []).some(({ relation }) => {
    const table = catalog.state.relations.get(relation);
    if (table === undefined || table.assumed) return false;
    return access.canUse(oid, table, "select") === null || !readsAllRows(catalog, oid, table);
  });
}
