import { mayUseColumn } from "../../src/access/column-guards.ts";
import { clients } from "../../src/access/policies.ts";
import { isSecurityInvoker, rowsPastPolicies } from "../../src/access/row-security.ts";
import { lower } from "../../src/access/trust.ts";
import { isUnstated } from "../../src/access/unstated.ts";
import {
  checkOptionOf,
  selectOf,
  settableFilterColumns,
  uncheckedFilter,
  updatableChain,
} from "../../src/access/updatable.ts";
import { filterConfidence, isMeantToHide, type RowFilter } from "../../src/access/view-shape.ts";
import { PUBLIC, type Relation } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

type Variant = "missing" | "local";

export default defineRule<Variant>({
  title: "Rows can be written through a view that it does not show",
  severity: "medium",
  category: "views",
  cwe: [863],
  since: "0.1.0",
  variants: {
    missing: "a view with a filter can be written through, without WITH CHECK OPTION",
    local: "WITH LOCAL CHECK OPTION over a view whose own filter nothing checks",
  },
  why: "Without WITH CHECK OPTION the view's filter counts for reading alone: INSERT and UPDATE through the view write rows outside of it.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if (view.kind !== "view" || view.prelude || view.query === null) continue;
      // What a reader's own rights decide, and what shows every row anyway, is not kept by the filter.
      if (isSecurityInvoker(view, catalog.postgresVersion) || rowsPastPolicies(catalog, view).length > 0)
        continue;
      const chain = updatableChain(catalog, view);
      const filtered = chain === null ? null : uncheckedFilter(chain.views);
      if (chain === null || filtered === null) continue;
      const where = selectOf(filtered)?.where ?? null;
      const columns = settableFilterColumns(chain.views, filtered);
      if (where === null || columns.length === 0) continue;
      const reach = writers(context, view, chain.table, columns);
      if (reach.length === 0) continue;
      const name = catalog.relationName(view);
      const filter: RowFilter = { span: where.span, kind: "where", conditions: [where] };
      const confidence = filterConfidence(filter);
      // Nothing says that the view is for others than its table.
      if (confidence === "low" && isUnstated(reach)) continue;
      const severity = access.severity("medium", reach);
      const local = checkOptionOf(view) === "local";
      context.report({
        variant: local ? "local" : "missing",
        severity: confidence === "low" && severity !== "info" ? lower(severity, 1) : severity,
        confidence,
        // Whoever uses everything has no view between itself and the table, as a rule.
        persona: isUnstated(reach) && !isMeantToHide(filter) ? "pedantic" : "regular",
        message: `${reach.map(({ role }) => role).join(", ")} can write rows of ${catalog.relationName(chain.table)} through ${name} that its filter on ${columns.join(", ")} hides`,
        label: local
          ? `does not check the filter of ${catalog.relationName(filtered)}`
          : "no WITH CHECK OPTION",
        place: view.query.place,
        object: name,
        reach,
        related: [
          {
            place: { source: filtered.query?.place.source ?? view.query.place.source, span: where.span },
            message: "not checked for new rows",
          },
        ],
        help: `ALTER VIEW ${name} SET (check_option = cascaded);`,
      });
    }
  },
});

/** Who may write these columns through the view, and not the table itself. */
function writers(
  context: RuleContext<Variant>,
  view: Relation,
  table: Relation,
  columns: readonly string[],
): readonly Reach[] {
  const { catalog, access } = context;
  const found: Reach[] = [];
  for (const privilege of ["insert", "update"] as const) {
    for (const user of clients(context, access.users(view, privilege))) {
      const oid = user.role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(user.role)?.oid ?? PUBLIC);
      if (table.assumed || access.canUse(oid, table, privilege) !== null) continue;
      // A column that it may not write keeps the value that passed the filter. Some are called otherwise in the view.
      const settable = columns.some(
        (column) =>
          !view.columns.some(({ name }) => name === column) ||
          mayUseColumn(catalog, oid, view, column, privilege),
      );
      if (!settable && !isUnstated([user])) continue;
      if (!found.some(({ role }) => role === user.role)) found.push(user);
    }
  }
  return found;
}
