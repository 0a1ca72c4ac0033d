import type { Family } from "../family.ts";
import { ref, relation, SEQUENCES } from "../model.ts";
import { newName } from "./tables.ts";

export const sequences: Family = {
  name: "sequences",
  weight: 3,
  make: (draw, model) => {
    const ownedBy = () => {
      const table = relation(draw, model, "table");
      return ` OWNED BY ${draw.of([`${ref(draw, table)}.${draw.of(table.columns).name}`, `${ref(draw, table)}.${draw.of(table.columns).name}`, "NONE"])}`;
    };
    return draw.one([
      [
        3,
        () => {
          const named = newName(draw, model, SEQUENCES);
          const owned = draw.chance(30) ? ownedBy() : "";
          model.relations.push({
            ...named,
            kind: "sequence",
            columns: [],
            temporary: false,
            key: false,
            partition: false,
          });
          return `CREATE ${draw.maybe("UNLOGGED ", 5)}SEQUENCE ${draw.maybe("IF NOT EXISTS ", 8)}${ref(draw, named)}${draw.maybe(` AS ${draw.of(["smallint", "integer", "bigint"])}`, 30)}${draw.maybe(" START 5", 15)}${owned}`;
        },
      ],
      [2, () => `ALTER SEQUENCE ${ref(draw, relation(draw, model, "sequence"))}${ownedBy()}`],
      [
        1,
        () =>
          `ALTER SEQUENCE ${ref(draw, relation(draw, model, "sequence"))} ${draw.of(["RESTART", "INCREMENT 2", "AS integer", "SET LOGGED", "CACHE 5"])}`,
      ],
      [
        1,
        () =>
          `ALTER TABLE ${ref(draw, relation(draw, model, "table"))} ALTER a SET DEFAULT nextval('${ref(draw, relation(draw, model, "sequence"))}')`,
      ],
    ]);
  },
};
