/** Subscriptions that connect to nothing: a server has them, PGlite cannot create any. */
import type { Family } from "../family.ts";
import { role } from "../model.ts";

const NAMES = ["u1", "u2"] as const;
const CONNECTION = "'host=nowhere.invalid dbname=x password=y'";

export const subscriptions: Family = {
  name: "subscriptions",
  weight: 2,
  make: (draw, model) => {
    const name = draw.of(NAMES);
    return draw.one([
      [
        4,
        () => {
          const options = ["connect = false", "slot_name = NONE"];
          if (draw.chance(30)) options.push(`password_required = ${draw.of(["true", "false"])}`);
          if (draw.chance(30)) options.push(`run_as_owner = ${draw.of(["true", "false"])}`);
          return `CREATE SUBSCRIPTION ${name} CONNECTION ${CONNECTION} PUBLICATION ${draw.some(["b1", "b2"]).join(", ")} WITH (${options.join(", ")})`;
        },
      ],
      [
        2,
        () =>
          `ALTER SUBSCRIPTION ${name} ${draw.of([`OWNER TO ${role(draw, model)}`, `RENAME TO ${draw.of(NAMES)}`, `CONNECTION ${CONNECTION}`, "SET (run_as_owner = true)", "SET (password_required = false)", "SET PUBLICATION b3 WITH (refresh = false)", "ADD PUBLICATION b3 WITH (refresh = false)", "DROP PUBLICATION b1 WITH (refresh = false)", "DISABLE"])}`,
      ],
      [1, () => `DROP SUBSCRIPTION ${draw.maybe("IF EXISTS ", 70)}${name}`],
      [1, () => `GRANT pg_create_subscription TO ${role(draw, model)}`],
    ]);
  },
};
