import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import {
  COLUMNS,
  condition,
  type Model,
  type Relation,
  ref,
  relation,
  removeRelation,
  schema,
  TABLES,
} from "../model.ts";
import { columnDefinition, exclusion, owner, partitionBound } from "./tables.ts";

function subcommand(draw: Draw, model: Model, table: Relation): string {
  const column = () => (draw.chance(2) ? draw.of(COLUMNS) : draw.of(table.columns).name);
  return draw.one([
    [
      5,
      () => {
        const name = draw.where(COLUMNS, (each) => !table.columns.some((other) => other.name === each));
        const [made, text] = columnDefinition(draw, model, name, table.columns);
        table.columns.push(made);
        return `ADD ${draw.maybe("COLUMN ")}${draw.maybe("IF NOT EXISTS ", 5)}${text}`;
      },
    ],
    [
      3,
      () => {
        const gone = column();
        table.columns = table.columns.filter((each) => each.name !== gone);
        return `DROP ${draw.maybe("COLUMN ")}${draw.maybe("IF EXISTS ", 10)}${gone}${draw.maybe(" CASCADE", 40)}`;
      },
    ],
    [2, () => `ALTER ${column()} TYPE ${draw.of(["text", "text", "varchar(20)"])}`],
    [1, () => `ALTER ${column()} SET DEFAULT NULL`],
    [1, () => `ALTER ${column()} DROP DEFAULT`],
    [2, () => `ALTER ${column()} ${draw.of(["SET", "DROP"])} NOT NULL`],
    [1, () => `ALTER ${column()} ADD GENERATED ${draw.of(["ALWAYS", "BY DEFAULT"])} AS IDENTITY`],
    [1, () => `ALTER ${column()} DROP IDENTITY${draw.maybe(" IF EXISTS", 70)}`],
    [1, () => `ALTER ${column()} DROP EXPRESSION IF EXISTS`],
    [
      2,
      () =>
        `ADD ${draw.maybe(`CONSTRAINT ${draw.of(["k1", "k2", "k3"])} `)}CHECK (${condition(draw, table.columns, "", model)})${draw.maybe(" NO INHERIT", 8)}${draw.maybe(" NOT VALID", 8)}`,
    ],
    [
      1,
      () =>
        `ADD ${draw.maybe("CONSTRAINT k2 ", 40)}UNIQUE (${draw.where(table.columns, (each) => each.type !== "jsonb").name})`,
    ],
    [
      1,
      () => {
        table.key ||= table.columns.some((each) => each.name === "a");
        return "ADD PRIMARY KEY (a)";
      },
    ],
    [
      1,
      () => {
        const other = draw.where(model.relations, (each) => each.key);
        return `ADD ${draw.maybe("CONSTRAINT k3 ", 40)}FOREIGN KEY (${draw.where(table.columns, (each) => each.type === "integer").name}) REFERENCES ${ref(draw, other)}${draw.maybe(draw.of([" ON DELETE CASCADE", " ON UPDATE SET NULL", " MATCH FULL"]), 20)}${draw.maybe(" DEFERRABLE", 8)}${draw.maybe(" NOT VALID", 8)}`;
      },
    ],
    [1, () => `ADD ${draw.maybe("CONSTRAINT k2 ", 40)}NOT NULL ${column()}${draw.maybe(" NO INHERIT", 10)}`],
    [1, () => `ADD ${exclusion(draw, table.columns)}`],
    [1, () => `VALIDATE CONSTRAINT ${draw.of(["k1", "k2", "k3"])}`],
    [
      1,
      () =>
        `ALTER CONSTRAINT ${draw.of(["k1", "k2", "k3"])} ${draw.of(["DEFERRABLE", "NOT DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"])}`,
    ],
    [1, () => `ALTER ${column()} SET GENERATED ${draw.of(["ALWAYS", "BY DEFAULT"])}`],
    [
      1,
      () =>
        `ADD ${draw.maybe("CONSTRAINT k3 ", 40)}${draw.of(["UNIQUE", "UNIQUE NULLS NOT DISTINCT", "PRIMARY KEY"])} (${draw
          .some(
            table.columns.filter((each) => each.type !== "jsonb"),
            2,
          )
          .map((each) => each.name)
          .join(", ")})${draw.maybe(" DEFERRABLE", 15)}`,
    ],
    [
      2,
      () =>
        `DROP CONSTRAINT ${draw.maybe("IF EXISTS ", 50)}${draw.of(["k1", "k2", "k3", `${table.name}_pkey`, `${table.name}_a_not_null`])}${draw.maybe(" CASCADE", 30)}`,
    ],
    [4, () => `${draw.of(["ENABLE", "ENABLE", "DISABLE", "FORCE", "FORCE", "NO FORCE"])} ROW LEVEL SECURITY`],
    [1, () => draw.of(["SET (fillfactor = 60)", "RESET (fillfactor)", "SET LOGGED", "SET UNLOGGED"])],
    [3, () => owner(draw, model).trim()],
    [1, () => `REPLICA IDENTITY ${draw.of(["FULL", "DEFAULT"])}`],
  ]);
}

