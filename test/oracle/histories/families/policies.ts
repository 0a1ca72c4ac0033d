import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { condition, type Model, type Part, type Relation, ref, relation, role } from "../model.ts";

const NAMES = ["p1", "p2", "p3"] as const;

function roleList(draw: Draw, model: Model): string {
  return draw.chance(15)
    ? draw.of(["PUBLIC", "CURRENT_USER"])
    : [role(draw, model), ...(draw.chance(25) ? draw.some(model.roles, 2) : [])].join(", ");
}

function expression(draw: Draw, model: Model, table: Relation): string {
  if (draw.chance(12)) {
    const other = draw.where(model.relations, (each) => each.kind !== "sequence");
    return `EXISTS (SELECT FROM ${ref(draw, other)} x WHERE ${condition(draw, other.columns, "x.", model)})`;
  }
  return condition(draw, table.columns, "", model);
}

export function partOf(draw: Draw, model: Model, kind: Part["kind"]): Part {
  return draw.where(model.parts, (each) => each.kind === kind);
}

export const policies: Family = {
  name: "policies",
  weight: 6,
  make: (draw, model) =>
    draw.one([
      [
        6,
        () => {
          const on = relation(draw, model, "table", "partitioned");
          const name = draw.of(NAMES);
          const command = draw.of([
            "",
            " FOR ALL",
            " FOR SELECT",
            " FOR INSERT",
            " FOR UPDATE",
            " FOR DELETE",
          ]);
          const using =
            command === " FOR INSERT" ? "" : draw.maybe(` USING (${expression(draw, model, on)})`, 75);
          const check = [" FOR SELECT", " FOR DELETE"].includes(command)
            ? ""
            : draw.maybe(` WITH CHECK (${expression(draw, model, on)})`, 40);
          model.parts.push({ kind: "policy", name, relation: { schema: on.schema, name: on.name } });
          return `CREATE POLICY ${name} ON ${ref(draw, on)}${draw.of(["", "", " AS PERMISSIVE", " AS RESTRICTIVE"])}${command}${draw.maybe(` TO ${roleList(draw, model)}`, 60)}${using}${check}`;
        },
      ],
      [
        3,
        () => {
          const { name, relation: on } = partOf(draw, model, "policy");
          const table = model.relations.find((each) => each.schema === on.schema && each.name === on.name);
          const columns = table ?? draw.of(model.relations);
          return `ALTER POLICY ${name} ON ${ref(draw, on)}${draw.of([` TO ${roleList(draw, model)}`, ` USING (${expression(draw, model, columns)})`, ` WITH CHECK (${expression(draw, model, columns)})`])}`;
        },
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "policy");
          const from = part.name;
          part.name = draw.of(NAMES);
          return `ALTER POLICY ${from} ON ${ref(draw, part.relation)} RENAME TO ${part.name}`;
        },
      ],
      [
        1,
        () => {
          const part = partOf(draw, model, "policy");
          model.parts = model.parts.filter((each) => each !== part);
          return `DROP POLICY ${draw.maybe("IF EXISTS ", 30)}${part.name} ON ${ref(draw, part.relation)}`;
        },
      ],
    ]),
};
