import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderCache } from "../../src/engine/cache.ts";
import { readSource } from "../../src/engine/database.ts";
import { keptReads, readFrom, readText } from "../../src/engine/kept-reads.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import type { Project, ProjectFile } from "../../src/project/types.ts";
import { examplesOf } from "../support/examples.ts";
import { configOf } from "../support/lint.ts";

const root = new URL("../../", import.meta.url);
const OPTIONS = { file: "/a.sql", prelude: false, range: null };

let work = "";
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "pgvet-reads-"));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

/** As a project's files, more than is read in no time. */
function projectOf(texts: readonly string[]): Project {
  const filler = `-- ${"x".repeat(1 << 17)}\n`;
  const files = texts.map(
    (text, i): ProjectFile => ({
      file: `/${i}.sql`,
      path: `${i}.sql`,
      bytes: Buffer.from(i === 0 ? filler + text : text),
      upHalf: null,
    }),
  );
  return { database: { kind: "test", root: work, files }, config: configOf(), shown: null };
}

const NO_PARSER: PostgresParser = {
  parse: () => {
    throw new Error("the parser was asked");
  },
  parsePlpgsql: () => {
    throw new Error("the parser was asked");
  },
};

function readAll(project: Project, parser: PostgresParser) {
  const reads = keptReads(folderCache(join(work, "cache"), "p"), project);
  const found = project.database.files.map(({ file, path, bytes }) =>
    reads.read({ path, bytes }, { ...OPTIONS, file }, parser),
  );
  reads.keep();
  return found;
}

describe("what reading gave", () => {
  const texts = [
    ...readdirSync(new URL("rules/", root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) =>
        examplesOf(readFileSync(new URL(`rules/${name}/README.md`, root), "utf8")).flatMap(({ files }) =>
          files.map(({ text }) => text),
        ),
      ),
    ...readdirSync(new URL("fixtures/", root), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".sql"))
      .map((path) => readFileSync(join(fileURLToPath(new URL("fixtures/", root)), path), "utf8")),
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT \\'1\\'::int';",
    "CREATE FUNCTION ä() RETURNS text LANGUAGE sql AS $ü$ SELECT '東' $ü$;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {{one}}'; SELECT {{two}};",
    "SELECT FROM WHERE; \\i other.sql\nCOPY t FROM stdin;\n1\n\\.\n",
  ];

  it("is the same when it was a text between", async () => {
    const parser = await loadParser();
    for (const text of texts) {
      const read = readSource({ path: "a.sql", bytes: Buffer.from(text) }, OPTIONS, parser);
      expect(readFrom(readText(read), read.source, OPTIONS)).toStrictEqual(read);
    }
  });

  it("is asked of the parser only where a file changed", async () => {
    const parser = await loadParser();
    const before = ["CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE c ();"];
    const first = readAll(projectOf(before), parser);
    expect(readAll(projectOf(before), NO_PARSER)).toStrictEqual(first);
    const after = before.with(1, "CREATE TABLE changed ();");
    expect(() => readAll(projectOf(after), NO_PARSER)).toThrow("the parser was asked");
    const second = readAll(projectOf(after), parser);
    expect(second[1]?.events).toMatchObject([{ name: { name: ["changed"] } }]);
    expect(second.toSpliced(1, 1)).toStrictEqual(first.toSpliced(1, 1));
    expect(readAll(projectOf(after), NO_PARSER)).toStrictEqual(second);
  });

  it("belongs to the bytes, the path and the part that is read", async () => {
    const parser = await loadParser();
    const project = projectOf(["CREATE TABLE a ();", "CREATE TABLE b ();"]);
    readAll(project, parser);
    const { read } = keptReads(folderCache(join(work, "cache"), "p"), project);
    const bytes = Buffer.from("CREATE TABLE b ();");
    expect(read({ path: "1.sql", bytes }, OPTIONS, NO_PARSER).events).toHaveLength(1);
    expect(() => read({ path: "other.sql", bytes }, OPTIONS, NO_PARSER)).toThrow("was asked");
    const range = { start: 0, end: 5 };
    expect(() => read({ path: "1.sql", bytes }, { ...OPTIONS, range }, NO_PARSER)).toThrow("was asked");
  });

  it("is not known when the entry is damaged", async () => {
    const parser = await loadParser();
    const project = projectOf(["CREATE TABLE a ();", "CREATE TABLE b ();"]);
    const first = readAll(project, parser);
    const folder = join(work, "cache");
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name), "latin1");
      writeFileSync(join(folder, name), content.replaceAll('"create-table"', '"create-tables"'), "latin1");
    }
    expect(() => readAll(project, NO_PARSER)).toThrow("was asked");
    expect(readAll(project, parser)).toStrictEqual(first);
  });
});
