import { expect, test } from "vitest";
import { lintTexts } from "../support/lint.ts";

const MYSQL =
  "CREATE TABLE `a` (`id` int AUTO_INCREMENT) ENGINE=InnoDB;\nCREATE TABLE `b` (`id` int) ENGINE=InnoDB;\n";
const BROKEN = "CREATE TABLE c (id int);\nCREATE TABLE d (id int);\nALTER TABLE c CHANGE id id2 int;\n";

async function found(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { findings } = await lintTexts(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    { untrusted: ["web"] },
  );
  return findings.map(({ rule, place }) => `${place.source.path}: ${rule}`);
}

test("what stands among files of another dialect is taken as one of them", async () => {
  expect(await found({ "1.sql": MYSQL, "2.sql": MYSQL, "3.sql": BROKEN })).toEqual([
    "1.sql: other-dialect",
    "2.sql: other-dialect",
    "3.sql: other-dialect",
  ]);
});

test("what it would create is not there", async () => {
  const open = "CREATE TABLE open (id int);\nGRANT SELECT ON open TO web;\n";
  expect(await found({ "1.sql": MYSQL, "2.sql": MYSQL, "3.sql": open })).not.toContain("3.sql: rls-disabled");
  expect(await found({ "1.sql": MYSQL, "2.sql": open })).toContain("2.sql: rls-disabled");
});

test("files that look like PostgreSQL are judged all the same", async () => {
  const definer =
    "CREATE TABLE open (id int);\nGRANT SELECT ON open TO web;\nDO $$ BEGIN NULL; END $$;\nSELEC 1;\n";
  const ids = await found({ "1.sql": MYSQL, "2.sql": MYSQL, "3.sql": definer });
  expect(ids).toContain("3.sql: rls-disabled");
  expect(ids).toContain("3.sql: parse-error");
});

test("one such file beside another says nothing", async () => {
  expect(await found({ "1.sql": MYSQL, "2.sql": BROKEN })).toContain("2.sql: parse-error");
});
