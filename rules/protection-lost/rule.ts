import { grantees } from "../../src/access/actors.ts";
import { hiddenFromCallers } from "../../src/access/lost-definer.ts";
import { clients } from "../../src/access/policies.ts";
import { copyPastPolicies } from "../../src/access/table-copies.ts";
import type { Use } from "../../src/access/uses.ts";
import type { Routine } from "../../src/catalog/model.ts";
import { walkBody } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";

type Variant = "rls" | "function" | "table-copy";

export default defineRule<Variant>({
  title: "A later statement takes a protection away",
  severity: "critical",
  category: "row-security",
  cwe: [862, 863],
  since: "0.1.0",
  variants: {
    rls: "row-level security was on, and a later ALTER TABLE switched it off",
    function:
      "CREATE OR REPLACE left SECURITY DEFINER out: a guard does not see the rows it decides by any more",
    "table-copy": "a copy of a table under row-level security, without any",
  },
  why: "The project once protected this. What took the protection away is easily overlooked: it does not look like a security change.",
  check(context) {
    rowSecurity(context);
    functions(context);
    tableCopies(context);
  },
});

/** Tables whose row security is off at the end although it had been on. */
function rowSecurity(context: RuleContext<Variant>): void {
  const { catalog, access } = context;
  for (const table of context.askedRelations()) {
    if (table.rowSecurity.value || table.rowSecurity.hadBeenOn !== true || table.temporary) continue;
    const reach: Reach[] = [];
    for (const privilege of ["select", "insert", "update", "delete"] as const) {
      for (const user of clients(context, access.users(table, privilege))) {
        if (!reach.some((other) => other.role === user.role)) reach.push(user);
      }
    }
    if (reach.length === 0) continue;
    const policies = catalog.policiesOf(table);
    const name = catalog.relationName(table);
    const [first] = policies;
    context.report({
      variant: "rls",
      severity: access.severity(first === undefined ? "high" : "critical", reach),
      confidence: "high",
      message: `row-level security of ${name} is switched off here${first === undefined ? "" : `: ${policies.length === 1 ? `policy ${first.name} has` : `${policies.length} policies have`} no effect`}, and ${namesOf(reach)} can use every row`,
      label: "switched off",
      place: table.rowSecurity.place,
      object: name,
      reach,
      related: first === undefined ? [] : [{ place: first.place, message: "does nothing from there on" }],
      why: "Without row-level security a privilege on the table is a privilege on all of its rows; policies stay, and do nothing.",
      help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
    });
  }
}

/** Guards that were SECURITY DEFINER and read tables whose rows their callers do not see. */
function functions(context: RuleContext<Variant>): void {
  const { catalog, access } = context;
  for (const routine of context.askedRoutines()) {
    const { value, leftOut } = routine.securityDefiner;
    if (value || leftOut === undefined || routine.prelude) continue;
    const uses = context.uses(routine);
    const guard = uses.find(({ by }) => by === "policy" || by === "check" || by === "view") ?? uses[0];
    if (!decides(context, routine, guard)) continue;
    const hidden = hiddenFromCallers(context, routine);
    if (hidden === null) continue;
    const name = catalog.routineName(routine);
    const table = catalog.relationName(hidden.table);
    context.report({
      variant: "function",
      severity: access.severity("medium", hidden.reach),
      confidence: "medium",
      message: `${name} is not SECURITY DEFINER any more: for ${namesOf(hidden.reach)} it decides by the rows of ${table} that they see themselves`,
      label: "without SECURITY DEFINER",
      place: leftOut.by,
      object: name,
      reach: hidden.reach,
      related: [
        { place: leftOut.stated, message: "SECURITY DEFINER before" },
        { place: hidden.place, message: `reads ${table}` },
        ...(guard === undefined ? [] : [{ place: guard.place, message: "decides here" }]),
      ],
      why: "CREATE OR REPLACE resets what it does not state. A guard that sees no rows answers as if there were none: what forbids stops forbidding.",
      help: `ALTER FUNCTION ${name} SECURITY DEFINER SET search_path = pg_catalog, pg_temp; or state SECURITY INVOKER where that is meant`,
    });
  }
}

/** Whether something is allowed or not by what the routine finds: the answer is yes or no, rows are hidden by it, or it raises errors. */
function decides(context: RuleContext<Variant>, routine: Routine, use: Use | undefined): boolean {
  if (routine.returnType?.base === "pg_catalog.bool") return true;
  if (use?.by === "policy" || use?.by === "check" || use?.by === "view") return true;
  if (use?.by !== "trigger") return false;
  let raises = false;
  walkBody(context.body(routine), {
    plpgsql(statement) {
      if (statement.kind === "raise" && statement.level === "exception") raises = true;
    },
  });
  return raises;
}

function tableCopies(context: RuleContext<Variant>): void {
  const { catalog, access } = context;
  for (const table of context.askedRelations()) {
    const copy = copyPastPolicies(context, table);
    if (copy === null) continue;
    const { from, source, reach } = copy;
    const name = catalog.relationName(table);
    const original = source === null ? from.name : catalog.relationName(source);
    context.report({
      variant: "table-copy",
      severity: access.severity("high", reach),
      confidence: from.withRows && source !== null ? "high" : "medium",
      message: `${namesOf(reach)} can read in ${name}, made from ${original}, the rows that row-level security hides there`,
      label: "without row-level security",
      place: table.rowSecurity.place,
      object: name,
      reach,
      related: [
        { place: from.place, message: "copied from" },
        ...(source === null
          ? []
          : [{ place: source.rowSecurity.place, message: `row-level security of ${original}` }]),
      ],
      why: "CREATE TABLE AS, SELECT INTO and LIKE, INCLUDING ALL too, copy neither row-level security nor policies.",
      help: `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; and the policies of ${original}; or REVOKE SELECT ON ${name} FROM ${grantees(reach)};`,
    });
  }
}

function namesOf(reach: readonly Reach[]): string {
  return reach.map(({ role }) => role).join(", ");
}
