import { ownerColumns } from "../../src/access/owner-columns.ts";
import { setToCaller } from "../../src/access/owner-triggers.ts";
import {
  admitsAnonymous,
  covers,
  type GuardedTable,
  guardedTables,
  placeOf,
  type RowCommand,
} from "../../src/access/policies.ts";
import {
  ANONYMOUS,
  ANYONE,
  alwaysTrue,
  alwaysTrueForAny,
  type Node,
  opaqueParts,
  orOwnerless,
  type Verdict,
} from "../../src/access/predicates.ts";
import { saysOwn, showsEveryRowToEveryone } from "../../src/access/public-read.ts";
import { isForServices } from "../../src/access/service-roles.ts";
import { lower } from "../../src/access/trust.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

export default defineRule({
  title: "Policy that lets every row pass",
  severity: "critical",
  category: "row-security",
  cwe: [285, 863],
  since: "0.1.0",
  variants: {},
  why: "A condition that is true for every row leaves the table as open as without row-level security: whoever the policy is for writes rows of everybody else.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies)
        if (policy.permissive && !policy.prelude) judge(context, guarded, policy);
    }
  },
});

function judge(context: RuleContext<never>, guarded: GuardedTable, policy: Policy): void {
  const { access, catalog } = context;
  const every: RowCommand[] = [];
  let undecided: Node | null = null;
  const isSet = ownerColumns(guarded).some((column) => setToCaller(context, guarded.table, column));
  for (const command of ["update", "delete", "insert", "select"] as const) {
    if (!covers(policy, command)) continue;
    // With rows that it keeps, a FOR ALL policy whose new rows are free is the business of rls-update-check-weaker.
    if (command === "insert" && policy.command === "all" && !every.includes("update")) continue;
    if (command === "insert" && isSet) continue;
    const node = command === "insert" ? guarded.newRows(policy, command) : guarded.oldRows(policy, command);
    const verdict = everyRow(context, policy, node);
    if (verdict === "yes") every.push(command);
    if (verdict === "undecided") undecided = node;
  }
  const bound =
    every.includes("update") || every.includes("delete") || every.includes("select")
      ? policy.using
      : policy.withCheck;
  const first = policy.using ?? policy.withCheck;
  if (undecided !== null && every.length === 0 && first !== null) {
    const parts = opaqueParts(undecided);
    const cause = parts.length === 0 ? "too many combinations of values" : parts.join(", ");
    context.unknown(
      placeOf(first),
      `whether policy ${policy.name} of ${guarded.name} lets every row pass depends on ${cause}`,
    );
  }
  if (bound === null || every.length === 0) return;
  const writes = every.filter((command) => command !== "select");
  if (writes.length === 0 && showsEveryRowToEveryone(context, guarded, policy) !== null) return;
  const reach = guarded.users(policy, writes.length === 0 ? ["select"] : writes);
  const can =
    writes.length === 0
      ? ["select"]
      : writes.filter((command) => guarded.users(policy, [command]).length > 0);
  if (can.length === 0) return;
  const words = can.map((command) => command.toUpperCase()).join(", ");
  const [owner] = ownerColumns(guarded);
  const severity = access.severity(severityOf(can, owner !== undefined, saysOwn(policy)), reach);
  const deliberate = isForServices(context, policy);
  context.report({
    variant: null,
    severity: deliberate && severity !== "info" ? lower(severity, 4) : severity,
    confidence: writes.length === 0 ? "medium" : "high",
    persona: deliberate ? "pedantic" : "regular",
    message:
      can.length === 1 && can[0] === "insert"
        ? `policy ${policy.name} lets ${names(reach)} INSERT any row into ${guarded.name}${owner === undefined ? "" : `, whoever is in its ${owner}`}`
        : `policy ${policy.name} lets ${names(reach)} ${words} every row of ${guarded.name}`,
    label: policy.withCheck === bound ? "true for every new row" : "true for every row",
    place: placeOf(bound),
    object: guarded.name,
    reach,
    related: [
      {
        place: policy.place,
        message: `policy FOR ${policy.command.toUpperCase()} TO ${policy.roles.map(catalog.roleName).join(", ")}`,
      },
    ],
    help: `say whose rows they are, such as ${policy.withCheck === bound && policy.command === "insert" ? "WITH CHECK" : "USING"} (${owner ?? "owner"} = ${caller(catalog)}), and keep what everybody may read in a policy FOR SELECT`,
  });
}

/** Whoever asks, or at least for those who have not signed in. */
function everyRow(context: RuleContext<never>, policy: Policy, node: Node): Verdict {
  const anyone = alwaysTrue(node, ANYONE);
  if (anyone !== "no" || !admitsAnonymous(context.catalog, policy)) return anyone;
  // Rows that belong to nobody do not count: `coalesce(auth.uid(), owner) = owner` leaves them out, and shows all others.
  return alwaysTrueForAny(orOwnerless(node), ANONYMOUS);
}

function severityOf(can: readonly string[], owned: boolean, saidOwn: boolean): Severity {
  if (can.includes("update") || can.includes("delete")) return "critical";
  // What everybody may read is often meant to be read, unless the policy itself says otherwise.
  if (!can.includes("insert")) return saidOwn ? "medium" : "info";
  // Where nothing says whose a row is, anybody may add one: a form, a log.
  return owned ? "high" : "low";
}

function names(reach: readonly { readonly role: string }[]): string {
  return reach.map(({ role }) => role).join(", ");
}

/** How a condition asks who is there, on this platform. */
function caller(catalog: Catalog): string {
  return catalog.resolveRoutines(["auth", "uid"], []).length > 0 ? "auth.uid()" : "current_user";
}
