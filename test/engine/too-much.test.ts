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

it("of very many roles that reach a table the first are told, and that there are more", async () => {
  const roles = (count: number) =>
    Array.from({ length: count }, (_, i) => `CREATE ROLE r${i};\nGRANT ALL ON t TO r${i};\n`).join("");
  const table =
    "CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON t USING (true);\n";
  const many = await lintText(table + roles(600));
  const few = await lintText(table + roles(400));
  const reached = (report: typeof many) => Math.max(...report.findings.map(({ reach }) => reach.length));
  expect([reached(many), reached(few)]).toEqual([500, 400]);
  expect(messages(many)).toEqual([
    "more than 500 roles reach this: the others were not looked at, here and elsewhere",
  ]);
  expect(few.unknown).toEqual([]);
});
