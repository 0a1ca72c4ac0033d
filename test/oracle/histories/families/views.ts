import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { type Column, condition, isSame, type Model, type Relation, ref, relation, VIEWS } from "../model.ts";
import { newName } from "./tables.ts";

function query(draw: Draw, model: Model): [string, Column[]] {
  const from = relation(draw, model, "table", "table", "partitioned", "view", "matview", "foreign");
  const taken = [...draw.some(from.columns, 3)];
  const names = taken.map((each) => each.name).join(", ");
  const ofX = taken.map((each) => `x.${each.name}`).join(", ");
  const where = draw.maybe(` WHERE ${condition(draw, from.columns, "", model)}`, 30);
  const other = () => ref(draw, relation(draw, model, "table", "view"));
  let columns = taken;
  const text = draw.one([
    [8, () => `SELECT ${names} FROM ${ref(draw, from)}${where}`],
    [
      2,
      () => {
        columns = structuredClone(from.columns);
        return `SELECT * FROM ${ref(draw, from)}${where}`;
      },
    ],
    [1, () => `SELECT ${ofX} FROM ${ref(draw, from)} x LEFT JOIN ${other()} y ON true`],
    [1, () => `SELECT ${ofX} FROM ${ref(draw, from)} x WHERE EXISTS (SELECT FROM ${other()})`],
    [
      1,
      () => {
        columns = [{ name: "a", type: "text" }];
        const called = draw.where(
          model.routines,
          (each) =>
            each.kind === "function" &&
            each.args.length === 0 &&
            /^(integer|text|boolean|uuid)$/.test(each.returns),
        );
        return draw.of([`SELECT ${ref(draw, called)}() AS a`, `SELECT f.a FROM ${ref(draw, called)}() f(a)`]);
      },
    ],
    [1, () => `WITH w AS (SELECT * FROM ${ref(draw, from)}) SELECT ${names} FROM w`],
    [
      1,
      () => {
        const one = `SELECT ${names} FROM ${ref(draw, from)}`;
        return `${one} UNION ALL ${one}`;
      },
    ],
  ]);
  return [text, structuredClone(columns)];
}

const OPTIONS = [
  "security_barrier",
  "security_barrier = false",
  "security_invoker = true",
  "security_invoker = on",
  "check_option = local",
] as const;
function options(draw: Draw): string {
  return draw.of([
    draw.of(OPTIONS),
    draw.of(OPTIONS),
    "security_barrier, security_invoker",
    "security_invoker = 1, security_barrier = off",
  ]);
}

function createView(draw: Draw, model: Model): string {
  const existing = model.relations.filter((each) => each.kind === "view");
  const again = existing.length > 0 && draw.chance(25);
  const named = again ? draw.of(existing) : newName(draw, model, VIEWS);
  const [text, columns] = query(draw, model);
  if (!model.relations.some((each) => isSame(each, named))) {
    model.relations.push({
      schema: named.schema,
      name: named.name,
      kind: "view",
      columns,
      temporary: false,
      key: false,
      partition: false,
    });
  }
  return `CREATE ${again ? "OR REPLACE " : draw.maybe("OR REPLACE ", 10)}${draw.maybe("TEMP ", 3)}VIEW ${ref(draw, named)}${draw.maybe(` WITH (${options(draw)})`, 30)} AS ${text}${draw.maybe(` WITH ${draw.of(["", "LOCAL ", "CASCADED "])}CHECK OPTION`, 4)}`;
}

export const views: Family = {
  name: "views",
  weight: 7,
  make: (draw, model) =>
    draw.one([
      [8, () => createView(draw, model)],
      [
        3,
        () =>
          `ALTER VIEW ${draw.maybe("IF EXISTS ", 6)}${ref(draw, relation(draw, model, "view"))} ${draw.of([`SET (${options(draw)})`, "RESET (security_invoker)", "RESET (security_barrier, security_invoker)"])}`,
      ],
      [1, () => alterColumn(draw, relation(draw, model, "view"))],
    ]),
};

function alterColumn(draw: Draw, view: Relation): string {
  return `ALTER VIEW ${ref(draw, view)} ALTER ${draw.of(view.columns).name} ${draw.of(["SET DEFAULT NULL", "DROP DEFAULT"])}`;
}

export const materializedViews: Family = {
  name: "materialized-views",
  weight: 2,
  make: (draw, model) =>
    draw.one([
      [
        4,
        () => {
          const named = newName(draw, model, ["m1", "m2"]);
          const [text, columns] = query(draw, model);
          model.relations.push({
            ...named,
            kind: "matview",
            columns,
            temporary: false,
            key: false,
            partition: false,
          });
          return `CREATE MATERIALIZED VIEW ${draw.maybe("IF NOT EXISTS ", 10)}${ref(draw, named)} AS ${text}`;
        },
      ],

      [
        1,
        () =>
          `ALTER MATERIALIZED VIEW ${ref(draw, relation(draw, model, "matview"))} ${draw.of(["SET (fillfactor = 50)", "RESET (fillfactor)"])}`,
      ],
    ]),
};
