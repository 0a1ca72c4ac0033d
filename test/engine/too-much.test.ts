/** What is bounded is said, and nothing beside it is lost. */
import { expect, it } from "vitest";
import { idsOf, lintText } from "../support/lint.ts";

const messages = ({ unknown }: { readonly unknown: readonly { readonly message: string }[] }) =>
  unknown.map(({ message }) => message);

const OPEN = "CREATE TABLE secrets (a int);\nGRANT ALL ON secrets TO PUBLIC;\n";

it("a query too deep for the stack is unknown, and the next statement is judged", async () => {
  const joins = Array.from({ length: 5000 }, (_, i) => ` JOIN t x${i} USING (a)`).join("");
  const report = await lintText(
    `CREATE TABLE t (a int);\nCREATE VIEW v AS SELECT 1 FROM t${joins};\n${OPEN}`,
  );
  expect(messages(report)).toContain("nested too deeply to be replayed");
  expect(idsOf(report)).toContain("rls-disabled");
});

it("DO blocks share what their loops may take, and each still does a little", async () => {
  const endless = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$;\n";
  const last = "DO $$ BEGIN EXECUTE 'GRANT ALL ON secrets TO PUBLIC'; END $$;\n";
  const report = await lintText(`CREATE TABLE secrets (a int);\n${endless.repeat(8)}${last}`);
  expect(messages(report)).toEqual(
    Array(8).fill("DO block: its loops take too many turns to follow them all"),
  );
  expect(idsOf(report)).toContain("rls-disabled");
});

it("a loop that ends is not said to take too long", async () => {
  const report = await lintText(
    `CREATE TABLE t (a int);\nDO $$ BEGIN FOR i IN 1..5000 LOOP EXECUTE 'GRANT SELECT ON t TO PUBLIC'; END LOOP; END $$;\n`,
  );
  expect(report.unknown).toEqual([]);
});

it("a table has no more columns than PostgreSQL gives it", async () => {
  const add = Array.from({ length: 1700 }, (_, i) => `ALTER TABLE t ADD COLUMN c${i} int;\n`).join("");
  const { refusals } = await lintText(`CREATE TABLE t (a int);\n${add}`);
  expect(refusals).toHaveLength(101);
  expect(refusals[0]?.message).toBe("tables can have at most 1600 columns");
});

it("of very many roles that reach a table the first are looked at, and that there are more is said", async () => {
  const roles = (count: number) =>
    Array.from({ length: count }, (_, i) => `CREATE ROLE r${i};\nGRANT ALL ON t TO r${i};\n`).join("");
  const table =
    "CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON t USING (true);\n";
  const many = await lintText(table + roles(300));
  const few = await lintText(table + roles(150));
  const reached = ({ findings }: typeof many) =>
    Math.max(...findings.map(({ reach, reachMore }) => reach.length + reachMore));
  expect([reached(many), reached(few)]).toEqual([200, 150]);
  expect(messages(many)).toEqual(["more than 200 roles reach this: the others were not looked at"]);
  expect(few.unknown).toEqual([]);
});

it("a finding tells of the first roles, and how many more there are", async () => {
  const told = async (count: number) => {
    const roles = Array.from({ length: count }, (_, i) => `CREATE ROLE r${i} LOGIN REPLICATION;\n`).join("");
    const { findings, unknown } = await lintText(`${roles}CREATE PUBLICATION p FOR ALL TABLES;\n`);
    expect(unknown).toEqual([]);
    return findings
      .filter(({ rule }) => rule === "publication-all-tables")
      .map(({ reach, reachMore }) => [reach.length, reachMore]);
  };
  expect(await told(21)).toEqual([[20, 1]]);
  expect(await told(20)).toEqual([[20, 0]]);
});

it("calls share their turns with what they make run, and with all others", async () => {
  const calls = (times: number) =>
    `${[0, 1, 2].map((i) => `CREATE FUNCTION f${i}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${`PERFORM f${i + 1}(); `.repeat(times)} END $$;\n`).join("")}
CREATE FUNCTION f3() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'GRANT ALL ON secrets TO PUBLIC'; END $$;
CREATE TABLE secrets (a int);\n`;
  const many = await lintText(`${calls(100)}${"SELECT f0();\n".repeat(5)}`);
  expect(messages(many)).toEqual(Array(5).fill("what it calls takes too many turns to follow them all"));
  expect(idsOf(many)).toContain("rls-disabled");
  // Each after the second has twenty turns; at last they are left out, and that is said once.
  const more = await lintText(`${calls(100)}${"SELECT f0();\n".repeat(1000)}`);
  expect(more.unknown.length).toBeGreaterThan(5);
  expect(more.unknown.length).toBeLessThan(600);
  const few = await lintText(`${calls(5)}${"SELECT f0();\n".repeat(5)}`);
  expect(few.unknown).toEqual([]);
  expect(idsOf(few)).toContain("rls-disabled");
});

it("one GRANT that gives very many privileges is left out, and said", async () => {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const text = names("t", 400)
    .map((name) => `CREATE TABLE ${name} (a int);\n`)
    .join("");
  const grant = (roles: number) =>
    lintText(`${text}GRANT SELECT ON ${names("t", 400)} TO ${names("r", roles)};\n${OPEN}`);
  expect(messages(await grant(260))).toEqual(["grants more privileges than are kept apart: left out"]);
  expect(messages(await grant(100))).toEqual([]);
});

it("triggers of a table beyond the first hundred are said", async () => {
  const report = await lintText(`CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
${Array.from({ length: 102 }, (_, i) => `CREATE TRIGGER g${i} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n`).join("")}`);
  expect(messages(report)).toEqual([
    "public.t has more than 100 triggers: writes of routines were not followed into this one and later ones",
  ]);
});

it("what a loop does again and again is told once", async () => {
  const report = await lintText(`CREATE TABLE t (a int);
DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE 'GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC'; EXECUTE 'ALTER SYSTEM SET fsync = off'; END LOOP; END $$;\n`);
  const ids = idsOf(report);
  expect(ids).toContain("grant-all-tables");
  expect(ids).toEqual([...new Set(ids)]);
});
