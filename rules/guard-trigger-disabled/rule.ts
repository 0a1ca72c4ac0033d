import { listed } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import type { Trigger } from "../../src/catalog/model.ts";
import { ownSources, ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "Trigger left switched off",
  severity: "high",
  category: "deployment",
  cwe: [693],
  since: "0.1.0",
  variants: {},
  why: "A trigger that checks or records writes does neither while it is disabled. DISABLE TRIGGER lasts until somebody enables it again; ALL takes foreign keys along.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    const off = new Map<string, Trigger[]>();
    for (const trigger of catalog.state.triggers.all()) {
      const { value, place } = trigger.enabled;
      if ((value !== "disabled" && value !== "replica") || !own.has(place.source)) continue;
      const key = `${place.source.path}:${place.span.start}:${trigger.relation}`;
      off.set(key, [...(off.get(key) ?? []), trigger]);
    }
    for (const triggers of off.values()) {
      const [first] = triggers;
      const table = first === undefined ? undefined : catalog.state.relations.get(first.relation);
      if (first === undefined || table === undefined) continue;
      const reach: Reach[] = [];
      for (const privilege of new Set(triggers.flatMap(({ event }) => event.events))) {
        for (const user of access.users(table, privilege))
          if (!reach.some(({ role }) => role === user.role)) reach.push(user);
      }
      const names = listed(triggers.map(({ name }) => name));
      const title = catalog.relationName(table);
      const onlyReplica = first.enabled.value === "replica";
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: onlyReplica ? "medium" : "high",
        message: onlyReplica
          ? `${names} on ${title} fires for what replication applies alone, not for what clients write`
          : `${names} on ${title} stays disabled`,
        label: onlyReplica ? "off for ordinary sessions from here on" : "switched off here",
        place: first.enabled.place,
        object: title,
        reach,
        related: triggers.slice(0, 3).map(({ place, name }) => ({ place, message: `trigger ${name}` })),
        help: `ALTER TABLE ${title} ENABLE TRIGGER ${triggers.length === 1 ? names : "ALL"}; in the same transaction, or DROP TRIGGER when it is no longer wanted`,
      });
    }
    sessions(context);
  },
});

/** SET session_replication_role = replica that no later statement of the file takes back. */
function sessions(context: RuleContext): void {
  const open = new Map<string, Parameters<RuleContext["report"]>[0]["place"]>();
  for (const { event, place } of ownStatements(context.catalog)) {
    if (event.kind === "discard-all") open.delete(place.source.path);
    if (event.kind !== "set" || event.local) continue;
    const { name, change, values } = event.setting;
    if (change === "reset-all") open.delete(place.source.path);
    if (name !== "session_replication_role") continue;
    if (change === "set" && values[0]?.toLowerCase() === "replica") open.set(place.source.path, place);
    else open.delete(place.source.path);
  }
  for (const place of open.values()) {
    context.report({
      variant: null,
      severity: "low",
      confidence: "medium",
      message: "triggers and foreign keys stay off for the rest of the session",
      label: "not set back",
      place,
      object: null,
      help: "RESET session_replication_role; after the statements that need it, or SET LOCAL inside a transaction",
    });
  }
}
