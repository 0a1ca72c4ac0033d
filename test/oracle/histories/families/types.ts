import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import {
  BUILTIN_TYPES,
  columnType,
  isSame,
  type Model,
  type Named,
  ref,
  schema,
  TYPES,
  type UserType,
} from "../model.ts";

function createType(draw: Draw, model: Model): string {
  const named: Named = { schema: schema(draw, model), name: draw.of(TYPES) };
  const add = (made: Pick<UserType, "kind"> & Partial<UserType>) => {
    if (!model.types.some((each) => isSame(each, named)))
      model.types.push({ ...named, labels: [], attributes: [], ...made });
  };
  return draw.one([
    [
      4,
      () => {
        const labels = ["x", "y", "z"].slice(0, draw.between(0, 3));
        add({ kind: "enum", labels });
        return `CREATE TYPE ${ref(draw, named)} AS ENUM (${labels.map((each) => `'${each}'`).join(", ")})`;
      },
    ],
    [
      4,
      () => {
        const attributes = ["a", "b", "c"].slice(0, draw.between(1, 3));
        add({ kind: "composite", attributes });
        return `CREATE TYPE ${ref(draw, named)} AS (${attributes.map((each) => `${each} ${draw.chance(15) ? columnType(draw, model) : draw.of(BUILTIN_TYPES)}`).join(", ")})`;
      },
    ],
    [
      4,
      () => {
        add({ kind: "domain" });
        return `CREATE DOMAIN ${ref(draw, named)} AS ${draw.chance(10) ? columnType(draw, model) : draw.of(["integer", "text", "varchar(20)", "bigint"])}${draw.maybe(" DEFAULT NULL", 10)}${draw.maybe(" NOT NULL", 20)}${draw.maybe(`${draw.maybe(" CONSTRAINT k1", 50)} CHECK (VALUE IS NOT NULL)`, 40)}`;
      },
    ],
    [
      1,
      () => {
        add({ kind: "range" });
        return `CREATE TYPE ${ref(draw, named)} AS RANGE (SUBTYPE = integer)`;
      },
    ],
  ]);
}

export const types: Family = {
  name: "types",
  weight: 5,
  make: (draw, model) => {
    const of = (kind: UserType["kind"]) => draw.where(model.types, (each) => each.kind === kind);
    return draw.one([
      [6, () => createType(draw, model)],
      [
        2,
        () => {
          const type = of("enum");
          const label = draw.of(["x", "y", "z", "w"]);
          return `ALTER TYPE ${ref(draw, type)} ${draw.of([`ADD VALUE ${draw.maybe("IF NOT EXISTS ")}'${label}'${draw.maybe(" BEFORE 'x'", 20)}`, `RENAME VALUE 'x' TO '${label}'`])}`;
        },
      ],
      [
        2,
        () => {
          const type = of("composite");
          const name = draw.of(["a", "b", "c", "d"]);
          return `ALTER TYPE ${ref(draw, type)} ${draw.of([`ADD ATTRIBUTE ${name} ${draw.of(BUILTIN_TYPES)}`, `DROP ATTRIBUTE ${draw.maybe("IF EXISTS ")}${name}`, `ALTER ATTRIBUTE ${name} TYPE text`, `RENAME ATTRIBUTE ${name} TO d`])}${draw.maybe(" CASCADE", 20)}`;
        },
      ],
      [
        2,
        () =>
          `ALTER DOMAIN ${ref(draw, of("domain"))} ${draw.of(["SET NOT NULL", "DROP NOT NULL", "SET DEFAULT NULL", "DROP DEFAULT", "ADD CONSTRAINT k2 CHECK (VALUE IS NOT NULL)", "ADD CHECK (VALUE IS NOT NULL)", "DROP CONSTRAINT IF EXISTS k1", "DROP CONSTRAINT k2", "RENAME CONSTRAINT k1 TO k2", "ADD CONSTRAINT k3 CHECK (VALUE IS NOT NULL) NOT VALID", "VALIDATE CONSTRAINT k3", "ADD NOT NULL"])}`,
      ],
    ]);
  },
};
