/** DO blocks with constant text, around statements of other families. */
import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { type Model, relation, role } from "../model.ts";

export function doBlocks(inner: readonly Family[]): Family {
  const statement = (draw: Draw, model: Model) =>
    draw.one(inner.map((each) => [each.weight, () => each.make(draw, model)]));
  const quoted = (sql: string) => `'${sql.replaceAll("'", "''")}'`;
  return {
    name: "do",
    weight: 2,
    make: (draw, model) => {
      const body = draw.one([
        [3, () => `${statement(draw, model)};`],
        [1, () => `${statement(draw, model)}; ${statement(draw, model)};`],
        [2, () => `EXECUTE ${quoted(statement(draw, model))};`],
        [
          2,
          () => {
            const on = draw.where(model.relations, (each) => !each.temporary);
            return `EXECUTE format('GRANT SELECT ON %I.%I TO %I', '${on.schema}', '${on.name}', '${role(draw, model)}');`;
          },
        ],
        [
          1,
          () =>
            `IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${draw.of(["r1", "r2", "r9"])}') THEN ${statement(draw, model)}; END IF;`,
        ],
        [
          1,
          () => {
            const on = relation(draw, model, "table", "view");
            return `EXECUTE 'REVOKE ALL ON ' || quote_ident('${on.schema}') || '.' || quote_ident('${on.name}') || ' FROM ${role(draw, model)}';`;
          },
        ],
      ]);
      return `DO $do$BEGIN ${body} END$do$`;
    },
  };
}
