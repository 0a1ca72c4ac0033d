import type { Oid, Routine } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Trigger whose function belongs to a weaker role",
  severity: "high",
  category: "grants",
  cwe: [829, 269],
  since: "0.1.0",
  variants: {},
  why: "The owner of a trigger's function may replace its code at any time. It runs with the rights of whoever writes the table, the table's owner and administrators too.",
  check(context) {
    const { catalog, access } = context;
    const judge = (routine: Routine, tableOwner: Oid, what: string, place: Place): void => {
      const { owner } = routine;
      if (owner === tableOwner || access.hasRightsOf(owner, tableOwner) || access.trustOf(owner) === "admin")
        return;
      const reach = [
        {
          role: catalog.roleName(owner),
          via: [{ place: routine.place, text: `owns ${catalog.routineName(routine)}` }],
        },
      ];
      context.report({
        variant: null,
        severity: access.severity("high", reach, { needsSql: true }),
        confidence: "high",
        message: `${catalog.roleName(owner)} owns ${catalog.routineName(routine)} and can change what runs on ${what} of ${catalog.roleName(tableOwner)}`,
        label: "runs another role's function",
        place,
        object: catalog.routineName(routine),
        reach,
        related: [{ place: routine.place, message: `owned by ${catalog.roleName(owner)}` }],
        help: `ALTER FUNCTION ${catalog.routineName(routine)} OWNER TO ${catalog.roleName(tableOwner)}; after reading its code`,
      });
    };
    for (const trigger of catalog.state.triggers.all()) {
      const routine = trigger.routine === null ? undefined : catalog.state.routines.get(trigger.routine);
      const table = catalog.state.relations.get(trigger.relation);
      if (trigger.prelude || routine === undefined || table === undefined) continue;
      if (routine.prelude || routine.assumed || table.assumed || routine.extension !== null) continue;
      judge(routine, table.owner, catalog.relationName(table), trigger.place);
    }
    for (const trigger of catalog.state.eventTriggers.all()) {
      const routine = trigger.routine === null ? undefined : catalog.state.routines.get(trigger.routine);
      if (trigger.prelude || routine === undefined || routine.prelude || routine.assumed) continue;
      judge(routine, trigger.owner, `every ${trigger.event} event`, trigger.place);
    }
  },
});
