import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { behavior, type Model, role, SCHEMAS, schema } from "../model.ts";

export function createSchema(draw: Draw, model: Model): string {
  if (draw.chance(6) && model.roles.length > 0) {
    const owner = role(draw, model);
    if (!model.schemas.includes(owner)) model.schemas.push(owner);
    return `CREATE SCHEMA AUTHORIZATION ${owner}`;
  }
  const name = draw.chance(4)
    ? draw.of(SCHEMAS)
    : draw.where(SCHEMAS, (each) => !model.schemas.includes(each));
  const isNew = !model.schemas.includes(name);
  if (isNew) model.schemas.push(name);
  const owner = draw.chance(25) && model.roles.length > 0 ? ` AUTHORIZATION ${role(draw, model)}` : "";
  let elements = "";
  if (isNew && draw.chance(12)) {
    elements = ` CREATE TABLE t1 (a integer, b text) CREATE VIEW v1 AS SELECT a FROM t1${draw.maybe(" GRANT SELECT ON t1 TO PUBLIC")}`;
    const columns = [
      { name: "a", type: "integer" },
      { name: "b", type: "text" },
    ];
    model.relations.push(
      { schema: name, name: "t1", kind: "table", columns, temporary: false, key: false, partition: false },
      {
        schema: name,
        name: "v1",
        kind: "view",
        columns: columns.slice(0, 1),
        temporary: false,
        key: false,
        partition: false,
      },
    );
  }
  return `CREATE SCHEMA ${elements === "" ? draw.maybe("IF NOT EXISTS ", 8) : ""}${name}${owner}${elements}`;
}

function moveSchema(model: Model, from: string, to: string): void {
  model.schemas = [...new Set(model.schemas.map((each) => (each === from ? to : each)))];
  for (const list of [
    model.relations,
    model.routines,
    model.types,
    model.parts.map((part) => part.relation),
  ]) {
    for (const each of list) if (each.schema === from) each.schema = to;
  }
}

export const schemas: Family = {
  name: "schemas",
  weight: 3,
  make: (draw, model) =>
    draw.one([
      [4, () => createSchema(draw, model)],
      [3, () => `ALTER SCHEMA ${schema(draw, model)} OWNER TO ${role(draw, model)}`],
      [
        1,
        () => {
          const from = draw.of(model.schemas);
          const to = draw.of(SCHEMAS);
          if (!model.schemas.includes(to)) moveSchema(model, from, to);
          return `ALTER SCHEMA ${from} RENAME TO ${to}`;
        },
      ],
      [
        1,
        () => {
          const gone = draw.where(model.schemas, (each) => each !== "public" || draw.chance(10));
          const how = behavior(draw, 60);
          if (how === " CASCADE") {
            model.schemas = model.schemas.filter((each) => each !== gone);
            model.relations = model.relations.filter((each) => each.schema !== gone);
            model.routines = model.routines.filter((each) => each.schema !== gone);
            model.types = model.types.filter((each) => each.schema !== gone);
            model.parts = model.parts.filter((each) => each.relation.schema !== gone);
          }
          return `DROP SCHEMA ${draw.maybe("IF EXISTS ", 20)}${gone}${how}`;
        },
      ],
    ]),
};
