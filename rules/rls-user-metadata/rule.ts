import { metadataWrites } from "../../src/access/metadata-writes.ts";
import { guardedTables } from "../../src/access/policies.ts";
import { userMetadataIn, userMetadataInBody } from "../../src/access/user-metadata.ts";
import type { Routine } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "Trust in what users write about themselves",
  severity: "critical",
  category: "row-security",
  cwe: [807, 639],
  since: "0.1.0",
  variants: {},
  why: "Every user can change the user_metadata of the own account and gets it back in the next JWT: a role or tenant found there is whatever the user wants it to be.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (policy.prelude) continue;
        for (const bound of [policy.using, policy.withCheck]) {
          const span = bound === null ? null : userMetadataIn(bound.expr);
          if (bound === null || span === null) continue;
          const reach = guarded.users(policy, ["select", "insert", "update", "delete"]);
          context.report({
            variant: null,
            severity: context.access.severity("critical", reach),
            confidence: "high",
            message: `policy ${policy.name} of ${guarded.name} decides by user_metadata, which users change themselves`,
            label: "written by the user",
            place: { source: bound.place.source, span },
            object: guarded.name,
            reach,
            related: [{ place: policy.place, message: `policy FOR ${policy.command.toUpperCase()}` }],
            help: "keep it in app_metadata (raw_app_meta_data) or in a table that only the server writes",
          });
          break;
        }
      }
    }
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed) continue;
      judgeRoutine(context, routine);
      judgeTrigger(context, routine);
    }
  },
});

/** A function that policies ask. */
function judgeRoutine(context: RuleContext<never>, routine: Routine): void {
  const use = context.uses(routine).find(({ by }) => by === "policy");
  if (use?.relation == null || !use.relation.rowSecurity.value) return;
  const span = userMetadataInBody(context.body(routine));
  if (span === null) return;
  const { relation } = use;
  const reach = (["select", "insert", "update", "delete"] as const).flatMap((command) =>
    context.access.users(relation, command),
  );
  const distinct = reach.filter((one, i) => reach.findIndex(({ role }) => role === one.role) === i);
  const name = context.catalog.routineName(routine);
  context.report({
    variant: null,
    severity: context.access.severity("critical", distinct),
    confidence: "medium",
    message: `${name}, which policies of ${context.catalog.relationName(relation)} ask, decides by user_metadata, which users change themselves`,
    label: "written by the user",
    place: { source: routine.definitionPlace.source, span },
    object: name,
    reach: distinct,
    related: [{ place: use.place, message: "asked here" }],
    help: "keep it in app_metadata (raw_app_meta_data) or in a table that only the server writes",
  });
}

/** A function of a trigger on the accounts, which stores what the user wrote where rights are kept. */
function judgeTrigger(context: RuleContext<never>, routine: Routine): void {
  const { catalog } = context;
  for (const trigger of catalog.state.triggers.by.routine.all(routine.oid)) {
    if (trigger.enabled.value === "disabled") continue;
    const accounts = catalog.state.relations.get(trigger.relation);
    if (accounts === undefined || catalog.relationName(accounts) !== "auth.users") continue;
    const [write] = metadataWrites(catalog, routine, context.body(routine));
    if (write === undefined) return;
    const table = catalog.relationName(write.table);
    const name = catalog.routineName(routine);
    const reach = [
      { role: "anon", via: [{ place: trigger.place, text: "everybody who signs up chooses user_metadata" }] },
    ];
    context.report({
      variant: null,
      severity: "high",
      confidence: "medium",
      message: `${name} copies user_metadata, which users choose when they sign up, into ${write.column} of ${table}`,
      label: "written by the user",
      place: { source: routine.definitionPlace.source, span: write.span },
      object: name,
      reach,
      related: [{ place: trigger.place, message: "runs for every new account" }],
      help: `leave ${write.column} at its default, or take it from raw_app_meta_data; let through the values that users may choose themselves alone`,
    });
    return;
  }
}
