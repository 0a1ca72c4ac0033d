import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import {
  BUILTIN_TYPES,
  COLUMNS,
  type Column,
  columnType,
  condition,
  isSame,
  type Model,
  type Named,
  type Relation,
  ref,
  relation,
  role,
  schema,
  TABLES,
} from "../model.ts";

/** A name for a new relation, mostly free. */
export function newName(draw: Draw, model: Model, names: readonly string[]): Named {
  for (let tries = 0; tries < 5; tries++) {
    const found = { schema: schema(draw, model), name: draw.of(names) };
    if (draw.chance(3) || !model.relations.some((each) => isSame(each, found))) return found;
  }
  return { schema: schema(draw, model), name: draw.of(names) };
}

/** Constants of a type, for DEFAULT. */
function constant(draw: Draw, model: Model, type: string): string {
  switch (type) {
    case "integer":
    case "bigint": {
      const sequences = model.relations.filter((each) => each.kind === "sequence");
      if (draw.chance(20) && sequences.length > 0) return `nextval('${ref(draw, draw.of(sequences))}')`;
      return draw.of(["0", "7", "-1"]);
    }
    case "numeric(10,2)":
      return draw.of(["0", "7", "-1"]);
    case "text":
    case "varchar(20)":
      return draw.of(["'x'", "''", "CURRENT_USER"]);
    case "boolean":
      return draw.of(["true", "false"]);
    case "timestamptz":
      return draw.of(["now()", "CURRENT_TIMESTAMP"]);
    case "uuid":
      return "gen_random_uuid()";
    case "jsonb":
      return "'{}'";
    default:
      return "NULL";
  }
}

export function columnDefinition(
  draw: Draw,
  model: Model,
  name: string,
  columns: readonly Column[],
): [Column, string] {
  const serial = draw.chance(8);
  const identity = !serial && draw.chance(6);
  const type = serial
    ? draw.of(["serial", "bigserial", "smallserial"])
    : identity
      ? draw.of(["integer", "bigint", "smallint"])
      : columnType(draw, model);
  const parts = [name, type];
  if (identity) parts.push(`GENERATED ${draw.of(["ALWAYS", "BY DEFAULT"])} AS IDENTITY`);
  else if (!serial && columns.length > 0 && draw.chance(5)) {
    return [
      { name, type: "boolean" },
      `${name} boolean GENERATED ALWAYS AS (${draw.of(columns).name} IS NULL)${draw.of([" STORED", " STORED", " VIRTUAL", ""])}`,
    ];
  } else if (!serial && draw.chance(20)) parts.push(`DEFAULT ${constant(draw, model, type)}`);
  if (draw.chance(15)) parts.push("NOT NULL");
  else if (!serial && !identity && draw.chance(4)) parts.push("NULL");
  if (draw.chance(6))
    parts.push(`${draw.maybe(`CONSTRAINT ${draw.of(["k1", "k2"])} `, 30)}CHECK (${name} IS NOT NULL)`);
  if (draw.chance(6)) {
    const others = model.relations.filter(
      (each) => each.key && each.columns.some((column) => column.name === "a"),
    );
    if (others.length > 0 && type === "integer") parts.push(`REFERENCES ${ref(draw, draw.of(others))}`);
  }
  return [{ name, type: serial ? "integer" : type }, parts.join(" ")];
}

export function exclusion(draw: Draw, columns: readonly Column[]): string {
  const column = draw.where(columns, (each) => each.type !== "jsonb").name;
  return `${draw.maybe(`CONSTRAINT ${draw.of(["k1", "k2"])} `, 30)}EXCLUDE ${draw.maybe("USING btree ")}(${column} WITH =)${draw.maybe(` WHERE (${condition(draw, columns)})`, 20)}`;
}

function columnList(draw: Draw, model: Model): { columns: Column[]; parts: string[]; key: boolean } {
  const names = COLUMNS.slice(0, draw.between(1, 4));
  const columns: Column[] = [];
  const parts: string[] = [];
  let key = draw.chance(30);
  for (const name of names) {
    if (name === "a" && (key || draw.chance(40))) {
      columns.push({ name, type: "integer" });
      parts.push(
        `a integer${key ? draw.of([" PRIMARY KEY", " PRIMARY KEY", " CONSTRAINT k1 PRIMARY KEY"]) : ""}`,
      );
      continue;
    }
    const [column, text] = columnDefinition(draw, model, name, columns);
    columns.push(column);
    parts.push(text);
  }
  if (draw.chance(8))
    parts.push(
      `${draw.maybe(`CONSTRAINT ${draw.of(["k1", "k2"])} `)}CHECK (${condition(draw, columns, "", model)})`,
    );
  if (draw.chance(3)) parts.push(exclusion(draw, columns));
  if (draw.chance(6))
    parts.push(
      `UNIQUE (${draw
        .some(
          columns.filter((each) => each.type !== "jsonb"),
          2,
        )
        .map((each) => each.name)
        .join(", ")})`,
    );
  if (key && !parts.some((each) => each.includes("PRIMARY"))) key = false;
  return { columns, parts, key };
}

