import { mayUseColumn } from "../../src/access/column-guards.ts";
import {
  isSecurityBarrier,
  isSecurityInvoker,
  readsAllRows,
  rowsPastPolicies,
} from "../../src/access/row-security.ts";
import { lower } from "../../src/access/trust.ts";
import { isUnstated } from "../../src/access/unstated.ts";
import {
  filterConfidence,
  filtersByIdentity,
  isMeantToHide,
  overtakenFilters,
  type RowFilter,
  shownColumns,
} from "../../src/access/view-shape.ts";
import { PUBLIC, type Relation } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

const RANK = { high: 2, medium: 1, low: 0 } as const;

export default defineRule({
  title: "View hides rows without being a security barrier",
  severity: "high",
  category: "views",
  cwe: [200, 863],
  since: "0.1.0",
  variants: {},
  why: "The planner may run a cheap function or a failing cast of the reader before the view's own filter, and it sees the rows that the filter would hide.",
  check(context) {
    const { catalog, access } = context;
    for (const view of context.askedRelations()) {
      if (view.kind !== "view" || view.prelude || view.query === null) continue;
      const { statement } = view.query;
      if (statement.kind !== "select") continue;
      if (isSecurityBarrier(view) || isSecurityInvoker(view, catalog.postgresVersion)) continue;
      const filter = strongest(overtakenFilters(statement));
      if (filter === null) continue;
      // Past the policies of its tables there is nothing that the filter alone could keep: view-bypasses-rls says so.
      if (!filtersByIdentity(statement) && rowsPastPolicies(catalog, view).length > 0) continue;
      const reach = access
        .users(view, "select")
        .filter((reader) => gains(context, view, reader, filterConfidence(filter) === "high"));
      if (reach.length === 0) continue;
      const confidence = filterConfidence(filter);
      // Nothing says that the view is for others than its tables.
      if (confidence === "low" && isUnstated(reach)) continue;
      const severity = access.severity("high", reach, { needsSql: true });
      const name = catalog.relationName(view);
      const lost = view.lostOptions.get("security_barrier");
      context.report({
        variant: null,
        // A filter that only tidies up, or a join, is rarely meant to keep anybody out.
        severity: confidence === "low" && severity !== "info" ? lower(severity, 4) : severity,
        confidence,
        // Whoever uses everything has no view between itself and the tables, as a rule.
        persona: isUnstated(reach) && !isMeantToHide(filter) ? "pedantic" : "regular",
        message: `${name} hides rows of its tables from ${reach.map(({ role }) => role).join(", ")}, who can see them all the same`,
        label: lost === undefined ? "no security_barrier" : "security_barrier is gone from here on",
        place: lost ?? view.optionsWriter,
        object: name,
        reach,
        related: [
          {
            place: { source: view.query.place.source, span: filter.span },
            message: "hides rows, but can be evaluated last",
          },
        ],
        help: `ALTER VIEW ${name} SET (security_barrier = true);`,
      });
    }
  },
});

function strongest(filters: readonly RowFilter[]): RowFilter | null {
  let best: RowFilter | null = null;
  for (const filter of filters) {
    if (best === null || RANK[filterConfidence(filter)] > RANK[filterConfidence(best)]) best = filter;
  }
  return best;
}

/**
 * Whether a reader sees through the view what it may not read from the tables themselves. Tables that no file creates count where the
 * view is surely there to keep people out: whoever could read them had no need of it.
 */
function gains(context: RuleContext<never>, view: Relation, reader: Reach, sure: boolean): boolean {
  const { catalog, access } = context;
  const role = reader.role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(reader.role)?.oid ?? PUBLIC);
  const { query } = view;
  if (query === null || query.statement.kind !== "select") return false;
  const tables = query.reads.flatMap((read) => catalog.state.relations.get(read.relation) ?? []);
  const known = tables.filter(({ assumed }) => !assumed);
  const unknown = query.statement.from.some(
    (item) =>
      item.kind === "relation" && !item.cte && !/^(?:pg_|information_schema)/.test(item.name.join(".")),
  );
  if (known.length === 0 && unknown) return sure && !isUnstated([reader]);
  const shown = shownColumns(query.statement);
  return known.some(
    (relation) =>
      access.canUse(role, relation, "select") === null ||
      !readsAllRows(catalog, role, relation) ||
      !relation.columns.every(
        ({ name }) =>
          (shown !== null && !shown.has(name)) || mayUseColumn(catalog, role, relation, name, "select"),
      ),
  );
}
