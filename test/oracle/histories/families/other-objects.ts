/** Large objects and languages. */
import type { Family } from "../family.ts";
import { role } from "../model.ts";

const NUMBERS = ["5001", "5002"] as const;

export const largeObjects: Family = {
  name: "large-objects",
  weight: 1,
  make: (draw, model) =>
    draw.one([
      [
        3,
        () => {
          const number = draw.of(NUMBERS);
          if (!model.largeObjects.includes(number)) model.largeObjects.push(number);
          return `SELECT lo_create(${number})`;
        },
      ],
      [2, () => `ALTER LARGE OBJECT ${draw.of(model.largeObjects)} OWNER TO ${role(draw, model)}`],
      [1, () => `SELECT lo_unlink(${draw.of(model.largeObjects)})`],
    ]),
};

export const languages: Family = {
  name: "languages",
  weight: 1,
  make: (draw, model) =>
    draw.one([
      [
        3,
        () =>
          `CREATE ${draw.maybe("OR REPLACE ", 20)}${draw.maybe("TRUSTED ", 70)}LANGUAGE l1 HANDLER plpgsql_call_handler`,
      ],
      [2, () => `ALTER LANGUAGE l1 OWNER TO ${role(draw, model)}`],
      [1, () => `ALTER LANGUAGE l1 RENAME TO ${draw.of(["l2", "l1"])}`],
      [1, () => `DROP LANGUAGE IF EXISTS ${draw.of(["l1", "l2"])}${draw.maybe(" CASCADE")}`],
    ]),
};
