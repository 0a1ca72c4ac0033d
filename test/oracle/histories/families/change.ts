/** RENAME, OWNER TO, SET SCHEMA and DROP of everything. */
import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import {
  behavior,
  FUNCTIONS,
  isSame,
  type Model,
  type Named,
  type RelationKind,
  ref,
  relation,
  removeRelation,
  role,
  SEQUENCES,
  schema,
  TABLES,
  TYPES,
  VIEWS,
} from "../model.ts";
import { routineRef } from "./routines.ts";

interface Target {
  /** `TABLE s1.t1` */
  readonly sql: string;
  readonly object: Named;
  readonly names: readonly string[];
}

const WORDS: Readonly<Record<RelationKind, string>> = {
  table: "TABLE",
  partitioned: "TABLE",
  view: "VIEW",
  matview: "MATERIALIZED VIEW",
  sequence: "SEQUENCE",
  foreign: "FOREIGN TABLE",
};

const NAMES: Readonly<Record<RelationKind, readonly string[]>> = {
  table: TABLES,
  partitioned: TABLES,
  view: VIEWS,
  matview: ["m1", "m2"],
  sequence: SEQUENCES,
  foreign: TABLES,
};

function target(draw: Draw, model: Model): Target {
  return draw.of([relationTarget, relationTarget, relationTarget, routineTarget, routineTarget, typeTarget])(
    draw,
    model,
  );
}

function relationTarget(draw: Draw, model: Model): Target {
  const object = relation(draw, model);
  const word = draw.chance(4) ? draw.of(Object.values(WORDS)) : draw.chance(6) ? "TABLE" : WORDS[object.kind];
  return {
    sql: `${word} ${draw.maybe("IF EXISTS ", 5)}${ref(draw, object)}`,
    object,
    names: NAMES[object.kind],
  };
}

function routineTarget(draw: Draw, model: Model): Target {
  const object = draw.of(model.routines);
  return { sql: routineRef(draw, object), object, names: FUNCTIONS };
}

function typeTarget(draw: Draw, model: Model): Target {
  const object = draw.of(model.types);
  return {
    sql: `${object.kind === "domain" ? draw.of(["DOMAIN", "TYPE"]) : "TYPE"} ${ref(draw, object)}`,
    object,
    names: TYPES,
  };
}

function move(model: Model, object: Named, to: Named): void {
  for (const part of model.parts) {
    if (part.relation.schema === object.schema && part.relation.name === object.name)
      part.relation = { schema: to.schema, name: to.name };
  }
  object.schema = to.schema;
  object.name = to.name;
}

export const change: Family = {
  name: "change",
  weight: 11,
  make: (draw, model) =>
    draw.one([
      [
        5,
        () => {
          const { sql, object, names } = target(draw, model);
          const name = draw.of(names);
          move(model, object, { schema: object.schema, name });
          return `ALTER ${sql} RENAME TO ${name}`;
        },
      ],
      [
        8,
        () =>
          `ALTER ${target(draw, model).sql} OWNER TO ${draw.chance(8) ? draw.of(["CURRENT_USER", "SESSION_USER", "postgres"]) : role(draw, model)}`,
      ],
      [
        5,
        () => {
          const { sql, object } = target(draw, model);
          const to = schema(draw, model);
          move(model, object, { schema: to, name: object.name });
          return `ALTER ${sql} SET SCHEMA ${to}`;
        },
      ],
    ]),
};

export const drops: Family = {
  name: "drops",
  weight: 5,
  make: (draw, model) =>
    draw.one([
      [
        5,
        () => {
          const { sql, object } = relationTarget(draw, model);
          removeRelation(model, { ...object });
          if (draw.chance(12)) {
            const same = model.relations.find((each) => isSame(each, object));
            const other = draw.where(model.relations, (each) => each.kind === same?.kind);
            return `DROP ${sql}, ${ref(draw, other)}${behavior(draw)}`;
          }
          return `DROP ${sql}${behavior(draw)}`;
        },
      ],
      [
        3,
        () => {
          const { sql, object } = routineTarget(draw, model);
          model.routines = model.routines.filter((each) => each !== object);
          return `DROP ${sql}${behavior(draw)}`;
        },
      ],
      [
        2,
        () => {
          const { sql, object } = typeTarget(draw, model);
          model.types = model.types.filter((each) => each !== object);
          return `DROP ${sql}${behavior(draw)}`;
        },
      ],
      [
        1,
        () =>
          `ALTER INDEX ${draw.maybe("IF EXISTS ", 20)}${schema(draw, model)}.${draw.of(["i1", "i2", "k1"])} RENAME TO ${draw.of(["i1", "i2"])}`,
      ],
      [1, () => `DROP INDEX ${draw.maybe("IF EXISTS ")}${schema(draw, model)}.${draw.of(["i1", "i2"])}`],
    ]),
};
