/** DO blocks with constant text, around statements of other families. */
import { type Draw, NothingToDraw } from "../draw.ts";
import type { Family } from "../family.ts";
import { type Model, relation, role, schema } from "../model.ts";

export function doBlocks(inner: readonly Family[]): Family {
  const statement = (draw: Draw, model: Model) => {
    const made = draw.one(inner.map((each) => [each.weight, () => each.make(draw, model)]));
    // There it is about variables.
    if (/^SELECT .* INTO /.test(made)) throw new NothingToDraw();
    return made;
  };
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
          () =>
            `FOREACH r IN ARRAY ARRAY[${draw
              .some(model.roles, 3)
              .map((each) => `'${each}'`)
              .join(
                ", ",
              )}] LOOP EXECUTE format('GRANT USAGE ON SCHEMA ${schema(draw, model)} TO %I', r); END LOOP;`,
        ],
        [
          1,
          () =>
            `FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = '${schema(draw, model)}' LOOP EXECUTE format('${draw.of(["ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY", `ALTER TABLE %I.%I OWNER TO ${role(draw, model)}`, `REVOKE ALL ON %I.%I FROM PUBLIC, ${role(draw, model)}`])}', '${schema(draw, model)}', r); END LOOP;`,
        ],
        [
          1,
          () => {
            const on = relation(draw, model, "table", "view");
            return `EXECUTE 'REVOKE ALL ON ' || quote_ident('${on.schema}') || '.' || quote_ident('${on.name}') || ' FROM ${role(draw, model)}';`;
          },
        ],
      ]);
      const declared = / LOOP /.test(body) ? "DECLARE r text; " : "";
      return `DO $do$${declared}BEGIN ${body} END$do$`;
    },
  };
}
