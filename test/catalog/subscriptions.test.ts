/** Subscriptions are refused as PostgreSQL 18 refuses them, which was asked once: PGlite has none, so it cannot be asked each time. */
import { expect, test } from "vitest";
import { replayScript } from "../oracle/static/context.ts";

const SETUP = `CREATE ROLE plain; CREATE ROLE creator; GRANT pg_create_subscription TO creator;
  CREATE SUBSCRIPTION unsafe CONNECTION 'host=h' PUBLICATION p WITH (connect = false, password_required = false);
  CREATE SUBSCRIPTION two CONNECTION 'host=h' PUBLICATION p, q WITH (connect = false);`;
const options = "PUBLICATION p WITH (connect = false, slot_name = NONE)";
const database =
  "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO creator', current_database()); END $$;";

test.each([
  [
    "a role without pg_create_subscription",
    `SET ROLE plain; CREATE SUBSCRIPTION s CONNECTION 'password=y' ${options}`,
  ],
  [
    "a role that may not create in the database",
    `SET ROLE creator; CREATE SUBSCRIPTION s CONNECTION 'password=y' ${options}`,
  ],
  ["no password", `${database} SET ROLE creator; CREATE SUBSCRIPTION s CONNECTION 'host=h' ${options}`],
  ["a name that is taken", `CREATE SUBSCRIPTION two CONNECTION 'host=h' ${options}`],
  ["another's", "SET ROLE plain; ALTER SUBSCRIPTION two DISABLE"],
  ["a publication that is there", "ALTER SUBSCRIPTION two ADD PUBLICATION p WITH (refresh = false)"],
  ["a publication that is not there", "ALTER SUBSCRIPTION two DROP PUBLICATION r WITH (refresh = false)"],
  ["all publications", "ALTER SUBSCRIPTION two DROP PUBLICATION p, q WITH (refresh = false)"],
  [
    "one without password, by no superuser",
    "ALTER SUBSCRIPTION unsafe OWNER TO plain; SET ROLE plain; ALTER SUBSCRIPTION unsafe DISABLE",
  ],
])("refused: %s", async (_, sql) => {
  const { catalog } = await replayScript(`${SETUP}\n${sql};`);
  expect(catalog.state.refusals).toHaveLength(1);
});

test.each([
  [
    "the owner's own changes",
    "ALTER SUBSCRIPTION two ADD PUBLICATION r WITH (refresh = false); ALTER SUBSCRIPTION two DROP PUBLICATION p WITH (refresh = false)",
  ],
  [
    "who may create, with a password",
    `${database} SET ROLE creator; CREATE SUBSCRIPTION s CONNECTION 'host=h password=y' ${options}`,
  ],
])("accepted: %s", async (_, sql) => {
  const { catalog } = await replayScript(`${SETUP}\n${sql};`);
  expect(catalog.state.refusals).toEqual([]);
});

test("DROP OWNED leaves subscriptions, which are no objects of one database; REASSIGN OWNED gives them away", async () => {
  const { catalog } = await replayScript(`${SETUP}
    ALTER SUBSCRIPTION two OWNER TO plain; ALTER SUBSCRIPTION unsafe OWNER TO creator;
    DROP OWNED BY plain; REASSIGN OWNED BY creator TO plain;`);
  const owners = [...catalog.state.subscriptions.all()].map(({ name, owner }) => [
    name,
    catalog.state.roles.get(owner)?.name,
  ]);
  expect(owners).toEqual([
    ["unsafe", "plain"],
    ["two", "plain"],
  ]);
});
