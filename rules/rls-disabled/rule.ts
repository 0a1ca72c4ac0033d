import { protectedAncestor } from "../../src/access/inheritance.ts";
import { namesOwner } from "../../src/access/owner-columns.ts";
import { copyPastPolicies } from "../../src/access/table-copies.ts";
import { isExtensionScript } from "../../src/catalog/catalog.ts";
import type { Relation } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";
import { statementAt } from "../../src/rule/statement-at.ts";

export default defineRule({
  title: "Table open to untrusted roles without row-level security",
  severity: "high",
  category: "row-security",
  cwe: [862, 863],
  since: "0.1.0",
  variants: {},
  why: "Without row-level security a privilege on the table is a privilege on all of its rows, for every client that acts as the role.",
  check(context) {
    const { catalog, access } = context;
    for (const table of context.askedRelations()) {
      if (table.kind !== "table" && table.kind !== "partitioned-table") continue;
      if (table.prelude || table.assumed || table.temporary || table.rowSecurity.value) continue;
      // Partitions, children and copies of protected tables have their own rules; policies without effect, and what was on before, too.
      if (table.partition || protectedAncestor(catalog, table) !== null) continue;
      if (catalog.policiesOf(table).length > 0 || table.rowSecurity.hadBeenOn === true) continue;
      if (copyPastPolicies(context, table) !== null) continue;
      const schema = catalog.schema(table.schema);
      if (schema === undefined || !access.isExposed(schema)) continue;
      const reach: Reach[] = [];
      const can = new Set<string>();
      for (const privilege of ["select", "insert", "update", "delete"] as const) {
        for (const user of access.users(table, privilege)) {
          if (access.worst([user]) !== "untrusted") continue;
          can.add(privilege.toUpperCase());
          if (!reach.some((other) => other.role === user.role)) reach.push(user);
        }
      }
      if (reach.length === 0) continue;
      const name = catalog.relationName(table);
      // An extension that lets everybody read its own catalog says so; the rows are the extension's.
      const isCatalog = isExtensionScript(catalog) && can.size === 1 && can.has("SELECT");
      const meant = isMeant(context, table, reach, can);
      const grant = reach[0]?.via.find((step) => step.place !== null);
      context.report({
        variant: null,
        severity: isCatalog ? "info" : access.severity(meant ? "medium" : "high", reach),
        confidence: meant ? "medium" : "high",
        message: `${reach.map(({ role }) => role).join(", ")} can ${can.size === 1 && can.has("INSERT") ? "INSERT any row into" : `${[...can].join(", ")} every row of`} ${name}: row-level security is off`,
        label: "row-level security is never enabled",
        place: table.rowSecurity.place,
        object: name,
        reach,
        related: grant?.place == null ? [] : [{ place: grant.place, message: grant.text }],
        help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; and policies that say which rows are whose; or revoke the privilege`,
      });
    }
  },
});

/** Columns of rows that are about somebody, or that are not for others. */
const TELLING =
  /e?mail|phone|passw|pwd|secret|token|ssn|salar|address|birth|balance|credit|card|iban|payload|hash|api_?key|private|body|content|message|comment|note|(?:first|last|full|user)_?name/i;

/** Everybody may read, or add: a GRANT says so for this very table, whose columns say of nobody whose a row is. */
function isMeant(
  { catalog }: RuleContext<never>,
  table: Relation,
  reach: readonly Reach[],
  can: ReadonlySet<string>,
): boolean {
  if (can.has("UPDATE") || can.has("DELETE")) return false;
  if (table.columns.some(({ name }) => namesOwner(name) || TELLING.test(name))) return false;
  return reach.every(({ via }) => {
    const place = via.find((step) => step.place !== null)?.place ?? null;
    const event = place === null ? undefined : statementAt(catalog, place)?.event;
    return event?.kind === "grant" && event.target.kind === "relations";
  });
}
