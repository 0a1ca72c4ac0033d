import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import {
  behavior,
  condition,
  FUNCTIONS,
  isSame,
  type Model,
  type Routine,
  ref,
  relation,
  role,
  schema,
} from "../model.ts";
import { partOf } from "./policies.ts";

/** A function for a trigger: mostly one that is there; otherwise the statement is one that makes it. */
function withFunction(
  draw: Draw,
  model: Model,
  returns: "trigger" | "event_trigger",
  make: (routine: Routine) => string,
): string {
  const found = model.routines.filter((each) => each.returns === returns || draw.chance(1));
  if (found.length > 0) return make(draw.of(found));
  const routine: Routine = {
    schema: schema(draw, model),
    name: draw.of(FUNCTIONS),
    kind: "function",
    args: [],
    returns,
  };
  if (!model.routines.some((each) => isSame(each, routine))) model.routines.push(routine);
  const body = returns === "trigger" ? "BEGIN RETURN NEW; END" : "BEGIN END";
  return `CREATE OR REPLACE FUNCTION ${ref(draw, routine)}() RETURNS ${returns} LANGUAGE plpgsql AS '${body}'`;
}

const states = (draw: Draw) => draw.of(["DISABLE", "ENABLE", "ENABLE REPLICA", "ENABLE ALWAYS"]);

export const triggers: Family = {
  name: "triggers",
  weight: 4,
  make: (draw, model) =>
    draw.one([
      [
        5,
        () =>
          withFunction(draw, model, "trigger", (routine) => {
            const on = relation(draw, model, "table", "table", "partitioned", "view");
            const name = draw.of(["g1", "g2", "g3"]);
            const row = draw.chance(60);
            const timing =
              on.kind === "view"
                ? row
                  ? "INSTEAD OF"
                  : draw.of(["BEFORE", "AFTER"])
                : draw.of(["BEFORE", "AFTER"]);
            const events = draw.some(
              [
                "INSERT",
                "DELETE",
                "UPDATE",
                on.kind === "view" || timing !== "INSTEAD OF" ? "UPDATE" : "DELETE",
              ],
              2,
            );
            const of = timing !== "INSTEAD OF" && draw.chance(20) ? ` OF ${draw.of(on.columns).name}` : "";
            const when =
              timing !== "INSTEAD OF" && row && draw.chance(20) ? ` WHEN (${whenOf(draw, events)})` : "";
            model.parts.push({ kind: "trigger", name, relation: { schema: on.schema, name: on.name } });
            return `CREATE ${draw.maybe("OR REPLACE ", 20)}TRIGGER ${name} ${timing} ${[...new Set(events)].map((each) => (each === "UPDATE" ? `UPDATE${of}` : each)).join(" OR ")} ON ${ref(draw, on)}${row ? " FOR EACH ROW" : draw.maybe(" FOR EACH STATEMENT")}${when} EXECUTE ${draw.of(["FUNCTION", "FUNCTION", "PROCEDURE"])} ${ref(draw, routine)}()`;
          }),
      ],
      [
        1,
        () =>
          withFunction(draw, model, "trigger", (routine) => {
            const on = relation(draw, model, "table");
            model.parts.push({ kind: "trigger", name: "g3", relation: { schema: on.schema, name: on.name } });
            return `CREATE CONSTRAINT TRIGGER g3 AFTER INSERT ON ${ref(draw, on)}${draw.maybe(" DEFERRABLE INITIALLY DEFERRED")} FOR EACH ROW EXECUTE FUNCTION ${ref(draw, routine)}()`;
          }),
      ],
      [
        2,
        () =>
          `ALTER TABLE ${ref(draw, partOf(draw, model, "trigger").relation)} ${states(draw)} TRIGGER ${draw.of([partOf(draw, model, "trigger").name, "ALL", "USER"])}`,
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "trigger");
          return `ALTER TRIGGER ${part.name} ON ${ref(draw, part.relation)} RENAME TO ${draw.of(["g1", "g2", "g3"])}`;
        },
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "trigger");
          model.parts = model.parts.filter((each) => each !== part);
          return `DROP TRIGGER ${draw.maybe("IF EXISTS ", 30)}${part.name} ON ${ref(draw, part.relation)}${behavior(draw, 10)}`;
        },
      ],
    ]),
};