export function createTable(draw: Draw, model: Model): string {
  const temporary = draw.chance(6);
  const named = temporary ? { schema: "pg_temp", name: draw.of(TABLES) } : newName(draw, model, TABLES);
  const name = temporary ? named.name : ref(draw, named);
  const head = `CREATE ${temporary ? draw.of(["TEMP ", "TEMPORARY "]) : draw.maybe("UNLOGGED ", 6)}TABLE ${draw.maybe("IF NOT EXISTS ", 6)}${name}`;
  const base = { ...named, kind: "table", temporary, key: false, partition: false } as const;
  const add = (made: Omit<Relation, "schema" | "name" | "temporary">) => {
    if (!model.relations.some((each) => isSame(each, named))) {
      model.relations.push({ ...base, ...structuredClone(made), temporary });
    }
  };
  return draw.one([
    [
      14,
      () => {
        const { columns, parts, key } = columnList(draw, model);
        add({ ...base, columns, key });
        return `${head} (${parts.join(", ")})${draw.maybe(" WITH (fillfactor = 70)", 5)}`;
      },
    ],
    [
      4,
      () => {
        const parents = draw.some(
          model.relations.filter((each) => each.kind === "table" && !each.partition && !each.temporary),
          2,
        );
        const columns = parents.flatMap((each) => each.columns);
        const own = draw.chance(40) ? [{ name: "e", type: draw.of(BUILTIN_TYPES) }] : [];
        add({
          ...base,
          columns: [...new Map([...columns, ...own].map((each) => [each.name, each])).values()],
        });
        return `${head} (${own.map((each) => `${each.name} ${each.type}`).join(", ")}) INHERITS (${parents.map((each) => ref(draw, each)).join(", ")})`;
      },
    ],
    [
      3,
      () => {
        const like = relation(draw, model, "table", "partitioned", "view", "matview");
        const options = draw.some(["DEFAULTS", "CONSTRAINTS", "IDENTITY", "INDEXES", "GENERATED", "ALL"], 2);
        add({ ...base, columns: like.columns });
        return `${head} (LIKE ${ref(draw, like)}${draw.maybe(options.map((each) => ` INCLUDING ${each}`).join(""), 70)})`;
      },
    ],
    [
      3,
      () => {
        const source = relation(draw, model, "table", "partitioned", "view", "matview");
        const columns = draw.some(source.columns);
        add({ ...base, columns: [...columns] });
        if (draw.chance(15) && !head.includes("IF NOT"))
          return `SELECT ${columns.map((each) => each.name).join(", ")} INTO ${temporary ? "TEMP " : ""}${name} FROM ${ref(draw, source)}`;
        return `${head} AS SELECT ${columns.map((each) => each.name).join(", ")} FROM ${ref(draw, source)}${draw.maybe(" WITH NO DATA")}`;
      },
    ],
    [
      4,
      () => {
        add({
          ...base,
          kind: "partitioned",
          columns: [
            { name: "a", type: "integer" },
            { name: "b", type: "text" },
            { name: "c", type: "integer" },
          ],
          key: false,
        });
        return `${head} (a integer${draw.maybe(" NOT NULL", 20)}, b text${draw.maybe(" DEFAULT 'x'", 20)}, c integer) PARTITION BY ${draw.of(["LIST", "LIST", "RANGE", "RANGE", "HASH"])} (a)`;
      },
    ],
    [
      4,
      () => {
        const parent = relation(draw, model, "partitioned");
        const bound = partitionBound(draw);
        const again = draw.chance(15);
        add({ ...base, kind: again ? "partitioned" : "table", columns: parent.columns, partition: true });
        return `${head} PARTITION OF ${ref(draw, parent)} ${bound}${again ? " PARTITION BY LIST (c)" : ""}`;
      },
    ],
    [
      1,
      () => {
        const type = draw.where(model.types, (each) => each.kind === "composite");
        add({ ...base, columns: type.attributes.map((each) => ({ name: each, type: "text" })) });
        return `${head} OF ${ref(draw, type)}`;
      },
    ],
  ]);
}

export function partitionBound(draw: Draw): string {
  const n = draw.between(1, 4) * 10;
  return draw.of([
    `FOR VALUES FROM (${n}) TO (${n + 10})`,
    `FOR VALUES IN (${n}, ${n + 1})`,
    `FOR VALUES FROM (MINVALUE) TO (10)`,
    "DEFAULT",
    `FOR VALUES WITH (MODULUS ${draw.of([2, 2, 3, 4])}, REMAINDER ${draw.between(0, 3)})`,
  ]);
}

export const tables: Family = { name: "tables", weight: 11, make: createTable };

export const indexes: Family = {
  name: "indexes",
  weight: 2,
  make: (draw, model) => {
    const on = relation(draw, model, "table", "table", "partitioned", "matview");
    const columns = draw
      .some(
        on.columns.filter((each) => each.type !== "jsonb"),
        2,
      )
      .map((each) => each.name);
    const name = draw.of(["i1", "i2"]);
    model.parts.push({ kind: "index", name, relation: { schema: on.schema, name: on.name } });
    return `CREATE ${draw.maybe("UNIQUE ", 25)}INDEX ${draw.chance(70) ? `${name} ` : ""}ON ${draw.maybe("ONLY ", 5)}${ref(draw, on)} (${columns.join(", ")})${draw.maybe(` WHERE ${condition(draw, on.columns)}`, 10)}`;
  },
};

export const owner = (draw: Draw, model: Model) =>
  ` OWNER TO ${draw.chance(10) ? draw.of(["CURRENT_USER", "SESSION_USER"]) : role(draw, model)}`;
