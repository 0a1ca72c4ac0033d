/** Loops of DO blocks: which turns are taken, and how they end. */
import { expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/catalog.ts";
import { replay } from "../../src/catalog/replay.ts";
import { readSource } from "../../src/engine/database.ts";
import { loadParser } from "../../src/parser/postgres.ts";

const parser = await loadParser();

/** The tables that the body of a block creates by `EXECUTE format('CREATE TABLE …')`, and what is not known. */
function created(declarations: string, body: string) {
  const sql = `CREATE TABLE settings (n int); DO $$ DECLARE ${declarations} BEGIN ${body} END $$`;
  const source = { path: "a.sql", bytes: Buffer.from(sql) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const options = {
    postgresVersion: 18,
    sessionRole: "postgres",
    searchPath: ["public"],
    assume: true,
    parser,
  };
  const state = replay([read], options);
  const names = [...createCatalog(state, 18).relations()].map(({ name }) => name);
  return [...names.filter((name) => name !== "settings"), ...state.unknowns.map(({ message }) => message)];
}

const create = (name: string): string => `EXECUTE 'CREATE TABLE ' || ${name} || ' (a int)';`;

test.each([
  [
    "CONTINUE of an outer loop",
    "<<o>> FOR i IN 1..2 LOOP FOR j IN 1..3 LOOP CONTINUE o WHEN j = 2; CREATE END LOOP; END LOOP;",
    ["t11", "t21"],
  ],
  [
    "EXIT from an outer loop",
    "<<o>> FOR i IN 1..3 LOOP FOR j IN 1..2 LOOP EXIT o WHEN i = 2; CREATE END LOOP; END LOOP;",
    ["t11", "t12"],
  ],
  [
    "EXIT from the loop itself by its label",
    "FOR i IN 1..2 LOOP <<o>> FOR j IN 1..3 LOOP EXIT o WHEN j = 2; CREATE END LOOP; END LOOP;",
    ["t11", "t21"],
  ],
  [
    "EXIT from a block",
    "FOR i IN 1..2 LOOP <<b>> BEGIN j := 1; EXIT b WHEN i = 1; CREATE END; END LOOP;",
    ["t21"],
  ],
  [
    "a loop that only CONTINUE keeps up",
    "i := 1; j := 0; <<o>> LOOP j := j + 1; LOOP CREATE CONTINUE o WHEN j < 3; EXIT o; END LOOP; END LOOP;",
    ["t11", "t12", "t13"],
  ],
])("%s", (_, body, tables) => {
  expect(created("i int; j int;", body.replace("CREATE", create("'t' || i || j")))).toEqual(tables);
});

test.each([
  ["EXIT WHEN", "LOOP i := i + 1; CREATE EXIT WHEN i = (SELECT n FROM settings); END LOOP;"],
  ["IF … EXIT", "LOOP i := i + 1; CREATE IF i = (SELECT n FROM settings) THEN EXIT; END IF; END LOOP;"],
  ["IF … RETURN", "LOOP i := i + 1; CREATE IF i = (SELECT n FROM settings) THEN RETURN; END IF; END LOOP;"],
  [
    "IF … RETURN from a loop inside",
    "LOOP i := i + 1; FOR k IN 1..1 LOOP CREATE IF i = (SELECT n FROM settings) THEN RETURN; END IF; END LOOP; END LOOP;",
  ],
])("a loop that rows end takes one turn: %s", (_, body) => {
  expect(created("i int := 0;", body.replace("CREATE", create("'t' || i")))).toEqual(["t1"]);
});

test("what a loop inside may leave is not the loop around it", () => {
  const body = `LOOP i := i + 1; ${create("'t' || i")} FOR k IN 1..2 LOOP EXIT WHEN k = (SELECT n FROM settings); END LOOP; EXIT WHEN i = 2; END LOOP;`;
  expect(created("i int := 0;", body)).toEqual(["t1", "t2"]);
});

test("a loop over known rows goes on where it may have been left", () => {
  const body = `FOR i IN 1..3 LOOP ${create("'t' || i")} EXIT WHEN i = (SELECT n FROM settings); END LOOP;`;
  expect(created("k int;", body)).toEqual(["t1", "t2", "t3"]);
});
