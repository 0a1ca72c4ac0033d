import type { Family } from "../family.ts";
import { thingsOf } from "../model.ts";

const NAMES = ["p1", "p2"] as const;

export const savepoints: Family = {
  name: "savepoints",
  weight: 3,
  make: (draw, model) =>
    draw.one([
      [
        4,
        () => {
          const name = draw.of(NAMES);
          model.savepoints.push({ name, before: thingsOf(model) });
          return `SAVEPOINT ${name}`;
        },
      ],
      [
        3,
        () => {
          const { name } = draw.of(model.savepoints);
          const index = model.savepoints.findLastIndex((each) => each.name === name);
          const kept = model.savepoints.slice(0, index + 1);
          const before = kept.at(-1)?.before;
          Object.assign(model, before === undefined ? {} : structuredClone(before), { savepoints: kept });
          return `ROLLBACK TO ${draw.maybe("SAVEPOINT ")}${name}`;
        },
      ],
      [
        2,
        () => {
          const { name } = draw.of(model.savepoints);
          model.savepoints = model.savepoints.slice(
            0,
            model.savepoints.findLastIndex((each) => each.name === name),
          );
          return `RELEASE ${draw.maybe("SAVEPOINT ")}${name}`;
        },
      ],
    ]),
};
