/** Extensions of PostgreSQL's own collection: a server has them, PGlite only some. */
import type { Family } from "../family.ts";
import { schema } from "../model.ts";

/** Trusted and others, relocatable and others, with types, with operators, with what they require. */
const NAMES = [
  "citext",
  "hstore",
  '"uuid-ossp"',
  "pgcrypto",
  "tablefunc",
  "cube",
  "earthdistance",
  "dblink",
  "postgres_fdw",
  "lo",
  "moddatetime",
  "pg_stat_statements",
] as const;

export const extensions: Family = {
  name: "extensions",
  weight: 3,
  make: (draw, model) => {
    const name = draw.of(NAMES);
    return draw.one([
      [
        5,
        () =>
          `CREATE EXTENSION ${draw.maybe("IF NOT EXISTS ", 30)}${name}${draw.maybe(` SCHEMA ${schema(draw, model)}`)}${draw.maybe(" CASCADE", 40)}`,
      ],
      [2, () => `DROP EXTENSION ${draw.maybe("IF EXISTS ", 60)}${name}${draw.maybe(" CASCADE", 40)}`],
      [2, () => `ALTER EXTENSION ${name} SET SCHEMA ${schema(draw, model)}`],
      [
        1,
        () => {
          const on = draw.where(model.relations, (each) => each.kind === "table");
          return `ALTER EXTENSION ${name} ${draw.of(["ADD", "ADD", "DROP"])} TABLE ${on.schema}.${on.name}`;
        },
      ],
    ]);
  },
};