export const alterTable: Family = {
  name: "alter-table",
  weight: 11,
  make: (draw, model) =>
    draw.one([
      [
        16,
        () => {
          const table = relation(draw, model, "table", "table", "partitioned", "foreign");
          const parts = [subcommand(draw, model, table)];
          if (draw.chance(12)) parts.push(subcommand(draw, model, table));
          return `ALTER TABLE ${draw.maybe("IF EXISTS ", 5)}${draw.maybe("ONLY ", 5)}${ref(draw, table)} ${parts.join(", ")}`;
        },
      ],
      [
        3,
        () => {
          const table = relation(draw, model, "table", "partitioned", "view", "matview");
          const column = draw.of(table.columns);
          const to = draw.where(
            COLUMNS,
            (each) => draw.chance(5) || !table.columns.some((other) => other.name === each),
          );
          const from = column.name;
          column.name = to;
          return `ALTER TABLE ${ref(draw, table)} RENAME ${draw.maybe("COLUMN ")}${from} TO ${to}`;
        },
      ],
      [
        1,
        () =>
          `ALTER TABLE ${ref(draw, relation(draw, model, "table"))} RENAME CONSTRAINT ${draw.of(["k1", "k2"])} TO k3`,
      ],
      [
        3,
        () => {
          const parent = relation(draw, model, "partitioned");
          const table = draw.where(
            model.relations,
            (each) =>
              each.kind === "table" && each !== parent && each.columns.length === parent.columns.length,
          );
          table.partition = true;
          return `ALTER TABLE ${ref(draw, parent)} ATTACH PARTITION ${ref(draw, table)} ${partitionBound(draw)}`;
        },
      ],
      [
        2,
        () => {
          const part = draw.where(model.relations, (each) => each.partition);
          part.partition = false;
          return `ALTER TABLE ${ref(draw, relation(draw, model, "partitioned"))} DETACH PARTITION ${ref(draw, part)}`;
        },
      ],
      [
        2,
        () =>
          `ALTER TABLE ${ref(draw, relation(draw, model, "table"))} ${draw.of(["INHERIT", "NO INHERIT"])} ${ref(draw, relation(draw, model, "table"))}`,
      ],
      [
        1,
        () => {
          const type = draw.where(model.types, (each) => each.kind === "composite");
          return `ALTER TABLE ${ref(draw, relation(draw, model, "table"))} ${draw.of([`OF ${ref(draw, type)}`, "NOT OF"])}`;
        },
      ],
      [
        1,
        () => {
          const table = relation(draw, model, "table");
          const named = { schema: schema(draw, model), name: draw.of(TABLES) };
          removeRelation(model, named);
          return `DROP TABLE IF EXISTS ${ref(draw, table)}, ${named.schema}.${named.name}${draw.maybe(" CASCADE")}`;
        },
      ],
    ]),
};
