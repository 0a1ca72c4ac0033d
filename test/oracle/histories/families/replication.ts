import type { Family } from "../family.ts";
import { type Column, condition, ref, relation, role, schema, TABLES } from "../model.ts";
import { newName, partitionBound } from "./tables.ts";

export const foreign: Family = {
  name: "foreign",
  weight: 2,
  make: (draw, model) =>
    draw.one([
      [1, () => `CREATE FOREIGN DATA WRAPPER w2${draw.maybe(" OPTIONS (a 'b')", 20)}`],
      [
        2,
        () => {
          if (!model.wrappers.includes("w1")) {
            model.wrappers.push("w1");
            return "CREATE FOREIGN DATA WRAPPER w1";
          }
          const name = draw.of(["n1", "n2"]);
          if (!model.servers.includes(name)) model.servers.push(name);
          return `CREATE SERVER ${draw.maybe("IF NOT EXISTS ", 10)}${name} FOREIGN DATA WRAPPER w1${draw.maybe(" OPTIONS (host 'x')")}`;
        },
      ],
      [
        2,
        () =>
          `CREATE USER MAPPING FOR ${draw.of(["PUBLIC", "CURRENT_USER", role(draw, model)])} SERVER ${draw.of(model.servers)} OPTIONS (user 'x', password 'y')`,
      ],
      [
        2,
        () => {
          const named = newName(draw, model, TABLES);
          const server = draw.of(model.servers);
          const add = (columns: readonly Column[], partition: boolean) =>
            model.relations.push({
              ...named,
              kind: "foreign",
              columns: [...columns],
              temporary: false,
              key: false,
              partition,
            });
          const head = `CREATE FOREIGN TABLE ${ref(draw, named)}`;
          return draw.one([
            [
              4,
              () => {
                add([{ name: "a", type: "integer" }], false);
                return `${head} (a integer${draw.maybe(" NOT NULL", 20)}${draw.maybe(" CHECK (a IS NOT NULL)", 20)}) SERVER ${server}`;
              },
            ],
            [
              1,
              () => {
                const parent = relation(draw, model, "table");
                add(parent.columns, false);
                return `${head} () INHERITS (${ref(draw, parent)}) SERVER ${server}`;
              },
            ],
            [
              2,
              () => {
                const parent = relation(draw, model, "partitioned");
                add(parent.columns, true);
                return `${head} PARTITION OF ${ref(draw, parent)} ${partitionBound(draw)} SERVER ${server}`;
              },
            ],
          ]);
        },
      ],
      [
        1,
        () =>
          `ALTER SERVER ${draw.of(model.servers)} ${draw.of([`OWNER TO ${role(draw, model)}`, "OPTIONS (ADD port '1')"])}`,
      ],
      [
        1,
        () =>
          `ALTER FOREIGN DATA WRAPPER ${draw.of(["w1", "w2"])} ${draw.of([`OWNER TO ${role(draw, model)}`, "OPTIONS (ADD c 'd')", "RENAME TO w2"])}`,
      ],
      [1, () => `DROP FOREIGN DATA WRAPPER IF EXISTS ${draw.of(["w1", "w2"])}${draw.maybe(" CASCADE")}`],
      [
        1,
        () =>
          `ALTER USER MAPPING FOR ${draw.of(["PUBLIC", "CURRENT_USER", role(draw, model)])} SERVER ${draw.of(model.servers)} OPTIONS (SET user 'z')`,
      ],
      [1, () => `DROP SERVER ${draw.of(model.servers)}${draw.maybe(" CASCADE")}`],
      [1, () => `DROP USER MAPPING IF EXISTS FOR ${role(draw, model)} SERVER ${draw.of(model.servers)}`],
    ]),
};

export const publications: Family = {
  name: "publications",
  weight: 2,
  make: (draw, model) => {
    const tables = () =>
      draw
        .some(
          model.relations.filter((each) => each.kind === "table"),
          2,
        )
        .map(
          (each) =>
            `${ref(draw, each)}${draw.maybe(
              ` (${draw
                .some(each.columns)
                .map((column) => column.name)
                .join(", ")})`,
              12,
            )}${draw.maybe(` WHERE (${condition(draw, each.columns)})`, 12)}`,
        )
        .join(", ");
    const plain = () =>
      ref(
        draw,
        draw.where(model.relations, (each) => each.kind === "table"),
      );
    return draw.one([
      [
        3,
        () => {
          const name = draw.of(["b1", "b2"]);
          if (!model.publications.includes(name)) model.publications.push(name);
          return `CREATE PUBLICATION ${name}${draw.one([
            [1, () => " FOR ALL TABLES"],
            [3, () => ` FOR TABLE ${tables()}`],
            [1, () => ` FOR TABLES IN SCHEMA ${schema(draw, model)}`],
            [1, () => ""],
          ])}${draw.maybe(" WITH (publish = 'insert, update')", 15)}`;
        },
      ],
      [
        2,
        () =>
          `ALTER PUBLICATION ${draw.of(model.publications)} ${draw.of([`ADD TABLE ${tables()}`, `SET TABLE ${tables()}`, `DROP TABLE ${plain()}`])}`,
      ],
      [
        1,
        () =>
          `ALTER PUBLICATION ${draw.of(model.publications)} ${draw.of([`OWNER TO ${role(draw, model)}`, "SET (publish = 'delete')", `ADD TABLES IN SCHEMA ${schema(draw, model)}`, "RENAME TO b2"])}`,
      ],
      [1, () => `DROP PUBLICATION IF EXISTS ${draw.of(["b1", "b2"])}`],
    ]);
  },
};
