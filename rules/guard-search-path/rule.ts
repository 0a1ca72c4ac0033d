import { decidedAbout, decisionsBy, isUnpinned, unqualifiedReads } from "../../src/access/unpinned.ts";
import { isUnstated } from "../../src/access/unstated.ts";
import type { Use } from "../../src/access/uses.ts";
import type { Routine } from "../../src/catalog/model.ts";
import type { Reference } from "../../src/catalog/references.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "Decision read from a table that whoever is judged can replace",
  severity: "high",
  category: "row-security",
  cwe: [426, 807],
  since: "0.1.0",
  variants: {},
  why: "Policies, checks, views and triggers run their functions with the search_path of the very user whom they restrain: a temporary table of the same name is read instead, and says what he likes.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (!isUnpinned(context, routine)) continue;
      const [first, ...others] = unqualifiedReads(context, routine);
      if (first === undefined) continue;
      const uses = decisionsBy(context, routine);
      const [use] = uses;
      if (use !== undefined) report(context, routine, [first, ...others], [use, ...uses]);
    }
  },
});

const DECIDES = {
  policy: "a policy",
  check: "a CHECK constraint",
  view: "a view",
  trigger: "a trigger",
  "event-trigger": "an event trigger",
  default: "a default",
  index: "an index",
  rule: "a rule",
  routine: "a routine",
  write: "a trigger",
  query: "a query",
} as const;

function report(
  context: RuleContext,
  routine: Routine,
  [first, ...others]: readonly [Reference, ...Reference[]],
  uses: readonly [Use, ...Use[]],
): void {
  const [use] = uses;
  const { access, catalog } = context;
  const { source } = routine.definitionPlace;
  const name = catalog.routineName(routine);
  const table = first.name.join(".");
  const on = use.relation === null ? "" : ` of ${catalog.relationName(use.relation)}`;
  const reach = decidedAbout(access, uses).filter(({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return oid === undefined || access.canMakeTemporary(oid);
  });
  context.report({
    variant: null,
    severity: access.severity("high", reach, { needsSql: true }),
    confidence: "high",
    // Whoever uses everything needs no way around a check, as a rule.
    persona: isUnstated(reach) ? "pedantic" : "regular",
    message: `${name}, by which ${DECIDES[use.by]}${on} decides, reads ${table} in the search_path of whoever it decides about`,
    label: "can be a temporary table of the user's",
    place: { source, span: first.span },
    object: name,
    reach,
    related: [
      { place: use.place, message: "decides by it" },
      ...others.slice(0, 3).map(({ span }) => ({ place: { source, span }, message: "and here" })),
    ],
    help: `write the table's schema, and ALTER FUNCTION ${name} SET search_path = pg_catalog, pg_temp;`,
  });
}
