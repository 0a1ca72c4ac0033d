/** Versioned scripts of extensions: what CREATE EXTENSION runs is the database. */
import { describe, expect, test } from "vitest";
import { loadProjects } from "../../src/project/load-projects.ts";
import { repository } from "./files.ts";

const sql = "select 1;\n";
const files = (...names: string[]) => Object.fromEntries(names.map((name) => [name, sql]));

async function find(given: Readonly<Record<string, string>>): Promise<unknown> {
  const root = repository(given);
  const { projects, skipped } = await loadProjects(["."], { cwd: root, knownRules: null });
  return {
    databases: Object.fromEntries(
      projects.map(({ database }) => [database.kind, database.files.map(({ path }) => path)]),
    ),
    skipped: skipped.map(({ path, reason }) => `${path}: ${reason}`),
  };
}

describe("extension scripts", () => {
  test("the install script of the default version is taken alone", async () => {
    expect(
      await find({
        "x.control": "default_version = '1.2'\n",
        ...files("x--1.0.sql", "x--1.0--1.2.sql", "x--1.2.sql", "x--1.10.sql"),
      }),
    ).toEqual({
      databases: { "extension x": ["x--1.2.sql"] },
      skipped: [
        "x--1.0--1.2.sql: not run when x 1.2 is installed",
        "x--1.0.sql: not run when x 1.2 is installed",
        "x--1.10.sql: not run when x 1.2 is installed",
      ],
    });
  });

  test("otherwise the fewest updates after an install script", async () => {
    expect(
      await find({
        "x.control": "default_version = '1.10'\n",
        ...files(
          "sql/x--1.0.sql",
          "sql/x--1.0--1.1.sql",
          "sql/x--1.1--1.2.sql",
          "sql/x--1.2--1.10.sql",
          "sql/x--1.1--1.10.sql",
          "sql/x--1.10--1.1.sql",
        ),
      }),
    ).toEqual({
      databases: { "extension x": ["sql/x--1.0.sql", "sql/x--1.0--1.1.sql", "sql/x--1.1--1.10.sql"] },
      skipped: [
        "sql/x--1.1--1.2.sql: not run when x 1.10 is installed",
        "sql/x--1.10--1.1.sql: downgrade",
        "sql/x--1.2--1.10.sql: not run when x 1.10 is installed",
      ],
    });
  });

  test("without a control file the newest version, each extension for itself, other files apart", async () => {
    expect(await find(files("a--2.sql", "a--10.sql", "b--1.sql", "other.sql"))).toEqual({
      databases: { "extension a": ["a--10.sql"], "extension b": ["b--1.sql"], directory: ["other.sql"] },
      skipped: ["a--2.sql: not run when a 10 is installed"],
    });
  });

  test("the file that the newest install script is built from stands alone", async () => {
    expect(
      await find({ Makefile: "x--$(VERSION).sql: x.sql\n", ...files("x--1.0--1.1.sql", "x.sql") }),
    ).toEqual({
      databases: { "extension x": ["x.sql"] },
      skipped: ["x--1.0--1.1.sql: not run when x from x.sql is installed"],
    });
  });

  test("updates follow the file that the oldest install script is built from", async () => {
    expect(
      await find({
        Makefile: "x--1.0.sql: x.sql\n",
        ...files("x--1.1--1.2.sql", "x--1.0--1.1.sql", "x.sql", "x--1.2--1.1.sql"),
      }),
    ).toEqual({
      databases: { "extension x": ["x.sql", "x--1.0--1.1.sql", "x--1.1--1.2.sql"] },
      skipped: ["x--1.2--1.1.sql: downgrade"],
    });
  });

  test("updates in a circle end", async () => {
    expect(
      await find({
        "x.control": "default_version = '9'\n",
        ...files("x--1.sql", "x--1--2.sql", "x--2--1.sql"),
      }),
    ).toEqual({
      databases: { "extension x": ["x--1.sql", "x--1--2.sql"] },
      skipped: ["x--2--1.sql: downgrade"],
    });
  });

  test("two dashes alone make no version", async () => {
    expect(await find(files("a--b.sql", "1--init.sql"))).toEqual({
      databases: { directory: ["1--init.sql", "a--b.sql"] },
      skipped: [],
    });
  });
});