function whenOf(draw: Draw, events: readonly string[]): string {
  const rows = [...(events.includes("DELETE") ? [] : ["new"]), ...(events.includes("INSERT") ? [] : ["old"])];
  return rows.length === 0
    ? "true"
    : draw.of([condition(draw, [{ name: "a", type: "" }], `${draw.of(rows)}.`), "current_user = 'r1'"]);
}

export const rules: Family = {
  name: "rules",
  weight: 2,
  make: (draw, model) =>
    draw.one([
      [
        4,
        () => {
          const on = relation(draw, model, "table", "view", "table");
          const name = draw.of(["u1", "u2"]);
          const event = draw.of(["INSERT", "UPDATE", "DELETE"]);
          model.parts.push({ kind: "rule", name, relation: { schema: on.schema, name: on.name } });
          const row = event === "INSERT" ? "new." : "old.";
          const action = draw.one([
            [3, () => "INSTEAD NOTHING"],
            [1, () => "ALSO NOTHING"],
            [
              2,
              () =>
                `${draw.of(["ALSO", "INSTEAD"])} DELETE FROM ${ref(draw, relation(draw, model, "table"))}`,
            ],
          ]);
          return `CREATE ${draw.maybe("OR REPLACE ", 30)}RULE ${name} AS ON ${event} TO ${ref(draw, on)}${draw.maybe(` WHERE ${condition(draw, on.columns, row)}`, 15)} DO ${action}`;
        },
      ],
      [
        1,
        () =>
          `ALTER TABLE ${ref(draw, partOf(draw, model, "rule").relation)} ${states(draw)} RULE ${partOf(draw, model, "rule").name}`,
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "rule");
          const from = part.name;
          part.name = "u2";
          return `ALTER RULE ${from} ON ${ref(draw, part.relation)} RENAME TO u2`;
        },
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "rule");
          return `DROP RULE ${draw.maybe("IF EXISTS ", 30)}${part.name} ON ${ref(draw, part.relation)}`;
        },
      ],
    ]),
};

const EVENTS = ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"] as const;

export const eventTriggers: Family = {
  name: "event-triggers",
  weight: 2,
  make: (draw, model) =>
    draw.one([
      [
        4,
        () =>
          withFunction(draw, model, "event_trigger", (routine) => {
            const name = draw.of(["e1", "e2"]);
            const event = draw.of(EVENTS);
            if (!model.eventTriggers.includes(name)) model.eventTriggers.push(name);
            const tags =
              event === "table_rewrite"
                ? "'ALTER TABLE'"
                : draw.of(["'CREATE TABLE'", "'DROP TABLE', 'DROP VIEW'"]);
            return `CREATE EVENT TRIGGER ${name} ON ${event}${draw.maybe(` WHEN TAG IN (${tags})`, 30)} EXECUTE FUNCTION ${ref(draw, routine)}()`;
          }),
      ],
      [2, () => `ALTER EVENT TRIGGER ${draw.of(model.eventTriggers)} ${states(draw)}`],
      [1, () => `ALTER EVENT TRIGGER ${draw.of(model.eventTriggers)} OWNER TO ${role(draw, model)}`],
      [1, () => `ALTER EVENT TRIGGER ${draw.of(model.eventTriggers)} RENAME TO e2`],
      [
        1,
        () => {
          const gone = draw.of(model.eventTriggers);
          model.eventTriggers = model.eventTriggers.filter((each) => each !== gone);
          return `DROP EVENT TRIGGER ${draw.maybe("IF EXISTS ")}${gone}`;
        },
      ],
    ]),
};
